"""Feeds on file, and what comes of the files that they read."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from health import imports
from health.errors import FeedChanged, UnknownFeed, UnreadableFile
from health.files import read_file
from health.files.feeds import Column, Source, feed_from_toml
from health.imports.feeds import (
    feed_named,
    identify,
    list_feeds,
    retire_feed,
    save_feed,
    versions,
)
from health.imports.identity import add_alias
from health.imports.recognition import read_recognized
from health.queries.imports import ImportsQuery, list_imports
from health.storage.database import Database

TODAY = date(2026, 11, 26)

TICKETS = feed_from_toml(
    """
    name = "Ticket desk"
    kind = "events"
    client_by = "name"
    [columns]
    Client = "organization_id"
    Id = "ignored"
    [[count]]
    metric = "SUPPORT_TICKETS"
    day = "Opened"
    """
)
CRM = feed_from_toml(
    """
    name = "CRM"
    kind = "organizations"
    empty_clears = true
    [columns]
    "Account ID" = "organization_id"
    Account = "name"
    Seats = "total_users"
    """
)
HEADER = "Id,Client,Opened\n"
EXPORT = HEADER + "1,Alpha,2026-11-02\n2,alpha,2026-11-02\n3,Beta,2026-11-03\n"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database.open(tmp_path / "health.duckdb") as database:
        fill(database)
        yield database


def fill(database: Database) -> None:
    clients = b"organization_id,name,total_users\nA,Alpha,5\nB,Beta,6\nC,Twin,7\nD,twin ,8\n"
    imports.store(database, [read_file(clients, name="clients.csv", today=TODAY)], by="ada")


def load(database: Database, text: str, feed: str | None = None) -> imports.ImportOutcome:
    parsed = read_recognized(database, text.encode(), name="export.csv", today=TODAY, feed=feed)
    (outcome,) = imports.store(database, parsed, by="ada", valid_rows_only=True)
    return outcome


def usage(database: Database) -> pl.DataFrame:
    return database.query(
        "SELECT organization_id, metric_type, date, value FROM usage_metrics ORDER BY ALL"
    )


def test_a_file_is_read_by_the_feed_it_is_of_and_the_import_remembers_it(
    database: Database,
) -> None:
    save_feed(database, TICKETS, by="ada")
    outcome = load(database, EXPORT)
    assert (outcome.rows_new, outcome.rows_rejected) == (2, 0)
    assert usage(database)["value"].to_list() == [2, 1]
    with database.read() as reader:
        newest = list_imports(reader, ImportsQuery()).rows[0]
        assert (newest.feed, newest.feed_version) == ("Ticket desk", 1)
        assert list_feeds(reader)[0].imports == 1


def test_versions_never_change_and_the_same_again_is_none(database: Database) -> None:
    first = save_feed(database, TICKETS, by="ada")
    assert save_feed(database, TICKETS, by="bo") == first
    second = save_feed(database, replace(TICKETS, empty_clears=True), by="bo")
    assert second.version == 2
    with database.read() as reader:
        assert [(one.feed, one.created_by) for one in versions(reader, "Ticket desk")] == [
            (second, "bo"),
            (first, "ada"),
        ]
        assert feed_named(reader, " ticket DESK ") == second


def test_a_retired_feed_reads_nothing_and_keeps_its_history(database: Database) -> None:
    save_feed(database, TICKETS, by="ada")
    load(database, EXPORT)
    retire_feed(database, "Ticket desk", by="ada")
    with pytest.raises(UnreadableFile):
        load(database, EXPORT)
    with database.read() as reader:
        assert list_feeds(reader) == ()
        (kept,) = list_feeds(reader, retired=True)
        assert (kept.retired_by, kept.imports) == ("ada", 1)
        with pytest.raises(UnknownFeed):
            feed_named(reader, "Ticket desk")
    assert save_feed(database, TICKETS, by="ada").version == 2
    assert load(database, EXPORT).rows_unchanged == 2


def test_a_name_of_two_clients_or_of_none_is_refused(database: Database) -> None:
    save_feed(database, TICKETS, by="ada")
    outcome = load(database, HEADER + "1,Twin,2026-11-02\n2,Gamma,2026-11-02\n3,Beta,2026-11-02\n")
    assert outcome.rows_rejected == 2
    assert outcome.rejects["value"].to_list() == ["Twin", "Gamma"]
    assert usage(database)["organization_id"].to_list() == ["B"]
    with database.read() as reader:
        same = identify(reader, replace(TICKETS, client_by=CRM.client_by))
    assert same(pl.Series(["Beta"])).to_list() == ["Beta"]


def test_events_under_two_ids_of_a_client_add_up(database: Database) -> None:
    save_feed(database, replace(TICKETS, client_by=CRM.client_by), by="ada")
    add_alias(database, "A", "0017A", by="ada")
    add_alias(database, "B", "beta.example", by="ada")
    rows = ("A", "0017A", "x@Beta.example", "y@beta.example", "B", "Alpha")
    text = HEADER + "".join(f"1,{client},2026-11-02\n" for client in rows)
    outcome = load(database, text)
    assert outcome.rejects["value"].to_list() == ["Alpha"]
    assert usage(database).select("organization_id", "value").rows() == [("A", 2), ("B", 3)]


def test_a_client_without_an_event_counts_as_0_where_that_is_stated(database: Database) -> None:
    (count,) = TICKETS.counts
    save_feed(database, replace(TICKETS, counts=(replace(count, every_client=True),)), by="ada")
    outcome = load(database, HEADER + "1,Alpha,2026-11-02\n2,Beta,2026-11-04\n")
    assert outcome.rows_new == 4 * 3
    values = usage(database).select("organization_id", "date", "value").rows()
    assert [value for _, _, value in values] == [1, 0, 0, 0, 0, 1, *[0] * 6]


def test_a_sheet_is_read_by_its_feed_and_the_others_are_named(database: Database) -> None:
    save_feed(database, TICKETS, by="ada")
    text = io.BytesIO()
    workbook = xlsxwriter.Workbook(text, {"in_memory": True})
    for name, rows in {"Tickets": EXPORT.splitlines(), "Notes": ["to do", "call Bo"]}.items():
        sheet = workbook.add_worksheet(name)
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row.split(","))
    workbook.close()
    (parsed,) = read_recognized(database, text.getvalue(), name="book.xlsx", today=TODAY)
    assert parsed.rows["value"].to_list() == [2, 1]
    assert "No feed is of “Notes”, so it was not read." in parsed.notes


def test_a_file_that_only_its_feed_can_open_is_recognized(database: Database) -> None:
    feed = replace(
        TICKETS, source=Source(encoding="cp1252", header_line=2), client_by=CRM.client_by
    )
    columns = (Column(source="Büro", target=None), *feed.columns)
    save_feed(database, replace(feed, columns=columns), by="ada")
    content = "Tickets für alle\nBüro;Id;Client;Opened\nKöln;1;A;2026-11-02\n".encode("cp1252")
    (parsed,) = read_recognized(database, content, name="x.csv", today=TODAY)
    assert parsed.feed_use is not None
    assert parsed.rows["value"].to_list() == [1]


def test_two_feeds_with_the_same_columns_are_asked_for_by_name(database: Database) -> None:
    save_feed(database, TICKETS, by="ada")
    save_feed(database, replace(TICKETS, name="Other desk"), by="ada")
    with pytest.raises(FeedChanged, match="“Other desk”, “Ticket desk”"):
        load(database, EXPORT)
    assert load(database, EXPORT, feed="Other desk").rows_new == 2


def test_a_feed_can_state_that_an_empty_cell_clears(database: Database) -> None:
    text = "Account ID,Account,Seats\nA,Alpha,\n"
    save_feed(database, replace(CRM, empty_clears=False), by="ada")
    load(database, text)
    clients = "SELECT total_users FROM organizations WHERE organization_id = 'A'"
    assert database.query(clients).item() == 5
    save_feed(database, CRM, by="ada")
    load(database, text)
    assert database.query(clients).item() is None


def test_values_of_a_row_that_became_many_are_counted_one_by_one(database: Database) -> None:
    pivot = feed_from_toml(
        """
        name = "Pivot"
        kind = "one column per day"
        metric = "API_CALLS"
        [columns]
        Client = "organization_id"
        """
    )
    save_feed(database, pivot, by="ada")
    text = "Client,2026-11-02,2026-11-03\nA,1,2\nX,3,4\nB,5,\nB,6,7\n"
    outcome = load(database, text)
    assert outcome.rows_read == 7
    assert (outcome.rows_new, outcome.rows_rejected) == (2, 5)
    assert outcome.rejects["line"].to_list() == [3, 4, 5]
    assert load(database, text).rows_unchanged == 2


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["Alpha", "Beta", "Gamma", ""]),
        st.sampled_from(["2026-11-02", "2026-11-03", "soon"]),
    ),
    max_size=8,
)


@settings(max_examples=10)
@given(before=EVENTS, events=EVENTS)
def test_twice_is_once_and_an_undone_load_never_was(
    before: list[tuple[str, str]],
    events: list[tuple[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with Database.open(tmp_path_factory.mktemp("laws") / "health.duckdb") as database:
        fill(database)
        save_feed(database, TICKETS, by="ada")
        with suppress(imports.FilesRefused):
            load(database, HEADER + "".join(f"0,{client},{day}\n" for client, day in before))
        held = usage(database)
        text = HEADER + "".join(f"1,{client},{day}\n" for client, day in events)
        try:
            outcome = load(database, text)
        except imports.FilesRefused:
            assert usage(database).equals(held)
            return
        once = usage(database)
        again = load(database, text)
        assert (again.rows_new, again.rows_changed) == (0, 0)
        assert usage(database).equals(once)
        if outcome.import_id is not None and outcome.same_as is None:
            imports.undo(database, outcome.import_id, by="ada")
            assert usage(database).equals(held)
