"""The open database and the answers remembered from it, shared by every visitor."""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Concatenate, Final, ParamSpec, TypeVar, cast

import polars as pl
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

MOST_BYTES: Final = 200_000_000
"""Of remembered answers. One about all of 10,000 clients is about 2 MB, about a tenth of them less.

They are weighed and not counted: fifty people ask each about the clients of their own.
"""


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """Return the settings of this server, read once from the environment."""
    return Settings.read()


class _Opened:
    """The open database, and what was asked of its newest version."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._version = -1
        self._answers = _memory()
        self._lock = threading.Lock()

    def answers_of(self, version: int) -> Memory:
        """Return what is remembered of a version; what was of an older one goes.

        A page that began before a change remembers what it asks for itself alone.
        """
        with self._lock:
            if version > self._version:
                self._version, self._answers = version, _memory()
                cache.forget()
            return self._answers if version == self._version else _memory()

    def close(self) -> None:
        _NOW_OPEN.discard(self.database)
        self.database.close()

    def hold_on(self, version: int) -> None:
        with self._lock:
            if version == self._version + 1:
                self._version = version


def _memory() -> Memory:
    return Memory(MOST_BYTES, _size)


def _size(answer: object) -> int:
    """Return about how many bytes an answer has: its frames and texts, and 100 for all else."""
    if isinstance(answer, pl.DataFrame):
        return 100 + int(answer.estimated_size())
    if isinstance(answer, str):
        return 100 + len(answer)
    if is_dataclass(answer):
        return 100 + sum(_size(getattr(answer, one.name)) for one in fields(answer))
    if isinstance(answer, Mapping):
        return 100 + sum(map(_size, answer.values()))
    if isinstance(answer, (list, tuple)):
        return 100 + sum(map(_size, answer))
    return 100


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
def of_one_version() -> Iterator[Answers]:
    """Open the answers to as many questions as a page needs, all of one version of the data."""
    opened = _open()
    version = opened.database.version
    with contextlib.ExitStack() as stack:

        def begin() -> Reader:
            reader = stack.enter_context(opened.database.read())
            if reader.value("SELECT data_version FROM state") != version:
                st.rerun()  # a change since the page began: what it has shown is of the one before
            return reader

        yield Answers(version, opened.answers_of(version), begin)
