"""The Data page in each of its states."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from in_markdown import tables
from streamlit.testing.v1 import AppTest
from workbooks_by_hand import archive

from health import imports
from health.files import read_file
from health.maintenance import demo
from health.output.markdown import WORD_JOINER
from health.queries.imports import ImportsQuery, list_imports
from health.scoring import runs
from health.storage.database import Database
from health.ui.session import jobs
from health.ui.session.jobs import Job

ROOT = Path(__file__).parents[2]
SIGNED_IN = "test@example.com"
"""Whom AppTest signs in; their name goes before that of CLIENT_HEALTH_USER."""

ORGANIZATIONS = b"organization_id,name,total_users\nA,Alpha,60\nB,Beta,100\n"
USAGE = (
    b"organization_id,metric_type,date,value\n"
    b"A,MONTHLY_ACTIVE_USERS,2026-11-20,38\nB,MONTHLY_ACTIVE_USERS,2026-11-20,50\n"
)
WRONG = (
    b"organization_id,metric_type,date,value\n"
    b"A,MONTHLY_ACTIVE_USERS,2026-11-19,30\nA,LOGINS,2026-11-19,5\nA,API_CALLS,2026-11-19,-3\n"
)
DAY = date(2026, 11, 20)

Open = Callable[..., AppTest]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file of the server's database, with nothing in it; nothing runs before or after."""
    path = tmp_path / "health.duckdb"
    Database.open(path).close()
    monkeypatch.setenv("CLIENT_HEALTH_DATABASE", str(path))
    monkeypatch.setenv("CLIENT_HEALTH_USER", "Ada")
    st.cache_resource.clear()
    yield path
    finish_job()


@pytest.fixture
def visit(path: Path) -> Open:
    """Open the Data page in a session of its own; ``address``: what follows its ?."""
    assert path.exists()

    def open_page(**address: str) -> AppTest:
        visitor = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        for name, value in address.items():
            visitor.query_params[name] = value
        visitor.switch_page("pages/data/data.py")
        return visitor.run()

    return open_page


@pytest.fixture
def loaded(path: Path) -> Path:
    """The same with two clients and a value of each, scored."""
    store(path, organizations=ORGANIZATIONS, usage=USAGE)
    with Database.open(path) as database:
        runs.score(database)
    return path


def store(path: Path, **files: bytes) -> None:
    today = datetime.now(UTC).date()
    parsed = [
        read_file(content, name=f"{name}.csv", today=today) for name, content in files.items()
    ]
    with Database.open(path) as database:
        imports.store(database, parsed, by="Bob")


def rows(path: Path, table: str) -> list[tuple[Any, ...]]:
    with Database.open(path) as database:
        return database.query(f"SELECT * FROM {table} ORDER BY ALL").rows()


def finish_job() -> None:
    """Wait until what was started has ended."""
    job = jobs.jobs().latest
    assert job is None or job.wait(30)


def said(page: AppTest) -> str:
    """Everything written on a page, with plain spaces and unescaped."""
    kinds = (page.title, page.subheader, page.markdown, page.caption)
    boxes = (page.warning, page.error, page.success, page.info)
    texts = [element.value for kind in (*kinds, *boxes) for element in kind]
    labels = [expander.label for expander in page.expander]
    return "\n".join([*texts, *labels]).replace("\u00a0", " ").replace("\\", "")


def give(page: AppTest, **files: bytes) -> AppTest:
    """Put files into the uploader."""
    uploader = page.get("file_uploader")[0]
    uploader.set_value([(f"{name}.csv", content, "text/csv") for name, content in files.items()])
    return page.run()


def press(page: AppTest, key: str) -> AppTest:
    """Press a button, wait for the job it starts, and look at the page afterwards."""
    page.button(key=key).click().run()
    finish_job()
    return page.run()


def test_an_empty_database_offers_two_ways_to_begin(visit: Open) -> None:
    page = visit()
    assert not [*page.exception, *page.error]
    assert page.title[0].value == "What is on file, and how current is it?"
    assert "Nothing is on file yet" in said(page)
    assert page.button(key="load_demo").label == "Load the demo data"
    assert page.get("file_uploader")
    assert not page.dataframe


