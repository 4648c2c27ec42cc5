"""The web server of the dashboard, started from any folder."""

from __future__ import annotations

import contextlib
import errno
import gc
import importlib
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from streamlit import config
from streamlit.web import bootstrap

from health import log
from health.errors import HealthError
from health.settings import Settings
from health.ui.server import guard
from health.ui.server.sign_in import SignIn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.routing import BaseRoute


class AddressNotFree(HealthError):
    """The dashboard cannot listen where it was told to."""

    title = "The dashboard cannot start"


class OpenToOthers(HealthError):
    """Others than this machine could reach the dashboard, and nobody would have to sign in."""

    title = "The dashboard does not start without sign-in"


def app_script() -> Path:
    """Return the path of ``app.py``: the one that was installed, or that of the checkout."""
    package = Path(__file__).resolve().parents[2]
    installed = package / "_dashboard" / "app.py"
    return installed if installed.exists() else package.parent / "app.py"


def check_address(host: str, port: int) -> None:
    """Raise :class:`AddressNotFree` where the server could not listen."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as listener:
            # What a stopped server leaves behind for a minute does not count.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
    except OSError as error:
        raise AddressNotFree(_why(host, port, error)) from error


def check_access(host: str | None, settings: Settings) -> SignIn | None:
    """Return the sign-in that is configured.

    Raises :class:`OpenToOthers` where there is none and others than this machine could come in,
    and :class:`health.ui.server.sign_in.SignInIncomplete` where it could not work.
    """
    sign_in = SignIn.read(settings)
    if sign_in is None and not settings.allow_anonymous and not guard.is_loopback(host):
        raise OpenToOthers(
            f"Everyone who can reach {host or 'this machine'} could see and change this data. Set "
            "up sign-in (README, “Opening it to others”), leave --host out to serve this machine "
            "alone, or insist with --allow-anonymous."
        )
    return sign_in


def middleware() -> list[Middleware]:
    """Return what stands before every request; ends the process where it must not serve at all.

    Reads the settings as they are when the server starts, however it is started.
    """
    if config._main_script_path is None:
        know_the_script()
    try:
        settings = Settings.read()
        log.set_up(settings.log or "-", form=settings.log_format, level=settings.log_level)
        log.take_over("streamlit.error_util")  # what a button's callback raises
        sign_in = check_access(config.get_option("server.address"), settings)
    except HealthError as error:
        raise SystemExit(f"{error.title}. {error.message}") from error
    return [
        Middleware(guard.Headers, sign_in=sign_in),
        Middleware(guard.Guard, settings=settings, sign_in=sign_in),
    ]


@contextlib.asynccontextmanager
async def lifespan(_: object) -> AsyncIterator[None]:
    """Prepare the server, which listens already and has not answered yet."""
    _send_at_once()
    yield


def _send_at_once() -> None:
    """Let no part of a page wait for the browser to acknowledge the part before: 40 ms each time.

    Python does so with sockets that say they speak TCP; the one Streamlit opens does not.
    """
    for one in gc.get_objects():
        if type(one) is socket.socket and one.family in {socket.AF_INET, socket.AF_INET6}:
            with contextlib.suppress(OSError):  # closed meanwhile
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def routes() -> list[BaseRoute]:
    """Return the addresses that are no page."""
    return [Route(guard.HEALTH, _health)]


async def _health(_: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")


def know_the_script() -> str:
    """Tell Streamlit which script it serves, before it reads what lies beside it; return its path.

    It looks for .streamlit/config.toml and secrets.toml beside the script as well, from another
    folder only when it knows it.
    """
    script = str(app_script())
    config._main_script_path = script
    return script


def run(*, host: str, port: int, max_upload_mb: int) -> None:
    """Serve the dashboard until the process is told to stop."""
    script = know_the_script()
    options = {
        "server_address": host,
        "server_port": port,
        "server_maxUploadSize": max_upload_mb,
        # The command has said where it is; Streamlit would ask the outside for its own address.
        "logger_hideWelcomeMessage": True,
    }
    bootstrap.load_config_options(flag_options=options)
    # Prepares what has to be there before the first visitor.
    importlib.import_module("health.ui.shell")
    bootstrap.run_asgi_app(script, "app:app", [], options)


def _why(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} is taken, perhaps by a dashboard that is already running. "
            f"Stop that one, or choose another port: client-health serve --port {port + 1}"
        )
    if error.errno == errno.EACCES:
        return f"Port {port} is kept for the system. Choose one above 1023 with --port."
    return (
        f"There is no address {host} on this machine. Leave --host out to use this machine alone."
    )
