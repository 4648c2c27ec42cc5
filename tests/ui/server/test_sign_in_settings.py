"""Half a sign-in, or a weak one, opens nothing."""

from __future__ import annotations

from typing import Any

import pytest
import streamlit as st
from server_requests import AUTH
from streamlit import config

from health.settings import Settings
from health.ui.server import sign_in_settings
from health.ui.server.sign_in_settings import SignInIncomplete


@pytest.mark.parametrize("name", list(AUTH))
def test_half_a_sign_in_is_refused(auth: dict[str, Any], name: str) -> None:
    del auth[name]
    with pytest.raises(SignInIncomplete):
        sign_in_settings.read(Settings())


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("cookie_secret", "short", "32 characters"),
        ("redirect_uri", "https://health.example/", "/oauth2callback"),
    ],
)
def test_a_weak_sign_in_is_refused(auth: dict[str, Any], name: str, value: str, says: str) -> None:
    auth[name] = value
    with pytest.raises(SignInIncomplete, match=says):
        sign_in_settings.read(Settings())


@pytest.mark.usefixtures("auth")
@pytest.mark.parametrize("listed", ["ada", "a b@example.com", "@"])
def test_a_list_that_names_nobody_is_refused(listed: str) -> None:
    with pytest.raises(SignInIncomplete, match="neither an e-mail address"):
        sign_in_settings.read(Settings(allowed_users=listed))


def test_a_list_without_sign_in_is_refused() -> None:
    with pytest.raises(SignInIncomplete, match=r"\[auth\]"):
        sign_in_settings.read(Settings(allowed_users="ada@example.org"))


def test_a_file_of_secrets_that_cannot_be_read_does_not_open_the_dashboard(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "secrets.toml"
    broken.write_text("[auth\n")
    original = config.get_option

    def get_option(key: str) -> object:
        return [str(broken)] if key == "secrets.files" else original(key)

    monkeypatch.setattr(config, "get_option", get_option)
    monkeypatch.setattr(st, "get_option", get_option)
    with pytest.raises(SignInIncomplete, match=r"secrets\.toml"):
        sign_in_settings.read(Settings())
