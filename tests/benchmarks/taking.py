"""One figure in a process of its own: what it uses up or breaks, the next one does not feel.

``python -m tests.benchmarks.taking NAME FOLDER REPEAT BEFORE RESULT SIZE…`` writes to RESULT the
rows taken and, where an error ended it, which.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.benchmarks.bench import Bench
from tests.benchmarks.figures import figure
from tests.benchmarks.sizes import SIZES


def main(name: str, folder: str, repeat: str, before: str, result: str, *sizes: str) -> None:
    rows: list[dict[str, Any]] = []

    def write(failure: str = "") -> None:
        Path(result).write_text(json.dumps({"rows": rows, "failure": failure}))

    def write_failure(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        reason = next(iter(str(error).strip().splitlines()), "no reason given")
        write(f"{kind.__name__}: {reason}")
        sys.__excepthook__(kind, error, trace)

    sys.excepthook = write_failure
    bench = Bench(
        sizes=tuple(SIZES[size] for size in sizes),
        repeat=int(repeat),
        folder=Path(folder),
        before=Path(before) if before else None,
    )
    rows.extend(asdict(row) for row in figure(name)(bench))
    write()


if __name__ == "__main__":
    main(*sys.argv[1:])
