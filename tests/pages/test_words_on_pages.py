"""No page shows a name of the code, in what it writes, its tables, or what its charts say."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from fallen_calls import score_fallen_calls
from in_code import IN_CODE
from random_portfolios import WIDER

from health.maintenance.demo import DEMO_END
from health.queries.season import SPAN, YEAR
from health.scoring import runs
from health.scoring.model import TARGETS
from health.scoring.publishing import Act, put_in_force
from health.scoring.schemes import register_model
from health.scoring.segments import Rule, Segment
from health.storage.database import Database
from health.vocabulary import ALWAYS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from streamlit.testing.v1 import AppTest
    from visits import Visit

PAGES = (
    "today",
    "portfolio",
    "client",
    "adoption",
    "trends",
    "team",
    "model",
    "backtest",
    "../data/data",
)
OPEN = dict.fromkeys(("table", "table_down", "table_up", "record", "change", "columns"), "true")
"""In an address, the tables and forms that a page shows when asked."""


def said(page: AppTest) -> Iterator[str]:
    """Every text of a page: written, on a control, in a cell, or in a chart or its hover."""
    blocks = (page.title, page.markdown, page.caption, page.subheader, page.warning, page.info)
    for block in (*blocks, page.error, page.success):
        yield from (text.value for text in block)
    for metric in page.metric:
        yield from (metric.label, metric.value, metric.delta)
    for control in (*page.button, *page.selectbox, *page.toggle, *page.expander):
        yield control.label
    for table in page.dataframe:
        for column in table.value:
            yield from (str(cell) for cell in table.value[column].dropna())
    for picture in page.main.get("plotly_chart"):
        yield from _strings(json.loads(picture.proto.spec))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, part in value.items():
            if name not in {"template", "customdata"}:
                yield from _strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)


def in_code(page: AppTest) -> set[str]:
    return {match.group() for text in said(page) for match in IN_CODE.finditer(text)}


@pytest.mark.parametrize("name", PAGES)
def test_no_page_shows_a_name_of_the_code(visit: Visit, demo_database: Path, name: str) -> None:
    with Database.open(demo_database) as database:
        ids = database.query("SELECT organization_id FROM clients ORDER BY 1")["organization_id"]
    for client in ids[::3] if name == "client" else [""]:
        page = visit(name, demo_database, client=client, **OPEN)
        assert not [*page.exception, *page.error]
        assert in_code(page) == set(), client


def test_clients_of_whom_little_is_known_are_shown_in_words(visit: Visit, demo_copy: Path) -> None:
    with Database.open(demo_copy) as database, database.write() as writer:
        writer.execute(
            """UPDATE clients SET renewal_date = NULL, csm = NULL, industry = NULL,
                annual_value = NULL, employee_count = NULL"""
        )
        writer.execute("UPDATE adoption SET last_used_at = NULL, usage_count = NULL")
        client = writer.value("SELECT min(organization_id) FROM clients")
    for name in PAGES:
        page = visit(name, demo_copy, client=client, **OPEN)
        assert not [*page.exception, *page.error]
        assert in_code(page) == set(), name


@pytest.mark.parametrize(
    "segments", [(), (Segment(rule=Rule(total_users_from=300), model=TARGETS),)]
)
def test_models_that_differ_from_the_standard_are_shown_in_words(
    visit: Visit, demo_copy: Path, segments: tuple[Segment, ...]
) -> None:
    """With extra parts, and with segments beside it: on each page, for clients of some stories."""
    with Database.open(demo_copy) as database:
        with database.write() as writer:
            for model in (WIDER, TARGETS):
                register_model(writer, model)
            put_in_force(
                writer, Act.RESTATED, WIDER, ALWAYS, segments=segments, reason="Try", by="Ada"
            )
        assert len(runs.score(database, as_of=DEMO_END).models) == 1 + len(segments)
        ids = database.query("SELECT organization_id FROM clients ORDER BY 1")["organization_id"]
    for name in PAGES:
        for client in ids[::6] if name == "client" else [""]:
            page = visit(name, demo_copy, client=client, **OPEN)
            assert not [*page.exception, *page.error], name
            assert in_code(page) == set(), (name, client)


def test_the_season_of_an_extra_part_is_shown_letter_for_letter(
    visit: Visit, demo_copy: Path
) -> None:
    """API calls fell for all, and so they had a year before."""
    day, before = DEMO_END, DEMO_END - timedelta(days=SPAN)
    with Database.open(demo_copy) as database:
        score_fallen_calls(database, "![x](x.png) :red[R]", day)
        with database.write() as writer:
            writer.execute(
                f"""INSERT INTO scores SELECT * REPLACE (score_date - {YEAR} AS score_date)
                FROM scores WHERE score_date IN ($day, $before)""",
                {"day": day, "before": before},
            )
            writer.execute(f"UPDATE usage_span SET first_date = first_date - {YEAR}")
            client = writer.value(
                """SELECT min(organization_id) FROM scores JOIN clients USING (organization)
                WHERE score_date = $day""",
                {"day": day},
            )
    for name in ("today", "client"):
        page = visit(name, demo_copy, client=client)
        assert not [one.value for one in (*page.exception, *page.error)], name
        (written,) = [
            block.value
            for block in (*page.caption, *page.markdown)
            if "usual for this season, " in block.value
        ]
        assert "red" in written
        assert not any(raw in written for raw in ("![x]", ":red[R")), name


def test_names_of_models_and_parts_are_shown_letter_for_letter(
    visit: Visit, demo_copy: Path
) -> None:
    name = "![x](http://e.example/x.png) <b>B</b> $1$ :red[R] **"
    parts = tuple(replace(part, label=f"{part.key} {name}") for part in WIDER.extra_parts)
    model = replace(WIDER, label=name, extra_parts=parts)
    segments = (Segment(rule=Rule(total_users_from=100), model=model),)
    with Database.open(demo_copy) as database:
        with database.write() as writer:
            for one in (model, TARGETS):
                register_model(writer, one)
            put_in_force(
                writer,
                Act.RESTATED,
                TARGETS,
                DEMO_END - timedelta(days=20),
                segments=segments,
                reason=name,
                by=name,
            )
        runs.score(database)
        client = database.query(
            """SELECT min_by(organization_id, overall_score) FROM scores
            JOIN clients USING (organization) JOIN scoring_runs USING (run_id)
            WHERE model_version = $version""",
            {"version": model.version},
        ).item()
    for page_name in PAGES:
        page = visit(page_name, demo_copy, client=client, parts="true", **OPEN)
        assert not [*page.exception, *page.error], page_name
        written = [
            text.value for block in (page.markdown, page.caption, page.info) for text in block
        ]
        drawn = [
            text
            for chart in page.main.get("plotly_chart")
            for text in _strings(json.loads(chart.proto.spec))
        ]
        raw = ("![x]", ":red[R", "<b>B<", "$1$")
        assert not [text for text in written if any(one in text for one in raw)], page_name
        assert not [text for text in drawn if "<b>B<" in text], page_name
        if page_name == "client":
            assert any("&lt;b&gt;B&lt;" in text for text in drawn)
