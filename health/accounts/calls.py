"""Calls to clients: what came of them, how they sounded, and the next step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from health.accounts import decisions
from health.accounts.entries import checked_text, insert
from health.accounts.tasks import insert_task
from health.errors import ArgumentError
from health.queries.arguments import as_member
from health.scoring.active_model import latest_day
from health.vocabulary import CallOutcome, CallSound

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from health.queries.alerts.rules import AlertRule
    from health.storage.database import Database


@dataclass(frozen=True, kw_only=True)
class NextStep:
    """What was agreed in a call: a task with the day it is due and whose it is."""

    task: str
    due_day: date
    person: str


def log_call(
    database: Database,
    organization_id: str,
    *,
    outcome: str,
    day: date,
    by: str,
    note: str = "",
    sound: str | None = None,
    next_step: NextStep | None = None,
    known: Iterable[AlertRule] = (),
) -> int:
    """Write down a call and return its number; the client is off the calls of Today.

    Called or not needed: until a rule holds that is not among ``known``, those that hold now;
    called, for ``CALL_DAYS`` at most. No answer: until there is usage of another day.

    outcome: a :class:`CallOutcome`; sound: a :class:`CallSound`, of a call that was answered.
    note: what was said; a call that is not needed needs a reason.

    Raises :class:`UnknownOrganization`, and :class:`ArgumentError` that names the argument.
    """
    came = as_member("outcome", CallOutcome, outcome)
    sounded = None if sound is None else as_member("sound", CallSound, sound)
    if sounded is not None and came is not CallOutcome.REACHED:
        raise ArgumentError("sound", "nobody was reached; leave out how the client sounded.")
    text = note.strip()
    if text or came is CallOutcome.NOT_NEEDED:
        text = checked_text("note", note, "say in a few words why no call is needed.")
    with database.write() as writer:
        call_id = insert(
            writer,
            "calls",
            organization_id,
            day=day,
            by=by,
            outcome=came.value,
            sound=sounded and sounded.value,
            note=text,
        )
        if next_step is not None:
            insert_task(writer, organization_id, **vars(next_step), day=day, by=by, call_id=call_id)
        latest = latest_day(writer)
        again = None
        if came is CallOutcome.NO_ANSWER and latest is not None:
            again = latest + timedelta(days=1)
        decisions.decide(writer, organization_id, again, text, known, by, call_id=call_id)
    return call_id
