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


def of_cells(writer: Writer, import_id: int) -> tuple[Finding, ...]:
    """Find what a file of clients or features that was just merged from ``staged`` empties."""
    emptied = writer.query(
        """SELECT field, count(*) AS cells, count(DISTINCT organization) AS clients,
            min(organization_id) AS organization_id, arg_min(name, organization_id) AS name
        FROM record_changes JOIN clients USING (organization)
        WHERE import_id = $id AND old_value IS NOT NULL AND new_value IS NULL
            AND field NOT IN ('', 'updated_at')
        GROUP BY field ORDER BY cells DESC, field""",
        {"id": import_id},
    )
    if emptied.is_empty():
        return ()
    records = int(writer.value("SELECT count(*) FROM staged WHERE NOT is_new"))
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
