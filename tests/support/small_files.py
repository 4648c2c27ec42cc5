"""Small files made from rows and read as any other: what the rooms behind the reader are given."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date

from health.files import ParsedFile, read_file

TODAY = date(2030, 1, 1)
"""Later than any day in a test: which days are in the future is the reader's own subject."""

Cell = str | int | date | bool | tuple[()] | None


def organizations(*rows: Mapping[str, Cell]) -> ParsedFile:
    """A file of clients; one without a name is called like its id."""
    return table({"name": row["organization_id"], **row} for row in rows)


def usage(*rows: tuple[str, str, date, Cell]) -> ParsedFile:
    """A long usage file of organization_id, metric_type, date and value."""
    columns = ("organization_id", "metric_type", "date", "value")
    return table(dict(zip(columns, row, strict=True)) for row in rows)


def table(rows: Iterable[Mapping[str, Cell]]) -> ParsedFile:
    """Any file with the columns of its rows; a row without one has an empty cell there."""
    # What a client or feature was changed to comes with later files.
    rows = [{k: v for k, v in row.items() if not k.endswith("_changes")} for row in rows]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows(rows)
    return read_file(text.getvalue().encode(), name=f"{columns[1]}.csv", today=TODAY)
