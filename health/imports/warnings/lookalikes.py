"""New clients that may be one that is on file, and names that are those of another client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from health.imports.identity.keys import id_key, name_key
from health.imports.warnings.finding import EXAMPLES, Finding, WarningKind, client, some

if TYPE_CHECKING:
    from health.storage.database import Reader, Writer

_SHOWN: Final = 5

_NEW: Final = "field = '' AND feature_name IS NULL"
"""Which entries of ``record_changes`` are those of new clients."""


def new_clients(reader: Reader, import_id: int) -> pl.DataFrame:
    """The clients that an import made: organization_id, name."""
    return reader.query(
        f"""SELECT organization_id, name FROM record_changes JOIN clients USING (organization)
        WHERE import_id = $id AND {_NEW} ORDER BY organization_id""",
        {"id": import_id},
    )


def of_identity(writer: Writer, import_id: int) -> tuple[Finding, ...]:
    """Find which clients of a file that was just merged may be others in truth."""
    touched = writer.value(
        f"""SELECT count(*) FROM record_changes
        WHERE import_id = {import_id:d} AND (({_NEW}) OR field = 'name')"""
    )
    if not touched:
        return ()
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE keyed AS
        SELECT organization, organization_id, name, {id_key("organization_id")} AS id_key,
            {name_key("name")} AS name_key, changed.field = '' AS is_new,
            changed.field = 'name' AS is_renamed
        FROM clients LEFT JOIN (
            SELECT organization, min(field) AS field FROM record_changes
            WHERE import_id = {import_id:d} AND (({_NEW}) OR field = 'name')
            GROUP BY organization
        ) AS changed USING (organization)"""
    )
    return (
        *_found(
            writer,
            WarningKind.MAY_BE_ON_FILE,
            "mine.is_new",
            "(mine.id_key = other.id_key OR mine.name_key = other.name_key)",
            "may be",
        ),
        *_found(
            writer,
            WarningKind.NAME_OF_ANOTHER,
            "mine.is_renamed",
            "mine.name_key = other.name_key",
            "now has the name of",
        ),
    )


def _found(
    writer: Writer, kind: WarningKind, which: str, alike: str, verb: str
) -> tuple[Finding, ...]:
    """Find pairs of clients; two new ones are named once."""
    # Two joins by a key each: one by either would compare every client with every other.
    joins = "\nUNION\n".join(
        f"""SELECT mine.organization AS mine, other.organization AS other
        FROM keyed AS mine JOIN keyed AS other USING ({key})
        WHERE {which} AND mine.organization <> other.organization
            AND (NOT coalesce(other.is_new, false) OR other.organization < mine.organization)"""
        for key in ("id_key", "name_key")
        if key in alike
    )
    pairs = writer.query(
        f"""SELECT mine.organization_id AS id, mine.name, other.organization_id AS other_id,
            other.name AS other_name, coalesce(other.is_new, false) AS is_new
        FROM ({joins}) AS pairs
        JOIN keyed AS mine ON mine.organization = pairs.mine
        JOIN keyed AS other ON other.organization = pairs.other
        ORDER BY ALL"""
    )
    if pairs.is_empty():
        return ()
    told = [
        f"{client(name, own)} {verb} {client(other_name, other)}"
        for own, name, other, other_name, _ in pairs.head(_SHOWN + 1).iter_rows()
    ]
    told += [""] * max(0, pairs.height - len(told))
    return (
        Finding(
            kind=kind,
            holds=not pairs["is_new"].all(),
            statement=some(told, _SHOWN),
            count=pairs.height,
            clients=pairs["id"].n_unique(),
            examples=pl.DataFrame(schema=EXAMPLES),
        ),
    )
