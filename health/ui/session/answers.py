"""The open database and the answers remembered from it, shared by every visitor."""

from __future__ import annotations

import contextlib
import weakref
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Concatenate, Final, ParamSpec, TypeVar, cast

import streamlit as st

from health import clock
from health.settings import Settings
from health.storage.database import Database, Reader
from health.ui.session import cache
from health.ui.session.versions import Version, Versions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date

    from health.ui.session.memory import Memory

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """Return the settings of this server, read once from the environment."""
    return Settings.read()


class _Opened:
    """The open database, and what is remembered of its versions."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.versions = Versions(lambda: database.version)

    def close(self) -> None:
        _NOW_OPEN.discard(self)
        self.database.close()


def hold_on(version: int) -> None:
    """Let the answers of the version before count for this one, which differs in none of them."""
    _open().versions.hold_on(version)


def database() -> Database:
    """Return the one open database of this server, to change it: this page shows the change."""
    see_newest()
    return opened()


def opened() -> Database:
    """Return the one open database of this server, to look at it."""
    return _open().database


def open_already() -> Database | None:
    """Return the database where a visitor has opened it."""
    return next((one.database for one in _NOW_OPEN), None)


def awaited() -> int | None:
    """Return the number of the version that open pages do not show before it is ready, if any."""
    return next((one.versions.awaited for one in _NOW_OPEN), None)


def show_newest() -> None:
    """Let every page show the newest version: it is ready."""
    for one in _NOW_OPEN:
        one.versions.show()


_NOW_OPEN: Final[weakref.WeakSet[_Opened]] = weakref.WeakSet()


@st.cache_resource(show_spinner=False, on_release=lambda opened: opened.close())
def _open() -> _Opened:
    chosen = settings()
    database = Database.open(
        chosen.database, memory_limit=chosen.memory_limit, threads=chosen.threads
    )
    opened = _Opened(database)
    _NOW_OPEN.add(opened)
    return opened


def versions() -> Versions:
    """Return the versions of the data that pages show."""
    return _open().versions


_SEEN: Final = "version_seen"


def see_newest() -> None:
    """Show the newest version on this page from now on, as its reader knows of a change."""
    st.session_state.pop(_SEEN, None)


def today() -> date:
    """Return the day it is where the server stands."""
    return clock.today()


@dataclass(frozen=True)
class Answers:
    """The answers to questions about one version of the data, each remembered.

    ``ask(question, *arguments)`` is ``question(reader, *arguments)``. Arguments are frozen values
    whose ``repr`` tells them apart. Visitors share an answer: nobody changes it.

    begin: opens a reader of this version. Most pages need none: what they ask is remembered.
    """

    version: int
    memory: Memory
    begin: Callable[[], Reader]

    @cached_property
    def reader(self) -> Reader:
        """What is not remembered is asked of it."""
        return self.begin()

    def __call__(
        self,
        question: Callable[Concatenate[Reader, Arguments], Answer],
        *arguments: Arguments.args,
        **named: Arguments.kwargs,
    ) -> Answer:
        """Return the answer, from memory where it was asked before."""
        return self._remembered(
            question, lambda: question(self.reader, *arguments, **named), arguments, named
        )

    def once(
        self,
        make: Callable[Concatenate[Answers, Arguments], Answer],
        *arguments: Arguments.args,
        **named: Arguments.kwargs,
    ) -> Answer:
        """Return ``make(self, *arguments)``, what is made of several answers, in the same way."""
        return self._remembered(make, lambda: make(self, *arguments, **named), arguments, named)

    def _remembered(
        self,
        function: Callable[..., Answer],
        make: Callable[[], Answer],
        arguments: tuple[object, ...],
        named: Mapping[str, object],
    ) -> Answer:
        key = (function, repr((arguments, sorted(named.items()))))
        return cast("Answer", self.memory.get(key, make))


@contextlib.contextmanager
def of_newest() -> Iterator[Answers]:
    """Open the answers to as many questions as wanted, all of the newest version of the data."""
    opened = _open()
    with _answers(opened, opened.versions.newest()) as ask:
        yield ask


@contextlib.contextmanager
def of_page() -> Iterator[Answers]:
    """Open the answers to as many questions as a page needs, all of the version it shows."""
    opened = _open()
    seen: int | None = st.session_state.get(_SEEN)
    versions = opened.versions
    version = versions.newest() if seen is None else versions.of_open_page(seen)
    st.session_state[_SEEN] = version.number
    with _answers(opened, version) as ask:
        yield ask


@contextlib.contextmanager
def _answers(opened: _Opened, version: Version) -> Iterator[Answers]:
    number = version.number
    with contextlib.ExitStack() as stack:

        def begin() -> Reader:
            reader = stack.enter_context(opened.database.read())
            if reader.value("SELECT data_version FROM state") != number:
                # A change since then, or a page that goes on with the version before it: what it
                # has shown is of the one before.
                see_newest()
                st.rerun()
            return reader

        stack.enter_context(cache.kept_in(version.made))
        yield Answers(number, version.answers, begin)
