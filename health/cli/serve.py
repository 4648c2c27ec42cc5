"""``serve``: the dashboard, until Ctrl-C."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from health.cli import demo as demo_data
from health.cli import parameters
from health.cli.boundary import DONE
from health.cli.command import Command
from health.errors import DatabaseInUse
from health.settings import PREFIX, Settings

if TYPE_CHECKING:
    from health.cli.command import Call

DEMO_DATABASE: Final = Path("data/demo.duckdb")
"""Where the demo is kept unless told otherwise: never where yours is."""


@click.command(
    cls=Command,
    short_help="Open the dashboard.",
    help="Open the dashboard and keep it running until Ctrl-C.",
    examples=("serve --demo", "serve --port 8600", "serve --database clients.duckdb"),
)
@click.option(
    "--demo",
    is_flag=True,
    help="First make a demo database if there is none; without --database it is "
    f"{DEMO_DATABASE}, so that made-up clients never mix with yours.",
)
@click.option(
    "--port",
    metavar="N",
    type=parameters.port,
    help=f"The port to listen on.  [default: {PREFIX}PORT, else {Settings.port}]",
)
@click.option(
    "--host",
    metavar="H",
    help=f"The address to listen on; another than this machine alone needs sign-in set up.  "
    f"[default: {PREFIX}HOST, else {Settings.host}: this machine alone]",
)
@click.option(
    "--allow-anonymous",
    is_flag=True,
    default=None,
    help="Let everyone in who can reach that address, without sign-in.",
)
def serve(
    call: Call, *, demo: bool, port: int | None, host: str | None, allow_anonymous: bool | None
) -> int:
    """Serve the dashboard on the database of the settings."""
    from health.storage import command_server
    from health.storage.database import open_database
    from health.ui.server import web_server

    settings = call.settings(port=port, host=host, allow_anonymous=allow_anonymous)
    path = settings.database.absolute()
    is_chosen = call.database is not None or bool(os.environ.get(f"{PREFIX}DATABASE"))
    if demo and not is_chosen:
        path = DEMO_DATABASE.absolute()
    web_server.know_the_script()
    sign_in = web_server.check_access(settings.host, settings)
    web_server.check_address(settings.host, settings.port)
    # Whatever is wrong with the database is said here, and not to the first visitor.
    try:
        with open_database(path) as database:
            if demo:
                demo_data.fill(database, by=settings.user, today=call.today, terminal=call.terminal)
    except DatabaseInUse:
        # Another dashboard keeps it; a command gives it back, and the pages wait for that.
        if demo or command_server.is_there(path):
            raise
        call.terminal.warn("A command is at work on the database; pages open when it has finished.")
    if sign_in is None and settings.allow_anonymous:
        call.terminal.warn(
            f"Everyone who can reach {settings.host} can see and change this data: the dashboard "
            "has no sign-in."
        )
    shown = f"[{settings.host}]" if ":" in settings.host else settings.host
    call.terminal.say(f"Client Health on {path}")
    call.terminal.say(f"Open http://{shown}:{settings.port} in a browser; Ctrl-C stops it.")
    # The app reads its settings from here.
    os.environ[f"{PREFIX}DATABASE"] = str(path)
    os.environ[f"{PREFIX}ALLOW_ANONYMOUS"] = str(settings.allow_anonymous)
    web_server.run(host=settings.host, port=settings.port, max_upload_mb=settings.max_upload_mb)
    return DONE
