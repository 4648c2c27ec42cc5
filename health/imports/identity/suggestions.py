"""Which client an id that is not on file may mean, and which clients may be one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from health.imports.identity.keys import id_key, name_keys

if TYPE_CHECKING:
    import polars as pl

    from health.storage.database import Reader


@dataclass(frozen=True, kw_only=True)
class LikelyPair:
    """Two clients on file that may be one: the one that came first, and the other."""

    keep_id: str
    keep_name: str
    other_id: str
    other_name: str


def likely_pairs(reader: Reader) -> tuple[LikelyPair, ...]:
    """The clients whose id or name differs only in what sources write differently.

    Each is held against the first one on file with its id or name alone, so that of a thousand
    of one name as many pairs are found, and not half a million.
    """
    pairs = "\nUNION\n".join(
        f"""SELECT first, organization AS other FROM (
            SELECT organization, min(organization) OVER (PARTITION BY key) AS first
            FROM (SELECT organization, unnest({keys}) AS key FROM clients) WHERE key IS NOT NULL
        ) WHERE first < organization"""
        for keys in (f"[{id_key('organization_id')}]", name_keys("name"))
    )
    found = reader.records(
        f"""SELECT keep.organization_id AS keep_id, keep.name AS keep_name,
            other.organization_id AS other_id, other.name AS other_name
        FROM ({pairs}) AS pairs JOIN clients AS keep ON keep.organization = pairs.first
        JOIN clients AS other ON other.organization = pairs.other
        ORDER BY keep_name, keep_id, other_id"""
    )
    return tuple(LikelyPair(**row) for row in found)


def suggestions(reader: Reader, unknown: str) -> pl.DataFrame:
    """What to try for unknown ids: value, hint; ``unknown`` is a relation of (value)."""
    return reader.query(
        f"""SELECT value, min('It may be ' || CASE WHEN name = organization_id THEN name
                ELSE name || ' (' || organization_id || ')' END
            || '. If it is: client-health ids alias ' || organization_id || ' ' || value) AS hint
        FROM (
            SELECT value, name, organization_id FROM (
                SELECT DISTINCT value, {id_key("value")} AS key FROM {unknown}
            ) JOIN (SELECT *, {id_key("organization_id")} AS key FROM clients) USING (key)
            UNION
            SELECT value, name, organization_id FROM (
                SELECT DISTINCT value, unnest({name_keys("value")}) AS key FROM {unknown}
            ) JOIN (SELECT *, unnest({name_keys("name")}) AS key FROM clients) USING (key)
        ) GROUP BY value"""
    )
