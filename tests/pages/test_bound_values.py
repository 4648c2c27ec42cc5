"""Values reach the engine as parameters: no statement is made of what was loaded or asked for."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from small_files import TODAY, organizations, table, usage

from health import imports
from health.accounts import decisions
from health.files import read_file
from health.output import exports
from health.scoring import runs
from health.storage.database import Database, Reader, Writer
from health.ui.parts import filters

if TYPE_CHECKING:
    from pathlib import Path

    from visits import Visit

MARK = "zq9"
HOSTILE = f"{MARK}'; DROP TABLE clients; --"
DAY = date(2026, 11, 20)


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, object]]:
    """Every statement the product runs from now on, with its parameters."""
    asked: list[tuple[str, object]] = []

    def noted(original: Callable[..., Any]) -> Callable[..., Any]:
        def ask(self: object, sql: str, parameters: object = None) -> Any:
            asked.append((sql, parameters))
            return original(self, sql, parameters)

        return ask

    for owner, names in ((Reader, ("query", "value", "record")), (Writer, ("execute",))):
        for name in names:
            monkeypatch.setattr(owner, name, noted(getattr(owner, name)))
    return asked


def check(statements: list[tuple[str, object]], *, least: int) -> None:
    """No statement holds the mark, though parameters did, at least so often."""
    assert [sql for sql, _ in statements if MARK in sql.lower()] == []
    assert sum(MARK in str(values).lower() for _, values in statements) >= least


def load(database: Database) -> None:
    """Load, change, score, decide, undo and export with the mark wherever a text is taken."""
    client = {
        "organization_id": HOSTILE,
        "name": HOSTILE,
        "csm": HOSTILE,
        "industry": HOSTILE,
        "total_users": 60,
        "alert_level": "PROACTIVE",
    }
    days = [DAY - timedelta(days=back) for back in range(60)]
    used = [(HOSTILE, "MONTHLY_ACTIVE_USERS", day, 9) for day in days]
    files = [
        organizations(client, {**client, "organization_id": "B"}),
        usage(*used, ("B", "SUPPORT_TICKETS", DAY, 9)),
        table([{"organization_id": HOSTILE, "feature_name": "SSO", "is_enabled": True}]),
    ]
    imports.store(database, files, by=HOSTILE)
    changed = organizations({**client, "name": f"{HOSTILE} again"})
    wrong = read_file(
        (
            f'organization_id,metric_type,date,value\n"{HOSTILE}x","{HOSTILE}",2026-11-20,1\n'
            "B,API_CALLS,2026-11-20,1\n"
        ).encode(),
        name=f"{HOSTILE}.csv",
        today=TODAY,
    )
    stored = imports.store(database, [changed, wrong], by=HOSTILE, valid_rows_only=True)
    runs.score(database, everything=True, requested_by=HOSTILE)
    number = stored[0].import_id
    assert number is not None
    imports.undo(database, number, by=HOSTILE, anyway=True)
    decisions.put_off(database, HOSTILE, until=TODAY, reason=HOSTILE, by=HOSTILE)
    decisions.bring_back(database, HOSTILE, by=HOSTILE)
    decisions.dismiss(database, "B", reason=HOSTILE, known=(), by=HOSTILE)
    with database.read() as reader:
        for name in exports.EXPORTS:
            day = DAY if name == exports.SCORES else None
            export = exports.Export(table=name, as_of=day)
            export.write(reader, io.BytesIO(), exports.Format.CSV)


def test_what_is_loaded_is_in_no_statement(
    statements: list[tuple[str, object]], database: Database
) -> None:
    load(database)
    check(statements, least=10)


@pytest.mark.parametrize("name", ["today", "portfolio", "client", "adoption", "trends", "team"])
def test_what_an_address_asks_for_is_in_no_statement(
    statements: list[tuple[str, object]], visit: Visit, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "health.duckdb"
    with Database.open(path) as database:
        load(database)
    statements.clear()
    address = dict.fromkeys(("search", "csm", "industry", "client", "order", "as_of"), HOSTILE)
    assert set(address) & set(filters._FILTERS)
    page = visit(name, path, **address)
    assert not [*page.exception, *page.error]
    check(statements, least=0 if name in ("trends", "team") else 1)
