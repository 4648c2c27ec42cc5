"""The command: how many of each, and a table of what came of them."""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from health.storage.database import duckdb
from tests.proofs.crashes.cuts import cuts
from tests.proofs.crashes.full import full
from tests.proofs.crashes.kills import Tally, kills


def main() -> int:
    """Crash as often as asked; return 1 where anything was wrong."""
    arguments = _parser().parse_args()
    results: dict[str, Tally] = {}
    with tempfile.TemporaryDirectory(prefix="crashes-", dir=arguments.folder) as name:
        folder = Path(name)
        seed, until = arguments.seed, time.monotonic() + 60 * arguments.minutes
        parts: dict[str, Callable[[], Tally]] = {
            "kills": lambda: kills(
                folder,
                times=arguments.kills,
                at_recovery=arguments.recovery,
                seed=seed,
                until=until,
            ),
            "cuts": lambda: cuts(folder, times=arguments.cuts, seed=seed, until=until),
            "disk": lambda: full(folder, times=arguments.full, seed=seed),
        }
        for part, take in parts.items():
            if not arguments.only or part in arguments.only:
                begun = time.monotonic()
                results[part] = take()
                results[part].counts["seconds"] = round(time.monotonic() - begun)
                print(f"{part}: done, {len(results[part].wrong)} wrong", file=sys.stderr)
    told = {part: {**tally.counts, "wrong": len(tally.wrong)} for part, tally in results.items()}
    if arguments.json:
        print(json.dumps({"duckdb": duckdb.__version__, **told}))
    else:
        for part, counts in told.items():
            print(part)
            for what, count in counts.items():
                print(f"  {count:>8,}  {what}")
    wrong = [f"{part}: {what}" for part, tally in results.items() for what in tally.wrong]
    for line in wrong:
        print(line, file=sys.stderr)
    return bool(wrong)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.proofs.crashes", description=__doc__)
    parser.add_argument("only", nargs="*", help="kills, cuts or disk; all where none is given")
    parser.add_argument("--kills", type=int, default=1_000, help="kills (default: 1000)")
    parser.add_argument("--recovery", type=int, default=200, help="of them at recovery (200)")
    parser.add_argument("--cuts", type=int, default=500, help="power cuts (default: 500)")
    parser.add_argument("--full", type=int, default=100, help="writes on a full disk (100)")
    parser.add_argument(
        "--minutes",
        type=float,
        default=math.inf,
        help="stop kills and cuts after so long, and tell how many it were",
    )
    parser.add_argument("--seed", type=int, default=1, help="which crashes (default: 1)")
    parser.add_argument("--folder", type=Path, help="where the databases are made")
    parser.add_argument("--json", action="store_true", help="write the counts as JSON")
    return parser
