"""Who looks at the pages, and which day they looked at before."""

from __future__ import annotations

import weakref
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeAlias, cast

import streamlit as st

from health.accounts.people import Person, introduce, person_at
from health.accounts.visits import last_visit, remember_visit
from health.errors import ArgumentError
from health.ui.server.browser_cookie import number_in
from health.ui.server.streamlit_private import REHEARSAL, user_info
from health.ui.session import answers, jobs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from health.storage.database import Reader
    from health.ui.session.answers import Answers

NAMELESS: Final = "Somebody at this dashboard"
"""Who signs a change where nobody signed in or said a name."""

_SAID: Final = "person"
_VISIT: Final = "last_visit"
_Visit: TypeAlias = tuple["date | None", "date | None"]


def name() -> str:
    """Return whose name is stored with a change; :data:`NAMELESS` where nobody said one."""
    return known_name() or NAMELESS


def known_name() -> str:
    """Return the address of who is signed in, else the name said in this browser, else nothing."""
    said = person()
    return email() or (said.name if said else "")


def is_signed_in() -> bool:
    """Whether the name is that of a sign-in: it is not said, and cannot be corrected, here."""
    return bool(email())


def email() -> str:
    """Return the address of who is signed in; empty where nobody is."""
    return str(user_info().get("email") or "")


def person() -> Person | None:
    """Return who was said to be at this browser, here or in another tab; None if nobody was."""
    known: tuple[int, Person | None] = st.session_state.get(_SAID, (-1, None))
    number = number_in(st.context.cookies)
    if number is not None and known[0] != answers.opened().version:
        with answers.opened().read() as reader:
            version = int(reader.value("SELECT data_version FROM state"))
            known = st.session_state[_SAID] = version, person_at(reader, number)
    return known[1]


def keep_name(name: str) -> None:
    """Remember who is at this browser; without cookies only while the page is open.

    Raises :class:`ArgumentError` for an empty name.
    """
    if not name.strip():
        raise ArgumentError("name", "say who you are.")
    said = person()
    _keep(Person(name=name.strip(), csm=said.csm if said else None))


def keep_owner(csm: str | None) -> None:
    """Remember whose clients are this person's, from the choice on Today.

    Not while a job stores: the page would wait for it.
    """
    if not jobs.is_busy():
        said = person()
        version = _keep(Person(name=said.name if said else "", csm=csm))
        if version is not None:
            answers.hold_on(version)


def _keep(who: Person) -> int | None:
    """Store it where the browser has a number; return the version of the data this made."""
    number = number_in(st.context.cookies)
    version = None if number is None else introduce(answers.opened(), number, who)
    st.session_state[_SAID] = answers.opened().version, who
    return version


def mine(owners: Sequence[str]) -> str | None:
    """Return the owner whose clients are this person's, of those there are; None for all."""
    said = person()
    own = [email(), said.csm if said else None]
    return next((owner for owner in own if owner in owners), None)


def day_to_compare(ask: Answers, as_of: date) -> date | None:
    """Return the day this viewer looked at before ``as_of``; None at the first look.

    After an undo the day seen may lie after ``as_of``: all of it was seen then. The server, which
    looks before everybody, looked the day before, as most did.
    """
    if user_info().get(REHEARSAL):
        return as_of - timedelta(days=1)
    seen, before = _last_visit(ask)
    if seen is not None and seen != as_of:
        return min(seen, as_of)
    return before if before is not None and before < as_of else None


def remember(ask: Answers, latest: date) -> None:
    """Remember that the latest day was looked at; call it when the page is drawn.

    Not while a job stores: the page would wait for it; nor where nobody looks.
    """
    if user_info().get(REHEARSAL):
        return
    seen, _ = _last_visit(ask)
    if (seen is None or seen < latest) and not jobs.is_busy():
        database = answers.opened()
        answers.hold_on(remember_visit(database, _key(), latest))
        with database.read() as reader:
            _find_last_visit(ask, reader)


def _last_visit(ask: Answers) -> _Visit:
    """Ask for the last visit once for all that is remembered of a version of the data."""
    if _VISIT in st.session_state:
        memory, found = st.session_state[_VISIT]
        if memory() is ask.memory:
            return cast("_Visit", found)
    return _find_last_visit(ask, ask.reader)


def _find_last_visit(ask: Answers, reader: Reader) -> _Visit:
    found = last_visit(reader, _key())
    st.session_state[_VISIT] = weakref.ref(ask.memory), found
    return found


def _key() -> str:
    """Tell viewers apart: by who is signed in, else by their browser, else by their machine."""
    number, address = number_in(st.context.cookies), st.context.ip_address
    return email() or number or address or answers.settings().user
