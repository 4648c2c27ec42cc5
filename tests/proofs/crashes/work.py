"""A small portfolio and what is done to it: load, undo, score; and whether that is all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from health import imports
from health.errors import UndoRefused
from health.files import read_file
from health.maintenance import checks
from health.maintenance.check import State
from health.scoring import runs
from health.storage.database import Database
from health.storage.receipts import Missing

FIRST = date(2026, 9, 1)
TODAY = date(2026, 11, 1)
CLIENTS = 12
DAYS = 30
ROWS = CLIENTS * DAYS


@dataclass(frozen=True, kw_only=True)
class Step:
    """Something to be done once: ``load`` file ``number``, ``undo`` it, or ``score``."""

    kind: str
    number: int


def steps(count: int) -> list[Step]:
    """Loads, undos and scoring runs in turns; every undo is of the load before it."""
    kinds = ("load", "score", "load", "undo", "score")
    loads = 0
    found = []
    for place in range(count):
        kind = kinds[place % len(kinds)]
        loads += kind == "load"
        found.append(Step(kind=kind, number=loads))
    return found


def begin(path: Path) -> None:
    """Make the database with its clients."""
    lines = [f"C{number:02},Client {number},100" for number in range(CLIENTS)]
    text = "\n".join(["organization_id,name,total_users", *lines, ""])
    with Database.open(path) as database:
        parsed = read_file(text.encode(), name="clients.csv", today=TODAY)
        imports.store(database, [parsed], by="crash")


def content(number: int) -> bytes:
    """File ``number``: every one of its rows has that number as its value."""
    rows = [
        f"C{client:02},API_CALLS,{FIRST + timedelta(days=day)},{number}"
        for client in range(CLIENTS)
        for day in range(DAYS)
    ]
    return "\n".join(["organization_id,metric_type,date,value", *rows, ""]).encode()


def do(database: Database, step: Step) -> None:
    """Do a step, or do it again: what is done already stays as it is."""
    if step.kind == "load":
        parsed = read_file(content(step.number), name=f"usage-{step.number}.csv", today=TODAY)
        imports.store(database, [parsed], by="crash")
    elif step.kind == "undo":
        number = _import_of(database, step.number)
        try:
            imports.undo(database, number, by="crash")
        except UndoRefused as refused:
            if "undone already" not in refused.message:
                raise
    else:
        runs.score(database, everything=True, requested_by=f"step {step.number}")


def is_done(database: Database, step: Step) -> bool | None:
    """Whether a step is stored; None for a scoring run, which may be repeated."""
    rows = _imports_of(database, step.number)
    if step.kind == "load":
        return bool(rows)
    if step.kind == "undo":
        return any(row["undone_at"] for row in rows)
    return None


def defects(
    database: Database, *, among: Sequence[int], checked: bool = True, receipts: bool = True
) -> list[str]:
    """What is not as it should be: damage, half an import, one stored twice, one lost.

    among: the files whose values the usage may have; every row has the same one.
    checked: all that ``check`` does as well, which takes longest.
    receipts: nothing may be missing by the receipts.
    """
    found = [
        f"{result.check.label}: {result.examples}"
        for result in (checks.run(database) if checked else ())
        if result.state is State.FAIL and (receipts or result.check is not checks.RECEIPTS)
    ]
    counted = database.query(
        "SELECT value, count(*) AS rows FROM usage_metrics GROUP BY value ORDER BY value"
    ).rows()
    if any(rows != ROWS for _, rows in counted) or len(counted) > 1:
        found.append(f"half an import: {counted}")
    if not {value for value, _ in counted} <= set(among):
        found.append(f"neither before nor after: {counted}, not of {among}")
    doubled = database.query(
        "SELECT name FROM imports GROUP BY name, sha256 HAVING count(*) > 1"
    ).rows()
    found += [f"stored twice: {name}" for (name,) in doubled]
    if receipts:
        found += [f"lost: {missing.sentence}" for missing in database.missing]
    return found


def values(database: Database) -> list[int]:
    """The values that the usage has: that of the last file, where everything is well."""
    return [
        value for (value,) in database.query("SELECT DISTINCT value FROM usage_metrics").iter_rows()
    ]


def stored(database: Database) -> list[str]:
    """Every import and undo on file, in a word each."""
    names = database.query("SELECT name, undone_at FROM imports").rows()
    return [name for name, _ in names] + [f"undo of {name}" for name, at in names if at]


def told(missing: Missing) -> str:
    """The word of :func:`stored` for what a receipt tells of."""
    return f"undo of {missing.name}" if missing.undo else missing.name


def _imports_of(database: Database, number: int) -> list[dict[str, Any]]:
    return database.query(
        "SELECT import_id, undone_at FROM imports WHERE name = $name ORDER BY import_id",
        {"name": f"usage-{number}.csv"},
    ).to_dicts()


def _import_of(database: Database, number: int) -> int:
    return int(_imports_of(database, number)[0]["import_id"])
