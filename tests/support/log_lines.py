"""The lines that the log writes at its usual level."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from health import log


def forget_log() -> None:
    """Undo `log.set_up`, as a process that has just started."""
    logger = logging.getLogger("health")
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()
    logger.setLevel(logging.NOTSET)
    logger.propagate = True


@contextmanager
def logged(folder: Path) -> Iterator[list[dict[str, Any]]]:
    """Collect the lines written inside the block; they are there when it has ended."""
    file = folder / "health.log"
    log.set_up(str(file), form="json", level="info")
    lines: list[dict[str, Any]] = []
    try:
        yield lines
    finally:
        forget_log()
        lines += [json.loads(line) for line in file.read_text().splitlines()]
