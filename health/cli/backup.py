"""``backup``: a whole copy of the database, while it is in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from health import formatting
from health.maintenance.backup import back_up

if TYPE_CHECKING:
    import argparse

    from health.cli.terminal import Terminal
    from health.storage.database import Database


def run(arguments: argparse.Namespace, database: Database, terminal: Terminal) -> int:
    """Write the backup ``arguments.file``; return 0."""
    with terminal.progress("Copying"):
        backup = back_up(database, arguments.file)
    terminal.say(
        f"{backup.path} holds the database with {formatting.count(backup.imports, 'import')} "
        f"({formatting.number(backup.size)} bytes), and was read back. "
        f"It comes back with: client-health restore {arguments.file}"
    )
    return 0
