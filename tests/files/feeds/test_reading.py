"""Files of each kind read by a feed: what becomes of every row."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from health.errors import FeedChanged, UnreadableFile
from health.files import ParsedFile, rejected_rows
from health.files.feeds import feed_from_toml, read_by_feed
from health.files.feeds.recognition import recognize

TODAY = date(2026, 11, 26)

CRM = """
name = "CRM accounts"
kind = "organizations"
[file]
ends_at_blank_line = true
[columns]
"Account ID" = "organization_id"
"Account Name" = "name"
"Yearly value" = "annual_value"
Stage = "is_active"
Region = "ignored"
[words.Stage]
Customer = "true"
"Closed lost" = "false"
"""

TICKETS = """
name = "Ticket desk"
kind = "events"
[columns]
Organization = "organization_id"
Id = "ignored"
Subject = "ignored"
Status = "ignored"
[[count]]
metric = "SUPPORT_TICKETS"
day = "Created at"
where = [{ column = "Status", is_not = "Spam" }]
[[count]]
metric = "CASES_CLOSED"
day = "Solved at"
where = [{ column = "Solved at", is_not = "" }]
"""

GERMAN = """
name = "Vertragsliste"
kind = "organizations"
[file]
ends_at = ["Legende"]
[values]
dates = "day first"
decimal = ","
units = ["€", "EUR"]
no_value = ["k. A."]
[columns]
Kundennummer = "organization_id"
Firma = "name"
Jahreswert = "annual_value"
"Verlängerung" = "renewal_date"
"Plätze" = "total_users"
"""

PIVOT = """
name = "Logins by day"
kind = "one column per day"
metric = "DAILY_ACTIVE_USERS"
[values]
dates = "month first"
[columns]
Client = "organization_id"
Total = "ignored"
"""


def read(feed: str, text: str, **more: Any) -> ParsedFile:
    return read_by_feed(text.encode(), feed_from_toml(feed), name="export.csv", today=TODAY, **more)


def rows(parsed: ParsedFile) -> list[tuple[Any, ...]]:
    return parsed.rows.drop("line").rows()


def rejects(parsed: ParsedFile) -> list[tuple[int, str, str, str]]:
    return parsed.rejects.select("line", "column", "value", "reason").rows()


def account(parsed: ParsedFile) -> tuple[int, int, int, int]:
    """Rows read, accepted, rejected and ignored."""
    use = parsed.feed_use
    assert use is not None
    assert use.rows_read == use.rows_accepted + use.rows_rejected + use.rows_ignored
    return use.rows_read, use.rows_accepted, use.rows_rejected, use.rows_ignored


def test_a_crm_report_ends_at_its_blank_line_and_speaks_its_own_words() -> None:
    parsed = read(
        CRM,
        '"Account ID","Account Name","Yearly value",Stage,Region\n'
        "0017A,Northwind Traders,52000.00,customer,EMEA\n"
        "0017B,Litware,8000,Closed Lost,\n"
        "0017C,Proseware,100,Trial,\n"
        "\n"
        '"Grand Totals (3 records)"\n'
        "\n"
        '"Confidential Information - Do Not Distribute"\n',
    )
    assert rows(parsed) == [
        ("0017A", "Northwind Traders", Decimal("52000.00"), True),
        ("0017B", "Litware", Decimal("8000.00"), False),
    ]
    assert rejects(parsed) == [(4, "is_active", "Trial", "not yes or no")]
    assert account(parsed) == (5, 2, 1, 2)
    assert parsed.feed_use is not None
    assert parsed.feed_use.ended_at == 5


def test_tickets_are_counted_per_client_and_day_under_conditions() -> None:
    parsed = read(
        TICKETS,
        "Id,Subject,Status,Created at,Organization,Solved at\n"
        '1,"Cannot sign in\n\nsince noon",Open,2026-11-02 09:14,ORG-1,\n'
        "2,Export,Solved,2026-11-02 10:00,ORG-1,2026-11-04 12:00\n"
        "3,Buy now,Spam,2026-11-02 11:00,,\n"
        "4,Export,Open,2026-11-03 10:00,ORG-2,\n"
        "5,Export,Open,yesterday,ORG-2,2026-11-04\n",
    )
    assert rows(parsed) == [
        ("ORG-1", "SUPPORT_TICKETS", date(2026, 11, 2), 2),
        ("ORG-1", "CASES_CLOSED", date(2026, 11, 4), 1),
        ("ORG-2", "SUPPORT_TICKETS", date(2026, 11, 3), 1),
    ]
    assert rejects(parsed) == [(8, "Created at", "yesterday", "not an ISO date")]
    assert account(parsed) == (5, 3, 1, 1)


def test_different_values_and_sums_are_counted_too() -> None:
    parsed = read(
        """
        name = "Product analytics"
        kind = "events"
        [values]
        time_zone = "UTC"
        days_in = "Europe/Berlin"
        no_value = ["anonymous"]
        [columns]
        account = "organization_id"
        [[count]]
        metric = "DAILY_ACTIVE_USERS"
        day = "at"
        what = "distinct values"
        of = "user"
        where = [{ column = "event", one_of = ["login", "token refreshed"] }]
        [[count]]
        metric = "API_CALLS"
        day = "at"
        what = "sum"
        of = "calls"
        """,
        "account,user,event,at,calls\n"
        "A,u1,login,2026-11-02T08:00:00Z,1\n"
        "A,u1,Token refreshed,2026-11-02T23:30:00Z,2\n"
        "A,u2,login,2026-11-02T23:30:00+01:00,3\n"
        "A,u2,export,2026-11-02T09:00:00,\n"
        "A,anonymous,login,2026-11-02 09:00,5\n"
        "A,u3,login,2026-11-02 10:00,many\n",
    )
    assert rows(parsed) == [
        ("A", "DAILY_ACTIVE_USERS", date(2026, 11, 2), 2),
        ("A", "API_CALLS", date(2026, 11, 2), 9),
        ("A", "DAILY_ACTIVE_USERS", date(2026, 11, 3), 1),
        ("A", "API_CALLS", date(2026, 11, 3), 2),
    ]
    assert rejects(parsed) == [(7, "calls", "many", "not an integer")]
    assert account(parsed) == (6, 5, 1, 0)


def test_a_german_spreadsheet_is_read_as_it_writes_days_and_numbers() -> None:
    parsed = read(
        GERMAN,
        "Kundennummer;Firma;Jahreswert;Verlängerung;Plätze\n"
        "K-1;Bäckerei Süß;1.234,50 €;20.11.2026;1.200\n"
        "K-2;Müller & Söhne;EUR 18.500;3. Dez. 2027;k. A.\n"
        "K-3;Dritte;18,500.00;31.02.2026;7,5\n"
        "Legende: Jahreswert in EUR;;;;\n"
        "K-9;nicht mehr gelesen;;;\n",
    )
    assert rows(parsed) == [
        ("K-1", "Bäckerei Süß", 1200, date(2026, 11, 20), Decimal("1234.50")),
        ("K-2", "Müller & Söhne", None, date(2027, 12, 3), Decimal("18500.00")),
    ]
    assert rejects(parsed) == [
        (4, "total_users", "7,5", "not an integer"),
        (4, "renewal_date", "31.02.2026", "not an ISO date"),
        (4, "annual_value", "18,500.00", "not an amount"),
    ]
    assert account(parsed) == (5, 2, 1, 2)


def test_a_column_for_each_day_becomes_usage_of_one_metric() -> None:
    parsed = read(
        PIVOT,
        "Client,11/3/2026,11/4/2026,Total\nA,12,14,26\nB,,x,0\nC,,,\nD,7,,7\n,,,33\n",
    )
    assert rows(parsed) == [
        ("A", "DAILY_ACTIVE_USERS", date(2026, 11, 3), 12),
        ("A", "DAILY_ACTIVE_USERS", date(2026, 11, 4), 14),
        ("D", "DAILY_ACTIVE_USERS", date(2026, 11, 3), 7),
    ]
    assert rejects(parsed) == [(3, "2026-11-04", "x", "not an integer")]
    assert account(parsed) == (5, 3, 1, 1)
    with pytest.raises(FeedChanged, match="later than tomorrow"):
        read(PIVOT, "Client,11/3/2027,Total\nA,1,1\n")
    with pytest.raises(FeedChanged, match="a column for each day"):
        read(PIVOT, "Client,Total\nA,1\n")


def test_usage_in_long_rows_takes_constants_words_and_shares() -> None:
    parsed = read(
        """
        name = "Survey tool"
        kind = "usage long"
        [values]
        percent = "share"
        rounded = true
        [file]
        left_out = ["Subtotal"]
        [columns]
        Company = "organization_id"
        Day = "date"
        Measure = "metric_type"
        Number = "value"
        [words.Measure]
        "Answer rate" = "CAMPAIGN_RESPONSE_RATE"
        Logins = "DAILY_ACTIVE_USERS"
        """,
        "Company,Day,Measure,Number\n"
        "A,2026-11-03,Answer rate,0.815\n"
        "A,2026-11-04,Answer rate,81 %\n"
        "A,2026-11-04,logins,12\n"
        "Subtotal A,,,93\n"
        "B,2026-11-04,Answer rate,1.2\n"
        "B,2026-11-04,Answer rate,1\n",
    )
    rate = "CAMPAIGN_RESPONSE_RATE"
    assert rows(parsed) == [
        ("A", rate, date(2026, 11, 3), 82),
        ("A", rate, date(2026, 11, 4), 81),
        ("A", "DAILY_ACTIVE_USERS", date(2026, 11, 4), 12),
        ("B", rate, date(2026, 11, 4), 100),
    ]
    assert rejects(parsed) == [(6, "value", "120", "percentage above 100")]
    assert account(parsed) == (6, 4, 1, 1)


def test_a_constant_fills_a_column_the_source_does_not_have() -> None:
    parsed = read(
        """
        name = "Features"
        kind = "feature adoption"
        [columns]
        Tenant = "organization_id"
        "In use" = "is_used"
        [constants]
        feature_name = "SSO"
        is_enabled = "true"
        """,
        "Tenant,In use\nA,yes\nB,no\n,\n",
    )
    assert rows(parsed) == [("A", "SSO", True, True), ("B", "SSO", True, False)]
    assert account(parsed) == (2, 2, 0, 0)


def test_clients_named_twice_or_not_at_all_stay_as_they_are() -> None:
    def identify(names: pl.Series) -> pl.Series:
        return names.replace({"Alpha": "A", "alpha ": "A"})

    parsed = read(
        TICKETS,
        "Id,Subject,Status,Created at,Organization,Solved at\n"
        "1,,Open,2026-11-02,Alpha,\n2,,Open,2026-11-02,Beta,\n",
        identify=identify,
    )
    assert parsed.rows["organization_id"].to_list() == ["A", "Beta"]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("Id,Subject,Status,Created at,Organization", "“Solved at” is missing"),
        ("Id,Subject,State,Created at,Organization,Solved at", "“Status” is missing and “State”"),
        ("Id,Subject,Status,Created at,Organization,Solved at,Agent", "“Agent” is new"),
    ],
)
def test_a_source_that_changed_its_columns_stops_with_the_difference(
    header: str, said: str
) -> None:
    with pytest.raises(FeedChanged) as caught:
        read(TICKETS, header + "\n")
    assert said in caught.value.message


def test_columns_of_equal_or_no_name_are_told_apart() -> None:
    parsed = read(
        """
        name = "Export"
        kind = "organizations"
        [columns]
        Name = "organization_id"
        "Name (2)" = "name"
        "(column 3)" = "csm"
        Note = "ignored"
        """,
        "Name,Name,,Note,\nA,Alpha,x@example.com,hm,\n",
    )
    assert rows(parsed) == [("A", "Alpha", "x@example.com")]


def test_a_sum_beyond_the_largest_value_is_refused() -> None:
    feed = TICKETS.replace('day = "Created at"', 'day = "Created at"\nwhat = "sum"\nof = "Id"')
    with pytest.raises(UnreadableFile, match="adds up to more"):
        read(
            feed,
            "Id,Subject,Status,Created at,Organization,Solved at\n"
            + "999999999999,,Open,2026-11-02,A,\n" * 2,
        )


CELLS = st.sampled_from(["", " ", "A", "B", "Total", "2026-11-02", "02.11.2026", "7", "x", "Spam"])


@given(
    lines=st.lists(st.lists(CELLS, min_size=5, max_size=7), max_size=12),
    feed=st.sampled_from([CRM, TICKETS, GERMAN, PIVOT]),
    left_out=st.booleans(),
    block=st.sampled_from([20, 8_000_000]),
)
def test_every_row_read_is_accepted_rejected_or_ignored(
    lines: list[list[str]], feed: str, left_out: bool, block: int
) -> None:
    stated = feed_from_toml(feed)
    header = [*stated.names, *(["11/3/2026", "11/4/2026"] if "per day" in feed else [])]
    if left_out:
        section = "[file]\n" if "[file]" in feed else ""
        line = '[file]\nleft_out = ["total"]\n'
        stated = feed_from_toml(feed.replace(section, line) if section else f"{feed}{line}")
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(lines)
    parsed = read_by_feed(
        text.getvalue().encode(), stated, name="x", today=TODAY, _block_bytes=block
    )
    read_rows, accepted, rejected, ignored = account(parsed)
    assert min(accepted, ignored) >= 0
    assert read_rows == sum(any(cell.strip() for cell in line) for line in lines)
    assert parsed.row_count == parsed.rows.height + rejected
    assert rejected == parsed.rejects["line"].n_unique()


def test_rejected_rows_can_be_fixed_and_loaded_by_the_feed() -> None:
    feed = feed_from_toml(GERMAN.replace("[file]", '[file]\nencoding = "cp1252"\nheader_line = 2'))
    content = (
        "Vertragsliste\n"
        "Kundennummer;Firma;Jahreswert;Verlängerung;Plätze\n"
        "K-1;Bäckerei Süß;1.234,50 €;20.11.2026;\n"
        "K-2;Müller;18,500.00;20.11.2026;\n"
        "Legende\n"
    ).encode("cp1252")
    parsed = read_by_feed(content, feed, name="x", today=TODAY)
    rejected = rejected_rows(content, today=TODAY, refused=parsed.rejects, feed=feed)
    assert rejected.decode("utf-8-sig").splitlines()[1].endswith("Müller;18,500.00;20.11.2026;")
    again = read_by_feed(rejected.replace(b"18,500.00", b"18.500"), feed, name="x", today=TODAY)
    assert rows(again) == [("K-2", "Müller", None, date(2026, 11, 20), Decimal("18500.00"))]
    assert recognize(rejected, [feed]) is feed
