"""A client in a few words: who it is, and its numbers in cards; on the page and on paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from health import formatting
from health.charts.theme import TREND_MARK
from health.vocabulary import NotScoredReason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from health.explanation.breakdown import Explanation
    from health.queries.client import Client, ClientScore


@dataclass(frozen=True, kw_only=True)
class Card:
    """One number with its name and what else is to be said of it.

    points: gained since an earlier day, where the note is about that.
    """

    label: str
    value: str
    note: str
    points: int | None = None


def facts(client: Client) -> tuple[str, ...]:
    """Return what is on file of a client: industry, size and owner."""
    known = (
        client.industry,
        None
        if client.total_users is None
        else formatting.count(client.total_users, "licensed user"),
        None
        if client.employee_count is None
        else formatting.count(client.employee_count, "employee"),
        None if client.csm is None else f"owned by {client.csm}",
    )
    return tuple(fact for fact in known if fact)


def not_scored(client: Client, reason: NotScoredReason | None) -> str:
    """Return why a client has no score, and what to do where something can be done."""
    if reason is NotScoredReason.FEED_STOPPED and client.last_usage is not None:
        days = formatting.count((client.as_of - client.last_usage).days, "day")
        return (
            f"The last usage on file is of {formatting.day(client.last_usage)}, {days} before. "
            "A score needs usage of the last 30 days: ask why the feed stopped."
        )
    return reason.description if reason else ""


def cards(client: Client, explanation: Explanation, currency: str) -> Iterator[Card]:
    """Yield score, risk and coverage where there is a score; renewal and contract value."""
    if client.score is not None:
        yield from _score_cards(client, client.score, explanation)
    days = client.days_until_renewal
    yield Card(
        label="Renewal",
        value=formatting.NO_DATA if days is None else formatting.ago(-days),
        note="no date on file" if days is None else formatting.day(client.renewal_date),
    )
    yield Card(
        label="Contract value",
        value=formatting.money(client.annual_value, currency),
        note="not on file" if client.annual_value is None else "a year",
    )


def _score_cards(client: Client, score: ClientScore, explanation: Explanation) -> Iterator[Card]:
    points = score.points_since
    yield Card(
        label="Score",
        value=str(score.overall_score),
        note=f"no score on {formatting.day(score.previous_date)}"
        if points is None
        else f"{formatting.change(points)} in "
        f"{formatting.count((client.as_of - score.previous_date).days, 'day')}",
        points=points,
    )
    yield Card(
        label="Risk",
        value=score.risk_level.label,
        note=f"{TREND_MARK[score.trend]} {score.trend.label}",
    )
    yield Card(
        label="Coverage",
        value=formatting.percent(score.coverage),
        note=f"known; score {explanation.lowest}–{explanation.highest}"
        if explanation.without_data
        else "every part is known",
    )
