"""``restore``: a backup in the place of the database, which is kept aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from health import formatting
from health.maintenance.backup import restore
from health.storage import receipts

if TYPE_CHECKING:
    import argparse

    from health.cli.terminal import Terminal
    from health.settings import Settings


def run(arguments: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    """Restore ``arguments.file``; return 0."""
    path = settings.database.absolute()
    with terminal.progress("Copying"):
        done = restore(arguments.file, path)
    terminal.say(f"{path} holds {formatting.count(done.backup.imports, 'import')} again.")
    if done.replaced is not None:
        terminal.say(
            f"The database that was there is kept as {done.replaced}; delete it when all is well."
        )
    if done.missing:
        terminal.warn(receipts.sentence(done.missing))
    return 0
