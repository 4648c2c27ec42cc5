"""How a command is written down for the process that holds the database, and sent to it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from health.storage import command_server

if TYPE_CHECKING:
    from health.cli.terminal import Terminal

_PATH: Final = "<path>"
_DAY: Final = "<day>"
"""What stands in JSON for a path and for a day; no option can have such a name."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """A command for another process: its name, its options, who asked, and who watches."""

    command: str
    options: dict[str, Any]
    caller: dict[str, Any]
    is_watched: bool

    def written(self) -> str:
        """Write the order down."""
        return json.dumps(asdict(self), default=_written)

    @classmethod
    def read(cls, words: str) -> Self:
        """Return the order that was written down."""
        return cls(**json.loads(words, object_hook=_read))


def hand_over(order: Order, database: Path, terminal: Terminal) -> int | None:
    """Let the process that holds the database do a command; None where none answers."""
    terminal.out.flush()
    return command_server.hand_over(database, order.written(), terminal.data, terminal.err.buffer)


def _written(value: object) -> dict[str, str]:
    """Write down what JSON has no word for."""
    if isinstance(value, Path):
        return {_PATH: str(value)}
    if isinstance(value, date):
        return {_DAY: value.isoformat()}
    raise TypeError(f"{value!r} cannot be handed over")


def _read(value: dict[str, Any]) -> object:
    match value:
        case {"<path>": path}:
            return Path(path)
        case {"<day>": day}:
            return date.fromisoformat(day)
    return value