def test_the_demo_is_loaded_and_scored(
    visit: Open, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        demo, "generate", functools.partial(demo.generate, organizations=3, days=40)
    )
    page = press(visit(), "load_demo")
    assert "The demo is loaded: 3 clients, 120 scores." in said(page)
    assert "made-up demo data" in said(page)
    assert rows(path, "scores")


def test_files_are_previewed_stored_and_scored(visit: Open, path: Path) -> None:
    page = give(visit(), usage=USAGE, organizations=ORGANIZATIONS)
    assert not [*page.exception, *page.error]
    assert "usage.csv** · Usage metrics, one row per metric · 113 B" in said(page)
    assert "2 rows: **2** new" in said(page)
    assert "Up to 2 scores of 2 clients become out of date." in said(page)
    assert rows(path, "imports") == []

    page = press(page, "store")
    assert "Stored usage.csv and organizations.csv: 4 new rows." in said(page)
    assert [row[5] for row in rows(path, "imports")] == [SIGNED_IN, SIGNED_IN]
    assert not page.get("file_uploader")[0].value
    assert "Up to **2 scores** of **2 clients** are missing or out of date" in said(page)

    page = press(page, "recalculate_now")
    assert "2 scores recalculated with the model Standard." in said(page)
    assert "Every score up to 20 Nov 2026 is up to date." in said(page)
    assert len(rows(path, "scores")) == 2


def test_rejected_rows_are_listed_and_hold_the_file_back(visit: Open, loaded: Path) -> None:
    page = give(visit(), wrong=WRONG)
    assert "3 rows: **1** new, :red[**2** rejected]" in said(page)
    assert "Rejected: negative (1), unknown metric (1)" in said(page)
    table = page.dataframe[0].value
    assert table["line"].to_list() == [3, 4]
    assert table["value"].to_list() == ["LOGINS", "-3"]
    assert page.button(key="store").disabled

    page = press(page, "store_valid")
    assert "Stored wrong.csv: 1 new row. Left out: 2 rejected rows." in said(page)
    assert len(rows(loaded, "usage_metrics")) == 3


def test_what_looks_wrong_is_listed_and_can_be_stored(visit: Open, loaded: Path) -> None:
    page = give(visit(), usage=USAGE.replace(b"2026-11-20,", b"2026-11-20,9"))
    assert not [*page.exception, *page.error]
    assert "More users active than licensed" in said(page)
    assert page.dataframe[0].value["organization_id"].to_list()[0] == "A"
    assert "against" in page.dataframe[0].value
    page = press(page, "store")
    assert "Warning: More users active than licensed" in said(page)
    assert len(rows(loaded, "usage_metrics")) == 2


def test_the_list_of_rejects_and_the_rows_can_be_downloaded(visit: Open, loaded: Path) -> None:
    assert loaded.exists()
    page = give(visit(), wrong=WRONG)
    labels = [button.proto.label for button in page.get("download_button")]
    assert labels[:3] == [
        "Download the list",
        "The list for Excel",
        "Download the rows, to fix and load again",
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\x89PNG\r\n\x1a\n....", "By its content the file is a PNG picture, not a table."),
        (b"", "The file is empty."),
        (b"name,city\nA,B\n", "It looks most like an organizations file"),
    ],
    ids=["picture", "empty", "other"],
)
def test_a_file_that_is_no_table_gets_its_sentence(
    visit: Open, path: Path, content: bytes, sentence: str
) -> None:
    page = give(visit(), data=content, organizations=ORGANIZATIONS)
    assert not page.exception
    assert sentence in said(page)
    assert "Files are stored together or not at all." in said(page)
    assert page.button(key="store").disabled
    page.button(key="discard").click().run()
    assert sentence not in said(page)
    assert rows(path, "imports") == []


def test_the_same_content_twice_counts_once(visit: Open) -> None:
    page = give(visit(), first=ORGANIZATIONS, second=ORGANIZATIONS)
    assert "second.csv** holds exactly the same as **first.csv**" in said(page)
    assert page.button(key="store").label.replace("\u00a0", " ") == "Store 1 file"


