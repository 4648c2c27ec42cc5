"""Giving a client another id; the one before stays its alias."""

from __future__ import annotations

from typing import TYPE_CHECKING

from health.imports.identity.actions import checked_id, client_of, write_down
from health.vocabulary import IdentityChange

if TYPE_CHECKING:
    from health.storage.database import Database


def rename_client(database: Database, old: str, new: str, *, by: str) -> int:
    """Call a client by another id from now on; return the action's number.

    Files that still name it by the id before find it. Raises :class:`UnknownOrganization`, or
    :class:`IdentityRefused` where the new id is taken.
    """
    with database.write() as writer:
        client = client_of(writer, old)
        # Back to an id that it had before: that one stops being an alias.
        writer.execute(
            "DELETE FROM aliases WHERE organization = $client AND alias = $new",
            {"client": client, "new": new.strip()},
        )
        new = checked_id(writer, new)
        writer.execute(
            "UPDATE clients SET organization_id = $new WHERE organization = $client",
            {"client": client, "new": new},
        )
        writer.execute(
            "INSERT INTO aliases (organization, alias) SELECT $client, $old",
            {"client": client, "old": old},
        )
        return write_down(
            writer, IdentityChange.RENAME, client=client, other=None, other_id=old, by=by
        )
