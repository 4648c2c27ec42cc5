"""Ids of clients, changed and given back on the Data page."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import streamlit as st
from small_files import organizations, usage
from streamlit.testing.v1 import AppTest

from health import imports
from health.output.markdown import WORD_JOINER
from health.storage.database import Database

DAY = date(2026, 11, 20)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The Data page with the ids of two clients open."""
    path = tmp_path / "health.duckdb"
    with Database.open(path) as database:
        clients = organizations(
            {"organization_id": "A", "name": "Alpha"}, {"organization_id": "B", "name": "Beta"}
        )
        days = usage(("A", "API_CALLS", DAY, 5), ("B", "API_CALLS", DAY, 7))
        imports.store(database, [clients, days], by="ada")
    monkeypatch.setenv("CLIENT_HEALTH_DATABASE", str(path))
    st.cache_resource.clear()
    visitor = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    visitor.query_params["ids"] = "true"
    visitor.switch_page("pages/data/data.py")
    return visitor.run()


def said(page: AppTest) -> str:
    """What the page says, each text on a line."""
    parts = (*page.success, *page.error, *page.warning, *page.markdown, *page.caption)
    text = "\n".join(part.value for part in parts)
    return text.replace("\u00a0", " ").replace("\\", "").replace(WORD_JOINER, "")


def test_another_id_is_added_and_given_back(page: AppTest) -> None:
    page.selectbox(key="ids_client").set_value("A").run()
    page.text_input(key="ids_new").input("Acme").run()
    page.button(key="ids_send").click().run()
    assert "Acme is another id of A now." in said(page)
    assert "Acme is another id of A.  \n" in said(page)
    page.button(key="ids_undo_1").click().run()
    assert "what they were before" in said(page)
    assert not [button for button in page.button if button.key == "ids_undo_1"]


def test_an_id_that_is_taken_is_refused_in_words(page: AppTest) -> None:
    page.selectbox(key="ids_client").set_value("A").run()
    page.text_input(key="ids_new").input("B").run()
    page.button(key="ids_send").click().run()
    assert "is the id of a client on file" in said(page)


def test_two_clients_are_put_together_when_it_is_said_whose_values_count(page: AppTest) -> None:
    page.radio(key="ids_what").set_value("Put two clients together").run()
    assert "Choose both to see what would change." in said(page)
    page.selectbox(key="ids_keep").set_value("A").run()
    page.selectbox(key="ids_other").set_value("B").run()
    assert "becomes part of Alpha" in said(page)
    assert "a different value 1 time for the same day" in said(page)
    assert page.button(key="ids_merge").disabled
    page.radio(key="ids_prefer").set_value("Beta · B").run()
    page.button(key="ids_merge").click().run()
    assert "out of date until you recalculate" in said(page)
    page.button(key="ids_undo_1").click().run()
    assert "what they were before" in said(page)
