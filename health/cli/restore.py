"""``restore``: a backup in the place of the database, which is kept aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from health import formatting
from health.cli import parameters
from health.cli.boundary import DONE
from health.cli.command import Command

if TYPE_CHECKING:
    from pathlib import Path

    from health.cli.command import Call


@click.command(
    cls=Command,
    short_help="Put a backup in the place of the database.",
    help="Check a backup and put it in the place of the database, which is kept under another "
    "name. Stop the dashboard first. What was loaded after the backup is named, so that you can "
    "load it again.",
    examples=("restore /srv/backup/monday.duckdb",),
)
@click.argument(
    "file", metavar="FILE", type=parameters.existing_file, help="A copy made by backup."
)
def restore(call: Call, *, file: Path) -> int:
    """Restore the backup."""
    from health.maintenance import backup
    from health.storage import receipts

    path = call.settings().database.absolute()
    with call.terminal.progress("Copying"):
        done = backup.restore(file, path)
    call.terminal.say(f"{path} holds {formatting.count(done.backup.imports, 'import')} again.")
    if done.replaced is not None:
        call.terminal.say(
            f"The database that was there is kept as {done.replaced}; delete it when all is well."
        )
    if done.missing:
        call.terminal.warn(receipts.sentence(done.missing))
    return DONE
