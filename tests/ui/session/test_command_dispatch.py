"""What a command of another process leaves behind in the server that did it."""

from __future__ import annotations

from typing import Any

import pytest

from health.settings import Settings
from health.ui.session import answers, command_dispatch
from health.ui.session.versions import Versions


@pytest.fixture(autouse=True)
def opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "opened", lambda: "database")
    monkeypatch.setattr(answers, "versions", lambda: Versions(lambda: 7))
    monkeypatch.setattr(answers, "settings", Settings)


def test_open_pages_go_on_with_the_version_before_what_a_command_stores(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stored = [7]
    versions = Versions(lambda: stored[-1])
    monkeypatch.setattr(answers, "versions", lambda: versions)
    request: Any = object()
    command_dispatch._run_when_open(request, lambda *_: stored.append(8) or 0)
    assert versions.awaited == 8
