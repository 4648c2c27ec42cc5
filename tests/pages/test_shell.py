"""The frame around every page: navigation, errors, and what holds when pages change."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
import streamlit as st
from log_lines import logged
from other_process import command, held_by_another_process
from streamlit.runtime.scriptrunner import get_script_run_ctx

from health import errors
from health.storage import command_server
from health.storage.database import Database
from health.ui.server import streamlit_private

if TYPE_CHECKING:
    from pathlib import Path

    from streamlit.testing.v1 import AppTest
    from visits import Visit

PORTFOLIO, TRENDS = "pages/clients/portfolio.py", "pages/clients/trends.py"
PAGES = ["today", "portfolio", "client", "adoption", "trends", "team"]


def shown_errors(page: AppTest) -> str:
    return "\n".join(error.value for error in page.error).replace("\u00a0", " ").replace("\\", "")


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_on_the_demo_without_an_error(
    visit: Visit, demo_database: Path, name: str
) -> None:
    page = visit(name, demo_database)
    assert not [*page.exception, *page.error]
    assert page.title[0].value.endswith("?")
    assert "Data up to 20" in page.caption[1].value


def test_charts_stand_in_columns_whose_width_a_browser_says_whole(
    visit: Visit, demo_database: Path
) -> None:
    weights = {
        column.weight
        for name in PAGES
        for column in visit(name, demo_database, client="ORG-0007").columns
        if column.get("plotly_chart")
    }
    assert len(weights) > 2
    assert all((16 * weight).is_integer() for weight in weights), weights


@pytest.mark.parametrize(
    ("name", "address", "below"),
    [("client", {"client": "ORG-0007"}, "Timeline"), ("trends", {}, "The portfolio over time")],
)
def test_the_first_screen_is_sent_before_what_lies_below(
    visit: Visit,
    demo_database: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    address: dict[str, str],
    below: str,
) -> None:
    sent: list[str] = []

    def pause(_: float) -> None:
        context: Any = get_script_run_ctx()
        messages = context._enqueue.__self__.forward_msg_queue._queue
        sent.extend(message.delta.new_element.heading.body for message in messages)

    monkeypatch.setattr(streamlit_private, "sleep", pause)
    page = visit(name, demo_database, **address)
    assert page.title[0].value in sent
    assert below in {heading.value for heading in page.subheader} - set(sent)


def test_a_condition_ends_in_its_own_words(visit: Visit, tmp_path: Path) -> None:
    path = tmp_path / "not_a_database.duckdb"
    path.write_text("This is a letter.")
    page = visit("portfolio", path)
    assert not page.exception
    assert errors.DatabaseUnusable.title in shown_errors(page)
    assert "--database" in shown_errors(page)


def test_a_bug_ends_in_a_sentence_with_the_reference_of_the_log(
    visit: Visit, demo_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a secret detail")

    monkeypatch.setattr("health.queries.portfolio.overview", broken)
    with logged(tmp_path) as lines:
        page = visit("portfolio", demo_database)
    assert not page.exception
    assert "Your data is as it was." in shown_errors(page)
    assert "secret" not in shown_errors(page)
    line = next(line for line in lines if line["event"] == "bug")
    assert line["reference"] in shown_errors(page)
    assert line["kind"] == "ZeroDivisionError"
    assert line["at"].endswith(":broken")
    # What went wrong may quote a row.
    assert "secret" not in f"{lines}"


def test_filters_are_as_they_were_when_a_page_is_left(visit: Visit, demo_database: Path) -> None:
    page = visit("portfolio", demo_database)
    page.selectbox(key="risk").set_value("High risk").run()
    page.switch_page(TRENDS).run()
    page.switch_page(PORTFOLIO).run()
    assert page.selectbox(key="risk").value == "High risk"
    page.selectbox(key="risk").set_value(None).run()
    assert page.selectbox(key="risk").value is None


def test_the_day_holds_on_every_page(visit: Visit, demo_database: Path) -> None:
    page = visit("portfolio", demo_database, as_of="2026-10-01")
    page.switch_page(TRENDS).run()
    assert page.date_input(key="as_of").value == date(2026, 10, 1)
    page.date_input(key="as_of").set_value(date(2026, 10, 2)).run()
    page.switch_page(PORTFOLIO).run()
    assert page.date_input(key="as_of").value == date(2026, 10, 2)


@pytest.mark.parametrize("day", ["2030-01-01", "1999-01-01", "yesterday", ""])
def test_a_day_that_is_not_on_file_falls_back_to_the_latest(
    visit: Visit, demo_database: Path, day: str
) -> None:
    page = visit("portfolio", demo_database, as_of=day)
    assert not [*page.exception, *page.error]
    assert page.date_input(key="as_of").value == date(2026, 11, 20)


def test_a_page_shows_a_change_at_once(visit: Visit, demo_copy: Path) -> None:
    page = visit("portfolio", demo_copy, order="Name")
    with Database.open(demo_copy) as database, database.write() as writer:
        writer.execute(
            "UPDATE clients SET name = 'A first name' WHERE organization_id = 'ORG-0001'"
        )
    page.run()
    assert page.dataframe[0].value["Client"].tolist()[0] == "A first name"


def test_a_page_that_a_change_overtakes_begins_again(
    visit: Visit, demo_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = visit("portfolio", demo_copy)
    found = Database.version.fget
    asked: list[int] = []

    def overtaken(database: Database) -> int:
        """Store a change right after the version was asked for at first."""
        asked.append(found(database))  # type: ignore[misc]
        if len(asked) == 1:
            with database.write():
                pass
        return asked[-1]

    monkeypatch.setattr(Database, "version", property(overtaken))
    page.date_input(key="as_of").set_value(date(2026, 10, 1)).run()
    assert not [*page.exception, *page.error]
    assert "You are looking at **1" in page.info[0].value
    assert asked == [asked[0], asked[0] + 1]


def test_a_page_seen_before_asks_neither_the_database_nor_the_disk(
    visit: Visit, demo_database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = visit("portfolio", demo_database)

    def asked(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(Database, "read", asked)
    monkeypatch.setattr("streamlit.runtime.secrets.Secrets._parse", asked)
    page.run()
    assert not [*page.exception, *page.error]


def test_commands_wait_for_a_dashboard_that_waits_for_one_of_them(
    visit: Visit, empty_database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="health")
    path = empty_database.rename(empty_database.with_name("health.duckdb"))
    (path.parent / "organizations.csv").write_text("organization_id,name\nORG-1,Alder\n")
    with ThreadPoolExecutor(1) as pool:
        with held_by_another_process(path):
            page = visit("today", path)
            assert "is under way" in page.info[0].value
            assert command_server.is_there(path)
            load = pool.submit(command, path.parent, "load", "organizations.csv")
        done = load.result(timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert "import" in caplog.text  # this process did it
    page.run()
    assert not page.info
    assert not page.error
    st.cache_resource.clear()


def test_a_dashboard_beside_another_one_does_nothing_for_others(
    visit: Visit, empty_database: Path
) -> None:
    with held_by_another_process(empty_database):
        other = command_server.CommandServer(empty_database, lambda _: 7)
        page = visit("today", empty_database)
        assert "is under way" in page.info[0].value
        assert command_server.hand_over(empty_database, "{}", BytesIO(), BytesIO()) == 7
        other.close()
