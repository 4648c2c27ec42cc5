"""Sign-in as it would be set up."""

from __future__ import annotations

from typing import Any

import pytest
from server_requests import AUTH, SECRET
from streamlit.runtime.secrets import secrets_singleton

from health.settings import Settings
from health.ui.server import sign_in_settings
from health.ui.server.sign_in import SignIn


@pytest.fixture
def auth(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Sign-in as secrets.toml would configure it; a test may change it before it is read."""
    section = dict(AUTH)
    monkeypatch.setattr(secrets_singleton, "_secrets", {"auth": section})
    return section


@pytest.fixture
def sign_in(auth: dict[str, Any]) -> SignIn:
    assert auth["cookie_secret"] == SECRET
    read = sign_in_settings.read(Settings(allowed_users="ada@example.org, @example.com"))
    assert read is not None
    return read
