"""One database for many processes, three ways: what a small change costs until a reader sees it.

The product hands commands to the process that holds the file. The others publish a copy of the
file after each change, or open the database for each request. All three do the same command; what
it takes to start a process is left out of each.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from health.cli import handover, remote_command
from health.cli.command_line import client_health
from health.cli.database_command import Caller, DatabaseCommand, Work
from health.cli.handover import Order
from health.cli.terminal import Terminal
from health.queries import portfolio
from health.queries.filters import ScoreFilter
from health.storage import command_server
from health.storage.database import Database
from tests.benchmarks import generating, stores
from tests.benchmarks.bench import Bench
from tests.benchmarks.measuring import Row, Turns, in_turns, seconds
from tests.benchmarks.sizes import Size

ROWS: Final = 1_000
OWNED: Final = "handed to the process that holds the database"

_SHARED: Final = f"Load of {ROWS:,} rows until a reader sees it"


def three_ways(bench: Bench) -> Iterator[Row]:
    """A load and the question of a reader after it, and that question alone."""
    size = bench.largest()
    base = stores.scored(bench.data, size)
    with ExitStack() as stack:
        places = [stack.enter_context(stores.copy_of(base)) for _ in range(3)]
        owned = _Owned(size=size, path=places[0], stack=stack)
        published = _Published(size=size, path=places[1], stack=stack)
        opened = _Opened(size=size, path=places[2])
        by_owner, by_copy, by_opening = in_turns(
            bench.repeat,
            lambda number: seconds(lambda: owned.change(number)),
            lambda number: seconds(lambda: published.change(number)),
            lambda number: seconds(lambda: opened.change(number)),
        )
        asked, asked_anew = in_turns(
            bench.repeat, lambda _: seconds(owned.ask), lambda _: seconds(opened.ask)
        )
    megabytes = base.stat().st_size / 1e6
    yield Turns(work=by_copy, limit=by_owner).row(
        work=f"{_SHARED}, a copy of the file published",
        size=size.name,
        against=OWNED,
        remarks=(f"a file of {megabytes:,.0f} MB; the copy grows with it",),
    )
    yield Turns(work=by_opening, limit=by_owner).row(
        work=f"{_SHARED}, the database opened for each request",
        size=size.name,
        against=OWNED,
    )
    yield Turns(work=asked_anew, limit=asked).row(
        work="A question of a page, the database opened for each request",
        size=size.name,
        against=OWNED,
    )


@dataclass(kw_only=True)
class _Way:
    """A database, and commands that load a file of round ``number`` into it."""

    size: Size
    path: Path
    versions: list[int] = field(default_factory=list)

    def loading(self, number: int) -> Order:
        file = self.path.with_name(f"change-{number}.csv")
        lines = [
            f"{generating.organization_id(n % self.size.clients + 1)},API_CALLS,"
            f"{self.size.last - timedelta(days=n // self.size.clients)},{6_000 + number}"
            for n in range(ROWS)
        ]
        file.write_text("\n".join(["organization_id,metric_type,date,value", *lines, ""]))
        options = client_health.commands["load"].make_context("load", [str(file)]).params
        caller = Caller(by="benchmark", today=self.size.last, undo_days=400, currency="USD")
        return Order(command="load", options=options, caller=vars(caller), is_watched=False)

    def question(self, database: Database) -> None:
        """What the head of a page asks; it has to be of a version not seen before or the last."""
        with database.read() as reader:
            self.versions.append(reader.value("SELECT data_version FROM state"))
            portfolio.overview(reader, ScoreFilter(as_of=self.size.last))

    def has_seen_change(self) -> None:
        assert len(self.versions) < 2 or self.versions[-1] == self.versions[-2] + 1


@dataclass(kw_only=True)
class _Owned(_Way):
    """The product's way: the command goes over the socket, the question is asked where it is."""

    stack: ExitStack

    def __post_init__(self) -> None:
        self.database = self.stack.enter_context(Database.open(self.path))
        listening = command_server.CommandServer(
            self.path, lambda request: remote_command.answer(self.database, request)
        )
        self.stack.callback(listening.close)

    def change(self, number: int) -> None:
        assert handover.hand_over(self.loading(number), self.path, _terminal()) == 0
        self.ask()
        self.has_seen_change()

    def ask(self) -> None:
        self.question(self.database)


@dataclass(kw_only=True)
class _Published(_Way):
    """A writer of its own; a copy under a new name after each change, which readers open."""

    stack: ExitStack

    def __post_init__(self) -> None:
        self.database = self.stack.enter_context(Database.open(self.path))

    def change(self, number: int) -> None:
        _load(self.loading(number), self.database)
        copy = self.path.with_name(f"published-{number}.duckdb")
        (made, *_) = self.database.copy_to(copy.with_suffix(".new"))
        made.rename(copy)
        with Database.verify(copy) as seen:
            self.question(seen)
        self.has_seen_change()
        copy.unlink()


@dataclass(kw_only=True)
class _Opened(_Way):
    """Nobody holds the file: whoever wants something opens it, and closes it again."""

    def change(self, number: int) -> None:
        order = self.loading(number)
        with Database.open(self.path) as database:
            _load(order, database)
        self.ask()
        self.has_seen_change()

    def ask(self) -> None:
        with Database.open(self.path) as database:
            self.question(database)


def _load(order: Order, database: Database) -> None:
    """Do the order here."""
    command = client_health.commands[order.command]
    assert isinstance(command, DatabaseCommand)
    work = Work(database=database, terminal=_terminal(), caller=Caller(**order.caller))
    assert command.do(work, order.options) == 0


def _terminal() -> Terminal:
    """A terminal that nobody looks at."""
    out, err = io.TextIOWrapper(io.BytesIO()), io.TextIOWrapper(io.BytesIO())
    return Terminal(out=out, err=err, data=out.buffer, is_watched=False)
