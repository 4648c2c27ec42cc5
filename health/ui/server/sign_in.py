"""Sign-in: checks who a visitor is, for every request and every message of an open session.

:class:`health.ui.server.access.Access` asks :meth:`SignIn.visitor` before Streamlit sees a
request; :func:`stop_unless_signed_in` asks once more before a page is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from health.ui.server import streamlit_private

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Someone with a valid sign-in; ``refused`` says why they may not come in all the same."""

    email: str
    refused: str = ""


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """Sign-in as :func:`health.ui.server.sign_in_settings.read` found it set up.

    providers: the names ``[auth]`` has for them. origin: where the dashboard is for its visitors.
    allowed: addresses and @domains in small letters; empty for everybody who can sign in.
    hours: how long a sign-in lasts.
    """

    providers: tuple[str, ...]
    origin: str
    allowed: frozenset[str]
    hours: int

    def visitor(self, cookies: Mapping[str, str]) -> Visitor | None:
        """Return whose sign-in these cookies carry; None without one, or where it has run out."""
        claims = streamlit_private.claims(cookies, hours=self.hours)
        if claims.get("origin") != self.origin or claims.get("is_logged_in") is not True:
            return None
        return self._admit(claims)

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


def stop_unless_signed_in() -> None:
    """Stop the page where sign-in is set up and its visitor has none.

    Only a program that leaves out what browsers send gets here past ``Access``.
    """
    if _is_set_up() and not streamlit_private.user_info().get("is_logged_in"):
        st.error("Sign in to see this page: reload it.")
        st.stop()


@st.cache_resource(show_spinner=False)
def _is_set_up() -> bool:
    return bool(streamlit_private.auth_section())
