"""What is on file and how old it is."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from health.queries.status import freshness, on_file

if TYPE_CHECKING:
    from tiny import Tiny

DAY = date(2026, 11, 20)


def test_an_empty_database_is_empty_in_every_respect(tiny: Tiny) -> None:
    with tiny.database.read() as reader:
        fresh, everything = freshness(reader, None), on_file(reader)
    assert fresh.is_empty
    assert (fresh.first_day, fresh.last_day, fresh.scored_at, fresh.model_label) == (None,) * 4
    assert (everything.clients, everything.usage_values, everything.scores) == (0, 0, 0)
    assert everything.out_of_date.clients == 0
    assert everything.model_label == "Standard"


def test_freshness_is_about_the_day_asked_for(tiny: Tiny) -> None:
    tiny.client(1, "A")
    tiny.span(1, DAY - timedelta(days=9), DAY)
    tiny.run()
    tiny.score(1, DAY, 50)
    with tiny.database.read() as reader:
        today, yesterday = freshness(reader, DAY), freshness(reader, DAY - timedelta(days=1))
    assert (today.clients, today.first_day, today.last_day) == (1, DAY - timedelta(days=9), DAY)
    assert (today.scores, today.model_label) == (1, "Standard")
    assert today.scored_at is not None
    assert (yesterday.scores, yesterday.scored_at) == (0, None)
    assert not today.is_demo


def test_clients_are_out_of_date_only_up_to_the_latest_usage(tiny: Tiny) -> None:
    tiny.client(1, "A")
    tiny.client(2, "B")
    tiny.span(1, DAY, DAY)
    tiny.stale(1, DAY, DAY + timedelta(days=59))
    tiny.stale(2, DAY + timedelta(days=1), DAY + timedelta(days=59))
    with tiny.database.read() as reader:
        assert freshness(reader, DAY).out_of_date == 1


def test_values_and_days_on_file_are_counted(tiny: Tiny) -> None:
    tiny.client(1, "A")
    tiny.client(2, "B")
    tiny.client(3, "C", is_active=False)
    tiny.usage(1, DAY, api_calls=1, support_tickets=0)
    tiny.usage(1, DAY - timedelta(days=1), api_calls=1)
    tiny.span(1, DAY - timedelta(days=1), DAY)
    tiny.feature(1, "SSO")
    with tiny.database.read() as reader:
        found = on_file(reader)
    assert (found.clients, found.active_clients, found.clients_without_usage) == (3, 2, 1)
    assert (found.client_days, found.usage_values, found.features) == (2, 3, 1)
    assert (found.first_day, found.last_day) == (DAY - timedelta(days=1), DAY)
    assert (found.last_import_name, found.last_run_at) == (None, None)
