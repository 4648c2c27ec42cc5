"""Who may see the dashboard, as the section ``[auth]`` of Streamlit's ``secrets.toml`` says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from streamlit import auth_util, config
from streamlit.errors import StreamlitAuthError
from streamlit.runtime.secrets import secrets_singleton
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from health.errors import HealthError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from health.settings import Settings

USER_COOKIES: Final = USER_COOKIE_NAME
"""How the names of all cookies of a sign-in begin."""

SHORTEST_SECRET: Final = 32
"""Characters of a cookie secret that nobody finds by trying."""

_DEFAULT: Final = "default"
_HOURS_OF_A_DAY: Final = 24


class SignInIncomplete(HealthError):
    """Sign-in is configured, but not so that it could work; nothing is served."""

    title = "Sign-in is not set up completely"


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Someone with a valid sign-in; ``refused`` says why they may not come in all the same."""

    email: str
    refused: str = ""


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """Sign-in as it is configured.

    providers: the names ``[auth]`` has for them. origin: where the dashboard is for its visitors.
    allowed: addresses and @domains in small letters; empty for everybody who can sign in.
    """

    providers: tuple[str, ...]
    origin: str
    allowed: frozenset[str]
    hours: int

    @classmethod
    def read(cls, settings: Settings) -> Self | None:
        """Return what is configured, or None where nothing is.

        Raises :class:`SignInIncomplete` for half of it: a dashboard that was meant to be closed
        must not open by a slip of the pen.
        """
        allowed = _allowed(settings.allowed_users)
        if not secrets_singleton.load_if_toml_exists():
            _refuse_unreadable()
        section = auth_util.get_secrets_auth_section()
        if not section:
            if allowed:
                raise SignInIncomplete(
                    "CLIENT_HEALTH_ALLOWED_USERS says who may sign in, but no [auth] section in "
                    ".streamlit/secrets.toml says how."
                )
            return None
        return cls(
            providers=_providers(section),
            origin=auth_util.get_origin_from_redirect_uri() or "",
            allowed=allowed,
            hours=settings.sign_in_hours,
        )

    def visitor(self, cookies: Mapping[str, str]) -> Visitor | None:
        """Return whose sign-in these cookies carry; None without one, or where it has run out."""
        secret = get_cookie_secret()

        def signed(name: str) -> bytes | None:
            value = cookies.get(name, "").encode("latin-1", errors="replace")
            return decode_signed_value(secret, name, value, self.hours / _HOURS_OF_A_DAY)

        found = auth_util.get_cookie_with_chunks(signed, USER_COOKIE_NAME)
        try:
            claims: object = json.loads(found or b"null")
        except ValueError:
            return None
        if not isinstance(claims, dict) or claims.get("origin") != self.origin:
            return None
        return self._admit(claims) if claims.get("is_logged_in") is True else None

    def _admit(self, claims: Mapping[str, Any]) -> Visitor:
        email = str(claims.get("email") or "").strip().lower()
        if "@" not in email:
            return Visitor(email="", refused="The sign-in came without an e-mail address.")
        if claims.get("email_verified") in (False, "false"):
            return Visitor(email=email, refused="This e-mail address is not verified.")
        domain = email[email.rindex("@") :]
        if self.allowed and not self.allowed & {email, domain}:
            return Visitor(email=email, refused="This e-mail address may not see this dashboard.")
        return Visitor(email=email)


def is_required() -> bool:
    """Return whether sign-in is configured."""
    return bool(auth_util.get_secrets_auth_section())


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
    for file in config.get_option("secrets.files"):
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
            auth_util.validate_auth_credentials(provider)
        except StreamlitAuthError as error:
            raise SignInIncomplete(" ".join(str(error).split())) from error
    if auth_util.get_validated_redirect_uri() is None:
        raise SignInIncomplete(
            "redirect_uri in [auth] has to end with /oauth2callback, after the address under "
            "which the dashboard is reached."
        )
    if len(get_cookie_secret()) < SHORTEST_SECRET:
        raise SignInIncomplete(
            f"cookie_secret in [auth] has fewer than {SHORTEST_SECRET} characters. Make one with: "
            'python -c "import secrets; print(secrets.token_hex())"'
        )
    if not auth_util.is_authlib_installed():
        raise SignInIncomplete(
            "It needs the extra “auth” of the project: pip install 'client-health[auth]', or in "
            "the checkout uv sync --extra auth."
        )
    return providers
