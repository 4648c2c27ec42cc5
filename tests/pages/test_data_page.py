"""The Data page in each of its states."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from in_markdown import tables
from streamlit.testing.v1 import AppTest
from workbooks_by_hand import archive, workbook

from health import imports
from health.files import read_file
from health.files.feeds import feed_from_toml
from health.imports.feeds import save_feed
from health.imports.recognition import read_recognized
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


def plain(text: str) -> str:
    """The text with plain spaces."""
    return text.replace("\u00a0", " ")


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
    assert "2 of 3 rows cannot be stored." in said(page)
    table = page.dataframe[0].value
    assert table["line"].to_list() == [3, 4]
    assert table["value"].to_list() == ["LOGINS", "-3"]
    assert page.button(key="store").disabled

    page = press(page, "store_valid")
    assert "Stored wrong.csv: 1 new row. Left out: 2 rejected rows." in said(page)
    assert len(rows(loaded, "usage_metrics")) == 3


def test_a_file_without_a_good_row_offers_nothing_to_store(visit: Open) -> None:
    page = give(
        visit(), wrong=b"organization_id,metric_type,date,value\nORG-1,LOGINZ,2026-01-02,1\n"
    )
    assert "its only row cannot be stored. Remove it (×, above), or fix it and" in said(page)
    assert "store the others" not in said(page)
    assert page.button(key="store").disabled


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
    offered = [toggle.label for toggle in page.toggle]
    assert ("State how this file is read" in offered) is sentence.startswith("It looks most like")
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


def test_of_a_workbook_only_the_sheets_that_are_tables_can_be_loaded(
    visit: Open, path: Path
) -> None:
    content = workbook(
        {"Notes": [["see mail"]], "Clients": [["organization_id", "name"], ["A", "Alpha"]]}
    )
    page = give(visit(), book=content)
    assert "Not every table in the file can be loaded" in said(page)
    assert "“Notes”: None of its columns is known" in said(page)
    assert "To load only “Clients”, choose below what to load." in said(page)
    (choice,) = page.multiselect
    assert choice.label.replace("\\", "") == "Load only these of book.csv"
    choice.select("Clients").run()
    assert "Not every table" not in said(page)
    assert "book.csv: Clients" in said(page)
    press(page, "store")
    assert rows(path, "organizations")[0][:2] == ("A", "Alpha")


def test_a_sheet_of_two_can_be_left_out(visit: Open) -> None:
    header = ["organization_id", "name"]
    content = workbook({"One": [header, ["A", "Alpha"]], "Two": [header, ["B", "Beta"]]})
    page = give(visit(), book=content)
    assert page.button(key="store").label.replace("\u00a0", " ") == "Store 2 files"
    page.multiselect[0].select("Two").run()
    assert page.button(key="store").label.replace("\u00a0", " ") == "Store 1 file"
    page.multiselect[0].unselect("Two").run()
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
    assert (change["Client"], change["Id"]) == ("Alpha", "A")
    assert (change["What"], change["Old"], change["New"]) == ("Monthly active users", "38", "40")


def test_changed_values_are_written_as_people_write_them(visit: Open, path: Path) -> None:
    head = b"organization_id,name,total_users,renewal_date,annual_value,csm\n"
    store(path, clients=head + b"A,Alpha,1200,2026-11-20,9000.5,ada@example.org\n")
    page = give(visit(), new=head + b"A,Alpha,13000,2027-01-02,12000,bo@example.org\n")
    frame = page.dataframe[0].value
    assert list(frame.columns) == ["Client", "Id", "What", "Old", "New"]
    shown = {row["What"]: (row["Old"], row["New"]) for row in frame.to_dict("records")}
    assert {what: tuple(map(plain, pair)) for what, pair in shown.items()} == {
        "Total users": ("1,200", "13,000"),
        "Renewal date": ("20 Nov 2026", "2 Jan 2027"),
        "Annual value": ("9,000.50", "12,000.00"),
        "Owner (CSM)": ("ada@example.org", "bo@example.org"),
    }


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
    store(loaded, more=USAGE.replace(b",38", b",40"))
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
    assert not page.get("progress")


def test_a_change_makes_something_to_recalculate(visit: Open, loaded: Path) -> None:
    assert "is up to date." in said(visit())
    with Database.open(loaded) as database:
        client = database.query("SELECT min(organization_id) FROM clients").item()
        latest = database.query("SELECT max(last_date) FROM usage_span").item()
        imports.update_organization(database, client, {"is_active": False}, valid_from=latest)
    assert not visit().button(key="recalculate").disabled


def test_nothing_says_that_scores_are_up_to_date_beside_a_button_to_recalculate(
    visit: Open, loaded: Path
) -> None:
    page = visit()
    assert "is up to date." in said(page)
    assert not [button for button in page.button if button.key == "recalculate"]
    store(loaded, more=USAGE.replace(b",38", b",40"))
    page = press(page.run(), "recalculate")
    assert "1 score recalculated" in said(page)
    assert not [button for button in page.button if "recalculate" in (button.key or "")]
    store(loaded, more=USAGE.replace(b",38", b",41"))
    page.run()
    assert "1 score recalculated" not in said(page)
    assert page.button(key="recalculate")


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
    users = said_of["Monthly active users"]
    assert users["Last day"].startswith("20 Nov 2026, ")
    assert users["Values"] == "2 of 2 clients since 20 Nov 2026"
    assert said_of["API calls"]["Last day"] == "no data"


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
        "**Ids of clients**",
        "**Record one usage value**",
    ]
    for page in (closed, opened):
        assert [group.label for group in page.expander][:4] == titles
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


def test_a_form_shows_what_was_there_and_the_history_whose_value_it_was(
    visit: Open, loaded: Path
) -> None:
    page = visit(record="true")
    page.selectbox(key="usage_client").set_value("A")
    page.selectbox(key="usage_metric").select("Monthly active users")
    page.date_input(key="usage_day").set_value(DAY).run()
    assert "On file: 38, stored" in said(page)
    assert "UTC by Bob from usage.csv." in said(page)
    page = record(page, "A", "Monthly active users", 41)
    name = "By hand: Alpha (A), Monthly active users on 20\xa0Nov\xa02026"
    assert f"On file: 41, stored {name}".split(",")[0] in said(page)
    assert page.number_input(key="usage_value").value is None
    with Database.open(loaded) as database, database.read() as reader:
        newest = list_imports(reader, ImportsQuery()).rows[0]
    assert (newest.name, newest.imported_by) == (name, SIGNED_IN)


def test_what_was_typed_into_a_form_is_there_when_it_is_opened_again(
    visit: Open, loaded: Path
) -> None:
    assert loaded.exists()
    page = visit(record="true")
    page.selectbox(key="usage_client").set_value("B")
    page.number_input(key="usage_value").set_value(17).run()
    page.switch_page("pages/clients/today.py").run()
    assert not page.number_input
    page.query_params["record"] = "true"
    page.switch_page("pages/data/data.py").run()
    assert page.selectbox(key="usage_client").value == "B"
    assert page.number_input(key="usage_value").value == 17


WEEKS = b"organization_id,date,daily_active_users\n" + b"".join(
    f"{name},2026-11-{day:02},20\n".encode() for day in range(1, 22) for name in "ABCDEF"
)
CLIENTS = b"organization_id,name\n" + b"".join(b"%c,Client %c\n" % (n, n) for n in b"ABCDEF")
ZERO = b"organization_id,date,daily_active_users\n" + b"".join(
    b"%c,2026-11-22,0\n" % name for name in b"ABCDEF"
)


def test_what_looks_wrong_as_a_whole_is_stored_once_somebody_has_looked(
    visit: Open, path: Path
) -> None:
    store(path, clients=CLIENTS, weeks=WEEKS)
    page = give(visit(), zero=ZERO)
    assert "6 clients at 0: daily active users, on 22 Nov 2026" in said(page)
    assert page.button(key="store").disabled
    looked = next(box for box in page.checkbox if box.label.startswith("I have looked"))
    looked.check().run()
    assert not page.button(key="store").disabled
    page = press(page, "store")
    assert len(rows(path, "usage_metrics")) == 6 * 22
    assert "What looked wrong: 1 warning" in said(page)
    page.session_state["warnings"] = True
    assert "6 clients at 0" in said(page.run())


def test_rows_that_are_events_cannot_be_stored_by_a_tick(visit: Open, loaded: Path) -> None:
    assert loaded.exists()
    tickets = b"organization_id,date,support_tickets\n" + 3 * b"A,2026-11-20T09:10,1\n"
    page = give(visit(), tickets=tickets)
    assert "it looks like one row an event" in said(page)
    assert not page.checkbox
    assert page.button(key="store").disabled


def test_a_file_without_rows_is_not_stored(visit: Open, loaded: Path) -> None:
    assert loaded.exists()
    page = give(visit(), empty=b"organization_id,date,support_tickets\n")
    assert "empty.csv has a header and no rows." in said(page)
    assert page.button(key="store").disabled


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


def test_an_outcome_is_recorded_by_hand_and_an_impossible_one_refused(
    visit: Open, loaded: Path
) -> None:
    def recorded(word: str, day: date) -> AppTest:
        page = visit(outcome="true")
        page.selectbox(key="outcome_client").set_value("A")
        page.radio(key="data_outcome_word").set_value(word)
        page.date_input(key="data_outcome_day").set_value(day)
        page.number_input(key="data_outcome_change").set_value(1200.0)
        return page.button(key="outcome_record").click().run()

    assert "Recorded. Alpha: left on 20 Nov 2026." in said(recorded("Left", DAY))
    assert [row[1:4] for row in rows(loaded, "outcomes_of_clients")] == [
        (DAY, "CHURNED", Decimal("-1200.00"))
    ]
    (refused,) = recorded("Renewed", DAY - timedelta(days=400)).error
    assert "before the first usage of the client" in refused.value
    (refused,) = recorded("Left", DAY + timedelta(days=1)).error
    assert "a second time that the client left" in refused.value


def test_a_feature_is_changed_from_what_it_is_now(visit: Open, loaded: Path) -> None:
    page = visit(change="true")
    page.selectbox(key="feature_client").select("A").run()
    page.selectbox(key="feature_name").select("Single sign-on").run()
    assert "so it also holds for the days before this one." in said(page)
    page.toggle(key="on_A_SSO").set_value(True)
    page.number_input(key="count_A_SSO").set_value(7)
    page.button(key="feature_change").click().run()
    assert "Recorded. Single sign-on of Alpha since " in said(page)
    assert ": enabled, not used." in said(page)
    assert rows(loaded, "feature_adoption")[0][:7] == ("A", "SSO", True, False, None, None, 7)
    assert page.toggle(key="on_A_SSO").value is True


def test_a_feature_is_so_since_the_day_that_is_stated(visit: Open, loaded: Path) -> None:
    store(loaded, features=b"organization_id,feature_name,is_enabled,valid_from\nA,SSO,no,always\n")
    page = visit(change="true")
    page.selectbox(key="feature_client").select("A").run()
    page.selectbox(key="feature_name").select("Single sign-on").run()
    since = page.date_input(key="since_A_SSO")
    assert since.value == since.max == datetime.now(UTC).date()
    assert "The scores of earlier days stay as they are." in said(page)
    page.toggle(key="on_A_SSO").set_value(True)
    since.set_value(DAY)
    page.button(key="feature_change").click().run()
    assert "Recorded. Single sign-on of Alpha since 20 Nov 2026: enabled" in said(page)
    assert page.date_input(key="since_A_SSO").value == since.max
    with Database.open(loaded) as database, database.read() as reader:
        found = reader.query(
            "SELECT valid_from FROM histories WHERE field = 'is_enabled' ORDER BY valid_from"
        )
    assert found["valid_from"].to_list() == ["2026-11-20", "always"]


SECTORS = b"organization_id,name,industry,csm,is_active\nA,Alpha,Energy,Ann,\nB,Beta,Energy,Bo,\n"
EMPTIED = SECTORS.replace(b"Beta,Energy,Bo", b"Beta,,")


def test_empty_cells_clear_only_where_that_is_ticked(visit: Open, path: Path) -> None:
    store(path, sectors=SECTORS)
    page = give(visit(), emptied=EMPTIED)
    assert "Becomes empty" not in said(page)
    assert "Storing it changes nothing." in said(page)
    page.checkbox(key="uploads_empty_clears").check().run()
    assert ":orange[Becomes empty:] 1 of owner (CSM) and 1 of industry" in said(page)
    assert "filled cells become empty" not in said(page)
    page = press(page, "store")
    assert not page.checkbox
    assert industries(path) == ["Energy", None]

    store(path, again=SECTORS.replace(b"Energy", b"Retail"))
    page = give(visit(), kept=EMPTIED.replace(b"Energy", b"Farming"))
    assert page.checkbox(key="uploads_empty_clears").value is False
    page = press(page, "store")
    assert industries(path) == ["Farming", "Retail"]


def test_clearing_is_offered_only_where_an_empty_cell_could_clear(
    visit: Open, loaded: Path
) -> None:
    assert loaded.exists()
    for content in (
        ORGANIZATIONS,
        b"organization_id,name,is_active\nA,Alpha,\n",
        b"organization_id,date,api_calls,support_tickets\nA,2026-11-20,,3\n",
    ):
        page = give(visit(), file=content)
        assert not page.button(key="store").disabled
        assert not page.checkbox


def industries(path: Path) -> list[str | None]:
    with Database.open(path) as database:
        return database.query("SELECT industry FROM organizations ORDER BY organization_id")[
            "industry"
        ].to_list()


def test_new_clients_are_named_before_they_are_stored(visit: Open, loaded: Path) -> None:
    assert loaded.exists()
    page = give(visit(), few=b"organization_id,name\nA,Alpha\nC,*Gamma*\nD,D\n")
    assert "2 new clients: *Gamma* (C) and D." in said(page)
    assert any(r"\*Gamma\*" in text.value for text in page.markdown)
    lines = b"".join(b"N%d,New %d\n" % (number, number) for number in range(27))
    page = give(visit(), many=b"organization_id,name\n" + lines)
    assert "27 new clients" in [group.label.replace("\xa0", " ") for group in page.expander]
    listed = next(frame.value for frame in page.dataframe if len(frame.value) == 27)
    assert listed["name"].to_list()[0] == "New 0"
    assert not any("New 0" in text.value for text in page.markdown)


def test_the_history_says_by_which_feed_a_file_was_read(visit: Open, loaded: Path) -> None:
    page = visit()
    assert "read_by" not in page.dataframe[0].proto.column_order
    with Database.open(loaded) as database:
        feed = feed_from_toml(FEED)
        save_feed(database, feed, by="Bob")
        today = datetime.now(UTC).date()
        parsed = read_recognized(database, b"Account,Title\nA,Alpha 2\n", name="x.csv", today=today)
        imports.store(database, parsed, by="Bob")
    page = visit()
    assert "read_by" in page.dataframe[0].proto.column_order
    assert page.dataframe[0].value["read_by"].to_list() == ["Desk, version 1", "", ""]


FEED = """
name = "Desk"
kind = "organizations"

[columns]
Account = "organization_id"
Title = "name"
"""


def test_a_database_that_is_in_use_elsewhere_is_said_calmly(visit: Open, path: Path) -> None:
    path.write_bytes(b"not a database at all, but long enough to be looked at")
    page = visit()
    assert not page.exception
    assert "The database cannot be opened" in said(page)
