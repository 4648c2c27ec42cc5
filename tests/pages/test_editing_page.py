"""Editing a client on its page: stored with one click, said, undone and recalculated there."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from health import imports
from health.queries.imports import ImportsQuery, list_imports
from health.storage.database import Database
from health.ui.session import answers

if TYPE_CHECKING:
    from pathlib import Path

    from streamlit.testing.v1 import AppTest
    from visits import Visit

CLIENT, LATEST = "ORG-0007", date(2026, 11, 20)


def opened(page: AppTest) -> AppTest:
    return page.button(key="edit_client").click().run()


def row(database: Path) -> dict[str, Any]:
    with Database.open(database) as opened:
        sql = f"FROM organizations WHERE organization_id = '{CLIENT}'"
        return opened.query(sql).row(0, named=True)


def texts(elements: Any) -> str:
    return " ".join(one.value for one in elements).replace("\u00a0", " ").replace("\\", "")


@pytest.fixture
def page(visit: Visit, demo_copy: Path) -> AppTest:
    return opened(visit("client", demo_copy, client=CLIENT))


def saved(page: AppTest) -> AppTest:
    page.button(key="edit_saved").click().run()
    assert not page.exception
    return page


def test_the_dialog_shows_what_is_on_file(page: AppTest, demo_copy: Path) -> None:
    assert not page.exception
    on_file = row(demo_copy)
    assert page.selectbox(key="edit_csm").value == on_file["csm"]
    assert page.date_input(key="edit_renewal_date").value == on_file["renewal_date"]
    assert page.number_input(key="edit_annual_value").value == float(on_file["annual_value"])
    assert page.number_input(key="edit_total_users").value == on_file["total_users"]
    assert page.selectbox(key="edit_alert_level").value == on_file["alert_level"]


def test_an_edit_is_stored_said_and_undone_on_the_page(page: AppTest, demo_copy: Path) -> None:
    before = row(demo_copy)
    page.number_input(key="edit_total_users").set_value(60)
    page.date_input(key="edit_renewal_date").set_value(date(2027, 3, 31))
    page.date_input(key="edit_since").set_value(LATEST)
    page.text_input(key="edit_reason").set_value("New contract.")
    saved(page)
    users = f"{before['total_users']} → 60"
    assert f"licences {users} since 20 Nov 2026; 1 score is out of date." in texts(page.success)
    assert row(demo_copy)["total_users"] == 60
    assert "licensed user" in texts(page.markdown)
    with Database.open(demo_copy) as database, database.read() as reader:
        newest = list_imports(reader, ImportsQuery(limit=1)).rows[0]
    assert newest.name.endswith(f"({CLIENT}), renewal date and licences. Reason: New contract.")
    page.button(key="edit_undone").click().run()
    assert "Undone" in texts(page.success)
    assert row(demo_copy) == before
    page.button(key="edit_seen").click().run()
    assert not page.success


def test_a_value_is_removed_where_that_is_chosen(page: AppTest, demo_copy: Path) -> None:
    page.multiselect(key="edit_removes").set_value(["csm"])
    saved(page)
    assert row(demo_copy)["csm"] is None
    assert "→ nobody" in texts(page.success)


def test_a_wrong_value_stores_nothing(page: AppTest, demo_copy: Path) -> None:
    before = row(demo_copy)
    page.selectbox(key="edit_csm").options.append("n/a")
    page.selectbox(key="edit_csm").set_value("n/a")
    page.number_input(key="edit_total_users").set_value(99)
    saved(page)
    assert row(demo_copy) == before


def test_a_client_that_left_is_not_scored_and_comes_back_by_undo(
    page: AppTest, demo_copy: Path
) -> None:
    page.session_state["edit_is_active"] = False
    page.date_input(key="edit_since").set_value(LATEST)
    saved(page)
    assert row(demo_copy)["inactive_from"] == LATEST
    assert "status active → left since 20 Nov 2026; 1 score is out of date." in texts(page.success)
    page.button(key="edit_undone").click().run()
    assert row(demo_copy)["inactive_from"] is None


def test_a_recalculation_is_offered_where_the_edit_was_made(page: AppTest) -> None:
    page.number_input(key="edit_total_users").set_value(900)
    page.date_input(key="edit_since").set_value(LATEST)
    saved(page)
    page.button(key="recalculate_now").click().run()
    while page.get("progress"):
        page.run()
    assert "recalculated" in texts(page.success)
    assert not [one for one in page.button if one.key == "recalculate_now"]


def test_an_undo_that_later_imports_hold_says_so(page: AppTest) -> None:
    page.number_input(key="edit_total_users").set_value(900)
    saved(page)
    imports.update_organization(answers.database(), CLIENT, {"total_users": 700}, by="eve")
    page.button(key="edit_undone").click().run()
    assert "The Data page lists all imports." in texts(page.warning)


def test_another_client_does_not_say_what_was_edited(page: AppTest) -> None:
    page.number_input(key="edit_total_users").set_value(900)
    saved(page)
    page.query_params["client"] = "ORG-0001"
    page.run()
    assert "Saved" not in texts(page.success)
