"""The ``client-health`` command."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from health import clock, log
from health.cli.dispatch import REFUSED, STOPPED, do, in_words
from health.cli.parser import parser
from health.cli.terminal import Terminal
from health.errors import DatabaseInUse, DatabaseUnusable
from health.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from health.storage.database import Database

_RETRY: Final = 0.1  # seconds

_MAKING: Final = frozenset({"demo", "load"})
"""Subcommands that may make the database they work on."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    arguments = parser().parse_args(argv)
    terminal = Terminal.standard()
    try:
        return in_words(arguments, terminal, lambda: _run(arguments, terminal))
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
        allow_anonymous=getattr(arguments, "allow_anonymous", None),
    )
    if settings.log and arguments.command != "serve":
        log.set_up(settings.log, form=settings.log_format, level=settings.log_level)
    # A command asks neither the clock nor the machine: another process may run it for this one.
    arguments.by = settings.user
    arguments.undo_days = settings.undo_days
    arguments.currency = settings.currency
    arguments.today = clock.today()
    status: int
    if arguments.command == "serve":
        serve = importlib.import_module("health.cli.serve")
        status = serve.run(arguments, settings, terminal)
    elif arguments.command == "restore":
        restore = importlib.import_module("health.cli.restore")
        status = restore.run(arguments, settings, terminal)
    elif arguments.command == "demo" and arguments.output is not None:
        demo = importlib.import_module("health.cli.demo")
        status = demo.write(arguments, terminal)
    else:
        status = _on_database(arguments, settings, terminal)
    return status


def _on_database(arguments: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    """Do a command on the database: by the process that holds it, or here, or after that one."""
    handover = importlib.import_module("health.cli.remote_command")
    given_up = time.monotonic() + settings.wait
    while True:
        # Asked first: the engine takes 0.7 s to import, which another process has done already.
        if settings.database.exists():
            status: int | None = handover.hand_over(arguments, settings.database, terminal)
            if status is not None:
                return status
        with contextlib.ExitStack() as stack:
            try:
                database = stack.enter_context(_opened(arguments, settings))
            except DatabaseInUse:
                if time.monotonic() > given_up:
                    raise
            else:
                return do(arguments, database, terminal)
        time.sleep(_RETRY)


@contextlib.contextmanager
def _opened(arguments: argparse.Namespace, settings: Settings) -> Iterator[Database]:
    """Open the database; one that is only looked at is not made on the way."""
    database = importlib.import_module("health.storage.database")
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
