"""Other ids of a client: adding and removing them, and reading a file by them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from health.imports.identity.actions import (
    IdentityRefused,
    checked_id,
    client_of,
    write_down,
)
from health.vocabulary import IdentityChange

if TYPE_CHECKING:
    from health.files import ParsedFile
    from health.storage.database import Database, Reader


def add_alias(database: Database, organization_id: str, alias: str, *, by: str) -> int:
    """Let an id, name or e-mail domain of a source mean a client; return the action's number.

    Raises :class:`UnknownOrganization`, or :class:`IdentityRefused` where the alias is taken.
    """
    with database.write() as writer:
        client = client_of(writer, organization_id)
        alias = checked_id(writer, alias)
        writer.execute(
            "INSERT INTO aliases (organization, alias) SELECT $client, $alias",
            {"client": client, "alias": alias},
        )
        return write_down(
            writer, IdentityChange.ALIAS, client=client, other=None, other_id=alias, by=by
        )


def remove_alias(database: Database, alias: str, *, by: str) -> int:
    """Let an alias mean nobody any more; return the action's number.

    Rows that were stored by it stay. Raises :class:`IdentityRefused` where there is none.
    """
    with database.write() as writer:
        client = writer.value("SELECT organization FROM aliases WHERE alias = $it", {"it": alias})
        if client is None:
            raise IdentityRefused(f"There is no alias “{alias}”.")
        writer.execute("DELETE FROM aliases WHERE alias = $alias", {"alias": alias})
        return write_down(
            writer, IdentityChange.ALIAS_REMOVED, client=client, other=None, other_id=alias, by=by
        )


def by_aliases(reader: Reader, parsed: ParsedFile) -> ParsedFile:
    """The file with the ids of clients in place of their aliases.

    An id on file goes before an alias. Where no alias is used the file is returned as it is.
    """
    if not reader.value("SELECT count(*) FROM aliases"):
        return parsed
    known = reader.query(
        """SELECT alias, organization_id FROM aliases JOIN clients USING (organization)
        WHERE alias NOT IN (SELECT organization_id FROM clients)"""
    )
    ids = parsed.rows["organization_id"]
    used = known.filter(pl.col("alias").is_in(ids.unique().implode()))
    if used.is_empty():
        return parsed
    names = ids.replace(used["alias"], used["organization_id"])
    return replace(parsed, rows=parsed.rows.with_columns(names.alias("organization_id")))
