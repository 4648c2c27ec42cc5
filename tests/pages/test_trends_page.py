"""The Trends page in each of its states."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import TYPE_CHECKING, Any

from fallen_calls import score_fallen_calls
from hovers import by_day, hovers

from health.queries.trends import MoversQuery, movers
from health.scoring import runs
from health.scoring.model import TARGETS
from health.scoring.publishing import Act, put_in_force
from health.scoring.schemes import register_model
from health.storage.database import Database

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from streamlit.testing.v1 import AppTest
    from visits import Visit

DAY = date(2026, 11, 20)


def said(page: AppTest) -> str:
    texts = [*page.title, *page.markdown, *page.caption, *page.warning, *page.info]
    return "\n".join(text.value for text in texts).replace("\u00a0", " ").replace("\\", "")


def charts(page: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.spec) for chart in page.get("plotly_chart")]


def down(database: Path, days: int, as_of: date = DAY) -> list[str]:
    with Database.open(database) as opened, opened.read() as reader:
        moved = movers(reader, MoversQuery(as_of=as_of, days=days))
    return moved.down["organization_name"].to_list()


def tables(page: AppTest) -> Sequence[Any]:
    """Both lists of who moved, opened."""
    for key in ("table_down", "table_up"):
        page.session_state[key] = True
    return page.run().dataframe


def test_who_moved_is_answered_first(visit: Visit, demo_database: Path) -> None:
    page = visit("trends", demo_database)
    assert not [*page.exception, *page.error]
    assert page.title[0].value == "What is moving?"
    assert "Since 21 Oct 2026, **" in said(page)
    assert tables(page)[0].value["Client"].tolist() == down(demo_database, 30)
    assert tables(page)[0].value["Change"].tolist()[0].startswith("−")
    assert tables(page)[1].value["Change"].tolist()[0].startswith("+")
    assert len(charts(page)) == 4


def test_the_span_comes_from_the_address(visit: Visit, demo_database: Path) -> None:
    page = visit("trends", demo_database, span="7 days")
    assert "Since 13 Nov 2026" in said(page)
    assert tables(page)[0].value["Client"].tolist() == down(demo_database, 7)


def test_a_past_day_compares_with_the_days_before_it(visit: Visit, demo_database: Path) -> None:
    past = date(2026, 10, 15)
    page = visit("trends", demo_database, as_of="2026-10-15")
    assert "You are looking at **15 Oct 2026**" in said(page)
    assert "Since 15 Sep 2026" in said(page)
    assert tables(page)[0].value["Client"].tolist() == down(demo_database, 30, past)
    average = charts(page)[2]["data"][0]
    assert list(by_day(average))[-1] == "2026-10-15"


def test_everything_on_file_begins_with_the_first_score(visit: Visit, demo_database: Path) -> None:
    page = visit("trends", demo_database, period="All")
    with Database.open(demo_database) as database:
        first = database.query("SELECT min(score_date) FROM scores").item()
    assert charts(page)[2]["data"][0]["x0"] == str(first)


def test_a_span_before_the_first_score_compares_nothing(visit: Visit, demo_database: Path) -> None:
    page = visit("trends", demo_database, as_of="2026-08-01", span="Quarter")
    assert not [*page.exception, *page.error]
    assert "No client has a score on both 2 May 2026 and 1 Aug 2026" in said(page)
    assert len(charts(page)) == 2


def test_nobody_moving_is_said(visit: Visit, demo_copy: Path) -> None:
    with Database.open(demo_copy) as database, database.write() as writer:
        writer.execute("UPDATE scores SET overall_score = 50")
    page = visit("trends", demo_copy)
    assert "No client fell." in said(page)
    assert "No client rose." in said(page)


def test_a_missing_day_is_a_gap(visit: Visit, demo_copy: Path) -> None:
    with Database.open(demo_copy) as database, database.write() as writer:
        writer.execute("DELETE FROM scores WHERE score_date = DATE '2026-11-10'")
    average, mix = charts(visit("trends", demo_copy, period="90 days"))[2:]
    values = by_day(average["data"][0])
    assert values["2026-11-10"] is None
    assert values["2026-11-11"] is not None
    assert by_day(mix["data"][3])["2026-11-10"] is None
    assert mix["data"][0]["x"].count(None) == 2, "a shape before the gap and one after it"


def test_an_empty_database_says_how_to_begin(visit: Visit, empty_database: Path) -> None:
    page = visit("trends", empty_database)
    assert not [*page.exception, *page.error]
    assert "Nothing is on file yet" in said(page)


def test_movers_carry_their_main_reason(visit: Visit, demo_database: Path) -> None:
    page = visit("trends", demo_database)
    table = tables(page)[0].value
    assert all(" → " in reason for reason in table["Why"])
    hover = charts(page)[0]["data"][-1]["hovertext"]
    assert all(sentence.count("<br>") == 3 and "(−" in sentence for sentence in hover)


def test_the_average_is_explained(visit: Visit, demo_database: Path) -> None:
    text = said(visit("trends", demo_database))
    assert re.search(r"Why [+−±]\d+\.\d: .* \(\d+ clients? (gained|lost) points\)", text)
    assert re.search(r"The average moved most in \w+ 2026, by [+−]\d+\.\d from .* to .*: ", text)


def test_an_owner_and_an_industry_limit_everything(visit: Visit, demo_database: Path) -> None:
    with Database.open(demo_database) as database:
        owner, industry = database.query(
            """SELECT csm, industry FROM clients JOIN scores USING (organization)
            WHERE score_date = DATE '2026-11-20' GROUP BY ALL ORDER BY count(*) DESC LIMIT 1"""
        ).row(0)
        own = set(
            database.query(
                "SELECT name FROM clients WHERE csm = $csm AND industry = $industry",
                {"csm": owner, "industry": industry},
            )["name"]
        )
    page = visit("trends", demo_database, owner=owner, industry=industry)
    assert not [*page.exception, *page.error]
    named = [name for table in tables(page) for name in table.value["Client"]]
    assert named
    assert set(named) <= own
    history = hovers(charts(page)[-1]["data"][3])[-1]
    assert int(history.split(", ")[1].split()[0]) <= len(own)


def test_clients_that_are_not_scored_on_both_days_ask_for_a_filter_less(
    visit: Visit, demo_database: Path
) -> None:
    page = visit("trends", demo_database, size="Licensed users not on file", owner="No owner")
    assert not [*page.exception, *page.error]
    assert "None of these clients has a score on both days. Drop a filter." in said(page)


def test_the_table_is_ordered_by_what_its_cells_mean(visit: Visit, demo_database: Path) -> None:
    """As text, a renewal in 9 days would come after one in 10, and $9 after $10."""
    with Database.open(demo_database) as opened, opened.read() as reader:
        moved = movers(reader, MoversQuery(as_of=DAY, days=30)).down
    page = visit("trends", demo_database)
    for head, column, falls in (
        ("Renewal", "days_until_renewal", False),
        ("Value", "annual_value", True),
    ):
        page.session_state["order_of_moved_down"] = (head, False)
        expected = moved.sort(column, descending=falls, nulls_last=True, maintain_order=True)
        assert expected["organization_name"].to_list() != down(demo_database, 30)
        shown = tables(page)[0].value["Client"].tolist()
        assert shown == expected["organization_name"].to_list()


def test_the_day_of_another_model_is_marked(visit: Visit, demo_copy: Path) -> None:
    with Database.open(demo_copy) as database:
        with database.write() as writer:
            register_model(writer, TARGETS)
            put_in_force(writer, Act.RESTATED, TARGETS, date(2026, 11, 1), reason="Try", by="Ada")
        runs.score(database, as_of=DAY)
    lines = [chart for chart in charts(visit("trends", demo_copy)) if "Average score" in str(chart)]
    (line,) = lines
    (mark,) = [note for note in line["layout"]["annotations"] if note["text"] == "Model Targets"]
    assert mark["x"] == "2026-11-01"


def test_an_extra_part_of_the_model_in_force_is_named_letter_for_letter(
    visit: Visit, demo_copy: Path
) -> None:
    """API calls fell for all: they lead what moved the average."""
    with Database.open(demo_copy) as database:
        score_fallen_calls(database, "API calls *x* :red[R]", DAY)
    page = visit("trends", demo_copy)
    assert not [*page.exception, *page.error]
    assert re.search(r"Why −\d+\.\d: API calls \*x\* :red\[R\] −\d", said(page))
    why, month = [text.value for text in page.markdown if "API calls" in text.value]
    assert r"API calls \*x\* \:red\[R\]" in why
    assert r"API calls \*x\* \:red\[R\]" in month
    hover = charts(page)[0]["data"][-1]["hovertext"]
    assert any("Calls fell from 3,000 to 1,500" in sentence for sentence in hover)
