"""Many processes on one database for some minutes, and what was lost, shown wrong or slow.

Visitors of a real dashboard read every page and judge what they see: an error, two versions of the
data on one page, less than an earlier page has shown, or less than was stored when the dashboard
was opened or ten seconds before the page was asked for. Loaders and scorers are real commands. Some
of them, and the dashboard too, are killed and begin again. In the end the data has to be that of
the same work done one after another.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from health import imports
from health.files import read_file
from health.maintenance import checks
from health.maintenance.check import State
from health.scoring import runs
from health.storage.database import Database
from tests.proofs.together.files import LAST, LOADERS, Files
from tests.proofs.together.server import serving
from tests.proofs.together.working import SCORERS, Tally, Together

FAULTS: Final = (
    "errors shown",
    "pages of mixed versions",
    "pages not whole",
    "pages without an answer",
    "writes lost",
    "commands refused",
    "commands that hang",
)
"""What must not be; told even where there is none of it."""


def main() -> int:
    """Work together as long as asked; return 1 where anything was wrong."""
    arguments = _parser().parse_args()
    with tempfile.TemporaryDirectory(prefix="together-", dir=arguments.folder) as name:
        folder = Path(name)
        (folder / "files").mkdir()
        tally = _together(folder, arguments)
    told = _told(tally, arguments)
    if arguments.json:
        print(json.dumps(told))
    else:
        for what, count in told.items():
            print(f"  {count:>8,}  {what}")
    for line in tally.wrong[:50]:
        print(line, file=sys.stderr)
    return bool(tally.wrong)


def _together(folder: Path, arguments: argparse.Namespace) -> Tally:
    files = Files(folder=folder / "files", rows=arguments.rows)
    with serving(folder) as server:
        together = Together(server=server, files=files, end=math.inf, pause=arguments.pause)
        together.command("load", *map(str, files.first()))
        together.command("score")
        together.pages = arguments.pages
        together.end = time.monotonic() + 60 * arguments.minutes
        together.work(sessions=arguments.sessions, kills=arguments.kills)
        together.end = math.inf
        together.command("score")
    tally = together.tally
    tally.counts["MB of the dashboard at most"] = round(server.peak)
    if "Traceback" in (log := server.dashboard.log.read_text()):
        tally.note("errors shown", f"in the log of the dashboard:\n{log[-4_000:]}")
    numbers = [(loader, n + 1) for loader in LOADERS for n in range(together.known.begun[loader])]
    with Database.open(server.dashboard.database) as worked, _alone(files, numbers) as alone:
        tally.wrong += [
            f"{result.check.label}: {result.examples}"
            for result in checks.run(worked)
            if result.state is State.FAIL
        ]
        _compare(_held(worked), _held(alone), tally)
    return tally


def _told(tally: Tally, arguments: argparse.Namespace) -> dict[str, Any]:
    """Everything that happened, as numbers."""
    return {
        "minutes": arguments.minutes,
        "sessions": arguments.sessions,
        "loaders": len(LOADERS),
        "scorers": SCORERS,
        "seconds between pages of a session": arguments.pause,
        "cores": len(os.sched_getaffinity(0)),
        "processes that wanted one, at the end": round(os.getloadavg()[1], 1),
        **dict.fromkeys(FAULTS, 0),
        **tally.counts,
        "ms of a page, half of them": _milliseconds(tally.pages, 0.5),
        "ms of a page, 95 %": _milliseconds(tally.pages, 0.95),
        "rows of a load": arguments.rows,
        "ms of a load, half of them": _milliseconds(tally.loads, 0.5),
        "ms of a load, 95 %": _milliseconds(tally.loads, 0.95),
        "ms of a load, the longest": _milliseconds(tally.loads, 1),
        "wrong": len(tally.wrong),
    }


def _milliseconds(seconds: Sequence[float], share: float) -> int:
    """What so many of them stay within; -1 where there are none."""
    if not seconds:
        return -1
    return round(1_000 * sorted(seconds)[math.ceil(share * len(seconds)) - 1])


def _alone(files: Files, numbers: Sequence[tuple[int, int]]) -> Database:
    """A database that was given the same files one after another."""
    database = Database.open(files.folder / "alone.duckdb")
    for file in (*files.first(), *(files.usage(*which) for which in numbers)):
        parsed = read_file(file, name=file.name, today=LAST)
        imports.store(database, [parsed], by="alone")
        file.unlink()
    runs.score(database)
    return database


def _compare(worked: dict[str, object], alone: dict[str, object], tally: Tally) -> None:
    for what, together in worked.items():
        if together != alone[what]:
            tally.note("writes lost", f"{what}: {together} at once, {alone[what]} alone")


def _held(database: Database) -> dict[str, object]:
    questions = {
        "clients": "SELECT count(*), bit_xor(hash(organization_id, name)) FROM organizations",
        "usage": """SELECT count(*), sum(value),
            bit_xor(hash(organization_id, metric_type, date, value)) FROM usage_metrics""",
        "scores": """SELECT count(*), bit_xor(hash(organization_id, score_date, overall_score,
            previous_score, coverage, trend, risk_level)) FROM tenant_health_scores""",
        "imports": """SELECT count(*), count(DISTINCT sha256), bit_xor(hash(name, sha256))
            FROM imports""",
    }
    return {what: database.query(sql).rows() for what, sql in questions.items()}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.proofs.together", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="how long (default: 10)")
    parser.add_argument("--sessions", type=int, default=20, help="reading sessions (default: 20)")
    parser.add_argument(
        "--pause", type=float, default=5, help="seconds a session looks at a page (default: 5)"
    )
    parser.add_argument("--pages", type=int, default=0, help="go on until so many were seen")
    parser.add_argument("--rows", type=int, default=200_000, help="rows of a load (200000)")
    parser.add_argument("--kills", type=int, default=3, help="of the dashboard (default: 3)")
    parser.add_argument("--folder", type=Path, help="where the database is made")
    parser.add_argument("--json", action="store_true", help="write the counts as JSON")
    return parser
