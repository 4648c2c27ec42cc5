"""Clients edited by hand: the values of some clients, stored like a file with a row a client."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from health import formatting
from health.errors import ArgumentError, UnknownOrganization
from health.files import read_file
from health.imports.plan import plan
from health.imports.store import store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from health.files import ParsedFile
    from health.imports.outcome import ImportOutcome
    from health.storage.database import Database

EDITABLE: Final[Mapping[str, str]] = {
    "csm": "owner",
    "renewal_date": "renewal date",
    "annual_value": "yearly value",
    "total_users": "licences",
    "industry": "industry",
    "alert_level": "alert level",
    "is_active": "status",
}
"""What can be edited of a client, and what it is called."""

ALWAYS_THERE: Final = ("alert_level", "is_active")
"""What a client must have: it can be changed and not removed."""

LONGEST_REASON: Final = 500
"""Letters of a reason."""


def update_organizations(
    database: Database,
    organization_ids: Sequence[str],
    changes: Mapping[str, object],
    *,
    today: date,
    valid_from: date | None = None,
    reason: str = "",
    by: str = "",
) -> ImportOutcome:
    """Store the same other values of some clients as one import, which can be undone.

    changes: a value for each field of :data:`EDITABLE` that changes; None removes it. ``is_active``
    false is a client that left on ``valid_from``.
    valid_from: the day since which it is so, ``today`` where it is not given. Scores of days
    before stay as they are.
    reason: kept with the import, at most :data:`LONGEST_REASON` letters.

    Raises :class:`UnknownOrganization`, or :class:`ArgumentError` naming the field that is wrong.
    """
    parsed = _as_file(database, organization_ids, changes, valid_from, reason, today)
    return store(database, [parsed], by=by, empty_clears=True)[0]


def plan_update(
    database: Database,
    organization_ids: Sequence[str],
    changes: Mapping[str, object],
    *,
    today: date,
    valid_from: date | None = None,
    reason: str = "",
) -> ImportOutcome:
    """Say what :func:`update_organizations` would do, and store nothing."""
    parsed = _as_file(database, organization_ids, changes, valid_from, reason, today)
    return plan(database, [parsed], empty_clears=True)[0]


def _as_file(
    database: Database,
    organization_ids: Sequence[str],
    changes: Mapping[str, object],
    valid_from: date | None,
    reason: str,
    today: date,
) -> ParsedFile:
    """The file that says the changes; its values are held against the rules of any file."""
    since = valid_from or today
    clients = tuple(dict.fromkeys(organization_ids))
    name = f"By hand: {_who(database, clients)}, {_what(changes)}{_why(reason)}"
    row = _row(changes, since)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["organization_id", "name", *row, "valid_from"])
    # Every file of clients has their names; here they stay as they are, and are left out below.
    writer.writerows([client, "Client", *row.values(), since.isoformat()] for client in clients)
    parsed = read_file(text.getvalue().encode(), name=name, today=today)
    _refuse_wrong(parsed, row)
    return replace(
        parsed,
        columns=tuple(column for column in parsed.columns if column != "name"),
        rows=parsed.rows.drop("name"),
        reason=" ".join(reason.split()),
    )


def _who(database: Database, organization_ids: Sequence[str]) -> str:
    """What the history calls the clients; raises where one is not on file."""
    if not organization_ids:
        raise ArgumentError("organization_ids", "choose a client.")
    with database.read() as reader:
        names = dict(
            reader.query(
                """SELECT organization_id, name FROM clients
                WHERE organization_id IN (SELECT unnest($ids::VARCHAR[]))""",
                {"ids": list(organization_ids)},
            ).iter_rows()
        )
    for organization_id in organization_ids:
        if organization_id not in names:
            raise UnknownOrganization(organization_id)
    if len(organization_ids) > 1:
        return formatting.count(len(organization_ids), "client")
    return named(organization_ids[0], names[organization_ids[0]])


def named(organization_id: str, name: str | None) -> str:
    """What the history calls a client: its name with its id."""
    return organization_id if name in (None, organization_id) else f"{name} ({organization_id})"


def _what(changes: Mapping[str, object]) -> str:
    if not changes:
        raise ArgumentError("changes", "change at least one value.")
    for field in changes:
        if field not in EDITABLE:
            raise ArgumentError(field, f"choose one of {', '.join(EDITABLE)}.")
    return formatting.listing([EDITABLE[field] for field in changes])


def _why(reason: str) -> str:
    said = " ".join(reason.split())
    if len(said) > LONGEST_REASON:
        raise ArgumentError("reason", f"say it in {LONGEST_REASON} letters at most.")
    return f". Reason: {said}" if said else ""


def _row(changes: Mapping[str, object], since: date) -> dict[str, str]:
    """The cells of a row by column; an empty one removes the value."""
    cells = {}
    for field, value in changes.items():
        if value is None:
            if field in ALWAYS_THERE:
                raise ArgumentError(field, "it cannot be removed: choose another value.")
        elif not str(value).strip():
            raise ArgumentError(field, "it is empty: give a value, or remove the one on file.")
        if field == "is_active" and not value:
            cells["inactive_from"] = since.isoformat()
        else:
            cells[field] = "" if value is None else str(value)
    return cells


def _refuse_wrong(parsed: ParsedFile, row: Mapping[str, str]) -> None:
    """Raise for a value that a file could not have, and for a word that stands for no value."""
    for defect in parsed.rejects.iter_rows(named=True):
        raise ArgumentError(
            defect["column"], f"“{defect['value']}” is {defect['reason']}. {defect['accepted']}"
        )
    for field, cell in row.items():
        if cell and parsed.rows[field].has_nulls():
            raise ArgumentError(
                field, f"“{cell}” stands for no value: give a value, or remove the one on file."
            )
