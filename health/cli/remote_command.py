"""Commands between processes: how one is written down, and how the owner does it."""

from __future__ import annotations

import argparse
import contextlib
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from health.cli.dispatch import COMMANDS, do, in_words
from health.cli.terminal import Terminal
from health.storage import command_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from health.storage.command_server import Request
    from health.storage.database import Database


def hand_over(arguments: argparse.Namespace, database: Path, terminal: Terminal) -> int | None:
    """Let the process that holds the database do a command; None where none answers."""
    words = json.dumps({**vars(arguments), "is_watched": terminal.is_watched}, default=_written)
    terminal.out.flush()
    return command_server.hand_over(database, words, terminal.data, terminal.err.buffer)


def answer(database: Database, request: Request) -> int:
    """Do a command for another process, and return its exit status."""
    values = json.loads(request.words, object_hook=_read)
    terminal = _Remote(
        out=request.out,
        err=request.err,
        data=request.data,
        is_watched=values.pop("is_watched"),
        is_gone=request.is_stopped,
    )
    arguments = argparse.Namespace(**values)
    if arguments.command not in COMMANDS:
        raise ValueError(f"{arguments.command!r} is not done for others")
    return in_words(arguments, terminal, lambda: do(arguments, database, terminal))


@dataclass(frozen=True, kw_only=True)
class _Remote(Terminal):
    """The terminal of another process; ``is_gone`` once nobody sits there any more."""

    is_gone: Callable[[], bool]

    @contextlib.contextmanager
    def stopping(self) -> Iterator[Callable[[], bool]]:
        """Let the end of the other process ask the block to stop where it is safe."""
        yield self.is_gone


_PATH: Final = "path"
_DAY: Final = "day"


def _written(value: object) -> dict[str, str]:
    """Write down what JSON has no word for; a path so that it holds in any folder."""
    if isinstance(value, Path):
        return {_PATH: str(value.absolute())}
    if isinstance(value, date):
        return {_DAY: value.isoformat()}
    raise TypeError(f"{value!r} cannot be handed over")


def _read(value: dict[str, str]) -> object:
    match value:
        case {"path": path}:
            return Path(path)
        case {"day": day}:
            return date.fromisoformat(day)
    return value
