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


def undo(page: AppTest) -> None:
    """Do what a click on the button in the first row of what was loaded does."""
    page.session_state["import_to_undo"] = page.session_state["imports_shown"][0]
    page.run()
    page.button(key="ids_undo_confirmed").click().run()
    assert "what they were before" in said(page)


def test_another_id_is_added_and_given_back(page: AppTest) -> None:
    page.selectbox(key="ids_client").set_value("A").run()
    page.text_input(key="ids_new").input("Acme").run()
    page.button(key="ids_send").click().run()
    assert "Acme is another id of A now." in said(page)
    first = page.dataframe[0].value.to_dict("records")[0]
    assert (first["file"], first["kind"]) == ("Acme is another id of A.", "Ids of clients")
    assert first["undo"] == "Undo…"
    undo(page)
    assert page.dataframe[0].value["undo"].to_list()[0].startswith("Undone by")


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
    differing = page.dataframe[-1].value
    assert [text.replace("\u00a0", " ") for text in differing.iloc[0]] == [
        *("20 Nov 2026", "API calls", "5", "7")
    ]
    assert list(differing.columns) == ["Day", "Metric", "Alpha (stays)", "Beta"]
    assert page.button(key="ids_merge").disabled
    page.radio(key="ids_prefer").set_value("Beta · B").run()
    page.button(key="ids_merge").click().run()
    assert "out of date until you recalculate" in said(page)
    undo(page)


def test_clients_that_may_be_one_are_listed_and_fill_in_the_form(
    page: AppTest, tmp_path: Path
) -> None:
    assert "No two clients on file look like one and the same." in said(page)
    with Database.open(tmp_path / "health.duckdb") as database:
        twin = organizations({"organization_id": "a", "name": "ALPHA Ltd."})
        imports.store(database, [twin], by="ada")
    page.run()
    assert "1 pair of clients may be one and the same" in said(page)
    assert "Alpha (A) and ALPHA Ltd. (a)" in said(page)
    page.button(key="ids_pair_0").click().run()
    assert "ALPHA Ltd. (a) becomes part of Alpha (A)" in said(page)
    page.button(key="ids_merge").click().run()
    assert "No two clients on file look like one and the same." in said(page)
