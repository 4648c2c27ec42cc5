"""Commands of other processes, run on the database that this server holds."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import streamlit as st

from health.errors import DatabaseInUse
from health.storage import command_server
from health.storage.command_server import CommandServer, Request
from health.ui.session import answers

if TYPE_CHECKING:
    from collections.abc import Callable

    from health.storage.database import Database

_RETRY: Final = 0.1  # seconds


def run_commands_of_others(run: Callable[[Database, Request], int]) -> None:
    """Run the commands of other processes by ``run``, as this server holds the database.

    Raises :class:`DatabaseInUse` while a command holds it. Those that come meanwhile wait for this
    server: else one after another would take the database before it.
    """
    path = answers.settings().database.absolute()
    try:
        answers.opened()
    except DatabaseInUse:
        if not command_server.is_there(path):  # beside another dashboard its commands are not ours
            _own(str(path), run)
        raise
    _own(str(path), run)


@st.cache_resource(show_spinner=False, on_release=CommandServer.close)
def _own(path: str, _run: Callable[[Database, Request], int]) -> CommandServer:
    return CommandServer(Path(path), lambda request: _run_when_open(request, _run))


def _run_when_open(request: Request, run: Callable[[Database, Request], int]) -> int:
    """Run a command once the database is free, waiting no longer than a command does."""
    given_up = time.monotonic() + answers.settings().wait
    while True:
        try:
            opened = answers.opened()
        except DatabaseInUse as error:
            if time.monotonic() > given_up or request.is_stopped():
                request.err.write(f"{error.title}. {error.message}\n")
                return 1
            time.sleep(_RETRY)
        else:
            with answers.versions().during_command():
                return run(opened, request)
