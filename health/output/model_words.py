"""Scoring models in words: what differs between two, and what was put in force when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from health import formatting
from health.scoring.components import Component
from health.scoring.model_files import differences
from health.scoring.publishing import Act
from health.scoring.segments import Segment
from health.vocabulary import ALWAYS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from health.scoring.components.extra import ExtraPart
    from health.scoring.model import ScoringModel
    from health.scoring.publishing import Publication
    from health.scoring.restating import Restatement

LABELS: Final[Mapping[str, str]] = {
    "points_per_ticket": "Points lost for each ticket",
    "tickets_per_hundred_users": "Tickets are counted per 100 licensed users",
    "window_days": "Days a score looks at",
    "trend_days": "Days a trend looks back",
    "improving_from": "Improving from a gain of",
    "declining_to": "Declining from a loss of",
    "least_coverage": "Least coverage for a score, in percent",
    "high_below": "High risk below",
    "declining_high_below": "High risk below, when declining",
    "low_from": "Low risk from",
}
"""What people read of the numbers of a model."""


def what_differs(before: ScoringModel, after: ScoringModel) -> pl.DataFrame:
    """Return a row for each number or extra part that differs: what it is, before and after."""
    rows = [
        (_name(part), _value(part, one), _value(part, other))
        for part, one, other in differences(before, after)
        if part != "name" and not part.startswith("extra_parts.")
    ]
    was, now = ({part.key: part for part in model.extra_parts} for model in (before, after))
    rows += [
        ((was | now)[key].label, _extra(was.get(key)), _extra(now.get(key)))
        for key in dict.fromkeys((*was, *now))
        if was.get(key) != now.get(key)
    ]
    return pl.DataFrame(
        rows, schema=dict.fromkeys(("What", "Before", "After"), pl.String), orient="row"
    )


def segments(rest: ScoringModel, found: Sequence[Segment]) -> list[str]:
    """Return a line for each segment, and one for the clients that fit none."""
    lines = [
        f"{place}. {segment.rule.sentence}: {segment.model.label}"
        for place, segment in enumerate(found, start=1)
    ]
    return [*lines, f"{'Clients that fit none of these' if found else 'All clients'}: {rest.label}"]


def segments_of(found: Publication, known: Mapping[str, ScoringModel]) -> list[str]:
    """Return the same lines of what was put in force; none where all clients have one model.

    known: the models by version.
    """
    parts = [Segment(rule=rule, model=known[version]) for rule, version in found.segments]
    return segments(known[found.model_version], parts) if parts else []


def act(found: Publication, label: str) -> str:
    """Return in a sentence what was put in force, by whom, and whether it was taken back."""
    days = "all days" if found.from_day == ALWAYS else f"from {formatting.day(found.from_day)} on"
    if found.act is Act.RESTATED:
        done = f"Restated: {label} scores the past, too, {days}"
    else:
        done = f"Published {days}: {label}"
    undone = f" Taken back by {found.undone_by}." if found.undone_by else ""
    return (
        f"{done}, by {found.published_by or 'unknown'} on "
        f"{formatting.moment(found.published_at)} UTC.{undone}"
    )


def restatement(found: Restatement, from_day: date) -> str:
    """Return in a sentence what restating would change; nothing is changed yet."""
    return (
        f"Of {formatting.count(found.scores, 'score')} from {formatting.day(from_day)} on, "
        f"{formatting.number(found.changed)} would change, "
        f"{formatting.number(found.levels)} of them to another risk level, and "
        f"{formatting.number(found.gone)} would be no more. Nothing is changed yet."
    )


def _name(part: str) -> str:
    kind, _, component = part.partition(".")
    if not component:
        return LABELS.get(part, part)
    label = Component.of(component).label
    return f"{label}: share of the score" if kind == "weights" else f"{label}: full marks from"


def _extra(part: ExtraPart | None) -> str:
    if part is None:
        return "Not counted"
    return f"{formatting.percent(part.weight / 100)}: {part.description}"


def _value(part: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if part.startswith("weights."):
        return formatting.percent(value / 100, 0 if value % 100 == 0 else 2)
    if part.startswith("targets."):
        return formatting.percent(value)
    return formatting.number(abs(value) if part == "declining_to" else value)
