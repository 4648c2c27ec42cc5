"""A review as one HTML file that prints on one page, A4 or Letter.

Every text is escaped where it enters. Should one ever get past that, the file itself forbids its
reader's browser to run, fetch or send anything.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from health import formatting
from health.charts.theme import LIGHT
from health.explanation.breakdown import STALE_AFTER_DAYS, summary
from health.explanation.ledger import LineKind
from health.explanation.sentences import sentence
from health.output import cards
from health.output.review.drawing import bar, score_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal
    from fractions import Fraction

    from health.explanation.breakdown import Contribution
    from health.output.cards import Card
    from health.output.review.content import Review

_NAME: Final = 70
_FACT: Final = 40
"""Letters of a name, and of an industry or an owner; a longer one is cut to keep to one sheet."""

_STYLE: Final = f"""
@page {{ margin: 10mm 12mm }}
* {{ box-sizing: border-box }}
html {{ color-scheme: light; background: {LIGHT.ground} }}
body {{ margin: 0; color: {LIGHT.ink}; font: 9.5pt/1.3 'Segoe UI', Roboto, 'Helvetica Neue', Arial,
  sans-serif; -webkit-print-color-adjust: exact; print-color-adjust: exact }}
main {{ width: 186mm; height: 256mm; margin: 0 auto; overflow: hidden; display: flex;
  flex-direction: column; gap: 3.4mm; overflow-wrap: anywhere }}
h1 {{ font-size: 17pt; line-height: 1.15; margin: 0 }}
h2 {{ font-size: 10.5pt; margin: 0 0 1mm }}
p {{ margin: 0 }}
.quiet {{ color: {LIGHT.quiet} }}
.lead {{ font-weight: 600; font-size: 10pt }}
.loud {{ border-left: 1mm solid {LIGHT.unused}; padding-left: 2mm }}
.cards, .two {{ display: grid; gap: 3mm }}
.cards {{ grid-template-columns: repeat(5, 1fr) }}
.cards div {{ border: 0.3mm solid {LIGHT.line}; border-radius: 1.5mm; padding: 1.6mm 2mm }}
.cards b {{ display: block; font-size: 12pt; line-height: 1.25 }}
.two {{ grid-template-columns: minmax(0, 4fr) minmax(0, 5fr); gap: 6mm }}
table {{ width: 100%; border-collapse: collapse; font-size: 8.5pt; line-height: 1.25 }}
th {{ text-align: left; color: {LIGHT.quiet}; font-weight: normal }}
th, td {{ padding: 0.7mm 1mm 0.7mm 0; border-bottom: 0.2mm solid {LIGHT.line};
  vertical-align: top }}
td.number, th.number {{ text-align: right; white-space: nowrap }}
tr:last-child td, tr.named td {{ border-bottom: 0 }}
tr.named td {{ padding-bottom: 0 }}
svg {{ display: block; width: 100%; height: auto }}
svg.bar {{ width: 20mm; height: 2.4mm; margin-top: 0.6mm }}
footer {{ margin-top: auto; border-top: 0.3mm solid {LIGHT.line}; padding-top: 1mm;
  font-size: 8pt }}
