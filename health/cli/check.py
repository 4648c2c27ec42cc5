"""``check``: whether the database is sound, and what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from health import formatting
from health.cli.score import next_step
from health.maintenance import checks
from health.maintenance.checks import State
from health.storage import receipts

if TYPE_CHECKING:
    import argparse

    from health.cli.terminal import Terminal
    from health.maintenance.checks import Result
    from health.storage.database import Database


def run(arguments: argparse.Namespace, database: Database, terminal: Terminal) -> int:
    """Check everything; return 0 if the database is sound, else 1."""
    if arguments.accept_missing:
        database.accept_missing()
    with terminal.progress("Checking") as tell:
        results = checks.run(database, progress=tell)
    for result in results:
        _tell(result, terminal)
    for repair in database.repairs:
        terminal.say(repair.sentence)
    if database.missing:
        terminal.warn(receipts.sentence(database.missing))
    failed = sum(result.state is State.FAIL for result in results)
    if failed:
        terminal.warn(f"{failed} of {formatting.count(len(results), 'check')} failed.")
        return 1
    with database.read() as reader:
        terminal.say(f"The database is sound. {next_step(reader)}")
    return 0


def _tell(result: Result, terminal: Terminal) -> None:
    terminal.say(f"{result.state.label.lower():<8} {result.check.label}")
    if result.state is State.SKIPPED:
        return
    for example in result.examples:
        terminal.say(f"           {example}")
    if result.defects > len(result.examples):
        terminal.say(f"           … {formatting.number(result.defects)} in all")
