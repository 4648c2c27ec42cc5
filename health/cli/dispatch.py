"""Doing one command on an open database, for this process or for another one."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

from health.errors import ArgumentError, HealthError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from health.cli.terminal import Terminal
    from health.storage.database import Database

REFUSED, USAGE, STOPPED = 1, 2, 130
"""Exit statuses beside 0: not done, asked wrongly, stopped by Ctrl-C."""

COMMANDS: Final = frozenset(
    {"backup", "check", "demo", "export", "imports", "load", "review", "score", "undo"}
)
"""The subcommands that work on an open database."""


def do(arguments: argparse.Namespace, database: Database, terminal: Terminal) -> int:
    """Do the command that ``arguments`` name and return its exit status."""
    _spare_what_is_read(arguments, database.files)
    if arguments.command != "check":  # which tells it in its own place
        for sentence in database.notices:
            terminal.warn(sentence)
    # Only what the subcommand needs: help and errors of usage have no time to import an engine.
    command = importlib.import_module(f"health.cli.{arguments.command}")
    status: int = command.run(arguments, database, terminal)
    return status


def _spare_what_is_read(arguments: argparse.Namespace, files: Sequence[Path]) -> None:
    """Refuse to write over the database, what lies beside it, or a file that is to be loaded."""
    spared = {file.resolve() for file in (*files, *getattr(arguments, "files", ()))}
    for name in ("output", "rejects", "rejected_rows"):
        target: Path | None = getattr(arguments, name, None)
        if target is not None and target.resolve() in spared:
            raise ArgumentError(
                name, f"{target} would be lost, as it is read here. Nothing was done; name another."
            )


def in_words(arguments: argparse.Namespace, terminal: Terminal, work: Callable[[], int]) -> int:
    """Return what ``work`` returns; what is wrong becomes a sentence and its exit status."""
    try:
        return work()
    except ArgumentError as error:
        terminal.warn(f"client-health {arguments.command}: {error.message}")
        return USAGE
    except HealthError as error:
        terminal.warn(f"{error.title}. {error.message}")
        return REFUSED
