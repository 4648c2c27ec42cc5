"""Putting a model in force: publishing it, restating the past with it, and taking that back.

What is published leaves every score of the days before as it is. Scores of its days are out of
date from then on, until they are calculated.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from health import formatting, log
from health.clock import now
from health.errors import ArgumentError, InvalidModel, PublishingRefused
from health.scoring import staleness
from health.scoring.schemes import greatest_reach, register_model, schemes
from health.scoring.segments import MOST, Rule
from health.vocabulary import ALWAYS, Word

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from health.scoring.model import ScoringModel
    from health.scoring.segments import Segment
    from health.storage.database import Database, Reader, Writer

WINDOWS: Final = range(7, 91)
"""The days that a window of a published model may have."""


class Act(Word):
    """How a model came into force."""

    PUBLISHED = "published", "Published", "It is in force from a day that was not scored before."
    RESTATED = "restated", "Restated", "The past is scored with it too."


@dataclass(frozen=True, kw_only=True)
class Publication:
    """What was put in force, and whether it was taken back (UTC).

    model_version: the model of the clients that fit no segment.
    segments: in order, each with the version of its model.
    """

    publication_id: int
    act: Act
    from_day: date
    model_version: str
    reason: str
    published_by: str
    published_at: datetime
    undone_by: str | None
    undone_at: datetime | None
    segments: tuple[tuple[Rule, str], ...]


def publications(reader: Reader) -> list[Publication]:
    """Return all that was ever put in force, the newest first."""
    rows = reader.records("FROM models_in_force ORDER BY publication_id DESC, place")
    found: list[Publication] = []
    segments: list[tuple[Rule, str]] = []
    for row in rows:
        rule, _ = row.pop("rule"), row.pop("place")
        if rule is not None:
            segments.append((Rule.of(json.loads(rule)), row["model_version"]))
            continue
        row |= {"act": Act.of(row["act"]), "segments": tuple(segments)}
        found.append(Publication(**row))
        segments = []
    return found


def last_scored_day(reader: Reader) -> date | None:
    """Return the latest day that has scores; None without any."""
    day: date | None = reader.value("SELECT max(score_date) FROM scores")
    return day


def publish(
    database: Database,
    model: ScoringModel,
    *,
    segments: Sequence[Segment] = (),
    reason: str,
    by: str,
    today: date,
    from_day: date | None = None,
) -> Publication:
    """Put a model in force from a day on; the days before keep what they have.

    segments: in order, the clients that are scored with a model of their own; the rest are scored
    with ``model``.
    from_day: default: :func:`first_free_day`.

    Raises as :func:`check_day` and :func:`check_publishable` do, :class:`InvalidModel` where its
    version means other numbers, and :class:`ArgumentError` without a reason.
    """
    if not reason.strip():
        raise ArgumentError("reason", "say why, so that others understand the change.")
    with database.write() as writer:
        from_day = from_day or first_free_day(writer, today)
        check_publishable(writer, model, segments)
        check_day(writer, from_day)
        for one in (model, *(segment.model for segment in segments)):
            register_model(writer, one, reason=reason, by=by)
        return put_in_force(
            writer, Act.PUBLISHED, model, from_day, segments=segments, reason=reason, by=by
        )


def first_free_day(reader: Reader, today: date) -> date:
    """Return from which day a model is published unless one is named: today, or later.

    No day that is scored already, and none on which something published later is in force.
    """
    taken = [schemes(reader)[-1].from_day, last_scored_day(reader) or ALWAYS]
    return max(today, *(day + timedelta(days=1) for day in taken))


def check_day(reader: Reader, from_day: date) -> None:
    """Raise :class:`PublishingRefused` for a day from which nothing can be published."""
    scored, newest = last_scored_day(reader), schemes(reader)[-1]
    if scored is not None and from_day <= scored:
        raise PublishingRefused(
            f"The days up to {formatting.day(scored)} are scored already. Publish it from a "
            "later day; to score days of the past with it, restate them after that.",
            argument="from_day",
        )
    if from_day <= newest.from_day:
        raise PublishingRefused(
            f"“{newest.model.label}” is published from {formatting.day(newest.from_day)} on. "
            "Publish from a later day, or take that back first.",
            argument="from_day",
        )


def check_publishable(
    reader: Reader, model: ScoringModel, segments: Sequence[Segment] = ()
) -> None:
    """Raise for a model, and the segments beside it, that may not be published.

    :class:`InvalidModel` for a window that is too short or too long, or too many segments,
    :class:`PublishingRefused` for the numbers that were published last.
    """
    if faults := {
        f"{name}_days": f"The {name} has {days} days; it must be {WINDOWS[0]} to {WINDOWS[-1]}."
        for one in (model, *(segment.model for segment in segments))
        for name, days in (("window", one.window_days), ("trend", one.trend_days))
        if days not in WINDOWS
    }:
        raise InvalidModel(faults=faults)
    if len(segments) > MOST:
        raise InvalidModel(f"There are {len(segments)} segments; {MOST} are the most.")
    newest = schemes(reader)[-1]
    if [(one.rule, _numbers(one.model)) for one in segments] == [
        (one.rule, _numbers(one.model)) for one in newest.segments
    ] and _numbers(model) == _numbers(newest.model):
        what = "the same segments" if segments else "these numbers"
        raise PublishingRefused(f"“{newest.model.label}” has {what} and is in force already.")


def _numbers(model: ScoringModel) -> ScoringModel:
    """The model whatever its name."""
    return replace(model, version="-", label="-")


def restate(database: Database, from_day: date, *, reason: str, by: str) -> Publication:
    """Score the past from a day on with what was published last.

    Raises :class:`ArgumentError` without a reason, and :class:`PublishingRefused` for a day on
    which that is in force already.
    """
    if not reason.strip():
        raise ArgumentError("reason", "say why, so that others understand the change.")
    with database.write() as writer:
        newest = schemes(writer)[-1]
        if newest.from_day <= from_day:
            raise PublishingRefused(
                f"“{newest.model.label}” is in force on {formatting.day(from_day)} already."
            )
        return put_in_force(
            writer,
            Act.RESTATED,
            newest.model,
            from_day,
            segments=newest.segments,
            reason=reason,
            by=by,
        )


def take_back(database: Database, *, by: str) -> Publication:
    """Undo the newest publication or restatement; return what was undone.

    Raises :class:`PublishingRefused` where there is none, and for a publication that scores
    rest on: taking it back would change the past.
    """
    with database.write() as writer:
        found = [one for one in publications(writer) if one.undone_at is None]
        if not found:
            raise PublishingRefused("Nothing was published that could be taken back.")
        newest = found[0]
        scored = last_scored_day(writer)
        if newest.act is Act.PUBLISHED and scored is not None and newest.from_day <= scored:
            raise PublishingRefused(
                f"Scores up to {formatting.day(scored)} rest on it. Publish another model from a "
                "later day instead."
            )
        writer.execute(
            """UPDATE models_in_force SET undone_by = $by, undone_at = $at
            WHERE publication_id = $id""",
            {"by": by, "at": now(), "id": newest.publication_id},
        )
        _mark(writer, newest.from_day)
    log.event("model taken back", publication=newest.publication_id, by=by)
    return newest


def put_in_force(
    writer: Writer,
    act: Act,
    model: ScoringModel,
    from_day: date,
    *,
    segments: Sequence[Segment] = (),
    reason: str,
    by: str,
) -> Publication:
    """Let registered models score all days from a day on."""
    number = "SELECT coalesce(max(publication_id), 0) + 1 FROM models_in_force"
    writer.execute(
        f"""INSERT INTO models_in_force BY NAME
        SELECT ({number})::INTEGER AS publication_id, $act AS act, $from_day::DATE AS from_day,
            unnest(range(1, len($versions::VARCHAR[]) + 1))::INTEGER AS place,
            unnest($rules::VARCHAR[]) AS rule, unnest($versions::VARCHAR[]) AS model_version,
            $reason AS reason, $by AS published_by, $now::TIMESTAMP AS published_at""",
        {
            "act": act.value,
            "from_day": from_day,
            "rules": [*(one.rule.to_json() for one in segments), None],
            "versions": [*(one.model.version for one in segments), model.version],
            "reason": reason.strip(),
            "by": by,
            "now": now(),
        },
    )
    _mark(writer, from_day)
    log.event("model in force", model=model.version, act=act.value, from_day=from_day, by=by)
    return publications(writer)[0]


def _mark(writer: Writer, from_day: date) -> None:
    """Mark every score from a day on."""
    staleness.mark_clients(
        writer,
        f"(SELECT organization, DATE '{from_day}' AS first_day FROM usage_span)",
        greatest_reach(writer),
    )
