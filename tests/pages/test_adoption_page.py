"""The Adoption page in each of its states."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from health.charts.adoption import MARK
from health.queries.adoption_levels import AdoptionLevel
from health.storage.database import Database

if TYPE_CHECKING:
    from pathlib import Path

    from streamlit.testing.v1 import AppTest
    from visits import Visit


def said(page: AppTest) -> str:
    """Everything written on a page outside its charts, with plain spaces and unescaped."""
    texts = [*page.title, *page.markdown, *page.caption]
    return "\n".join(text.value for text in texts).replace("\u00a0", " ").replace("\\", "")


def matrix(page: AppTest) -> dict[str, Any]:
    """The picture of clients against features."""
    return dict(json.loads(page.get("plotly_chart")[1].proto.spec))


def names(page: AppTest) -> list[str]:
    """The clients of the matrix from top to bottom."""
    hover = matrix(page)["data"][0]["hovertext"]
    return [text.removeprefix("Open <b>").removesuffix("</b>") for text in hover]


def test_the_answer_stands_first_and_both_pictures_follow(
    visit: Visit, demo_database: Path
) -> None:
    page = visit("adoption", demo_database)
    assert not [*page.exception, *page.error]
    assert page.title[0].value == "Which features are bought but not used?"
    assert "clients licensed for it do not use it." in said(page)
    assert len(page.get("plotly_chart")) == 2
    assert len(names(page)) == 22


def test_a_client_without_features_is_counted(visit: Visit, demo_database: Path) -> None:
    assert "Not shown: 1 client without any feature on file." in said(
        visit("adoption", demo_database)
    )


def test_filters_of_the_address_narrow_the_clients(visit: Visit, demo_database: Path) -> None:
    page = visit("adoption", demo_database, search="lindengrund")
    assert names(page) == ["Lindengrund Savings Bank GmbH"]
    page = visit("adoption", demo_database, feature="AI assistant")
    licensed = len(names(page))
    assert f"AI assistant: licensed at {licensed} clients." in said(page)
    page = visit("adoption", demo_database, feature="AI assistant", level="Unused")
    assert f"AI assistant: unused at {len(names(page))} clients." in said(page)
    assert 0 < len(names(page)) < licensed < 22


def test_only_clients_with_unused_features_can_be_asked_for(visit: Visit, demo_copy: Path) -> None:
    with Database.open(demo_copy) as database, database.write() as writer:
        writer.execute(
            """UPDATE adoption SET is_used = true, first_used_at = NULL FROM clients
            WHERE clients.organization = adoption.organization AND organization_id = 'ORG-0007'"""
        )
    page = visit("adoption", demo_copy)
    assert "Lindengrund Savings Bank GmbH" in names(page)
    page.selectbox(key="level").set_value("Unused").run()
    assert "Lindengrund Savings Bank GmbH" not in names(page)
    assert len(names(page)) == 21


def test_the_order_can_be_turned_round(visit: Visit, demo_database: Path) -> None:
    lowest = names(visit("adoption", demo_database))
    highest = names(visit("adoption", demo_database, sort="Highest rate first"))
    assert lowest[0] != highest[0]
    assert sorted(lowest) == sorted(highest)


def test_the_matrix_is_also_a_table(visit: Visit, demo_database: Path) -> None:
    page = visit("adoption", demo_database, table="true")
    table = page.dataframe[0].value
    assert len(table) == 22
    assert {f"{MARK[level]} {level.label}" for level in AdoptionLevel} >= set(
        table["Single sign-on"]
    )


def test_nothing_matching_says_which_filter_to_drop(visit: Visit, demo_database: Path) -> None:
    page = visit("adoption", demo_database, search="no such client", feature="AI assistant")
    assert not [*page.exception, *page.error]
    assert "No client passes all filters" in said(page)
    assert any("no such client" in button.label for button in page.button)


def test_a_past_day_knows_nothing_of_later_use(visit: Visit, demo_database: Path) -> None:
    now = visit("adoption", demo_database)
    past = visit("adoption", demo_database, as_of="2026-08-01")
    assert not [*past.exception, *past.error]
    assert "is as on file now" in said(past)
    used = [sum("uses per" in text for text in boxes(page)) for page in (past, now)]
    assert used[0] < used[1]


def boxes(page: AppTest) -> list[str]:
    """What each box of the matrix says under the pointer."""
    return list(matrix(page)["data"][2]["hovertext"])


def test_the_rule_of_the_levels_is_on_the_page(visit: Visit, demo_database: Path) -> None:
    assert "light is less than three quarters of them, or no use for 30 days" in said(
        visit("adoption", demo_database)
    ).replace("**", "")


def test_an_empty_database_says_how_to_begin(visit: Visit, empty_database: Path) -> None:
    page = visit("adoption", empty_database)
    assert not [*page.exception, *page.error]
    assert "Nothing is on file yet" in said(page)


def test_usage_without_features_says_what_to_load(visit: Visit, tmp_path: Path) -> None:
    path = tmp_path / "health.duckdb"
    with Database.open(path) as database, database.write() as writer:
        writer.execute("INSERT INTO usage_span VALUES (1, DATE '2026-01-01', DATE '2026-01-02')")
    page = visit("adoption", path)
    assert not [*page.exception, *page.error]
    assert "No features are on file yet" in said(page)
