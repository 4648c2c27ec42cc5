"""``undo``: everything an import changed gets its earlier value back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from health import imports
from health.cli.score import next_step

if TYPE_CHECKING:
    import argparse

    from health.cli.terminal import Terminal
    from health.storage.database import Database


def run(arguments: argparse.Namespace, database: Database, terminal: Terminal) -> int:
    """Undo import ``arguments.import_id``; return 0."""
    number = arguments.import_id
    with terminal.progress(f"Undoing import {number}"):
        imports.undo(database, number, by=arguments.by, anyway=arguments.anyway)
    with database.read() as reader:
        terminal.say(f"Import {number} is undone. {next_step(reader)}")
    return 0
