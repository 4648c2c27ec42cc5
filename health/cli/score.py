"""``score``: compute what is missing or out of date, a day, a range, or everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from health import formatting
from health.errors import Cancelled, NothingToScore
from health.scoring import runs
from health.scoring.model import BUILT_IN
from health.scoring.staleness import out_of_date
from health.scoring.state import latest_day

if TYPE_CHECKING:
    import argparse

    from health.cli.terminal import Terminal
    from health.storage.database import Database, Reader

STOPPED = 130
"""Exit status of a command that Ctrl-C ended, as shells have it."""


def run(arguments: argparse.Namespace, database: Database, terminal: Terminal) -> int:
    """Score what ``arguments`` ask for; return 0, or :data:`STOPPED` after Ctrl-C."""
    if arguments.model is not None:
        runs.use_model(database, BUILT_IN[arguments.model])
    with database.read() as reader:
        if latest_day(reader) is None:
            raise NothingToScore("There is no usage on file. Load a usage file first.")
    try:
        with terminal.stopping() as is_stopped, terminal.progress("Scoring") as tell:
            result = runs.score(
                database,
                as_of=arguments.as_of,
                from_day=arguments.from_day,
                everything=arguments.all,
                requested_by=arguments.by,
                progress=tell,
                cancelled=is_stopped,
            )
    except Cancelled as stopped:
        terminal.warn(stopped.message)
        return STOPPED
    with database.read() as reader:
        terminal.say(f"{_summary(result)} {next_step(reader)}")
    return 0


def next_step(reader: Reader) -> str:
    """Return a sentence on how many scores are out of date, and the command for them."""
    latest = latest_day(reader)
    if latest is None:
        return "There is no usage on file yet, so there is nothing to score."
    waiting = out_of_date(reader, latest)
    if not waiting.scores:
        return f"Every score up to {latest} is up to date."
    return (
        f"Up to {formatting.count(waiting.scores, 'score')} of "
        f"{formatting.count(waiting.clients, 'client')} are missing or out of date "
        f"({waiting.first_day} to {waiting.last_day}). Next: client-health score"
    )


def _summary(result: runs.ScoringRun) -> str:
    if not result.scores:
        return "There was nothing to score."
    return f"{formatting.count(result.scores, 'score')} stored, model {result.model.label}."
