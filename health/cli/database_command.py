"""Commands on an open database: done by the process that holds it, or here."""

from __future__ import annotations

import contextlib
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from health.cli import handover
from health.cli.command import Command
from health.errors import ArgumentError, DatabaseInUse, DatabaseUnusable
from health.settings import Thresholds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from health.cli.command import Call
    from health.cli.terminal import Terminal
    from health.settings import Settings
    from health.storage.database import Database

_RETRY: Final = 0.1  # seconds


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asked for a command, and when: another process may do it, so it looks neither up."""

    by: str
    today: date
    undo_days: int
    currency: str
    idle_days: int = Thresholds.feature_days


@dataclass(frozen=True, kw_only=True)
class Work:
    """What a command works on, where it answers, and who asked for it."""

    database: Database
    terminal: Terminal
    caller: Caller


class DatabaseCommand(Command):
    """A command whose function gets :class:`Work` first; it may be done by another process.

    makes_database: whether there need not be a database yet.
    """

    def __init__(
        self, name: str | None, *, makes_database: bool = False, **attributes: Any
    ) -> None:
        super().__init__(name, **attributes)
        self.makes_database = makes_database

    def run(self, call: Call, options: dict[str, Any]) -> int:
        """Do the command in the process that holds the database, or here, or after that one."""
        settings = call.settings()
        caller = Caller(
            by=settings.user,
            today=call.today,
            undo_days=settings.undo_days,
            currency=settings.currency,
            idle_days=settings.alerts.feature_days,
        )
        order = handover.Order(
            command=self.path,
            options=options,
            caller=vars(caller),
            is_watched=call.terminal.is_watched,
        )
        given_up = time.monotonic() + settings.wait
        while True:
            # Asked first: DuckDB takes 0.2 s to import, which another process has done already.
            if settings.database.exists():
                status = handover.hand_over(order, settings.database, call.terminal)
                if status is not None:
                    return status
            with contextlib.ExitStack() as stack:
                try:
                    database = stack.enter_context(self._opened(settings, options))
                except DatabaseInUse:
                    if time.monotonic() > given_up:
                        raise
                else:
                    work = Work(database=database, terminal=call.terminal, caller=caller)
                    return self.do(work, options)
            time.sleep(_RETRY)

    def do(self, work: Work, options: dict[str, Any]) -> int:
        """Call the function of the command on an open database."""
        _spare_what_is_read(work.database, options)
        if self.path != "check":  # which tells it in its own place
            for sentence in work.database.notices:
                work.terminal.warn(sentence)
        assert self.callback is not None
        status: int = self.callback(work, **options)
        return status

    @contextlib.contextmanager
    def _opened(self, settings: Settings, options: dict[str, Any]) -> Iterator[Database]:
        """Open the database; one that is only looked at is not made on the way."""
        path = settings.database.absolute()
        with contextlib.ExitStack() as stack:
            if not path.exists():
                if not self.makes_database:
                    raise DatabaseUnusable(
                        f"There is no file {path}. Load files into it first, or name another one "
                        "with --database.",
                        title="There is no database",
                    )
                if options.get("dry_run"):
                    folder = stack.enter_context(tempfile.TemporaryDirectory())
                    path = Path(folder) / "dry-run.duckdb"
            from health.storage.database import open_database

            yield stack.enter_context(open_database(path))


def _spare_what_is_read(database: Database, options: dict[str, Any]) -> None:
    """Refuse to write over the database, what lies beside it, or a file that is to be loaded."""
    spared = {
        file.resolve()
        for file in (
            *database.files,
            *options.get("files", ()),
            *filter(None, [options.get("file")]),
        )
    }
    for name in ("output", "rejects", "rejected_rows"):
        target: Path | None = options.get(name)
        if target is not None and target.resolve() in spared:
            raise ArgumentError(
                name, f"{target} would be lost, as it is read here. Nothing was done; name another."
            )
