from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from small_files import organizations, usage

from health import imports
from health.imports import identity
from health.output.import_history import with_actions
from health.queries.imports import Import, ImportsQuery, list_imports
from health.storage.database import Database

DAY = date(2026, 11, 20)


def pages(database: Database, limit: int) -> list[list[int | str]]:
    """Each page of the history: the number of an import, or the id that was given."""
    found: list[list[int | str]] = []
    with database.read() as reader:
        actions = identity.list_actions(reader)
        total = list_imports(reader, ImportsQuery()).total
        for number in range(1, -(-total // limit) + 1):
            page = list_imports(reader, ImportsQuery(page=number, limit=limit))
            rows = with_actions(page.rows, actions, is_last=number * limit >= total)
            found.append([r.import_id if isinstance(r, Import) else r.other_id for r in rows])
    return found


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A new file: in one emptied often, DuckDB 1.5.5 once left out rows of a list cut by LIMIT."""
    with Database.open(tmp_path / "health.duckdb", threads=1) as opened:
        yield opened


def test_what_was_done_about_ids_stands_above_the_import_it_came_after(database: Database) -> None:
    imports.store(database, [organizations({"organization_id": "A"})], by="ada")
    identity.add_alias(database, "A", "one", by="ada")
    identity.add_alias(database, "A", "two", by="ada")
    imports.store(database, [usage(("A", "API_CALLS", DAY, 3))], by="ada")
    imports.store(database, [usage(("A", "API_CALLS", DAY, 4))], by="ada")
    identity.add_alias(database, "A", "three", by="ada")
    assert pages(database, 10) == [["three", 3, 2, "two", "one", 1]]
    assert pages(database, 2) == [["three", 3, 2], ["two", "one", 1]]
    assert pages(database, 1) == [["three", 3], [2], ["two", "one", 1]]
