"""The ``client-health`` command."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from health.cli.parser import parser
from health.cli.terminal import Terminal
from health.errors import ArgumentError, DatabaseUnusable, HealthError
from health.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from health.database import Database

STORED, REFUSED, USAGE, STOPPED = 0, 1, 2, 130
"""Exit statuses: done, not done, asked wrongly, stopped by Ctrl-C."""

_MAKING: Final = frozenset({"demo", "load"})
"""Subcommands that may make the database they work on."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    arguments = parser().parse_args(argv)
    terminal = Terminal.standard()
    try:
        return _run(arguments, terminal)
    except ArgumentError as error:
        terminal.warn(f"client-health {arguments.command}: {error.message}")
        return USAGE
    except HealthError as error:
        terminal.warn(f"{error.title}. {error.message}")
        return REFUSED
    except KeyboardInterrupt:
        terminal.warn("Stopped. What was not finished is not stored.")
        return STOPPED
    except BrokenPipeError:
        # Whoever read the output has seen enough; the interpreter would complain as it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return REFUSED


def _run(arguments: argparse.Namespace, terminal: Terminal) -> int:
    settings = Settings.read(
        database=arguments.database,
        host=getattr(arguments, "host", None),
        port=getattr(arguments, "port", None),
    )
    # A command asks neither the clock nor the machine: another process may run it for this one.
    arguments.by = settings.user
    arguments.today = datetime.now(UTC).astimezone().date()
    # Only what the subcommand needs: help and errors of usage have no time to import an engine.
    command = importlib.import_module(f"health.cli.{arguments.command}")
    status: int
    if arguments.command == "serve":
        status = command.run(arguments, settings, terminal)
    elif arguments.command == "demo" and arguments.output is not None:
        status = command.write(arguments, terminal)
    else:
        with _opened(arguments, settings) as database:
            status = command.run(arguments, database, terminal)
    return status


@contextlib.contextmanager
def _opened(arguments: argparse.Namespace, settings: Settings) -> Iterator[Database]:
    """Open the database; one that is only looked at is not made on the way."""
    database = importlib.import_module("health.database")
    path = settings.database.absolute()
    with contextlib.ExitStack() as stack:
        if not path.exists():
            if arguments.command not in _MAKING:
                raise DatabaseUnusable(
                    f"There is no file {path}. Load files into it first, or name another one with "
                    "--database.",
                    title="There is no database",
                )
            if getattr(arguments, "dry_run", False):
                path = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "dry-run.duckdb"
        yield stack.enter_context(database.open_database(path))
