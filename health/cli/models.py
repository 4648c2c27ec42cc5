"""``models``: how scores are computed, and from which day on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from health import formatting
from health.cli import parameters
from health.cli.boundary import DONE
from health.cli.command import Group
from health.cli.database_command import DatabaseCommand
from health.cli.score import next_step
from health.errors import InvalidModel

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from health.cli.database_command import Work
    from health.scoring.segments import Segment
    from health.storage.database import Reader

_name = click.argument("name", metavar="MODEL", help="A version, or the name of a model.")
_reason = click.option(
    "--reason", metavar="TEXT", required=True, help="Why, for everyone who looks later."
)

_segments = click.option(
    "--segments",
    "file",
    metavar="FILE",
    type=parameters.existing_file,
    help="TOML with the clients that have a model of their own.",
)


def _segments_in(reader: Reader, file: Path) -> tuple[Segment, ...]:
    from health.scoring.segment_files import segments_from_toml

    return segments_from_toml(reader, parameters.text_of(file, InvalidModel))


@click.command(
    "list",
    cls=DatabaseCommand,
    short_help="List the models, and which is in force when.",
    help="List the models, which of them is in force from which day on, and what was published, "
    "with the rules of its segments.",
    examples=("models list",),
)
def list_(work: Work) -> int:
    """List the models and the publications."""
    from health.output import model_words
    from health.scoring.catalogue import models
    from health.scoring.publishing import publications
    from health.scoring.schemes import schemes
    from health.vocabulary import ALWAYS

    with work.database.read() as reader:
        stored, in_force, published = models(reader), schemes(reader), publications(reader)
    days: dict[str, list[str]] = {}
    for scheme in in_force:
        since = "the beginning" if scheme.from_day == ALWAYS else str(scheme.from_day)
        for model in scheme.models:
            days.setdefault(model.version, []).append(since)
    rows = [("model", "name", "in force from", "stored by", "why")]
    rows += [
        (
            one.model.version,
            one.model.label,
            ", ".join(days.get(one.model.version, [])),
            one.author or "",
            one.reason or "",
        )
        for one in stored
    ]
    work.terminal.table(rows)
    known = {one.model.version: one.model for one in stored}
    for act in published:
        said = model_words.act(act, act.model_version)
        work.terminal.say(f"{said} {act.reason}".rstrip())
        for line in model_words.segments_of(act, known):
            work.terminal.say(f"  {line}")
    return DONE


@click.command(
    cls=DatabaseCommand,
    short_help="Show a model.",
    help="Show a model as TOML.",
    examples=("models show targets",),
)
@_name
def show(work: Work, *, name: str) -> int:
    """Show the model."""
    from health.scoring.catalogue import model_named
    from health.scoring.model_files import model_to_toml

    with work.database.read() as reader:
        work.terminal.say(model_to_toml(model_named(reader, name)).rstrip())
    return DONE


@click.command(
    cls=DatabaseCommand,
    short_help="Show the segments, with how many clients each catches.",
    help="Show the segments that are in force, or those of a file: in order, each with its model "
    "and how many clients it catches, and last the clients that fit none.",
    examples=("models segments", "models segments --segments segments.toml"),
)
@_segments
@click.option("--toml", is_flag=True, help="Write those in force as TOML instead.")
@parameters.output
def segments(work: Work, *, file: Path | None, toml: bool, output: Path | None) -> int:
    """Show the segments."""
    from health.scoring.placing import clients_by_rule
    from health.scoring.schemes import schemes
    from health.scoring.segment_files import segments_to_toml

    with work.database.read() as reader:
        newest = schemes(reader)[-1]
        found = _segments_in(reader, file) if file else newest.segments
        amounts = clients_by_rule(reader, [one.rule for one in found], None)
    if toml:
        work.terminal.write(segments_to_toml(found), output, f"The segments are in {output}.")
        return DONE
    rows = [("", "clients that fit", "model", "clients")]
    rows += [
        (str(place), one.rule.sentence, one.model.version, formatting.number(amount))
        for place, (one, amount) in enumerate(zip(found, amounts, strict=False), start=1)
    ]
    rows.append(
        (
            "",
            "None of these" if found else "All",
            newest.model.version,
            formatting.number(amounts[-1]),
        )
    )
    work.terminal.table(rows, right=[3])
    return DONE


@click.command(
    cls=DatabaseCommand,
    short_help="Say what differs between two models.",
    help="Say what differs between two models.",
    examples=("models diff standard targets",),
)
@_name
@click.argument("other", metavar="OTHER", help="The model to compare with.")
def diff(work: Work, *, name: str, other: str) -> int:
    """Show what differs."""
    from health.scoring.catalogue import model_named
    from health.scoring.model_files import differences

    with work.database.read() as reader:
        first, second = model_named(reader, name), model_named(reader, other)
    found = differences(first, second)
    if not found:
        work.terminal.say("Nothing differs.")
        return DONE
    rows = [("", first.version, second.version)]
    rows += [(part, _value(one), _value(two)) for part, one, two in found]
    work.terminal.table(rows, right=[1, 2])
    return DONE


def _value(value: object) -> str:
    """A value of a model as text; one that only the other model has is not counted."""
    return "not counted" if value is None else str(value)


@click.command(
    cls=DatabaseCommand,
    short_help="Write a model as TOML.",
    help="Write a model as TOML, to keep it in a repository or to change it.",
    examples=("models export standard --output mine.toml",),
)
@_name
@parameters.output
def export(work: Work, *, name: str, output: Path | None) -> int:
    """Write the model."""
    from health.scoring.catalogue import model_named
    from health.scoring.model_files import model_to_toml

    with work.database.read() as reader:
        text = model_to_toml(model_named(reader, name))
    work.terminal.write(text, output, f"The model is in {output}.")
    return DONE


@click.command(
    "import",
    cls=DatabaseCommand,
    makes_database=True,
    short_help="Store a model from TOML.",
    help="Store a model from TOML, under a version of its own. It scores nothing before it is "
    "published. A model with the same name and numbers is not stored again.",
    examples=('models import mine.toml --reason "Tickets count too much"',),
)
@click.argument("file", metavar="FILE", type=parameters.existing_file, help="A model as TOML.")
@click.option("--reason", metavar="TEXT", default="", help="Why it was made.")
def import_(work: Work, *, file: Path, reason: str) -> int:
    """Store the model."""
    from health.scoring.catalogue import store_model
    from health.scoring.model_files import model_from_toml

    model = model_from_toml(parameters.text_of(file, InvalidModel))
    model = store_model(work.database, model, reason=reason, by=work.caller.by)
    work.terminal.say(
        f"The model is on file as {model.version}. Next: client-health models publish "
        f"{model.version} --reason TEXT"
    )
    return DONE


@click.command(
    cls=DatabaseCommand,
    short_help="Put a model in force from a day on.",
    help="Put a model in force from a day on. The days before keep the model and the scores that "
    "they have. With --segments, clients that fit a rule of the file are scored with the model "
    "named there, and the rest with MODEL; without it, all clients are scored with MODEL.",
    examples=(
        'models publish targets --reason "Realistic targets"',
        'models publish targets --reason "Realistic targets" --from 2027-01-01',
        'models publish standard --segments segments.toml --reason "Banks differ"',
    ),
)
@_name
@_reason
@_segments
@click.option(
    "--from",
    "from_day",
    metavar="DAY",
    type=parameters.day,
    help="The first day it is in force.  [default: today, or the day after the last one scored]",
)
def publish(work: Work, *, name: str, reason: str, file: Path | None, from_day: date | None) -> int:
    """Publish the model."""
    from health.scoring import publishing
    from health.scoring.catalogue import model_named

    with work.database.read() as reader:
        model = model_named(reader, name)
        found = _segments_in(reader, file) if file else ()
    done = publishing.publish(
        work.database,
        model,
        segments=found,
        reason=reason,
        by=work.caller.by,
        today=work.caller.today,
        from_day=from_day,
    )
    work.terminal.say(
        f"{model.label} ({model.version}) is in force from {done.from_day} on"
        f"{', with ' + formatting.count(len(found), 'segment') if found else ''}. "
        "The days before keep their scores."
    )
    return DONE


@click.command(
    cls=DatabaseCommand,
    short_help="Score the past anew with the newest model.",
    help="Score the past from a day on with the model that was published last. First say what it "
    "would change; only --yes does it.\n\nclient-health models undo takes it back: the scores are "
    "then as before.",
    examples=(
        'models restate --from 2026-01-01 --reason "One scale for the year"',
        'models restate --from 2026-01-01 --reason "One scale for the year" --yes',
    ),
)
@click.option(
    "--from",
    "from_day",
    metavar="DAY",
    type=parameters.day,
    required=True,
    help="The first day to score anew.",
)
@_reason
@click.option("--yes", is_flag=True, help="Do it, and do not only say what it would change.")
def restate(work: Work, *, from_day: date, reason: str, yes: bool) -> int:
    """Say what would change, or do it."""
    from health.output import model_words
    from health.scoring import publishing
    from health.scoring.restating import preview_restatement

    if not yes:
        with work.terminal.progress("Comparing") as tell:
            found = preview_restatement(work.database, from_day, progress=tell)
        work.terminal.say(f"{model_words.restatement(found, from_day)} Add --yes to do it.")
        return DONE
    done = publishing.restate(work.database, from_day, reason=reason, by=work.caller.by)
    with work.database.read() as reader:
        work.terminal.say(
            f"{done.model_version} is in force from {done.from_day} on. {next_step(reader)}"
        )
    return DONE


@click.command(
    cls=DatabaseCommand,
    short_help="Take the newest publication or restatement back.",
    help="Take back what was published or restated last. A publication that scores rest on stays: "
    "publish another model from a later day instead.",
    examples=("models undo",),
)
def undo(work: Work) -> int:
    """Take it back."""
    from health.scoring.publishing import take_back

    undone = take_back(work.database, by=work.caller.by)
    with work.database.read() as reader:
        work.terminal.say(
            f"{undone.model_version} is no longer in force from {undone.from_day} on. "
            f"{next_step(reader)}"
        )
    return DONE


models = Group(
    "models",
    commands=(list_, show, segments, diff, export, import_, publish, restate, undo),
    short_help="Say how scores are computed, and from which day on.",
    help="A model says how usage becomes a score: weights, targets, windows and thresholds. It is "
    "in force from a day on; the days before keep the model they had.",
)
