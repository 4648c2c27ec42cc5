"""``score``: compute what is missing or out of date, a day, a range, or everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from health import formatting
from health.cli import parameters
from health.cli.boundary import DONE, STOPPED
from health.cli.database_command import DatabaseCommand
from health.errors import Cancelled, NothingToScore
from health.scoring.model import BUILT_IN

if TYPE_CHECKING:
    from datetime import date

    from health.cli.database_command import Work
    from health.storage.database import Reader


@click.command(
    cls=DatabaseCommand,
    short_help="Compute scores.",
    help="Compute scores and store them. Without options: every day and client whose score is "
    "missing or out of date, up to the latest day with usage.",
    examples=(
        "score",
        "score --as-of 2026-11-20",
        "score --from 2026-01-01 --as-of 2026-03-31",
        "score --model targets",
    ),
)
@click.option(
    "--as-of",
    metavar="DAY",
    type=parameters.day,
    help="The last day to score; alone, the only one.  [default: the latest day with usage]",
)
@click.option(
    "--from", "from_day", metavar="DAY", type=parameters.day, help="The first day to score."
)
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Score every day from the first usage on, whatever is stored.",
)
@click.option(
    "--model",
    metavar="NAME",
    type=click.Choice(tuple(BUILT_IN)),
    help=f"Score every day with this model: {' or '.join(BUILT_IN)}. After a change of model "
    "every score is out of date. To change the model from a day on: client-health models publish.",
)
def score(
    work: Work, *, as_of: date | None, from_day: date | None, everything: bool, model: str | None
) -> int:
    """Score what is asked for; return 0, or 130 after Ctrl-C."""
    from health.scoring import runs
    from health.scoring.active_model import latest_day

    database, terminal = work.database, work.terminal
    if model is not None:
        runs.use_model(database, BUILT_IN[model], by=work.caller.by)
    with database.read() as reader:
        if latest_day(reader) is None:
            raise NothingToScore("There is no usage on file. Load a usage file first.")
    try:
        with terminal.stopping() as is_stopped, terminal.progress("Scoring") as tell:
            result = runs.score(
                database,
                as_of=as_of,
                from_day=from_day,
                everything=everything,
                requested_by=work.caller.by,
                progress=tell,
                cancelled=is_stopped,
            )
    except Cancelled as stopped:
        terminal.warn(stopped.message)
        return STOPPED
    stored = "There was nothing to score."
    if result.scores:
        models = formatting.listing([model.label for model in result.models])
        stored = f"{formatting.count(result.scores, 'score')} stored, model {models}."
    with database.read() as reader:
        terminal.say(f"{stored} {next_step(reader)}")
    return DONE


def next_step(reader: Reader) -> str:
    """Return a sentence on how many scores are out of date, and the command for them."""
    from health.scoring.active_model import latest_day
    from health.scoring.staleness import out_of_date

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
