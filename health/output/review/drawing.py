"""Small pictures as SVG inside a page: no script draws them, and nothing is fetched for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from health import formatting
from health.output.review.templates import TEMPLATES
from health.queries.client import model_changes
from health.vocabulary import RiskLevel

if TYPE_CHECKING:
    import polars as pl

    from health.scoring.model import ScoringModel


@dataclass(frozen=True, kw_only=True)
class _Plot:
    """The drawn area; around it is room for the scores of the axis, the last one, and months."""

    width: int = 744
    height: int = 160
    left: int = 26
    right: int = 708
    top: int = 8
    bottom: int = 142

    def up(self, score: float) -> float:
        """Return the height of a score."""
        return self.top + (self.bottom - self.top) * (1 - score / 100)


_PLOT: Final = _Plot()
_DRAW: Final[Any] = TEMPLATES.get_template("drawing.svg.jinja").module


def score_line(
    history: pl.DataFrame, model: ScoringModel, *, first: date, last: date, bands: bool = True
) -> str:
    """Draw the score of each day from ``first`` to ``last``, over the bands of risk if asked to.

    history: rows of :func:`health.queries.client.score_history`. A day without a score is a gap,
    a change of the scoring model a dotted rule.
    """
    days = (last - first).days

    def across(day: date) -> float:
        return _PLOT.left + (_PLOT.right - _PLOT.left) * (day - first).days / days

    parts = [[(across(day), _PLOT.up(score)) for day, score in part] for part in _unbroken(history)]
    drawn: str = _DRAW.score_line(
        _PLOT,
        f"Score from {formatting.day(first)} to {formatting.day(last)}",
        bands=(
            (0, model.high_below, RiskLevel.HIGH),
            (model.high_below, model.low_from, RiskLevel.MEDIUM),
            (model.low_from, 100, RiskLevel.LOW),
        )
        if bands
        else (),
        scores=(0, model.high_below, model.low_from, 100) if bands else (0, 50, 100),
        months=[
            (across(day), f"{day:%b %Y}")
            for day in _months(first, last)
            if _PLOT.left + 20 < across(day) < _PLOT.right - 10
        ],
        models=[(across(day), name) for day, name in model_changes(history)],
        parts=parts,
        last=(*parts[-1][-1], history["overall_score"][-1]) if parts else None,
    )
    return drawn


def bar(share: float, color: str, *, start: float = 0) -> str:
    """Draw a bar from ``start`` to ``share``, both of 100, as wide as its place."""
    low, high = sorted((start, share))
    drawn: str = _DRAW.bar(low, high, color)
    return drawn


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
