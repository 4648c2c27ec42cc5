"""A source that changed its columns is stated from the last version of its feed."""

from __future__ import annotations

from dataclasses import replace

from health.files.feeds import Column, Condition, Count, DateOrder, Feed, FeedKind, Notation
from health.files.feeds.restating import propose_again
from health.files.feeds.sample import sample
from health.vocabulary import MetricType

CRM = Feed(
    name="CRM",
    version=3,
    kind=FeedKind.ORGANIZATIONS,
    columns=(
        Column(source="Nr", target="organization_id"),
        Column(source="Firma", target="name"),
        Column(source="Status", target="is_active", values={"lebt": "true"}),
        Column(source="Bis", target="renewal_date"),
    ),
    constants={"csm": "ada@example.org"},
    notation=Notation(dates=DateOrder.MONTH_FIRST),
)
DESK = Feed(
    name="Desk",
    kind=FeedKind.EVENTS,
    columns=(Column(source="Org", target="organization_id"),),
    counts=(
        Count(
            metric=MetricType.SUPPORT_TICKETS,
            day="Opened",
            where=(Condition(column="State", words=("spam",), negated=True),),
        ),
        Count(metric=MetricType.CASES_CLOSED, day="Closed"),
    ),
)


def test_what_the_feed_states_stays_and_only_what_is_new_is_proposed() -> None:
    found = propose_again(sample(b"Firma,NR,Industry,Account ID,Status\nA,1,Energy,x,lebt\n"), CRM)
    assert [(c.source, c.target) for c in found.draft.columns] == [
        ("Firma", "name"),
        ("NR", "organization_id"),
        ("Industry", "industry"),
        ("Account ID", None),  # the id is read from another column already
        ("Status", "is_active"),
    ]
    assert found.draft.columns[-1].values == {"lebt": "true"}
    assert found.draft.constants == CRM.constants
    assert found.draft.notation == CRM.notation
    assert found.draft.name == "CRM"
    assert found.questions == ()
    assert set(found.evidence) == {"columns.Industry", "columns.Account ID"}


def test_what_is_counted_of_a_column_that_is_gone_is_left_out() -> None:
    found = propose_again(sample(b"Org,Opened,State,Agent\nA,2026-05-02,open,Bo\n"), DESK)
    assert found.draft.counts == DESK.counts[:1]
    assert [(c.source, c.target) for c in found.draft.columns] == [
        ("Org", "organization_id"),
        ("Agent", None),
    ]
    found.draft.stated()


def test_a_source_that_did_not_change_is_stated_as_before() -> None:
    found = propose_again(sample(b"Nr,Firma,Status,Bis\n1,A,lebt,02/03/2026\n"), CRM)
    assert replace(found.draft, version=3).stated() == CRM
