"""What was done about the ids of clients: written down, listed, and found again for an undo."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from health import log
from health.clock import now
from health.errors import HealthError, UndoHeld, UnknownOrganization
from health.files.placeholders import NO_NAME_PATTERN
from health.vocabulary import IdentityChange

if TYPE_CHECKING:
    import polars as pl

    from health.storage.database import Reader, Writer

LONGEST_ID: Final = 200
"""As long as an id in a file may be."""

TOUCHED_SQL: Final = """
    SELECT import_id FROM usage_daily WHERE organization IN ($client, $other)
    UNION SELECT import_id FROM usage_changes WHERE organization IN ($client, $other)
    UNION SELECT import_id FROM record_changes WHERE organization IN ($client, $other)
    UNION SELECT import_id FROM outcome_changes WHERE organization IN ($client, $other)"""
"""The imports that wrote something about one of two clients."""


class IdentityRefused(HealthError):
    """Ids cannot be changed as asked; nothing was changed."""

    title = "The id was not changed"


@dataclass(frozen=True, kw_only=True)
class IdentityAction:
    """An entry of the history of ids.

    client_id: the id of the client that it was done to, as it was called afterwards.
    other_id: the alias, the id before, or the id of the client that was merged into it.
    after_import: the number of the latest import then; 0 where there was none.
    """

    action_id: int
    action: IdentityChange
    client_id: str
    other_id: str
    done_by: str
    done_at: datetime
    undone_by: str | None
    undone_at: datetime | None
    after_import: int

    @property
    def sentence(self) -> str:
        """What was done, in words."""
        return self.action.label.format(client=self.client_id, other=self.other_id) + "."

    @property
    def fate(self) -> str:
        """Why it cannot be undone, in words; empty while it can be."""
        if self.undone_at is not None:
            return f"undone by {self.undone_by}"
        return "" if self.can_be_undone else "no undo; add the alias again"

    @property
    def can_be_undone(self) -> bool:
        """Whether it is in force and has an undo of its own."""
        return self.undone_at is None and self.action is not IdentityChange.ALIAS_REMOVED


def list_actions(reader: Reader) -> tuple[IdentityAction, ...]:
    """What was done about ids, the newest first."""
    found = reader.records(
        """SELECT action_id, action, client_id, other_id, done_by, done_at, undone_by, undone_at,
            last_import AS after_import
        FROM identity_actions ORDER BY action_id DESC"""
    )
    return tuple(
        IdentityAction(**row | {"action": IdentityChange.of(row["action"])}) for row in found
    )


def list_aliases(reader: Reader) -> pl.DataFrame:
    """The aliases with their clients: alias, organization_id, organization_name."""
    return reader.query(
        """SELECT alias, organization_id, name AS organization_name
        FROM aliases JOIN clients USING (organization) ORDER BY organization_id, alias"""
    )


def client_of(reader: Reader, organization_id: str) -> int:
    """The number of a client by its id; raises :class:`UnknownOrganization`."""
    found = reader.value(
        "SELECT organization FROM clients WHERE organization_id = $id", {"id": organization_id}
    )
    if found is None:
        raise UnknownOrganization(organization_id)
    return int(found)


def checked_id(reader: Reader, new: str) -> str:
    """An id that is free; raises :class:`IdentityRefused` where it is taken or no id."""
    new = new.strip()
    if not new or re.search(NO_NAME_PATTERN, new):
        raise IdentityRefused(f"“{new}” stands for no value, so it cannot be the id of a client.")
    if len(new) > LONGEST_ID:
        raise IdentityRefused(f"An id has at most {LONGEST_ID} characters; this has {len(new)}.")
    if reader.value("SELECT count(*) FROM clients WHERE organization_id = $id", {"id": new}):
        raise IdentityRefused(
            f"“{new}” is the id of a client on file. If the two are one and the same: "
            "client-health merge KEEP OTHER"
        )
    taken = reader.value(
        """SELECT organization_id FROM aliases JOIN clients USING (organization)
        WHERE alias = $id""",
        {"id": new},
    )
    if taken is not None:
        raise IdentityRefused(f"“{new}” is an alias of {taken} already. Remove it there first.")
    return new


def write_down(
    writer: Writer,
    action: IdentityChange,
    *,
    client: int,
    other: int | None,
    other_id: str,
    by: str,
) -> int:
    """Write an action into the history; return its number."""
    number = int(writer.value("SELECT coalesce(max(action_id), 0) + 1 FROM identity_actions"))
    writer.execute(
        f"""INSERT INTO identity_actions (action_id, action, client, client_id, other, other_id,
            imports, last_import, done_by, done_at)
        SELECT $number, $action, organization, organization_id, $second, $other_id,
            (SELECT coalesce(list(import_id), []) FROM ({TOUCHED_SQL})),
            (SELECT coalesce(max(import_id), 0) FROM imports), $by, $at
        FROM clients WHERE organization = $client""",
        {
            "number": number,
            "action": action.value,
            "client": client,
            "second": other,
            "other": client if other is None else other,
            "other_id": other_id,
            "by": by,
            "at": now(),
        },
    )
    # Ids of clients stay out of the log.
    log.event("identity", action=action.value, action_id=number, by=by)
    return number


def hold_import(reader: Reader, import_id: int) -> None:
    """Raise :class:`UndoHeld` where a merge in force rests on what an import wrote."""
    merge = reader.record(
        """SELECT action_id, client_id, other_id FROM identity_actions
        WHERE action = $merge AND undone_at IS NULL AND list_contains(imports, $import)
        ORDER BY action_id LIMIT 1""",
        {"merge": IdentityChange.MERGE.value, "import": import_id},
    )
    if merge:
        raise UndoHeld(
            f"{merge['other_id']} was merged into {merge['client_id']} after it, and both clients "
            f"have values of it. Undo the merge first: client-health ids undo {merge['action_id']}"
        )
