"""Filled cells of clients and features that a file makes empty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from health import formatting
from health.imports.warnings.finding import EXAMPLES, Finding, WarningKind, client, some

if TYPE_CHECKING:
    from health.storage.database import Writer

LEAST_EMPTIED: Final = 3
"""Fewer emptied cells are a correction."""

MOST_EMPTIED: Final = 0.2
"""From this share of the file's records on that lose what they had in a column, it is doubted."""

_SHOWN: Final = 3

EMPTIED_SQL: Final = """
    SELECT import_id, organization, field FROM record_changes
    WHERE old_value IS NOT NULL AND new_value IS NULL AND field NOT IN ('', 'updated_at')
    UNION ALL
    SELECT changes.import_id, organization, unnest(
        CASE WHEN old_value_change IS NOT NULL AND value_change IS NULL THEN ['value_change']
            ELSE [] END
        || CASE WHEN old_reason IS NOT NULL AND reason IS NULL THEN ['reason'] ELSE [] END)
    FROM outcome_changes AS changes JOIN outcomes USING (organization, date, outcome)"""
"""SQL of the filled cells that imports made empty: import_id, organization, field."""


def of_cells(
    writer: Writer, import_id: int, records_on_file: str = "staged WHERE NOT is_new"
) -> tuple[Finding, ...]:
    """Find what a file of clients, features or outcomes that was just merged empties.

    records_on_file: SQL of those of its records that were on file before.
    """
    emptied = writer.query(
        f"""SELECT field, count(*) AS cells, count(DISTINCT organization) AS clients,
            min(organization_id) AS organization_id, arg_min(name, organization_id) AS name
        FROM ({EMPTIED_SQL}) JOIN clients USING (organization)
        WHERE import_id = $id
        GROUP BY field ORDER BY cells DESC, field""",
        {"id": import_id},
    )
    if emptied.is_empty():
        return ()
    records = int(writer.value(f"SELECT count(*) FROM {records_on_file}"))
    numbers = emptied["cells"].to_list()
    cells = sum(numbers)
    words = [
        f"{formatting.number(number)} in {field.replace('_', ' ')}"
        for field, number in zip(emptied["field"], numbers, strict=True)
    ]
    first = client(emptied["name"][0], emptied["organization_id"][0])
    most = max(numbers)
    return (
        Finding(
            kind=WarningKind.CELLS_EMPTIED,
            holds=most >= LEAST_EMPTIED and most >= MOST_EMPTIED * records,
            statement=f"{formatting.count(cells, 'filled cell')} "
            f"{'becomes' if cells == 1 else 'become'} empty: "
            f"{some(words, _SHOWN)}, first of {first}",
            count=cells,
            clients=max(emptied["clients"].to_list()),
            examples=pl.DataFrame(schema=EXAMPLES),
        ),
    )
