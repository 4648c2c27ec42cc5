"""``demo``: made-up clients as CSV files, or in a database of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from health import formatting
from health.cli import parameters
from health.cli.boundary import DONE
from health.cli.database_command import DatabaseCommand

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from health.cli.command import Call
    from health.cli.database_command import Work
    from health.cli.terminal import Terminal
    from health.maintenance.demo import DemoData
    from health.storage.database import Database


class _Demo(DatabaseCommand):
    """Files are written without a database."""

    def run(self, call: Call, options: dict[str, Any]) -> int:
        folder: Path | None = options["output"]
        if folder is None:
            return super().run(call, options)
        return _write(folder, call.terminal, _size(options))


@click.command(
    cls=_Demo,
    makes_database=True,
    short_help="Make demo data.",
    help="Load made-up clients into an empty database and score them, or write them as CSV files. "
    "The same options always give the same data.",
    examples=(
        "demo --output demo-files",
        "demo --organizations 2000 --days 730 --database large.duckdb",
    ),
)
@click.option(
    "--organizations", metavar="N", type=parameters.number, help="How many clients.  [default: 200]"
)
@click.option(
    "--days", metavar="N", type=parameters.number, help="How many days of usage.  [default: 400]"
)
@click.option(
    "--seed", metavar="N", type=parameters.number, help="Which made-up data.  [default: 7]"
)
@click.option(
    "--output",
    metavar="DIR",
    type=parameters.path,
    help="Write four CSV files into this folder; no database is touched.",
)
def demo(work: Work, **options: Any) -> int:
    """Load the demo and score it."""
    _load(work.database, work.terminal, _size(options), by=work.caller.by, today=work.caller.today)
    return DONE


def fill(database: Database, *, by: str, today: date, terminal: Terminal) -> None:
    """Load the standard demo into a database without clients; leave any other as it is."""
    with database.read() as reader:
        clients = reader.value("SELECT count(*) FROM clients")
    if not clients:
        _load(database, terminal, {}, by=by, today=today)


def _size(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options that were given and that decide what is made up."""
    names = ("organizations", "days", "seed")
    return {name: options[name] for name in names if options[name] is not None}


def _generate(terminal: Terminal, size: dict[str, Any]) -> DemoData:
    from health.maintenance import demo

    with terminal.progress("Making clients"):
        return demo.generate(**size)


def _write(folder: Path, terminal: Terminal, size: dict[str, Any]) -> int:
    from health.maintenance import demo

    for path in demo.write_csv(_generate(terminal, size), folder):
        terminal.say(str(path))
    terminal.say("Next: client-health load FILE…")
    return DONE


def _load(
    database: Database, terminal: Terminal, size: dict[str, Any], *, by: str, today: date
) -> None:
    from health.maintenance.demo import loading

    data = _generate(terminal, size)
    with terminal.progress("Storing and scoring") as tell:
        scores = loading.load(database, data, by=by, today=today, progress=tell)
    terminal.say(
        f"The demo is in {database.path}: {formatting.count(data.organizations.height, 'client')}, "
        f"{formatting.count(data.usage.height, 'day')} of usage, "
        f"{formatting.count(scores, 'score')}."
    )
