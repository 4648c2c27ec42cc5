"""The address of a page as somebody left it opens the same view in a session of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from streamlit.testing.v1 import AppTest

from health.ui.data import import_history
from health.ui.portfolio import overview
from health.ui.today import alerts, calls

if TYPE_CHECKING:
    from visits import Visit

Leave = Callable[[AppTest], None] | dict[str, Any]


def seen(page: AppTest) -> dict[str, Any]:
    """All that a page shows: words, numbers, tables, charts, and what is open or chosen."""
    assert not [*page.exception, *page.error]
    texts = [page.title, page.subheader, page.markdown, page.caption, page.info, page.warning]
    return {
        "texts": [one.value for kind in texts for one in kind],
        "cards": [(card.label, card.value, card.delta) for card in page.metric],
        "tables": [table.value.to_json() for table in page.dataframe],
        "charts": [chart.proto.spec for chart in page.get("plotly_chart")],
        "buttons": [(button.key, button.label) for button in page.button],
        "open": [one.proto.expanded for one in page.expander],
        "chosen": [
            (one.key, one.value) for one in (*page.selectbox, *page.toggle, *page.date_input)
        ],
    }


def choose(page: AppTest, /, **values: Any) -> None:
    """Give widgets their values by their keys, one after the other."""
    for name, value in values.items():
        page.session_state[name] = value
        page.run()


def more_of_today(page: AppTest) -> None:
    page.button(key="show_more").click().run()
    choose(page, alert_feature_unused=True)
    page.button(key="show_more_alert_feature_unused").click().run()


def unscored(page: AppTest) -> None:
    page.button(key="count_Not scored").click().run()


VIEWS: list[tuple[str, Leave, dict[str, Any]]] = [
    (
        "today",
        more_of_today,
        {"more": "1", "alert_feature_unused": "true", "more_alert_feature_unused": "1"},
    ),
    (
        "today",
        {"as_of": date(2026, 11, 10), "owner": "amira.haddad@example.com"},
        {"as_of": "2026-11-10", "owner": "amira.haddad@example.com"},
    ),
    (
        "portfolio",
        {
            "score": (20, 95),
            "renewal": "1 year",
            "search": "a",
            "order": "Renewal",
            "reversed": True,
            "page": 2,
        },
        {
            "score": ["20", "95"],
            "renewal": "1 year",
            "search": "a",
            "order": "Renewal",
            "reversed": "true",
            "page": "2",
        },
    ),
    (
        "portfolio",
        {"risk": "Medium risk", "trend": "Stable", "as_of": date(2026, 10, 20)},
        {"risk": "Medium risk", "trend": "Stable", "as_of": "2026-10-20"},
    ),
    ("portfolio", unscored, {"risk": "Not scored"}),
    (
        "client",
        {
            "period": "90 days",
            "changed": "Another day",
            "since": date(2026, 9, 15),
            "as_of": date(2026, 11, 15),
            "images": "SVG",
        },
        {
            "period": "90 days",
            "changed": "Another day",
            "since": "2026-09-15",
            "as_of": "2026-11-15",
            "images": "SVG",
        },
    ),
    (
        "adoption",
        {"search": "a", "sort": "By name", "level": "Unused", "table": True},
        {"search": "a", "sort": "By name", "level": "Unused", "table": "true"},
    ),
    (
        "adoption",
        {"feature": "AI assistant", "sort": "Most unused first"},
        {"feature": "AI assistant", "sort": "Most unused first"},
    ),
    (
        "trends",
        {"span": "Quarter", "period": "90 days", "table_down": True, "table_up": True},
        {"span": "Quarter", "period": "90 days", "table_down": "true", "table_up": "true"},
    ),
    ("trends", {"size": "10 to 49 licensed users"}, {"size": "10 to 49 licensed users"}),
    ("team", {"by": "Size", "span": "Year"}, {"by": "Size", "span": "Year"}),
    (
        "portfolio",
        {"month": "Dec 2026", "owner": "No owner", "active": True},
        {"month": "Dec 2026", "owner": "No owner", "active": "true"},
    ),
]
"""A page, how it is left, and what the address says then."""


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists with more than one page, and more to be shown than at first."""
    monkeypatch.setattr(overview, "ROWS_A_PAGE", 5)
    monkeypatch.setattr(calls, "FIRST", 2)
    monkeypatch.setattr(calls, "MORE", 2)
    monkeypatch.setattr(alerts, "LISTED", 2)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize(("name", "leave", "address"), VIEWS)
def test_an_address_opens_the_view_it_was_taken_from(
    visit: Visit, demo_database: Path, name: str, leave: Leave, address: dict[str, Any]
) -> None:
    start = {"client": "ORG-0007"} if name == "client" else {}
    page = visit(name, demo_database, **start)
    before = seen(page)
    if callable(leave):
        leave(page)
    else:
        choose(page, **leave)
    left = seen(page)
    assert left != before
    assert seen(visit(name, demo_database, **start, **address)) == left


def test_the_address_of_a_page_of_imports_opens_it(
    visit: Visit, demo_database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_history, "PAGE", 1)
    page = visit("../data/data", demo_database, imports_page="4")
    assert not [*page.exception, *page.error]
    assert page.dataframe[0].value["number"].tolist() == [1]


@pytest.mark.parametrize("said", ["-1", "abc", "99999999999999999999", "1e3", "٣", ""])
def test_an_address_that_makes_no_sense_opens_the_page_all_the_same(
    visit: Visit, demo_database: Path, said: str
) -> None:
    page = visit("today", demo_database, more=said, alert_high_risk=said, more_alert_high_risk=said)
    assert not [*page.exception, *page.error]
    assert page.title[0].value == "Whom should I call today?"
