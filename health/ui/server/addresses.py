"""The addresses of the server that are no page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import streamlit as st

if TYPE_CHECKING:
    from starlette.types import Scope

HEALTH: Final = "/health"
"""Says that the server is up, to whoever asks."""

SIGN_IN: Final = "/sign-in"
SIGN_OUT: Final = "/auth/logout"
CALLBACK: Final = "/oauth2callback"
"""Where the provider sends a visitor back to."""

OPEN: Final = frozenset({HEALTH, "/_stcore/health", "/auth/login", SIGN_OUT, CALLBACK})
"""What a visitor who is not signed in may ask for."""

CLOSED: Final = ("/_stcore/metrics", "/_stcore/agent")
"""What nobody may ask for."""

UPLOAD: Final = re.compile(r"/_stcore/upload_file/(?P<session>[^/]+)/(?P<file>[^/]+)")


def base() -> str:
    """Return the path that all addresses begin with: empty, or such as ``/health``."""
    return f"/{str(st.get_option('server.baseUrlPath')).strip('/')}".rstrip("/")


def path_of(scope: Scope) -> str:
    """Return the path of a request, without :func:`base`."""
    path: str = scope["path"]
    return path.removeprefix(base()) or "/"
