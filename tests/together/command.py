"""Many processes on one database for some minutes, and what was lost, shown wrong or slow.

Visitors of a real dashboard read every page; loaders and scorers are real commands, some of them
killed and done again. In the end the data has to be that of the same work done one after another.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from websockets.exceptions import WebSocketException

from health import checks
from health.checks import State
from health.database import Database
from tests.benchmarks.visitor import Visitor, visiting
from tests.browser.dashboard import Dashboard, served

FIRST: Final = date(2026, 8, 1)
LOADERS, SCORERS = 2, 2
DAYS: Final = 100
KILLED: Final = 0.15
"""Share of the commands that are killed, and then done again."""

COMMAND: Final = "import sys; from health.cli import main; sys.exit(main(sys.argv[1:]))"


@dataclass(kw_only=True)
class Tally:
    """What happened; ``loads``: seconds of the loads that nobody killed."""

    counts: Counter[str] = field(default_factory=Counter)
    loads: list[float] = field(default_factory=list)
    stored: list[Path] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def main() -> int:
    """Work together as long as asked; return 1 where anything was wrong."""
    arguments = _parser().parse_args()
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="together-", dir=arguments.folder) as name:
        folder = Path(name)
        (folder / "files").mkdir()
        with served(folder) as dashboard:
            _command(dashboard.database, "load", str(_clients(folder, arguments.rows)))
            _command(dashboard.database, "load", str(_usage(folder, 0, 0, arguments.rows)))
            _command(dashboard.database, "score")
            _work(dashboard, folder, tally, arguments)
            _command(dashboard.database, "score")
        _compare(dashboard.database, folder, tally)
    loads = tally.loads or [float("nan")]
    told = {
        **tally.counts,
        "rows of a load": arguments.rows,
        "ms of a load, half of them": round(1_000 * statistics.median(loads)),
        "ms of a load, 95 %": round(1_000 * sorted(loads)[math.ceil(0.95 * len(loads)) - 1]),
        "wrong": len(tally.wrong),
    }
    if arguments.json:
        print(json.dumps(told))
    else:
        for what, count in told.items():
            print(f"  {count:>8,}  {what}")
    for line in tally.wrong[:50]:
        print(line, file=sys.stderr)
    return bool(tally.wrong)


def _work(dashboard: Dashboard, folder: Path, tally: Tally, arguments: argparse.Namespace) -> None:
    end = time.monotonic() + 60 * arguments.minutes
    together = arguments.sessions + LOADERS + SCORERS
    with ThreadPoolExecutor(together) as pool, ExitStack() as stack:
        visitors = [stack.enter_context(visiting(dashboard.url)) for _ in range(arguments.sessions)]
        running = [pool.submit(_visit, visitor, end, tally) for visitor in visitors]
        running += [
            pool.submit(_load, dashboard.database, folder, number, end, tally, arguments.rows)
            for number in range(LOADERS)
        ]
        running += [
            pool.submit(_score, dashboard.database, number, end, tally) for number in range(SCORERS)
        ]
        for one in running:
            one.result()


def _visit(visitor: Visitor, end: float, tally: Tally) -> None:
    """Look at one page after the other; an error on one of them is noted."""
    draws = random.Random(id(visitor))
    names = list(visitor.pages)
    while time.monotonic() < end:
        query = "client=C0001" if (name := draws.choice(names)) == "Client" else ""
        try:
            visitor.run(name, query=query)
        except (TimeoutError, WebSocketException) as error:
            tally.wrong.append(f"{name}: {error!r}")
            return
        tally.counts["pages"] += 1
        tally.wrong += [f"{name}: {said}" for said in visitor.errors]
        time.sleep(draws.uniform(0.5, 2.0))


def _load(database: Path, folder: Path, loader: int, end: float, tally: Tally, rows: int) -> None:
    draws = random.Random(loader)
    number = 0
    while time.monotonic() < end:
        number += 1
        file = _usage(folder, loader + 1, number, rows)
        if draws.random() < KILLED and _killed(database, draws.uniform(0, 3), "load", str(file)):
            tally.counts["killed loads"] += 1
        begun = time.monotonic()
        _command(database, "load", str(file))
        tally.loads.append(time.monotonic() - begun)
        tally.counts["loads"] += 1
        tally.stored.append(file)
        time.sleep(draws.uniform(0.5, 3))


def _score(database: Path, scorer: int, end: float, tally: Tally) -> None:
    draws = random.Random(100 + scorer)
    while time.monotonic() < end:
        if draws.random() < KILLED and _killed(database, draws.uniform(0, 3), "score"):
            tally.counts["killed scorings"] += 1
        _command(database, "score")
        tally.counts["scorings"] += 1
        time.sleep(draws.uniform(0.5, 3))


def _command(database: Path, *words: str) -> None:
    done = subprocess.run(
        _line(database, words), capture_output=True, text=True, env=_environment(), check=False
    )
    if done.returncode:
        raise AssertionError(f"{words}: {done.returncode}\n{done.stderr}")


def _killed(database: Path, seconds: float, *words: str) -> bool:
    """Begin a command and kill it; whether it was still running."""
    with subprocess.Popen(
        _line(database, words),
        env=_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
    return process.returncode == -signal.SIGKILL


def _line(database: Path, words: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-c", COMMAND, *words, "--database", str(database)]


def _environment() -> dict[str, str]:
    return {**os.environ, "CLIENT_HEALTH_USER": "together", "CLIENT_HEALTH_WAIT": "300"}


def _compare(database: Path, folder: Path, tally: Tally) -> None:
    """The same files one after another give the same; each is stored once."""
    alone = folder / "alone.duckdb"
    files = [folder / "files" / "clients.csv", folder / "files" / "usage-0-0.csv", *tally.stored]
    for file in files:
        _command(alone, "load", str(file))
    _command(alone, "score")
    held = [_held(database, tally), _held(alone, tally)]
    for what, (together, one_by_one) in {
        what: (held[0][what], held[1][what]) for what in held[0]
    }.items():
        if together != one_by_one:
            tally.wrong.append(f"{what}: {together} together, {one_by_one} one after another")


def _held(path: Path, tally: Tally) -> dict[str, object]:
    with Database.open(path) as database:
        tally.wrong += [
            f"{path.name}: {result.check.label}: {result.examples}"
            for result in checks.run(database)
            if result.state is State.FAIL
        ]
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


def _clients(folder: Path, rows: int) -> Path:
    lines = [f"C{number:04},Client {number},100" for number in range((LOADERS + 1) * rows // DAYS)]
    return _file(folder, "clients.csv", "organization_id,name,total_users", lines)


def _usage(folder: Path, loader: int, number: int, rows: int) -> Path:
    """A file of clients that only this loader speaks of: the order of the loaders is open."""
    clients = rows // DAYS
    lines = [
        f"C{client:04},MONTHLY_ACTIVE_USERS,{FIRST + timedelta(days=day)},{(number * 7 + day) % 90}"
        for client in range(loader * clients, (loader + 1) * clients)
        for day in range(DAYS)
    ]
    return _file(
        folder, f"usage-{loader}-{number}.csv", "organization_id,metric_type,date,value", lines
    )


def _file(folder: Path, name: str, header: str, lines: list[str]) -> Path:
    path = folder / "files" / name
    path.write_text("\n".join([header, *lines, ""]))
    return path


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.together", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="how long (default: 10)")
    parser.add_argument("--sessions", type=int, default=20, help="reading sessions (default: 20)")
    parser.add_argument("--rows", type=int, default=200_000, help="rows of a load (200000)")
    parser.add_argument("--folder", type=Path, help="where the database is made")
    parser.add_argument("--json", action="store_true", help="write the counts as JSON")
    return parser
