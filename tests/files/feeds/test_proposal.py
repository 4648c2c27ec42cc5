"""Proposals for unknown files: what is seen, with its evidence, and what is asked."""

from __future__ import annotations

from datetime import date

import pytest

from health.errors import InvalidFeed
from health.files.feeds import DateOrder, FeedKind, feed_from_toml, read_by_feed
from health.files.feeds.feed import ClientBy
from health.files.feeds.proposal import Proposal, missing, propose
from health.files.feeds.sample import sample
from health.vocabulary import MetricType

TODAY = date(2026, 11, 26)


def proposed(text: str, kind: FeedKind | None = None) -> Proposal:
    return propose(sample(text.encode()), "Source", kind)


def targets(proposal: Proposal) -> dict[str, str | None]:
    return {column.source: column.target for column in proposal.draft.columns}


def test_another_products_columns_are_known_by_their_names() -> None:
    found = proposed(
        "Company ID,Company Name,Renewal Date,CSM,ARR,Licensed Users,Status,Health\n"
        "C-1,Northwind,2027-01-05,ada@example.com,20000,50,Active,green\n"
        "C-2,Litware,2027-02-05,ada@example.com,9000,20,Churned,red\n"
    )
    assert found.draft.kind is FeedKind.ORGANIZATIONS
    assert targets(found) == {
        "Company ID": "organization_id",
        "Company Name": "name",
        "Renewal Date": "renewal_date",
        "CSM": "csm",
        "ARR": "annual_value",
        "Licensed Users": "total_users",
        "Status": "is_active",
        "Health": None,
    }
    status = next(c for c in found.draft.columns if c.source == "Status")
    assert status.values == {"Active": "true", "Churned": "false"}
    assert found.evidence["columns.ARR"] == ("a known name for it",)
    assert found.questions == ()
    assert feed_from_toml(found.toml) == found.draft.stated()


def test_the_order_of_days_and_the_decimal_sign_are_told_by_values_that_allow_one_only() -> None:
    found = proposed(
        "Account ID;Account Name;Contract Value;Renewal Date\n"
        "1;A;1.234,50;03.05.2026\n2;B;18.500;23.05.2026\n3;C;7;01.06.2026\n"
    )
    assert found.draft.notation.dates is DateOrder.DAY_FIRST
    assert found.draft.notation.decimal == ","
    assert found.evidence["values.dates"] == (
        "1 of 3\u00a0values has a day over 12 in first place.",
    )
    assert (
        "1 of 3\u00a0numbers, such as “1.234,50”, has a comma"
        in found.evidence["values.decimal"][0]
    )
    assert found.questions == ()


def test_amounts_below_zero_as_books_write_them_tell_the_decimal_sign_too() -> None:
    found = proposed(
        "Account ID,Date,Outcome,Value Change\n"
        '1,2026-05-23,Churned,"($1,234.50)"\n2,2026-05-24,Renewed,$0\n',
        FeedKind.OUTCOMES,
    )
    assert (found.draft.notation.decimal, found.draft.notation.units) == (".", ("$",))


@pytest.mark.parametrize(
    ("value", "day", "asked"),
    [
        ("100", "03-05-2026", {"values.dates"}),
        ("18.500", "2026-05-03", {"values.decimal"}),
        ("18,500", "03/05/2026", {"values.dates", "values.decimal"}),
    ],
)
def test_what_the_file_alone_cannot_decide_is_asked(value: str, day: str, asked: set[str]) -> None:
    found = proposed(
        f"Account ID\tAccount Name\tContract Value\tRenewal Date\n1\tA\t{value}\t{day}\n"
    )
    assert {question.key for question in found.questions} == asked
    with pytest.raises(InvalidFeed):
        feed_from_toml(found.toml)
    for question in found.questions:
        assert value in question.text or day in question.text
        assert len(question.answers) == 2


def test_contradicting_days_are_shown_and_asked() -> None:
    found = proposed("Account ID,Account Name,Renewal Date\n1,A,23/05/2026\n2,B,05/23/2026\n")
    assert [question.key for question in found.questions] == ["values.dates"]
    assert len(found.evidence["values.dates"]) == 2


def test_tickets_and_logins_are_counted() -> None:
    tickets = proposed(
        "Id,Subject,Status,Created at,Organization,Solved at\n"
        "1,Login,Open,2026-11-02 09:14,Acme,\n2,Export,Open,2026-11-03 10:00,Acme,\n"
    )
    assert tickets.draft.kind is FeedKind.EVENTS
    assert tickets.draft.client_by is ClientBy.NAME
    assert [(c.metric, c.day) for c in tickets.draft.counts] == [
        (MetricType.SUPPORT_TICKETS, "Created at")
    ]
    logins = proposed(
        "account_id,user_email,event,timestamp\n"
        "A,a@example.com,login,2026-11-03T08:01:00Z\nA,b@example.com,login,2026-11-03T09:01:00Z\n"
    )
    assert logins.draft.client_by is ClientBy.ID
    assert [(c.metric, c.of) for c in logins.draft.counts] == [
        (MetricType.DAILY_ACTIVE_USERS, "user_email")
    ]
    assert logins.questions == ()


def test_columns_named_after_days_are_usage_of_a_metric_that_is_asked() -> None:
    found = proposed("Client ID,2026-11-20,2026-11-21,2026-11-22\nA,1,2,3\n")
    assert found.draft.kind is FeedKind.DAYS
    assert [question.key for question in found.questions] == ["metric"]
    short = proposed("Client ID,03.05.2026,04.05.2026\nA,1,2\n")
    assert {question.key for question in short.questions} == {"metric", "values.dates"}


def test_a_footer_and_a_sum_are_seen() -> None:
    text = "Account ID,Account Name,Yearly Amount\n1,A,5\n2,B,6\nTotal,2,11\n\nConfidential\n"
    found = proposed(text)
    assert found.draft.source.ends_at_blank_line
    assert found.draft.source.left_out == ("Total",)
    assert "Line 5 is blank" in found.evidence["file.ends_at_blank_line"][0]
    feed = found.draft.stated()
    parsed = read_by_feed(text.encode(), feed, name="x", today=TODAY)
    assert parsed.rows["organization_id"].to_list() == ["1", "2"]


def test_a_table_of_which_nothing_is_known_says_what_is_lacking() -> None:
    found = proposed("Foo,Bar\n1,2\n")
    assert missing(found.draft) == ["organization_id", "name"]
    assert "No column is taken for organization_id or name yet" in found.toml
    with pytest.raises(InvalidFeed):
        feed_from_toml(found.toml)


def test_a_kind_that_a_person_states_goes_before_the_guess() -> None:
    text = "Client ID,Day,Logins\nA,2026-11-03,4\nA,2026-11-04,5\n"
    found = proposed(text, FeedKind.USAGE_WIDE)
    assert targets(found)["Logins"] == "daily_active_users"
