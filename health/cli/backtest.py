"""``backtest``: hold the scores of a model against what happened to the clients."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from health.cli import parameters
from health.cli.boundary import DONE, STOPPED
from health.cli.database_command import DatabaseCommand
from health.errors import Cancelled, InvalidModel
from health.vocabulary import Outcome

if TYPE_CHECKING:
    from datetime import date

    from health.backtest.judgement import Backtest, Horizon
    from health.backtest.suggestion import Suggestion
    from health.cli.database_command import Work
    from health.cli.terminal import Terminal
    from health.scoring.model import ScoringModel
    from health.scoring.schemes import Scheme
    from health.storage.database import Reader

_LISTED = 10


@click.command(
    cls=DatabaseCommand,
    short_help="Judge the score by what happened.",
    help="Hold the scores of the days before clients left or were downgraded against those of the "
    "clients that did not. Nothing is stored. Needs: pip install 'client-health[judge]'",
    examples=(
        "backtest",
        "backtest --model targets --horizon 90",
        "backtest --from 2025-01-01 --json",
        "backtest --suggest",
    ),
)
@click.option(
    "--model",
    metavar="VERSION|FILE",
    help="The model to judge: a version, or a file with a model as TOML.  "
    "[default: what is in force, with its segments]",
)
@click.option(
    "--horizon",
    "horizons",
    metavar="N",
    type=parameters.positive,
    multiple=True,
    help="Days before an outcome; more than one by giving it again.  [default: 30, 60, 90, 180]",
)
@click.option(
    "--from", "from_day", metavar="DAY", type=parameters.day, help="The first day of outcomes."
)
@click.option(
    "--to", "to_day", metavar="DAY", type=parameters.day, help="The last day of outcomes."
)
@click.option(
    "--suggest",
    is_flag=True,
    help="Look for weights that rank better, and say so only if they do by more than noise.",
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON, with every client by name.")
def backtest(
    work: Work,
    *,
    model: str | None,
    horizons: tuple[int, ...],
    from_day: date | None,
    to_day: date | None,
    suggest: bool,
    as_json: bool,
) -> int:
    """Judge a model; return 0, or 130 after Ctrl-C."""
    from health.backtest import judgement, suggestion
    from health.explanation import backtest_wording

    terminal = work.terminal
    with work.database.read() as reader:
        judged = _models(reader, model)
    try:
        with terminal.stopping() as is_stopped, terminal.progress("Judging") as tell:
            found = judgement.backtest(
                work.database,
                judged,
                horizons=horizons or judgement.HORIZONS,
                first=from_day,
                last=to_day,
                progress=tell,
                cancelled=is_stopped,
            )
            suggested = (
                suggestion.suggest(work.database, judged, progress=tell, cancelled=is_stopped)
                if suggest
                else None
            )
    except Cancelled as stopped:
        terminal.warn(stopped.message)
        return STOPPED
    if as_json:
        terminal.say(json.dumps(_record(found, suggested), indent=2, default=str))
    else:
        _report(terminal, found, work.caller.currency)
        if suggested is not None:
            terminal.say()
            terminal.say(backtest_wording.suggestion(suggested))
    return DONE


def _models(reader: Reader, name: str | None) -> ScoringModel | Scheme:
    """The model of a version, a name or a file; without one, what is in force."""
    from health.scoring.active_model import active_scheme
    from health.scoring.catalogue import model_named
    from health.scoring.model_files import model_from_toml

    if name is None:
        return active_scheme(reader)
    file = Path(name).expanduser()
    if file.is_file():
        return model_from_toml(parameters.text_of(file, InvalidModel))
    return model_named(reader, name)


def _report(terminal: Terminal, found: Backtest, currency: str) -> None:
    from health.explanation import backtest_wording
    from health.output import backtest_tables

    terminal.say(backtest_wording.verdict(found))
    for sentence in (*backtest_wording.controls(found), *backtest_wording.rests_on(found)):
        terminal.say(sentence)
    terminal.say()
    table = backtest_tables.figures(found, currency)
    head = (f"Model {found.scheme.label}", *(f"{days} before" for days in table.columns[1:]))
    terminal.table([head, *table.rows()])
    _names(terminal, found.main)


def _names(terminal: Terminal, main: Horizon) -> None:
    misses = main.misses.select("organization_id", "name", "outcome", "day", "overall_score")
    if misses.height:
        terminal.say(f"\nMissed {main.days} days before:")
        rows = [
            (key, name, Outcome.of(outcome).label, str(day), str(score))
            for key, name, outcome, day, score in misses.head(_LISTED).rows()
        ]
        terminal.table([("client", "name", "outcome", "on", "score"), *rows], right=[4])
    alarms = main.false_alarms
    if alarms.height:
        terminal.say(f"\nAt high risk, and without an outcome {main.days} days later:")
        head = ("client", "name", "days", "first", "last", "lowest score")
        listed = [tuple(map(str, row)) for row in alarms.head(_LISTED).rows()]
        terminal.table([head, *listed], right=[2, 5])


def _record(found: Backtest, suggested: Suggestion | None) -> dict[str, Any]:
    from health.explanation import backtest_wording

    return {
        "model": found.model.version,
        "models_of_segments": [segment.model.version for segment in found.scheme.segments],
        "verdict": found.main.verdict,
        "sentence": backtest_wording.verdict(found),
        "first_day": found.first_day,
        "last_day": found.last_day,
        "horizons": [_horizon(one) for one in found.horizons],
    } | (
        {}
        if suggested is None
        else {
            "suggestion": {
                "sentence": backtest_wording.suggestion(suggested),
                "is_offered": suggested.is_offered,
                "model": json.loads(suggested.draft.to_json()),
            }
        }
    )


def _horizon(one: Horizon) -> dict[str, Any]:
    from health.backtest.area import Area

    def written(area: Area | None) -> dict[str, Any] | None:
        if area is None:
            return None
        names = ("value", "low", "high", "outcomes", "compared")
        return {name: getattr(area, name) for name in names}

    return {
        "days": one.days,
        "area": written(one.area),
        "chance": one.chance,
        "parts": {str(part): written(area) for part, area in one.parts.items()},
        "renewal_date": written(one.renewal),
        "outcomes": one.outcomes,
        "scored": one.scored,
        "coverage": one.coverage,
        "churned_value": one.churned_value,
        "churned_value_high": one.churned_value_high,
        "lift_of_worst_tenth": one.lift,
        "clients_at_high_risk": one.alarms,
        "false_alarms": one.false_alarms.to_dicts(),
        "outcomes_by_client": one.losses.to_dicts(),
    }
