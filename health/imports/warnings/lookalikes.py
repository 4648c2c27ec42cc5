"""New clients that may be one that is on file, and names that are those of another client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from health.imports.identity.keys import id_key, name_keys
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
        SELECT organization, organization_id, name, [{id_key("organization_id")}] AS id_keys,
            {name_keys("name")} AS name_keys, coalesce(changed.field = '', false) AS is_new,
            name_before, {name_keys("name_before")} AS keys_before
        FROM clients LEFT JOIN (
            SELECT organization, min(field) AS field,
                any_value(old_value) FILTER (field = 'name') AS name_before
            FROM record_changes
            WHERE import_id = {import_id:d} AND (({_NEW}) OR field = 'name')
            GROUP BY organization
        ) AS changed USING (organization)"""
    )
    return (*_may_be_on_file(writer), *_name_of_another(writer))


def _may_be_on_file(writer: Writer) -> tuple[Finding, ...]:
    """Find new clients with a key of one that is on file or stands above in the file.

    The ids and names that a client has elsewhere, its aliases, are its own, too.

    Each is held against the first one with its key alone: of a thousand of one name, as many
    pairs are found.
    """
    joins = "\nUNION\n".join(
        f"""SELECT organization AS mine, first AS other
        FROM (SELECT organization, unnest({keys}) AS key FROM keyed WHERE is_new) JOIN (
            SELECT key, min(organization) AS first FROM (
                SELECT organization, unnest({keys}) AS key FROM keyed
                UNION ALL SELECT organization, unnest({of_alias}) FROM aliases
            ) GROUP BY key
        ) USING (key) WHERE first < organization"""
        for keys, of_alias in (
            ("id_keys", f"[{id_key('alias')}]"),
            ("name_keys", name_keys("alias")),
        )
    )
    return _told(writer, WarningKind.MAY_BE_ON_FILE, joins)


def _name_of_another(writer: Writer) -> tuple[Finding, ...]:
    """Find clients on file that get a name that another one has, or had before, or elsewhere."""
    joins = f"""SELECT DISTINCT organization AS mine,
            CASE WHEN firsts[1] = organization THEN firsts[2] ELSE firsts[1] END AS other
        FROM (
            SELECT organization, unnest(name_keys) AS key FROM keyed
            WHERE NOT is_new AND keys_before[1] <> name_keys[1]
        ) JOIN (
            SELECT key, min(organization, 2) AS firsts FROM (
                SELECT organization, unnest(name_keys) AS key FROM keyed
                UNION SELECT organization, unnest(keys_before) FROM keyed
                UNION SELECT organization, unnest({name_keys("alias")}) FROM aliases
            ) GROUP BY key
        ) USING (key) WHERE other IS NOT NULL"""
    return _told(writer, WarningKind.NAME_OF_ANOTHER, joins)


def _told(writer: Writer, kind: WarningKind, joins: str) -> tuple[Finding, ...]:
    """Say of pairs of clients, a relation of (mine, other), what they have in common."""
    pairs = writer.query(
        f"""SELECT mine.organization_id AS id, mine.name, mine.name_before,
            other.organization_id AS other_id, other.name AS other_name, other.is_new
        FROM ({joins}) AS pairs
        JOIN keyed AS mine ON mine.organization = pairs.mine
        JOIN keyed AS other ON other.organization = pairs.other
        ORDER BY ALL"""
    )
    if pairs.is_empty():
        return ()
    told = [
        f"{client(row['name'], row['id'])} may be {client(row['other_name'], row['other_id'])}"
        if row["name_before"] is None
        else f"{client(row['name_before'], row['id'])} now has the name of "
        f"{client(row['name'], row['other_id'])}"
        for row in pairs.head(_SHOWN + 1).iter_rows(named=True)
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
