"""``backup``: a whole copy of the database, while it is in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from health import formatting
from health.cli import parameters
from health.cli.boundary import DONE
from health.cli.database_command import DatabaseCommand

if TYPE_CHECKING:
    from pathlib import Path

    from health.cli.database_command import Work


@click.command(
    cls=DatabaseCommand,
    short_help="Copy the database while it is in use.",
    help="Write a whole copy of the database, and read it back. The dashboard may be open and "
    "loads may run: the copy is the data of one moment.",
    examples=("backup /srv/backup/monday.duckdb",),
)
@click.argument(
    "file", metavar="FILE", type=parameters.path, help="The copy; a file that is there is replaced."
)
def backup(work: Work, *, file: Path) -> int:
    """Write the backup."""
    from health.maintenance.backup import back_up

    with work.terminal.progress("Copying"):
        copy = back_up(work.database, file)
    work.terminal.say(
        f"{copy.path} holds the database with {formatting.count(copy.imports, 'import')} "
        f"({formatting.number(copy.size)} bytes), and was read back. "
        f"It comes back with: client-health restore {file}"
    )
    return DONE
