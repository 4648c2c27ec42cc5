"""``export``: a table as CSV, Parquet or JSON; only data goes to standard output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from health import formatting
from health.errors import ArgumentError
from health.output.exports import SCORES, Export, Format, whole_file
from health.scoring.state import latest_day

if TYPE_CHECKING:
    import argparse

    from health.cli.terminal import Terminal
    from health.storage.database import Database, Reader


def run(arguments: argparse.Namespace, database: Database, terminal: Terminal) -> int:
    """Write ``arguments.table``; return 0."""
    with database.read() as reader:
        export = _export(arguments, reader)
        file_format = Format(arguments.format)
        with terminal.progress(f"Writing {export.table}") as tell:
            if arguments.output is None:
                rows = export.write(reader, terminal.data, file_format, tell)
                terminal.data.flush()
            else:
                with whole_file(arguments.output) as sink:
                    rows = export.write(reader, sink, file_format, tell)
    if not rows and export.as_of is not None:
        terminal.warn(
            f"There is no score of {export.as_of}, so the export is empty. To compute that day: "
            f"client-health score --as-of {export.as_of}"
        )
    if arguments.output is not None:
        terminal.say(f"{formatting.count(rows, 'row')} of {export.table} in {arguments.output}.")
    return 0


def _export(arguments: argparse.Namespace, reader: Reader) -> Export:
    day = arguments.as_of
    if arguments.table == SCORES and day is None:
        day = latest_day(reader)
        if day is None:
            raise ArgumentError(
                "--as-of", "there is no usage on file, so there is no latest day; name one."
            )
    return Export(table=arguments.table, as_of=day)