def test_each_file_of_an_archive_is_previewed_with_how_it_was_read(visit: Open) -> None:
    clients = b"Report\norganization_id,name,csm\nA,Alpha,n/a\n"
    content = archive({"clients.csv": clients, "usage.csv": USAGE})
    page = give(visit(), month=content)
    assert not page.exception
    assert "month.csv: clients.csv" in said(page)
    assert "Line 1 above the header was skipped: “Report”." in said(page)
    assert "1 cell of csm counted as empty: “n/a”." in said(page)
    assert page.button(key="store").label.replace("\u00a0", " ") == "Store 2 files"


def test_a_file_that_is_on_file_already_says_so(visit: Open, loaded: Path) -> None:
    assert loaded.exists()
    page = give(visit(), again=USAGE)
    assert "Storing it changes nothing." in said(page)
    assert "Exactly this file was stored before, as import 2." in said(page)


def test_a_changed_value_shows_the_old_and_the_new(visit: Open, loaded: Path) -> None:
    assert loaded.exists()
    page = give(visit(), mended=USAGE.replace(b",38", b",40"))
    assert "2 rows: **1** changed, **1** unchanged" in said(page)
    change = page.dataframe[0].value.to_dict("records")[0]
    assert (change["field"], change["old_value"], change["new_value"]) == (
        "Monthly active users",
        "38",
        "40",
    )


def test_a_name_is_shown_letter_for_letter(visit: Open) -> None:
    page = give(visit(), **{"![x](http://example.com/a.png) <b>": ORGANIZATIONS})
    shown = next(text.value for text in page.markdown if "example" in text.value)
    assert r"\!\[x\]\(http\:\/\/example\.com" in shown.replace(WORD_JOINER, "")


def test_a_double_click_stores_once(visit: Open, path: Path) -> None:
    page = give(visit(), organizations=ORGANIZATIONS)
    button = page.button(key="store")
    button.click().run()
    finish_job()
    button.click().run()
    finish_job()
    assert len(rows(path, "imports")) == 1


def test_a_job_is_seen_by_every_visitor_and_can_be_stopped(visit: Open, loaded: Path) -> None:
    assert loaded.exists()
    page = visit()
    step = threading.Event()

    def work(job: Job) -> str:
        job.set_progress(0.25)
        step.wait(30)
        return "Stopped." if job.is_stopping else "Finished."

    assert jobs.jobs().start(Job("Recalculating", work, can_stop=True))
    for visitor in (page.run(), visit()):
        assert not [*visitor.exception, *visitor.error]
        assert visitor.button(key="recalculate").disabled
        assert "Recalculating … 25%" in visitor.get("progress")[0].proto.text
    page.button(key="job_stop").click().run()
    step.set()
    finish_job()
    assert "Stopped." in said(page.run())
    page.button(key="job_seen").click().run()
    assert "Stopped." not in said(page)
    assert not page.button(key="recalculate").disabled


def test_another_model_recalculates_everything(visit: Open, loaded: Path) -> None:
    page = visit()
    page.selectbox(key="model_standard-1").select("targets-1").run()
    assert "With the model **Targets** every score is calculated anew" in said(page)
    page = press(page, "recalculate")
    assert "2 scores recalculated with the model Targets." in said(page)
    assert [row[7] for row in rows(loaded, "scores")] == [90, 71]


def test_what_is_on_file_is_told_by_kind_and_metric(visit: Open, loaded: Path) -> None:
    assert loaded.exists()
    page = visit()
    assert "**Organizations**  \n2 clients" in said(page)
    assert "**Usage metrics**  \n2 usage values of 2 clients" in said(page)
    assert "**Feature adoption**  \nNothing on file" in said(page)
    (metrics,) = tables(page)
    said_of = {row["Metric"]: row for row in metrics.iter_rows(named=True)}
    assert said_of["Monthly active users"]["Clients"] == "2"
    assert said_of["Monthly active users"]["Last day"] == "20 Nov 2026"
    assert said_of["API calls"]["How old"] == "no data"


