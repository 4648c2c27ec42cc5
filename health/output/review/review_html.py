"""A review as one HTML file that prints on one page, A4 or Letter.

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
from health.output import cards
from health.output.review.drawing import bar, score_line
from health.output.review.templates import TEMPLATES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from health.explanation.ledger import Ledger, Line
    from health.output.review.review_data import Review

_NAME: Final = 70
_FACT: Final = 40
"""Letters of a name, and of an industry or an owner; a longer one is cut to keep to one sheet."""


def print_ready(found: Review) -> str:
    """Return the review as a whole HTML file."""
    client, score, moved = found.client, found.client.score, found.moved
    return TEMPLATES.get_template("review.html.jinja").render(
        found=found,
        client=client,
        longest_name=_NAME,
        facts=" · ".join(formatting.brief(fact, _FACT) for fact in cards.facts(client)),
        summary=summary(score, found.explanation) if score is not None else "",
        reason=(found.not_scored.label if found.not_scored else "Not scored").lower(),
        why=cards.not_scored(client, found.not_scored),
        cards=cards.cards(client, found.explanation, found.currency),
        age=f"Old data: {'; '.join(found.old)}."
        if found.old
        else f"The latest data of each part is from the last {STALE_AFTER_DAYS} days.",
        sentence=sentence(moved) if moved is not None else "",
        changes=_changes(moved) if moved is not None else (),
        adoption=_adoption(found),
        foot=_foot(found),
        bar=bar,
        score_line=score_line,
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
    if found.unused:
        said += f" Not used: {formatting.listing(list(found.unused))}."
    elif adoption.enabled_features:
        said += " Nothing is unused."
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
