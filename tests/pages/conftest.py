"""Pages as a visitor sees them, without a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.elements.lib.mutable_popover_container import PopoverContainer
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.testing.v1 import AppTest
from visits import Offered, Visit

from health.storage.database import Database

ROOT = Path(__file__).parents[2]


@pytest.fixture
def empty_database(tmp_path: Path) -> Path:
    """A database with nothing in it."""
    path = tmp_path / "empty.duckdb"
    Database.open(path).close()
    return path


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch) -> Visit:
    """Open a page in a session of its own, on a server that has just started."""

    def open_page(page: str, database: Path, /, **address: str | list[str]) -> AppTest:
        monkeypatch.setenv("CLIENT_HEALTH_DATABASE", str(database))
        st.cache_resource.clear()
        visitor = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        visitor.switch_page(f"pages/clients/{page}.py")
        for name, value in address.items():
            visitor.query_params[name] = value
        return visitor.run()

    return open_page


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> Offered:
    """What makes each file that the pages offer to download, by the name of the file.

    The buttons that offer them are open.
    """
    found: Offered = {}
    kept = MediaFileManager.add_deferred

    def add(self: MediaFileManager, content: Any, *args: Any, **named: Any) -> str:
        found[named["file_name"]] = content
        return kept(self, content, *args, **named)

    monkeypatch.setattr(MediaFileManager, "add_deferred", add)
    is_open = property(lambda _: True, lambda *_: None)
    monkeypatch.setattr(PopoverContainer, "open", is_open)
    return found
