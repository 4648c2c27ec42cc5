"""The web server of the dashboard, started from any folder."""

from __future__ import annotations

import errno
import importlib
import socket
from pathlib import Path

from streamlit import config
from streamlit.web import bootstrap

from health.errors import HealthError


class AddressNotFree(HealthError):
    """The dashboard cannot listen where it was told to."""

    title = "The dashboard cannot start"


def app_script() -> Path:
    """Return the path of ``app.py``: the one that was installed, or that of the checkout."""
    package = Path(__file__).resolve().parents[1]
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


def run(*, host: str, port: int, max_upload_mb: int) -> None:
    """Serve the dashboard until the process is told to stop."""
    script = str(app_script())
    # The server reads .streamlit/config.toml beside the script; from another folder only when it
    # knows the script before it reads.
    config._main_script_path = script
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
