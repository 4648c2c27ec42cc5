"""A page as of a day says what was known of that day, whatever was loaded about later ones."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from health.cli import main
from health.formatting import day
from health.maintenance.demo import DEMO_END, generate, write_csv

if TYPE_CHECKING:
    from pathlib import Path

    from streamlit.testing.v1 import AppTest
    from visits import Visit

DAY = DEMO_END - timedelta(days=60)
LOADED_FIRST = DEMO_END - timedelta(days=45)

PAUSED = {"ORG-0001": 20, "ORG-0002": 40, "ORG-0003": 150}
"""Clients whose feed stands still on the day, since how many days before; it goes on later."""

PAGES: dict[str, tuple[str, dict[str, str]]] = {
    "today": ("today", {}),
    "portfolio": ("portfolio", {}),
    "not scored": ("portfolio", {"risk": "Not scored"}),
    "adoption": ("adoption", {}),
    "trends": ("trends", {"period": "All"}),
    **{
        f"client {number}": ("client", {"client": f"ORG-{number:04d}", "period": "All"})
        for number in (1, 2, 3, 4, 7, 12, 13)
    },
}

Content = dict[str, list[object]]


def content(page: AppTest) -> Content:
    """What a page says and draws, but for the banner of the past and how old the data is."""
    assert not [*page.exception, *page.error]
    assert page.info[0].value.startswith(f"You are looking at **{day(DAY)}**")
    said = [text.value for text in (*page.title, *page.subheader, *page.markdown)]
    quiet = [text.value for text in page.caption if not text.value.startswith("Data up to")]
    return {
        "said": said,
        "quiet": quiet,
        "cards": [(card.label, card.value, card.delta) for card in page.metric],
        "tables": [table.value.to_dict("list") for table in page.dataframe],
        "charts": [json.loads(chart.proto.spec) for chart in page.main.get("plotly_chart")],
        "links": [link.proto.label for link in page.main.get("page_link")],
        "buttons": [button.label for button in page.button],
        "groups": [group.label for group in page.expander],
    }


def test_what_is_loaded_later_changes_nothing_of_an_earlier_day(
    visit: Visit, tmp_path: Path
) -> None:
    files = write_csv(generate(organizations=15, days=330), tmp_path)
    usage = pl.read_csv(tmp_path / "usage_metrics.csv", infer_schema=False)
    for client, days in PAUSED.items():
        begin = pl.lit(f"{DAY - timedelta(days=days)}")
        paused = pl.col("date").is_between(begin, pl.lit(f"{LOADED_FIRST}"))
        usage = usage.filter((pl.col("organization_id") != client) | ~paused)
    is_late = pl.col("date") > f"{LOADED_FIRST}"
    usage.filter(~is_late).write_csv(tmp_path / "usage_metrics.csv")
    usage.filter(is_late).write_csv(tmp_path / "late.csv")
    database = tmp_path / "health.duckdb"

    def load_and_look(*paths: Path) -> dict[str, Content]:
        assert main(["load", *map(str, paths), "--database", str(database)]) == 0
        assert main(["score", "--database", str(database)]) == 0
        return {
            name: content(visit(page, database, as_of=f"{DAY}", **address))
            for name, (page, address) in PAGES.items()
        }

    before = load_and_look(*files)
    after = load_and_look(tmp_path / "late.csv")
    for name, was in before.items():
        for part, old in was.items():
            assert (name, part, after[name][part]) == (name, part, old)
