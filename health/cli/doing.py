"""Doing one command on an open database, for this process or for another one."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

from health.errors import ArgumentError, HealthError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from health.cli.terminal import Terminal
    from health.database import Database

REFUSED, USAGE, STOPPED = 1, 2, 130
"""Exit statuses beside 0: not done, asked wrongly, stopped by Ctrl-C."""

COMMANDS: Final = frozenset(
    {"backup", "check", "demo", "export", "imports", "load", "review", "score", "undo"}
)
"""The subcommands that work on an open database."""


def do(arguments: argparse.Namespace, database: Database, terminal: Terminal) -> int:
    """Do the command that ``arguments`` name and return its exit status."""
    if arguments.command != "check":  # which tells it in its own place
        for sentence in database.notices:
            terminal.warn(sentence)
    # Only what the subcommand needs: help and errors of usage have no time to import an engine.
    command = importlib.import_module(f"health.cli.{arguments.command}")
    status: int = command.run(arguments, database, terminal)
    return status


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
