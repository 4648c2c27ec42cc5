"""Tasks about clients, each with the day it is due and the person whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from health.accounts.entries import checked_text, insert
from health.errors import ArgumentError
from health.queries.arguments import check_day

if TYPE_CHECKING:
    from datetime import date

    import polars as pl

    from health.storage.database import Database, Reader, Writer


@dataclass(frozen=True, kw_only=True)
class FollowUpQuery:
    """The tasks that are due on a day or were before, and are not done.

    person: whose; None for everybody's. csm: of the clients of this owner; None for all.
    """

    day: date
    person: str | None = None
    csm: str | None = None

    def __post_init__(self) -> None:
        """Raise :class:`ArgumentError` for what is no day."""
        check_day("day", self.day)


def follow_ups(reader: Reader, query: FollowUpQuery) -> pl.DataFrame:
    """Return the tasks that are due, the longest overdue first.

    Columns: task_id, organization_id, organization_name, task, person, due_day, days_overdue (0
    where it is due that day), created_by.
    """
    return reader.query(
        """SELECT task_id, organization_id, name AS organization_name, task, person, due_day,
            ($day::DATE - due_day)::INTEGER AS days_overdue, created_by
        FROM account_tasks JOIN clients USING (organization)
        WHERE removed_at IS NULL AND done_day IS NULL AND due_day <= $day
            AND ($person IS NULL OR person = $person) AND ($csm IS NULL OR csm = $csm)
        ORDER BY due_day, lower(name), task_id""",
        vars(query),
    )


def open_tasks(reader: Reader, organization_id: str) -> pl.DataFrame:
    """Return a client's tasks that are not done: task_id, task, person, due_day; next due first."""
    return reader.query(
        """SELECT task_id, task, person, due_day
        FROM account_tasks JOIN clients USING (organization)
        WHERE organization_id = $id AND removed_at IS NULL AND done_day IS NULL
        ORDER BY due_day, task_id""",
        {"id": organization_id},
    )


def add_task(
    database: Database,
    organization_id: str,
    *,
    task: str,
    due_day: date,
    person: str,
    day: date,
    by: str,
) -> int:
    """Write down a task on a day, due on another; return its number.

    Raises :class:`UnknownOrganization`, and :class:`ArgumentError` that names the argument.
    """
    with database.write() as writer:
        return insert_task(
            writer, organization_id, task=task, due_day=due_day, person=person, day=day, by=by
        )


def insert_task(
    writer: Writer,
    organization_id: str,
    *,
    task: str,
    due_day: date,
    person: str,
    day: date,
    by: str,
    call_id: int | None = None,
) -> int:
    """The same inside a change; ``call_id`` is the call that it came out of."""
    check_day("due_day", due_day)
    if due_day < day:
        raise ArgumentError("due_day", f"{due_day} is before {day}; choose that day or a later.")
    return insert(
        writer,
        "tasks",
        organization_id,
        day=day,
        by=by,
        due_day=due_day,
        task=checked_text("task", task, "say what is to be done."),
        person=checked_text("person", person, "say whose task it is."),
        call_id=call_id,
    )


def finish_task(database: Database, task_id: int, *, day: date, by: str) -> None:
    """Mark a task as done on a day.

    Raises :class:`ArgumentError` for a number that is none, or of a task that is done already.
    """
    check_day("day", day)
    _change(database, task_id, "done_day IS NULL", "is done already", by, day)


def reopen_task(database: Database, task_id: int) -> None:
    """Mark a task as not done after all.

    Raises :class:`ArgumentError` for a number that is none, or of a task that is not done.
    """
    _change(database, task_id, "done_day IS NOT NULL", "is not done", None, None)


def _change(
    database: Database, task_id: int, able: str, why_not: str, by: str | None, day: date | None
) -> None:
    with database.write() as writer:
        changed = writer.execute(
            f"""UPDATE account_tasks SET done_by = $by, done_day = $day
            WHERE task_id = $id AND removed_at IS NULL AND {able}""",
            {"id": task_id, "by": by, "day": day},
        )
        if not changed:
            raise ArgumentError("task_id", f"task {task_id} is not on file or {why_not}.")
