"""Commands of other processes: how the process that holds the database does them."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from health.cli.boundary import Boundary
from health.cli.command import command_at
from health.cli.command_line import client_health
from health.cli.database_command import Caller, DatabaseCommand, Work
from health.cli.handover import Order
from health.cli.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from health.storage.command_server import Request
    from health.storage.database import Database


def answer(database: Database, request: Request) -> int:
    """Do a command for another process, and return its exit status."""
    order = Order.read(request.words)
    command = command_at(client_health, order.command)
    if not isinstance(command, DatabaseCommand):
        raise TypeError(f"{order.command!r} is not done for others")
    terminal = _Remote(
        out=request.out,
        err=request.err,
        data=request.data,
        is_watched=order.is_watched,
        is_gone=request.is_stopped,
    )
    work = Work(database=database, terminal=terminal, caller=Caller(**order.caller))
    with Boundary(terminal) as boundary:
        return command.do(work, order.options)
    return boundary.status


@dataclass(frozen=True, kw_only=True)
class _Remote(Terminal):
    """The terminal of another process; ``is_gone`` once nobody sits there any more."""

    is_gone: Callable[[], bool]

    @contextlib.contextmanager
    def stopping(self) -> Iterator[Callable[[], bool]]:
        """Let the end of the other process ask the block to stop where it is safe."""
        yield self.is_gone
