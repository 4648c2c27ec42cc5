"""``check``: whether the database is sound, and what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from health import formatting
from health.cli.boundary import DONE, REFUSED
from health.cli.database_command import DatabaseCommand
from health.cli.score import next_step

if TYPE_CHECKING:
    from health.cli.database_command import Work
    from health.cli.terminal import Terminal
    from health.maintenance.check import Result


@click.command(
    cls=DatabaseCommand,
    short_help="Verify the database.",
    help="Read everything, verify keys, ranges and references, compare every score with a "
    "recomputation, and what is on file with the receipts beside the database. No data is "
    "changed. Exit status: 0 sound, 1 with what is wrong.",
    examples=("check", "check --database backup.duckdb", "check --accept-missing"),
)
@click.option(
    "--accept-missing",
    is_flag=True,
    help="Stop asking for imports that the receipts list and the database lacks.",
)
def check(work: Work, *, accept_missing: bool) -> int:
    """Check everything; return 0 if the database is sound, else 1."""
    from health.maintenance import checks
    from health.maintenance.check import State
    from health.storage import receipts

    database, terminal = work.database, work.terminal
    if accept_missing:
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
        return REFUSED
    with database.read() as reader:
        terminal.say(f"The database is sound. {next_step(reader)}")
    return DONE


def _tell(result: Result, terminal: Terminal) -> None:
    terminal.say(f"{result.state.label.lower():<8} {result.check.label}")
    for example in result.examples:
        terminal.say(f"           {example}")
    if result.defects > len(result.examples):
        terminal.say(f"           … {formatting.number(result.defects)} in all")
