"""Who a browser belongs to, as a person said once: a name to sign with, and their clients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from health.clock import now

if TYPE_CHECKING:
    from health.storage.database import Database, Reader


@dataclass(frozen=True, kw_only=True)
class Person:
    """A name, empty where nobody said one; and the owner whose clients are theirs, None for all."""

    name: str
    csm: str | None = None


def person_at(reader: Reader, viewer: str) -> Person | None:
    """Return who was said to be at a browser; None where nobody has said."""
    row = reader.record(
        "SELECT name, csm FROM people_at_browsers WHERE viewer = $viewer", {"viewer": viewer}
    )
    return Person(**row) if row else None


def introduce(database: Database, viewer: str, person: Person) -> int:
    """Remember who is at a browser; return the version of the data this makes."""
    said = {"viewer": viewer, "name": person.name.strip()}
    with database.write() as writer:
        writer.execute("DELETE FROM people_at_browsers WHERE viewer = $viewer", {"viewer": viewer})
        writer.execute(
            """INSERT INTO people_at_browsers (viewer, name, csm, said_at)
            SELECT $viewer, $name, $csm, $now""",
            {**said, "csm": person.csm, "now": now()},
        )
        return writer.next_version()


def names(reader: Reader) -> list[str]:
    """Return whom a task can be given to: people who said their name, and owners of clients."""
    found = reader.records(
        """SELECT name FROM people_at_browsers WHERE name <> ''
        UNION SELECT person FROM account_tasks
        UNION SELECT csm FROM clients WHERE csm IS NOT NULL ORDER BY 1"""
    )
    return [row["name"] for row in found]
