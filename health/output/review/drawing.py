"""Small pictures as SVG inside a page: no script draws them, and nothing is fetched for them.

Numbers become places here; the only texts are days and scores, made by this project.
"""

from __future__ import annotations

from datetime import date, timedelta
from html import escape
from typing import TYPE_CHECKING, Final

from health import formatting
from health.charts.theme import LIGHT, faded
from health.queries.client import model_changes
from health.vocabulary import RiskLevel

if TYPE_CHECKING:
    import polars as pl

    from health.scoring.model import ScoringModel

_WIDTH: Final = 744
_HEIGHT: Final = 160
# Room around the drawn area: for the scores of the axis, for the last score, and for months.
_LEFT: Final = 26
_RIGHT: Final = 36
_TOP: Final = 8
_BOTTOM: Final = 18


def score_line(history: pl.DataFrame, model: ScoringModel, *, first: date, last: date) -> str:
    """Draw the score of each day from ``first`` to ``last`` over the bands of risk.

    history: rows of :func:`health.queries.client.score_history`. A day without a score is a gap,
    a change of the scoring model a dotted rule.
    """
    days = (last - first).days

    def across(day: date) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (day - first).days / days

    bands = [
        _band(0, model.high_below, RiskLevel.HIGH),
        _band(model.high_below, model.low_from, RiskLevel.MEDIUM),
        _band(model.low_from, 100, RiskLevel.LOW),
    ]
    marks = [
        _text(_LEFT - 5, _up(score) + 3.5, str(score), anchor="end")
        for score in (0, model.high_below, model.low_from, 100)
    ]
    marks += [
        _text(across(day), _HEIGHT - 5, f"{day:%b %Y}", anchor="middle")
        for day in _months(first, last)
        if _LEFT + 20 < across(day) < _WIDTH - _RIGHT - 10
    ]
    rules = [
        f'<line x1="{across(day):.1f}" x2="{across(day):.1f}" y1="{_up(100)}" y2="{_up(0)}" '
        f'stroke="{LIGHT.quiet}" stroke-dasharray="2 2"/>'
        + _text(across(day) + 3, _up(100) + 9, f"Model {version}")
        for day, version in model_changes(history)
    ]
    lines = [
        _line([(across(day), _up(score)) for day, score in part]) for part in _unbroken(history)
    ]
    end = ""
    if history.height:
        day, score = history.select("score_date", "overall_score").row(-1)
        end = _dot(across(day), _up(score)) + _text(
            across(day) + 6, _up(score) + 4, str(score), weight="bold", color=LIGHT.accent, size=12
        )
    said = f"Score from {formatting.day(first)} to {formatting.day(last)}"
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(said)}">'
        f"{''.join([*bands, *marks, *rules, *lines])}{end}</svg>"
    )


def bar(share: float, color: str, *, start: float = 0) -> str:
    """Draw a bar from ``start`` to ``share``, both of 100, as wide as its place."""
    low, high = sorted((start, share))
    return (
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="100" height="10" fill="{LIGHT.raised}"/>'
        f'<rect x="{low:.2f}" width="{high - low:.2f}" height="10" fill="{color}"/></svg>'
    )


def _band(low: int, high: int, level: RiskLevel) -> str:
    return (
        f'<rect x="{_LEFT}" y="{_up(high):.1f}" width="{_WIDTH - _LEFT - _RIGHT}" '
        f'height="{_up(low) - _up(high):.1f}" fill="{faded(LIGHT.risk[level], 0.09)}"/>'
    ) + _text(_LEFT + 4, _up(high) + 10, level.label, color=LIGHT.risk_ink[level])


def _up(score: float) -> float:
    return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - score / 100)


def _months(first: date, last: date) -> list[date]:
    every = [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
    # Every other one is named.
    return [day for day in every if day.day == 1][::2]


def _unbroken(history: pl.DataFrame) -> list[list[tuple[date, int]]]:
    """The runs of days that follow each other."""
    parts: list[list[tuple[date, int]]] = []
    for day, score in history.select("score_date", "overall_score").iter_rows():
        if parts and (day - parts[-1][-1][0]).days == 1:
            parts[-1].append((day, score))
        else:
            parts.append([(day, score)])
    return parts


def _line(points: list[tuple[float, float]]) -> str:
    if len(points) == 1:
        return _dot(*points[0])
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{places}" fill="none" stroke="{LIGHT.accent}" stroke-width="1.8"/>'


def _dot(x: float, y: float) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" fill="{LIGHT.accent}"/>'


def _text(
    x: float,
    y: float,
    said: str,
    *,
    anchor: str = "start",
    weight: str = "normal",
    color: str = LIGHT.quiet,
    size: int = 10,
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}" '
        f'font-size="{size}" fill="{color}">{escape(said)}</text>'
    )
