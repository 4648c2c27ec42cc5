"""The web server of the dashboard, started from any folder."""

from __future__ import annotations

import contextlib
import errno
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from health import log
from health.errors import HealthError
from health.settings import Settings
from health.ui.server import addresses, preload, sign_in_settings, streamlit_private
from health.ui.server.access import Access, is_loopback
from health.ui.server.browser_cookie import BrowserCookie
from health.ui.server.packed_files import PackedFiles
from health.ui.server.security_headers import SecurityHeaders
from health.ui.server.upload_limits import UploadLimits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from health.ui.server.sign_in import SignIn


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
    and :class:`health.ui.server.sign_in_settings.SignInIncomplete` where it could not work.
    """
    sign_in = sign_in_settings.read(settings)
    if sign_in is None and not settings.allow_anonymous and not is_loopback(host):
        raise OpenToOthers(
            f"Everyone who can reach {host or 'this machine'} could see and change this data. Set "
            "up sign-in (docs/operations.md, “Opening it to others”), leave --host out to serve "
            "this machine alone, or insist with --allow-anonymous."
        )
    return sign_in


def middleware() -> list[Middleware]:
    """Return what stands before every request; ends the process where it must not serve at all.

    Reads the settings as they are when the server starts, however it is started.
    """
    know_the_script()
    try:
        settings = Settings.read()
        log.set_up(settings.log or "-", form=settings.log_format, level=settings.log_level)
        streamlit_private.leave_script_errors_to_us()
        log.take_over("streamlit.error_util")
        sign_in = check_access(st.get_option("server.address"), settings)
    except HealthError as error:
        raise SystemExit(f"{error.title}. {error.message}") from error
    return [
        Middleware(SecurityHeaders, sign_in=sign_in),
        Middleware(Access, settings=settings, sign_in=sign_in),
        Middleware(UploadLimits, settings=settings),
        Middleware(BrowserCookie),
        Middleware(PackedFiles),
    ]


@contextlib.asynccontextmanager
async def lifespan(_: object) -> AsyncIterator[None]:
    """Prepare the server, which listens already and has not answered yet."""
    preload.prepare_process()
    streamlit_private.use_navigation_only()
    streamlit_private.send_at_once()
    streamlit_private.look_up_state()
    streamlit_private.tell_theme_once()
    streamlit_private.wake_from_other_threads_only()
    streamlit_private.close_slow_connections()
    yield


def routes() -> list[BaseRoute]:
    """Return the addresses that are no page."""
    return [Route(addresses.HEALTH, _health)]


async def _health(_: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")


def know_the_script() -> str:
    """Tell Streamlit which script it serves, before it reads what lies beside it; return its path.

    A script that Streamlit was started with stays.
    """
    script = str(app_script())
    streamlit_private.set_script(script)
    return script


def run(*, host: str, port: int, max_upload_mb: int) -> None:
    """Serve the dashboard until the process is told to stop."""
    options = {
        "server_address": host,
        "server_port": port,
        "server_maxUploadSize": max_upload_mb,
        # The command has said where it is; Streamlit would ask the outside for its own address.
        "logger_hideWelcomeMessage": True,
    }
    streamlit_private.run_app(know_the_script(), options)


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
