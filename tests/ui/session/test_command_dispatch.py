"""What a command of another process leaves behind in the server that did it."""

from __future__ import annotations

import ctypes
from typing import Any

import pytest

from health.settings import Settings
from health.ui.session import answers, command_dispatch
from health.ui.session.versions import Versions


class Library:
    """The C library, which counts how often it was told to give memory back."""

    told = 0

    def malloc_trim(self, _: int) -> None:
        Library.told += 1


@pytest.fixture(autouse=True)
def opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "opened", lambda: "database")
    monkeypatch.setattr(answers, "versions", lambda: Versions(lambda: 7))
    monkeypatch.setattr(answers, "settings", Settings)
    monkeypatch.setattr(Library, "told", 0)
    monkeypatch.setattr(ctypes, "CDLL", lambda _: Library())


def test_what_a_command_freed_goes_back_to_the_system() -> None:
    request: Any = object()
    assert command_dispatch._run_when_open(request, lambda *_: Library.told) == 0
    assert Library.told == 1


def test_open_pages_go_on_with_the_version_before_what_a_command_stores(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stored = [7]
    versions = Versions(lambda: stored[-1])
    monkeypatch.setattr(answers, "versions", lambda: versions)
    request: Any = object()
    command_dispatch._run_when_open(request, lambda *_: stored.append(8) or 0)
    assert versions.awaited == 8


def test_so_it_does_after_a_command_that_failed() -> None:
    def fails(*_: object) -> int:
        raise ZeroDivisionError

    request: Any = object()
    with pytest.raises(ZeroDivisionError):
        command_dispatch._run_when_open(request, fails)
    assert Library.told == 1


@pytest.mark.parametrize("error", [OSError, AttributeError, TypeError])
def test_a_system_without_that_is_none_the_worse(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def missing(_: object) -> None:
        raise error

    monkeypatch.setattr(ctypes, "CDLL", missing)
    request: Any = object()
    assert command_dispatch._run_when_open(request, lambda *_: 7) == 7
