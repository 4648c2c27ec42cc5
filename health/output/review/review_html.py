"""A review as one HTML file that prints on one or two pages, A4 or Letter.

Should a text ever get past the escaping, the file itself forbids its reader's browser to run,
fetch or send anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from health import formatting
from health.charts.theme import LIGHT
from health.explanation.breakdown import STALE_AFTER_DAYS, summary
from health.explanation.ledger import LineKind
from health.explanation.sentences import sentence
from health.output import cards, peer_words
from health.output.review.audience import Audience
from health.output.review.drawing import bar, score_line
from health.output.review.templates import TEMPLATES
from health.queries.adoption_levels import AdoptionLevel
from health.vocabulary import CallOutcome, CallSound, Summary, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from health.explanation.ledger import Ledger, Line
    from health.output.review.review_data import Review
    from health.vocabulary import MetricType

_NAME: Final = 70
_FACT: Final = 40
"""Letters of a name, and of an industry or an owner; a longer one is cut to keep to one sheet."""


_NOTE: Final = 300
"""Letters of a call or note that are printed."""


def print_ready(found: Review, audience: Audience = Audience.CLIENT) -> str:
    """Return the review as a whole HTML file.

    The client's form says nothing of risk, contract value, calls and notes, and does not urge.
    """
    client, moved = found.client, found.moved
    internal = audience is Audience.INTERNAL
    return TEMPLATES.get_template("review.html.jinja").render(
        found=found,
        client=client,
        internal=internal,
        longest_name=_NAME,
        facts=" · ".join(formatting.brief(fact, _FACT) for fact in cards.facts(client)),
        summary=_summary(found, internal=internal),
        reason=(found.not_scored.label if found.not_scored else "Not scored").lower(),
        why=cards.not_scored(client, found.not_scored) if internal else "",
        cards=cards.cards(client, found.explanation, found.currency)
        if internal
        else _client_cards(found),
        age=f"Old data: {'; '.join(found.old)}."
        if found.old
        else f"The latest data of each part is from the last {STALE_AFTER_DAYS} days.",
        sentence=sentence(moved) if moved is not None else "",
        changes=_changes(moved) if moved is not None else (),
        usage=list(_usage(found)),
        adoption=_adoption(found),
        levels=list(_levels(found)),
        peers=_peers(found),
        entries=list(_entries(found)) if internal else [],
        foot=_foot(found),
        bar=bar,
        score_line=score_line,
    )


def _summary(found: Review, *, internal: bool) -> str:
    score, moved = found.client.score, found.moved
    if score is None:
        return ""
    if internal:
        return summary(score, found.explanation)
    if moved is None:
        return f"Score of {score.overall_score}."
    change = score.overall_score - moved.before
    since = formatting.day(found.query.start_date)
    way = f"{'up' if change > 0 else 'down'} {abs(change)}" if change else "unchanged"
    return f"Score of {score.overall_score}, {way} since {since}."


def _client_cards(found: Review) -> Iterator[cards.Card]:
    client, adoption = found.client, found.adoption
    if client.score is not None:
        share = formatting.percent(client.score.coverage)
        yield cards.Card(
            label="Score", value=str(client.score.overall_score), note=f"of 100; {share} known"
        )
    yield cards.Card(
        label="Licensed users", value=formatting.number(client.total_users), note="on file"
    )
    yield cards.Card(
        label="Features used",
        value=f"{adoption.used_features} of {adoption.enabled_features}",
        note="of those licensed",
    )
    yield cards.Card(
        label="Renewal",
        value=formatting.NO_DATA
        if client.renewal_date is None
        else formatting.day(client.renewal_date),
        note="date on file" if client.renewal_date else "no date on file",
    )


def _usage(found: Review) -> Iterator[tuple[str, str, str, str]]:
    """Yield each metric with data: its name, its value, that of the days before, the change."""
    for one in found.usage:
        if one.current_value is None and one.previous_value is None:
            continue
        share = one.change_percent
        yield (
            f"{one.metric_type.label} ({_SUMMED[one.metric_type.summary]})",
            _value(one.metric_type, one.current_value),
            _value(one.metric_type, one.previous_value),
            "" if share is None else f"{formatting.change(share)}{formatting.NO_BREAK}%",
        )


_SUMMED: Final = {Summary.MEAN: "on average", Summary.LAST: "latest", Summary.SUM: "in all"}


def _value(metric: MetricType, value: float | None) -> str:
    return formatting.percent(value) if metric.unit is Unit.PERCENT else formatting.number(value)


def _levels(found: Review) -> Iterator[tuple[str, str]]:
    """Yield each level that a feature has, most used first, with the names of the features."""
    for level in reversed(AdoptionLevel):
        if names := found.at(level):
            yield level.label, formatting.listing(list(names))


def _peers(found: Review) -> str:
    if not found.peers.standings or found.client.score is None:
        return ""
    return f"{peer_words.sentence(found.peers)} {peer_words.furthest_below(found.peers)}"


def _entries(found: Review) -> Iterator[tuple[str, str, str]]:
    """Yield the calls and notes: the day, what it is and by whom, what was said."""
    for entry in found.entries:
        kind = "Note"
        if entry["outcome"]:
            sound = CallSound[entry["sound"]].label.lower() if entry["sound"] else ""
            kind = CallOutcome[entry["outcome"]].label + (f", sounded {sound}" if sound else "")
        yield (
            formatting.day(entry["day"]),
            f"{kind}, by {formatting.brief(entry['created_by'], _FACT)}",
            formatting.brief(" ".join(entry["note"].split()), _NOTE),
        )


def _changes(moved: Ledger) -> Iterator[tuple[Line, str]]:
    """Yield the lines of a ledger, each with a bar from the score before it to the one after."""
    at = float(moved.before)
    for line in moved.lines:
        points = float(line.shown_points)
        color = LIGHT.good if points > 0 else LIGHT.bad
        if line.kind is LineKind.ROUNDING:
            color = LIGHT.neutral
        yield line, bar(at + points, color, start=at) if points else ""
        at += points


def _adoption(found: Review) -> str:
    adoption = found.adoption
    if not adoption.total_features:
        said = "No features are on file for this client."
    elif adoption.adoption_rate is None:
        said = "No feature is licensed."
    else:
        said = (
            f"{adoption.used_features} of {adoption.enabled_features} licensed features used "
            f"({formatting.percent(adoption.adoption_rate)})."
        )
    if adoption.idle_features:
        said += f" {adoption.idle_features} of these not used recently."
    return said


def _foot(found: Review) -> str:
    client = found.client
    parts = [
        f"Client Health · {formatting.brief(client.organization_id, _FACT)} · model "
        f"{client.model.label}"
    ]
    if client.score is not None:
        parts.append(f"score calculated {formatting.moment(client.score.calculated_at)} UTC")
    if found.latest is not None:
        parts.append(f"data up to {formatting.day(found.latest)}")
    return " · ".join(parts)
