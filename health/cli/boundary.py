"""The one place where the errors of a command end, in words and in an exit status."""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING, Final, Self

import click

from health import log
from health.errors import ArgumentError, HealthError

if TYPE_CHECKING:
    from types import TracebackType

    from health.cli.terminal import Terminal

DONE: Final = 0
REFUSED: Final = 1
USAGE: Final = 2
HELD: Final = 3
BUG: Final = 70  # as in sysexits.h
STOPPED: Final = 130  # as shells have it for Ctrl-C


class Boundary:
    """A block whose errors become a sentence and an exit ``status``; a bug goes to the log."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self.status = DONE

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        match error:
            case None:
                return True
            case click.exceptions.Exit():
                self.status = error.exit_code
            case click.UsageError():
                self.status = USAGE
                error.show(self._terminal.err)
            case HealthError():
                self.status = USAGE if isinstance(error, ArgumentError) else REFUSED
                self._terminal.warn(f"{error.title}. {error.message}")
            case KeyboardInterrupt():
                self.status = STOPPED
                self._terminal.warn("Stopped. What was not finished is not stored.")
            case Exception() if not isinstance(error, ConnectionError):
                self.status = BUG
                self._report(error)
            case _:
                return False
        return True

    def _report(self, error: Exception) -> None:
        reference = secrets.token_hex(4)
        if not logging.getLogger("health").hasHandlers():
            log.set_up("-", form="text", level="error")
        log.bug(reference, error)
        self._terminal.warn(
            "The command did not work. What was not finished is not stored. Try again; if it "
            f"stays like this, report reference {reference} from the log."
        )
