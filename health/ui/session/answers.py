"""The open database and the answers remembered from it, shared by every visitor."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar, cast

import streamlit as st

from health import clock
from health.settings import Settings
from health.storage.database import Database, Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """Return the settings of this server, read once from the environment."""
    return Settings.read()


def database() -> Database:
    """Return the one open database of this server."""
    chosen = settings()
    return _open(str(chosen.database), chosen.memory_limit, chosen.threads)


@st.cache_resource(show_spinner=False, on_release=Database.close)
def _open(path: str, memory_limit: str, threads: int) -> Database:
    return Database.open(path, memory_limit=memory_limit, threads=threads)


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
    database: str
    version: int

    def __call__(
        self,
        question: Callable[Concatenate[Reader, Arguments], Answer],
        *arguments: Arguments.args,
        **named: Arguments.kwargs,
    ) -> Answer:
        """Return the answer, from memory where it was asked before."""
        name = f"{question.__module__}.{question.__qualname__}"
        key = (self.database, self.version, name, repr((arguments, sorted(named.items()))))
        answer = _remembered(key, lambda: question(self.reader, *arguments, **named))
        return cast("Answer", answer)


# A resource, not data: a hit hands out the same frozen answer in place of a copy. An entry for a
# portfolio of 10,000 clients is about 2 MB.
@st.cache_resource(show_spinner=False, max_entries=100, ttl=3600)
def _remembered(
    key: tuple[str, int, str, str],  # noqa: ARG001 -- what the cache looks the answer up by
    _answer: Callable[[], object],
) -> object:
    return _answer()


@contextlib.contextmanager
def of_one_version() -> Iterator[Answers]:
    """Open the answers to as many questions as a page needs, all of one version of the data."""
    opened = database()
    with opened.read() as reader:
        version = int(reader.value("SELECT data_version FROM state"))
        yield Answers(reader, str(opened.path), version)
