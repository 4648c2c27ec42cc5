"""One figure in a process of its own: what it uses up or breaks, the next one does not feel.

``python -m tests.benchmarks.taking NAME FOLDER REPEAT RESULT SIZE…`` writes the rows to RESULT,
or in a word why there are none.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from types import TracebackType

from tests.benchmarks.bench import Bench
from tests.benchmarks.figures import figure
from tests.benchmarks.sizes import SIZES


def main(name: str, folder: str, repeat: str, result: str, *sizes: str) -> None:
    def remember(kind: type[BaseException], error: BaseException, trace: TracebackType) -> None:
        reason = next(iter(str(error).strip().splitlines()), "no reason given")
        Path(result).write_text(json.dumps({"failure": f"{kind.__name__}: {reason}"}))
        sys.__excepthook__(kind, error, trace)

    sys.excepthook = remember  # type: ignore[assignment]  # an uncaught error has a traceback
    bench = Bench(
        sizes=tuple(SIZES[size] for size in sizes), repeat=int(repeat), folder=Path(folder)
    )
    rows = [asdict(row) for row in figure(name)(bench)]
    Path(result).write_text(json.dumps({"rows": rows}))


if __name__ == "__main__":
    main(*sys.argv[1:])
