"""Pages as a visitor sees them, without a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from health.database import Database

ROOT = Path(__file__).parents[2]


class Visit(Protocol):
    """Opens a page of a database by its address."""

    def __call__(self, page: str, database: Path, /, **address: str | list[str]) -> AppTest: ...


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
