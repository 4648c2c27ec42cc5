"""Which client an id that is not on file may mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from health.imports.identity.keys import id_key, name_keys

if TYPE_CHECKING:
    import polars as pl

    from health.storage.database import Reader


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
