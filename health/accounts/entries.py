"""What is written about a client: numbered, signed, and removed by somebody instead of deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from health.clock import now
from health.errors import ArgumentError
from health.queries.arguments import check_day, find_organization
from health.storage.schema import WORK

if TYPE_CHECKING:
    from datetime import date

    from health.storage.database import Database, Writer

LONGEST_TEXT: Final = 2_000
"""Letters of a note, a task or a reason."""

_INSIDE: Final = {table.name: (inside, table.key[-1]) for inside, table in WORK.items()}


def add_note(database: Database, organization_id: str, *, note: str, day: date, by: str) -> int:
    """Write a note about a client on a day; return its number.

    Raises :class:`UnknownOrganization`, and :class:`ArgumentError` for an empty or too long note.
    """
    text = checked_text("note", note, "write what is to be remembered.")
    with database.write() as writer:
        return insert(writer, "notes", organization_id, day=day, by=by, note=text)


def remove_entry(database: Database, table: str, number: int, *, by: str) -> None:
    """Remove a call, note, task or pulse; with a call its next step, unless that is done.

    The row stays on file and says who removed it. What a call took off the list is on it again.

    table: ``calls``, ``notes``, ``tasks`` or ``pulses``.

    Raises :class:`ArgumentError` for another table, or a number that is none or removed already.
    """
    if table not in _INSIDE:
        raise ArgumentError("table", f"“{table}” is none of {', '.join(_INSIDE)}.")
    inside, key = _INSIDE[table]
    signed = {"number": number, "by": by, "now": now()}
    removed = "SET removed_by = $by, removed_at = $now"
    with database.write() as writer:
        if not writer.execute(
            f"UPDATE {inside} {removed} WHERE {key} = $number AND removed_at IS NULL", signed
        ):
            raise ArgumentError("number", f"there is no {key.removesuffix('_id')} {number}.")
        if table == "calls":
            writer.execute(
                f"""UPDATE account_tasks {removed}
                WHERE call_id = $number AND removed_at IS NULL AND done_day IS NULL""",
                signed,
            )
            writer.execute(
                """UPDATE decisions SET revoked_by = $by, revoked_at = $now
                WHERE call_id = $number AND revoked_at IS NULL""",
                signed,
            )


def insert(
    writer: Writer, table: str, organization_id: str, *, day: date, by: str, **values: object
) -> int:
    """Insert a signed row of a contract table; return its number.

    Raises :class:`UnknownOrganization`, and :class:`ArgumentError` where ``day`` is no day or
    nobody signs.
    """
    check_day("day", day)
    signed = {
        "organization": find_organization(writer, organization_id),
        "day": day,
        "created_by": checked_text("by", by, "say who it is."),
        "created_at": now(),
        **values,
    }
    inside, key = _INSIDE[table]
    number = int(writer.value(f"SELECT coalesce(max({key}), 0) + 1 FROM {inside}"))
    writer.execute(
        f"""INSERT INTO {inside} ({key}, {", ".join(signed)})
        SELECT {number:d}, {", ".join(f"${name}" for name in signed)}""",
        signed,
    )
    return number


def checked_text(argument: str, text: str, advice: str) -> str:
    """Return a text without space around it; raises :class:`ArgumentError` if empty or long."""
    text = text.strip()
    if not text:
        raise ArgumentError(argument, advice)
    if len(text) > LONGEST_TEXT:
        raise ArgumentError(argument, f"say it in {LONGEST_TEXT} letters at most.")
    return text
