"""Many clients edited at once from the list: chosen or all that match, said, undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from health.queries.imports import ImportsQuery, list_imports
from health.queries.not_scored import NotScoredQuery, not_scored
from health.storage.database import Database
from health.vocabulary import AlertLevel

if TYPE_CHECKING:
    from pathlib import Path

    from streamlit.testing.v1 import AppTest
    from visits import Visit

NEW = "zoe@example.com"


def owners(database: Path) -> dict[str, str]:
    with Database.open(database) as opened:
        return dict(opened.query("SELECT organization_id, csm FROM organizations").iter_rows())


def levels(database: Path) -> dict[str, tuple[str, str]]:
    """Risk and alert level of each client with a score on the latest day."""
    with Database.open(database) as opened:
        rows = opened.query(
            """SELECT organization_id, risk_level, alert_level FROM tenant_health_scores
            JOIN organizations USING (organization_id)
            WHERE score_date = (SELECT max(score_date) FROM tenant_health_scores)"""
        )
    return {one: (risk, level) for one, risk, level in rows.iter_rows()}


def texts(elements: Any) -> str:
    return " ".join(one.value for one in elements).replace("\u00a0", " ").replace("\\", "")


def opened(visit: Visit, database: Path, **address: str) -> AppTest:
    page = visit("portfolio", database, **address)
    page.button(key="edit_many").click().run()
    assert not page.exception
    return page


def owned(page: AppTest, owner: str) -> AppTest:
    page.selectbox(key="many_owner").options.append(owner)
    page.selectbox(key="many_owner").set_value(owner)
    page.button(key="edit_saved").click().run()
    assert not page.exception
    return page


def test_chosen_clients_get_another_owner_as_one_import(visit: Visit, demo_copy: Path) -> None:
    before = owners(demo_copy)
    page = opened(visit, demo_copy)
    page.session_state["many_clients"] = ["ORG-0001", "ORG-0002"]
    owned(page, NEW)
    assert f"Saved: owner of 2 clients → {NEW} since" in texts(page.success)
    changed = {one for one, owner in owners(demo_copy).items() if owner != before[one]}
    assert changed == {"ORG-0001", "ORG-0002"}
    with Database.open(demo_copy) as database, database.read() as reader:
        newest = list_imports(reader, ImportsQuery(limit=1)).rows[0]
    assert (newest.name, newest.clients) == ("By hand: 2\u00a0clients, owner", 2)
    page.button(key="edit_undone").click().run()
    assert owners(demo_copy) == before


def test_clients_without_a_score_are_edited_from_their_list(visit: Visit, demo_copy: Path) -> None:
    before = owners(demo_copy)
    page = opened(visit, demo_copy, risk="Not scored")
    page.radio(key="many_which").set_value("All that match")
    owned(page, NEW)
    with Database.open(demo_copy) as database, database.read() as reader:
        unscored = not_scored(reader, NotScoredQuery()).frame["organization_id"].to_list()
    changed = {one for one, owner in owners(demo_copy).items() if owner != before[one]}
    assert changed == set(unscored)


def test_all_that_match_the_filters_get_another_alert_level(visit: Visit, demo_copy: Path) -> None:
    before = levels(demo_copy)
    page = opened(visit, demo_copy, risk="High risk")
    page.radio(key="many_which").set_value("All that match")
    page.selectbox(key="many_level").set_value(AlertLevel.NONE)
    page.button(key="edit_saved").click().run()
    assert not page.exception
    after = levels(demo_copy)
    assert {one for one in after if after[one] != before[one]} == {
        one for one, (risk, level) in before.items() if risk == "HIGH" and level != "NONE"
    }
    assert {level for risk, level in after.values() if risk == "HIGH"} == {"NONE"}


@pytest.mark.parametrize("owner", ["Nobody", None])
def test_an_owner_is_removed_only_where_nobody_is_chosen(
    visit: Visit, demo_copy: Path, owner: str | None
) -> None:
    before = owners(demo_copy)
    page = opened(visit, demo_copy)
    page.session_state["many_clients"] = ["ORG-0001"]
    page.selectbox(key="many_owner").set_value(owner)
    page.button(key="edit_saved").click().run()
    assert owners(demo_copy) == (before | {"ORG-0001": None} if owner else before)


def test_nothing_is_stored_where_no_client_is_chosen(visit: Visit, demo_copy: Path) -> None:
    before = owners(demo_copy)
    page = owned(opened(visit, demo_copy), NEW)
    assert owners(demo_copy) == before
    assert "Saved" not in texts(page.success)


def test_a_word_for_no_value_is_no_owner(visit: Visit, demo_copy: Path) -> None:
    before = owners(demo_copy)
    page = opened(visit, demo_copy)
    page.session_state["many_clients"] = ["ORG-0001"]
    owned(page, "n/a")
    assert owners(demo_copy) == before
