"""``export``: a table as CSV, Parquet or JSON; only data goes to standard output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from health import formatting
from health.cli import parameters
from health.cli.boundary import DONE
from health.cli.database_command import DatabaseCommand
from health.errors import ArgumentError

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from health.cli.database_command import Work
    from health.storage.database import Reader

SCORES: Final = "scores"
EXPORTS: Final = (
    "organizations",
    "usage_metrics",
    "feature_adoption",
    "histories",
    "outcomes",
    "tenant_health_scores",
    "calls",
    "notes",
    "tasks",
    "pulses",
    SCORES,
)
FORMATS: Final = ("csv", "parquet", "json", "spreadsheet")


@click.command(
    cls=DatabaseCommand,
    short_help="Write a table as CSV, Parquet or JSON.",
    help="Write a table exactly as it is stored: columns in a fixed order, null as the empty "
    "field, ISO dates. Scores have a column for each extra part of their models, after the others. "
    "Only data goes to standard output.",
    examples=(
        "export scores > scores.csv",
        "export scores --as-of 2026-10-31 --format json",
        "export usage_metrics --format parquet --output usage.parquet",
    ),
)
@click.argument(
    "table",
    metavar="TABLE",
    type=click.Choice(EXPORTS),
    help=f"{', '.join(EXPORTS[:-1])}, or scores: the scores of one day.",
)
@click.option(
    "--as-of",
    metavar="DAY",
    type=parameters.day,
    help="The day of the scores.  [default: the latest day with usage]",
)
@click.option(
    "--format",
    "file_format",
    type=click.Choice(FORMATS),
    default=FORMATS[0],
    show_default=True,
    help="How it is written; spreadsheet is CSV in which no text can run as a formula.",
)
@parameters.output
def export(
    work: Work, *, table: str, as_of: date | None, file_format: str, output: Path | None
) -> int:
    """Write a table."""
    from health.output.exports import Export, Format, whole_file

    written = Format(file_format)
    with work.database.read() as reader:
        chosen = Export(table=table, as_of=day_of(reader, as_of) if table == SCORES else as_of)
        with work.terminal.progress(f"Writing {table}") as tell:
            if output is None:
                rows = chosen.write(reader, work.terminal.data, written, tell)
                work.terminal.data.flush()
            else:
                with whole_file(output) as sink:
                    rows = chosen.write(reader, sink, written, tell)
    if not rows and chosen.as_of is not None:
        work.terminal.warn(
            f"There is no score of {chosen.as_of}, so the export is empty. To compute that day: "
            f"client-health score --as-of {chosen.as_of}"
        )
    if output is not None:
        work.terminal.say(f"{formatting.count(rows, 'row')} of {table} in {output}.")
    return DONE


def day_of(reader: Reader, as_of: date | None) -> date:
    """Return the day asked for, or the latest day with usage."""
    from health.scoring.active_model import latest_day

    day = as_of or latest_day(reader)
    if day is None:
        raise ArgumentError(
            "--as-of", "there is no usage on file, so there is no latest day; name one."
        )
    return day