@media screen {{ main {{ margin: 8mm auto }} }}
@media print {{ .screen {{ display: none }} }}
"""


def print_ready(found: Review) -> str:
    """Return the review as a whole HTML file."""
    client = found.client
    title = f"{client.name}: review of {formatting.day(client.as_of)}"
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{_text(title)}</title>\n<style>{_STYLE}</style></head>\n<body><main>\n"
        f"{''.join(_parts(found))}</main></body></html>\n"
    )


def _parts(found: Review) -> Iterator[str]:
    client, score = found.client, found.client.score
    yield _head(found)
    if score is None:
        reason = found.not_scored.label if found.not_scored else "Not scored"
        why = cards.not_scored(client, found.not_scored)
        yield (
            f'<p class="lead">Not scored on {_text(formatting.day(client.as_of))}: '
            f"{_text(reason.lower())}.</p><p>{_text(why)}</p>\n"
        )
    else:
        yield f'<p class="lead">{_text(summary(score, found.explanation))}</p>\n'
    if found.is_outdated:
        yield (
            '<p class="loud">The data has changed since this score was calculated; the points and '
            "the comparison are of the data as it is now.</p>\n"
        )
    shown = cards.cards(client, found.explanation, found.currency)
    yield f'<div class="cards">{"".join(map(_card, shown))}</div>\n'
    yield _history(found)
    changed = _changed(found) if score is not None else ""
    yield f'<div class="two">{_points(found)}{changed}</div>\n'
    yield f'<div class="two">{_adoption(found)}{_advice(found)}</div>\n'
    yield _foot(found)


def _head(found: Review) -> str:
    client = found.client
    facts = " · ".join(formatting.brief(fact, _FACT) for fact in cards.facts(client))
    past = (
        f'<p class="loud">This is a past day: the latest data is of '
        f"{_text(formatting.day(found.latest))}.</p>"
        if found.is_past
        else ""
    )
    return (
        '<header><p class="screen quiet">To print it or to save it as PDF, print this page.</p>'
        f"<h1>{_text(formatting.brief(client.name, _NAME))}</h1>"
        f"<p>Review as of <b>{_text(formatting.day(client.as_of))}</b></p>"
        f'<p class="quiet">{_text(facts)}</p>{past}</header>\n'
    )


def _card(card: Card) -> str:
    return (
        f'<div><span class="quiet">{_text(card.label)}</span><b>{_text(card.value)}</b>'
        f'<span class="quiet">{_text(card.note)}</span></div>'
    )


def _history(found: Review) -> str:
    first, last = found.first_drawn, found.client.as_of
    drawn = (
        f"<p>No score from {_text(formatting.day(first))} to {_text(formatting.day(last))}.</p>"
        if found.history.is_empty()
        else score_line(found.history, found.client.model, first=first, last=last)
    )
    return f"<section><h2>Score over a year</h2>{drawn}</section>\n"


def _points(found: Review) -> str:
    rows = "".join(_part(part) for part in found.explanation.contributions)
    head = _heads("Part", "", ("Score", "number"), ("Points", "number"))
    old = (
        f"Old data: {'; '.join(found.old)}."
        if found.old
        else f"The latest data of each part is from the last {STALE_AFTER_DAYS} days."
    )
    title = "Where the points come from" if found.client.score else "What a score would rest on"
    return (
        f"<section><h2>{title}</h2><table>{head}{rows}</table>"
        f'<p class="quiet">{_text(old)}</p></section>'
    )


def _part(part: Contribution) -> str:
    """Two rows: a part with its score and points, and what they rest on."""
    score = part.score
    drawn = "" if score is None else bar(score, LIGHT.component[part.component])
    points = f"{_tenths(part.shown_points)} of {_tenths(part.most)}"
    return (
        f'<tr class="named">{_cell(part.component.label)}<td>{drawn}</td>'
        f"{_cell(formatting.number(score), 'number')}"
        f"{_cell('' if score is None else points, 'number')}</tr>"
        f'<tr><td colspan="4" class="quiet">{_text(part.basis)}</td></tr>'
    )


def _changed(found: Review) -> str:
    title = f"<h2>What changed since {_text(formatting.day(found.since))}</h2>"
    moved = found.moved
    if moved is None:
        return f"<section>{title}<p>Nothing to compare with: no score of that day.</p></section>"
    rows, at = [], float(moved.before)
    for line in moved.lines:
        points = float(line.shown_points)
        color = LIGHT.good if points > 0 else LIGHT.bad
        is_rounding = line.kind is LineKind.ROUNDING
        drawn = bar(at + points, LIGHT.neutral if is_rounding else color, start=at)
        rows.append(
            (
                _cell(line.label),
                _cell(line.before),
                _cell(line.after),
                f"<td>{drawn if points else ''}</td>",
                _cell(formatting.change(points, 1), "number"),
            )
        )
        at += points
    whole = bar(moved.after, LIGHT.accent)
    rows.append(
        (
            "<td><b>Score</b></td>",
            f"<td><b>{moved.before}</b></td>",
            f"<td><b>{moved.after}</b></td>",
            f"<td>{whole}</td>",
            f'<td class="number"><b>{_text(formatting.change(moved.change, 1))}</b></td>',
        )
    )
    head = _heads("Part", "Then", "Now", "", ("Points", "number"))
    return (
        f"<section>{title}<p>{_text(sentence(moved))}</p>"
        f"<table>{head}{_rows(rows)}</table></section>"
    )


def _adoption(found: Review) -> str:
    adoption = found.adoption
    if not adoption.total_features:
        said = "No features are on file for this client."
    elif adoption.adoption_rate is None:
        said = "No feature is enabled."
    else:
        said = (
            f"{adoption.used_features} of {adoption.enabled_features} enabled features used "
            f"({formatting.percent(adoption.adoption_rate)})."
        )
    if found.unused:
        said += f" Not used: {formatting.listing(list(found.unused))}."
    elif adoption.enabled_features:
        said += " Nothing is unused."
    return f"<section><h2>Adoption</h2><p>{_text(said)}</p></section>"


def _advice(found: Review) -> str:
    if not found.advice:
        return ""
    return f"<section><h2>What would help</h2><p>{_text(found.advice)}</p></section>"


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
    return f'<footer class="quiet">{_text(" · ".join(parts))}</footer>\n'


def _tenths(points: Decimal | Fraction) -> str:
    return formatting.number(float(points), 1)


def _heads(*heads: str | tuple[str, str]) -> str:
    pairs = [(head, "") if isinstance(head, str) else head for head in heads]
    return (
        "<tr>" + "".join(f'<th class="{kind}">{_text(head)}</th>' for head, kind in pairs) + "</tr>"
    )


def _rows(rows: Sequence[Sequence[str]]) -> str:
    return "".join(f"<tr>{''.join(cells)}</tr>" for cells in rows)


def _cell(said: str, kind: str = "") -> str:
    return f'<td class="{kind}">{_text(said)}</td>'


def _text(said: str) -> str:
    return escape(said)
