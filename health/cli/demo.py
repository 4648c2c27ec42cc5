"""``demo``: made-up clients as CSV files, or in a database of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from health import formatting
from health.maintenance import demo
from health.maintenance.demo import loading

if TYPE_CHECKING:
    import argparse
    from datetime import date

    from health.cli.terminal import Terminal
    from health.storage.database import Database


def run(arguments: argparse.Namespace, database: Database, terminal: Terminal) -> int:
    """Load the demo and score it; return 0."""
    with terminal.progress("Making clients"):
        data = _generate(arguments)
    _load(data, database, by=arguments.by, today=arguments.today, terminal=terminal)
    return 0


def write(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Write the demo as CSV files into ``arguments.output``; return 0."""
    with terminal.progress("Making clients"):
        paths = demo.write_csv(_generate(arguments), arguments.output)
    for path in paths:
        terminal.say(str(path))
    terminal.say("Next: client-health load FILE…")
    return 0


def fill(database: Database, *, by: str, today: date, terminal: Terminal) -> None:
    """Load the standard demo into a database without clients; leave any other as it is."""
    with database.read() as reader:
        clients = reader.value("SELECT count(*) FROM clients")
    if not clients:
        with terminal.progress("Making clients"):
            data = demo.generate()
        _load(data, database, by=by, today=today, terminal=terminal)


def _generate(arguments: argparse.Namespace) -> demo.DemoData:
    given = {
        name: value
        for name in ("organizations", "days", "seed")
        if (value := getattr(arguments, name)) is not None
    }
    return demo.generate(**given)


def _load(
    data: demo.DemoData, database: Database, *, by: str, today: date, terminal: Terminal
) -> None:
    with terminal.progress("Storing and scoring") as tell:
        scores = loading.load(database, data, by=by, today=today, progress=tell)
    terminal.say(
        f"The demo is in {database.path}: {formatting.count(data.organizations.height, 'client')}, "
        f"{formatting.count(data.usage.height, 'day')} of usage, "
        f"{formatting.count(scores, 'score')}."
    )
