"""A database for answers worked out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tiny import Tiny

if TYPE_CHECKING:
    from health.storage.database import Database


@pytest.fixture
def tiny(database: Database) -> Tiny:
    """An empty database, to be filled by the test."""
    return Tiny(database)