def test_an_import_is_undone_after_a_question(visit: Open, loaded: Path) -> None:
    page = visit()
    history = page.dataframe[0].value
    assert history["file"].to_list() == ["usage.csv", "organizations.csv"]
    assert history["by"].to_list() == ["Bob", "Bob"]
    ask_to_undo(page, loaded, 2)
    page = press(page, "undo_confirmed")
    assert "Import 2 is undone" in said(page)
    assert rows(loaded, "usage_metrics") == []
    assert page.dataframe[0].value["undo"].to_list() == [f"Undone by {SIGNED_IN}", "Undo…"]


def test_an_undo_under_a_later_import_offers_the_way_on(visit: Open, loaded: Path) -> None:
    store(loaded, later=USAGE.replace(b",38", b",40"))
    page = visit()
    ask_to_undo(page, loaded, 2)
    page = press(page, "undo_confirmed")
    assert "The import was not undone" in said(page)
    assert "first by import 3" in said(page)
    page = press(page, "undo_anyway")
    assert "Import 2 is undone" in said(page)
    assert [row[3] for row in rows(loaded, "usage_metrics")] == [40]


def ask_to_undo(page: AppTest, path: Path, import_id: int) -> None:
    """Do what a click on the button in a row of the table does."""
    with Database.open(path) as database, database.read() as reader:
        found = list_imports(reader, ImportsQuery()).rows
    page.session_state["import_to_undo"] = next(i for i in found if i.import_id == import_id)
    page.run()
    assert "What it changed gets its earlier values back" in said(page)


def test_a_form_is_drawn_once_it_is_opened(visit: Open, loaded: Path) -> None:
    assert loaded.exists()
    closed, opened = visit(), visit(record="true", columns="true")
    titles = [
        "Which files, which columns?",
        "How exports are read: no feed yet",
        "**Record one usage value**",
    ]
    for page in (closed, opened):
        assert [group.label for group in page.expander][:3] == titles
    assert [box.label for box in closed.selectbox] == ["Scoring model"]
    assert [box.label for box in opened.selectbox] == ["Scoring model", "Client", "Metric"]
    assert "Bold columns are required" not in said(closed)
    assert "Bold columns are required" in said(opened)


def test_a_value_is_recorded_by_hand(visit: Open, loaded: Path) -> None:
    page = record(visit(record="true"), "A", "Support tickets", 2)
    assert "Recorded. Support tickets of Alpha on 20 Nov 2026: 2." in said(page)
    assert ("A", "SUPPORT_TICKETS", DAY, 2) in [row[:4] for row in rows(loaded, "usage_metrics")]
    page = record(page, "A", "Support tickets", 2)
    assert "That was on file already." in said(page)


def test_a_value_that_cannot_be_is_refused_in_words(visit: Open, loaded: Path) -> None:
    page = record(visit(record="true"), "A", "Campaign response rate", 250)
    assert "“250” is percentage above 100" in said(page)
    assert len(rows(loaded, "imports")) == 2
    page = record(page, None, "Campaign response rate", 50)
    assert "Choose a client, a day and a value." in said(page)


def record(page: AppTest, client: str | None, metric: str, value: int) -> AppTest:
    page.selectbox(key="usage_client").set_value(client)
    page.selectbox(key="usage_metric").select(metric)
    page.date_input(key="usage_day").set_value(DAY)
    page.number_input(key="usage_value").set_value(value)
    next(button for button in page.button if button.label == "Record the value").click()
    return page.run()


def test_a_feature_is_changed_from_what_it_is_now(visit: Open, loaded: Path) -> None:
    page = visit(change="true")
    page.selectbox(key="feature_client").select("A").run()
    page.selectbox(key="feature_name").select("Single sign-on").run()
    page.toggle(key="on_A_SSO").set_value(True)
    page.number_input(key="count_A_SSO").set_value(7)
    page.button(key="feature_change").click().run()
    assert "Recorded. Single sign-on of Alpha: enabled, not used." in said(page)
    assert rows(loaded, "feature_adoption")[0][:7] == ("A", "SSO", True, False, None, None, 7)
    assert page.toggle(key="on_A_SSO").value is True


def test_a_database_that_is_in_use_elsewhere_is_said_calmly(visit: Open, path: Path) -> None:
    path.write_bytes(b"not a database at all, but long enough to be looked at")
    page = visit()
    assert not page.exception
    assert "The database cannot be opened" in said(page)
