"""``serve``: the dashboard, until Ctrl-C."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from health.cli import demo
from health.errors import DatabaseInUse
from health.settings import PREFIX
from health.storage import command_server
from health.storage.database import open_database
from health.ui.server import web_server

if TYPE_CHECKING:
    import argparse

    from health.cli.terminal import Terminal
    from health.settings import Settings

DEMO_DATABASE: Final = Path("data/demo.duckdb")
"""Where the demo is kept unless told otherwise: never where yours is."""


def run(arguments: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    """Serve the dashboard on the database of the settings; return 0 when it was stopped."""
    path = settings.database.absolute()
    if arguments.demo and not _is_chosen(arguments):
        path = DEMO_DATABASE.absolute()
    web_server.know_the_script()
    sign_in = web_server.check_access(settings.host, settings)
    web_server.check_address(settings.host, settings.port)
    # Whatever is wrong with the database is said here, and not to the first visitor.
    try:
        with open_database(path) as database:
            if arguments.demo:
                demo.fill(database, by=arguments.by, today=arguments.today, terminal=terminal)
    except DatabaseInUse:
        # Another dashboard keeps it; a command gives it back, and the pages wait for that.
        if arguments.demo or command_server.is_there(path):
            raise
        terminal.warn("A command is at work on the database; pages open when it has finished.")
    if sign_in is None and settings.allow_anonymous:
        terminal.warn(
            f"Everyone who can reach {settings.host} can see and change this data: the dashboard "
            "has no sign-in."
        )
    shown = f"[{settings.host}]" if ":" in settings.host else settings.host
    terminal.say(f"Client Health on {path}")
    terminal.say(f"Open http://{shown}:{settings.port} in a browser; Ctrl-C stops it.")
    # The app reads its settings from here.
    os.environ[f"{PREFIX}DATABASE"] = str(path)
    os.environ[f"{PREFIX}ALLOW_ANONYMOUS"] = str(settings.allow_anonymous)
    web_server.run(host=settings.host, port=settings.port, max_upload_mb=settings.max_upload_mb)
    return 0


def _is_chosen(arguments: argparse.Namespace) -> bool:
    return arguments.database is not None or bool(os.environ.get(f"{PREFIX}DATABASE"))
