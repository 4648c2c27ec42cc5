"""The open database and the answers remembered from it, shared by every visitor."""

from __future__ import annotations

import contextlib
import threading
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Concatenate, Final, ParamSpec, TypeVar, cast

import streamlit as st

from health import clock
from health.settings import Settings
from health.storage.database import Database, Reader
from health.ui.session import cache
from health.ui.session.memory import Memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")

MOST_ENTRIES: Final = 100
"""Answers remembered. One about a portfolio of 10,000 clients is about 2 MB."""


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """Return the settings of this server, read once from the environment."""
    return Settings.read()


class _Opened:
    """The open database, and what was asked of its newest version."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._version = -1
        self._answers = Memory(MOST_ENTRIES)
        self._lock = threading.Lock()

    def answers_of(self, version: int) -> Memory:
        """Return what is remembered of a version; what was of an older one goes.

        A page that began before a change remembers what it asks for itself alone.
        """
        with self._lock:
            if version > self._version:
                self._version, self._answers = version, Memory(MOST_ENTRIES)
                cache.forget()
            return self._answers if version == self._version else Memory(MOST_ENTRIES)

    def close(self) -> None:
        _NOW_OPEN.discard(self.database)
        self.database.close()

    def hold_on(self, version: int) -> None:
        with self._lock:
            if version == self._version + 1:
                self._version = version


def hold_on(version: int) -> None:
    """Let the answers of the version before count for this one, which differs in none of them."""
    _open().hold_on(version)


def database() -> Database:
    """Return the one open database of this server."""
    return _open().database


def open_already() -> Database | None:
    """Return the database where a visitor has opened it."""
    return next(iter(_NOW_OPEN), None)


_NOW_OPEN: Final[weakref.WeakSet[Database]] = weakref.WeakSet()


@st.cache_resource(show_spinner=False, on_release=lambda opened: opened.close())
def _open() -> _Opened:
    chosen = settings()
    database = Database.open(
        chosen.database, memory_limit=chosen.memory_limit, threads=chosen.threads
    )
    _NOW_OPEN.add(database)
    return _Opened(database)


def today() -> date:
    """Return the day it is where the server stands."""
    return clock.today()


@dataclass(frozen=True)
class Answers:
    """The answers to questions about one version of the data, each remembered.

    ``ask(question, *arguments)`` is ``question(reader, *arguments)``. Arguments are frozen values
    whose ``repr`` tells them apart. Visitors share an answer: nobody changes it.
    """

    reader: Reader
    version: int
    memory: Memory

    def __call__(
        self,
        question: Callable[Concatenate[Reader, Arguments], Answer],
        *arguments: Arguments.args,
        **named: Arguments.kwargs,
    ) -> Answer:
        """Return the answer, from memory where it was asked before."""
        key = (question, repr((arguments, sorted(named.items()))))
        answer = self.memory.get(key, lambda: question(self.reader, *arguments, **named))
        return cast("Answer", answer)


@contextlib.contextmanager
def of_one_version() -> Iterator[Answers]:
    """Open the answers to as many questions as a page needs, all of one version of the data."""
    opened = _open()
    with opened.database.read() as reader:
        version = int(reader.value("SELECT data_version FROM state"))
        yield Answers(reader, version, opened.answers_of(version))
