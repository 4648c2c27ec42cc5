"""How sign-in is set up: the section ``[auth]`` of ``secrets.toml``, and who is allowed in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import streamlit as st
from streamlit.errors import StreamlitAuthError

from health.errors import HealthError
from health.ui.server import streamlit_private
from health.ui.server.sign_in import SignIn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from health.settings import Settings

SHORTEST_SECRET: Final = 32
"""Characters of a cookie secret that nobody finds by trying."""

_DEFAULT: Final = "default"


class SignInIncomplete(HealthError):
    """Sign-in is configured, but not so that it could work; nothing is served."""

    title = "Sign-in is not set up completely"


def read(settings: Settings) -> SignIn | None:
    """Return what is configured, or None where nothing is.

    Raises :class:`SignInIncomplete` for half of it: a dashboard that was meant to be closed must
    not open because of a slip of the pen.
    """
    allowed = _allowed(settings.allowed_users)
    if not streamlit_private.secrets_can_be_read():
        _refuse_unreadable()
    section = streamlit_private.auth_section()
    if not section:
        if allowed:
            raise SignInIncomplete(
                "CLIENT_HEALTH_ALLOWED_USERS says who may sign in, but no [auth] section in "
                ".streamlit/secrets.toml says how."
            )
        return None
    return SignIn(
        providers=_providers(section),
        origin=streamlit_private.get_origin_from_redirect_uri() or "",
        allowed=allowed,
        hours=settings.sign_in_hours,
    )


def _allowed(listed: str) -> frozenset[str]:
    entries = {entry.strip().lower() for entry in listed.split(",") if entry.strip()}
    for entry in entries:
        if "@" not in entry.removesuffix("@") or " " in entry:
            raise SignInIncomplete(
                f"“{entry}” in CLIENT_HEALTH_ALLOWED_USERS is neither an e-mail address nor a "
                "domain such as @example.com."
            )
    return frozenset(entries)


def _refuse_unreadable() -> None:
    for file in st.get_option("secrets.files"):
        if Path(file).exists():
            raise SignInIncomplete(f"{file} is there, but it is not a readable TOML file.")


def _providers(section: Mapping[str, Any]) -> tuple[str, ...]:
    """The providers of ``[auth]``, each complete."""
    named = [
        name
        for name, value in section.items()
        if hasattr(value, "keys") and name != "client_kwargs"
    ]
    providers = tuple(named) if "client_id" not in section else (_DEFAULT, *named)
    for provider in providers or (_DEFAULT,):
        try:
            streamlit_private.validate_auth_credentials(provider)
        except StreamlitAuthError as error:
            raise SignInIncomplete(" ".join(str(error).split())) from error
    if streamlit_private.get_validated_redirect_uri() is None:
        raise SignInIncomplete(
            "redirect_uri in [auth] has to end with /oauth2callback, after the address under "
            "which the dashboard is reached."
        )
    if len(streamlit_private.get_cookie_secret()) < SHORTEST_SECRET:
        raise SignInIncomplete(
            f"cookie_secret in [auth] has fewer than {SHORTEST_SECRET} characters. Make one with: "
            'python -c "import secrets; print(secrets.token_hex())"'
        )
    if not streamlit_private.is_authlib_installed():
        raise SignInIncomplete(
            "It needs the extra “auth” of the project: pip install 'client-health[auth]', or in "
            "the checkout uv sync --extra auth."
        )
    return providers
