"""Undoing what was done about ids: every client is what it was before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from health import formatting, log
from health.clock import now
from health.errors import ArgumentError, UndoRefused
from health.imports.identity import snapshot
from health.imports.identity.actions import TOUCHED_SQL
from health.scoring import staleness
from health.scoring.schemes import greatest_reach
from health.vocabulary import IdentityChange

if TYPE_CHECKING:
    from health.storage.database import Database, Writer


def undo_action(database: Database, action_id: int, *, by: str) -> None:
    """Give clients the ids, and after a merge all the rows, that they had before.

    Raises :class:`ArgumentError` for an unknown number, and :class:`UndoRefused` where it is
    undone already, or where something later rests on it.
    """
    with database.write() as writer:
        stored = writer.record("FROM identity_actions WHERE action_id = $id", {"id": action_id})
        if not stored:
            raise ArgumentError("action_id", f"there is no change of ids {action_id}.")
        if stored["undone_at"] is not None:
            raise UndoRefused(f"Change {action_id} is undone already.")
        _hold(writer, stored)
        action = IdentityChange.of(stored["action"])
        match action:
            case IdentityChange.ALIAS:
                _remove(writer, stored)
            case IdentityChange.RENAME:
                _remove(writer, stored)
                writer.execute(
                    "UPDATE clients SET organization_id = $id WHERE organization = $client",
                    {"id": stored["other_id"], "client": stored["client"]},
                )
            case IdentityChange.MERGE:
                _part(writer, stored)
            case IdentityChange.ALIAS_REMOVED:
                raise UndoRefused(
                    "To let it mean the client again: "
                    f"client-health ids alias {stored['client_id']} {stored['other_id']}"
                )
        writer.execute(
            """UPDATE identity_actions SET undone_by = $by, undone_at = $at
            WHERE action_id = $id""",
            {"by": by, "at": now(), "id": action_id},
        )
    log.event("identity undone", action=action.value, action_id=action_id, by=by)


def _hold(writer: Writer, stored: dict[str, Any]) -> None:
    """Refuse where something later rests on the action."""
    clients = {
        "client": stored["client"],
        "other": stored["client"] if stored["other"] is None else stored["other"],
    }
    if not writer.value(
        "SELECT count(*) FROM clients WHERE organization = $client", {"client": stored["client"]}
    ):
        raise UndoRefused("Its client is no longer on file.")
    later = writer.record(
        """SELECT action_id, done_at FROM identity_actions
        WHERE action_id > $id AND undone_at IS NULL
            AND (client IN ($client, $other) OR other IN ($client, $other))
        ORDER BY action_id DESC LIMIT 1""",
        {"id": stored["action_id"], **clients},
    )
    if later:
        raise UndoRefused(
            f"The ids of the client were changed again on {formatting.day(later['done_at'])}. "
            f"Undo that first: client-health ids undo {later['action_id']}"
        )
    if stored["action"] != IdentityChange.MERGE.value:
        return
    imported = writer.value(
        f"SELECT max(import_id) FROM ({TOUCHED_SQL}) WHERE import_id > $last",
        {"last": stored["last_import"], **clients},
    )
    if imported is not None:
        raise UndoRefused(
            f"Later imports changed the merged client (the last is import {imported}). "
            f"Undo those first: client-health undo {imported}"
        )


def _remove(writer: Writer, stored: dict[str, Any]) -> None:
    writer.execute(
        "DELETE FROM aliases WHERE organization = $client AND alias = $alias",
        {"client": stored["client"], "alias": stored["other_id"]},
    )


def _part(writer: Writer, stored: dict[str, Any]) -> None:
    """Put the rows of both clients back, their scores and what was out of date among them.

    Scores of a model that is no longer in force are out of date, all of them.
    """
    clients = (stored["client"], stored["other"])
    published_then = snapshot.put_back(writer, stored["action_id"], clients)
    if published_then != snapshot.published(writer):
        numbers = f"(SELECT unnest({list(clients)})::INTEGER AS organization, NULL AS first_day)"
        staleness.mark_clients(writer, numbers, greatest_reach(writer))
