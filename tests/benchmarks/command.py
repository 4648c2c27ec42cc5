"""Takes the figures one after the other and writes the report."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tests.benchmarks import machine, report
from tests.benchmarks.bench import SCRATCH, Bench
from tests.benchmarks.figures import FIGURES
from tests.benchmarks.measuring import ROOT, Row, say
from tests.benchmarks.sizes import SIZES

FOLDER: Final = Path(tempfile.gettempdir()) / "client-health-benchmark"


@dataclass(frozen=True, kw_only=True)
class Taken:
    """Rows of a figure, and why there are no more."""

    rows: tuple[Row, ...] = ()
    failure: str = ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; 1 where a figure could not be taken."""
    chosen = _parser().parse_args(arguments)
    bench = Bench(
        sizes=tuple(size for name, size in SIZES.items() if name in chosen.sizes),
        repeat=chosen.repeat,
        folder=chosen.output.absolute(),
        before=chosen.before and chosen.before.absolute(),
    )
    bench.data.mkdir(parents=True, exist_ok=True)
    for left_by_a_killed_run in bench.data.glob(f"{SCRATCH}*"):
        shutil.rmtree(left_by_a_killed_run)
    facts = machine.facts() | {
        "sizes": ", ".join(map(str, bench.sizes)),
        "rounds": bench.repeat,
        "taken": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "load at the start": machine.load(),
    }
    names = chosen.only or list(FIGURES)
    taken = {
        name: _take(bench, name, f"[{number}/{len(names)}] {name}")
        for number, name in enumerate(names, start=1)
    }
    files = report.write(
        bench.folder,
        facts | {"load at the end": machine.load()},
        [row for figure in taken.values() for row in figure.rows],
        {name: figure.failure for name, figure in taken.items() if figure.failure},
    )
    sys.stdout.write("".join(f"{path}\n" for path in files))
    return int(any(figure.failure for figure in taken.values()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description="Takes every figure beside its limit and writes benchmark.md and .json.",
    )
    parser.add_argument(
        "--sizes",
        nargs="+",
        choices=SIZES,
        default=["S", "M", "L"],
        help="; ".join(map(str, SIZES.values())),
    )
    parser.add_argument(
        "--only", nargs="+", choices=FIGURES, metavar="NAME", help=", ".join(FIGURES)
    )
    parser.add_argument("--repeat", type=int, default=5, help="measured rounds (5)")
    parser.add_argument(
        "--output", type=Path, default=FOLDER, help=f"for report and databases ({FOLDER})"
    )
    parser.add_argument(
        "--before",
        type=Path,
        metavar="CHECKOUT",
        help="a checkout of an earlier commit, whose pages are loaded in turns with these",
    )
    return parser


def _take(bench: Bench, name: str, title: str) -> Taken:
    """Take one figure in a process of its own, its progress on standard error."""
    say(title)
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        result = Path(place) / "rows.json"
        command = [
            *(sys.executable, "-m", "tests.benchmarks.taking"),
            *(name, str(bench.folder), str(bench.repeat), str(bench.before or ""), str(result)),
            *(size.name for size in bench.sizes),
        ]
        ended = subprocess.run(command, cwd=ROOT, check=False).returncode
        found: dict[str, Any] = {"rows": [], "failure": f"its process ended with {ended}"}
        if result.exists():
            found = json.loads(result.read_text())
    say(f"{title}: {time.monotonic() - start:,.0f} s")
    return Taken(rows=tuple(map(report.row_from, found["rows"])), failure=found["failure"])
