"""The names beside marks: which clients are named, and where there is room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import polars as pl

from health import formatting
from health.charts import base
from health.queries.scores import SOON_DAYS
from health.scoring.model import STANDARD
from health.vocabulary import RiskLevel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

EARLIEST: Final = -45
LATEST: Final = 375
"""Days to the renewal that the picture shows; what lies outside is said below it."""

LARGEST: Final = 28
"""Pixels across the mark of the largest contract."""

LONGEST_NAME: Final = 24
"""Letters of a name beside its mark; the hover has the whole name."""

MOST_NAMES: Final = 16
"""Names beside the marks of many clients."""

FEW: Final = 20
"""Up to so many clients, each is named where there is room."""


def _by_weight(shown: pl.DataFrame) -> pl.DataFrame:
    """High risk first, of that what renews soon, of each the largest contracts first."""
    return shown.sort(
        pl.col("risk_level") == RiskLevel.HIGH,
        pl.col("days_until_renewal").is_between(0, SOON_DAYS),
        "annual_value",
        descending=True,
        nulls_last=True,
        maintain_order=True,
    )


def at_high_risk(shown: pl.DataFrame) -> pl.DataFrame:
    """Return the clients at high risk, the most urgent first."""
    return _by_weight(shown).filter(pl.col("risk_level") == RiskLevel.HIGH)


@dataclass(frozen=True, kw_only=True)
class Name:
    """A name beside its mark, in pixels from the mark's centre, and the box it covers."""

    x: float
    y: float
    text: str
    shift_x: float
    shift_y: float
    anchor: str
    box: _Box


@dataclass(frozen=True, kw_only=True)
class _Box:
    """A rectangle in pixels of the narrowest plot, y upwards."""

    left: float
    right: float
    bottom: float
    top: float

    def overlaps(self, other: _Box) -> bool:
        return (
            self.left < other.right
            and self.right > other.left
            and self.bottom < other.top
            and self.top > other.bottom
        )


_WIDTH: Final = 300
_HEIGHT: Final = 240
"""Pixels of the plot on the narrowest screen: what does not collide there never does."""


def _height(score: float) -> float:
    """Where a score stands on the narrowest plot, in pixels from its lower edge."""
    return (score + 3) / (base.TOP + 3) * _HEIGHT


_LETTER: Final = 6.0
_LINE: Final = 13

_BAND_NAMES: Final = tuple(
    _Box(left=0, right=84, bottom=bottom, top=bottom + 18)
    for bottom in (_height(0), _height(STANDARD.high_below), _HEIGHT - 18)
)
"""Where the names of the risk bands stand."""


def mark_names(marked: pl.DataFrame, *, named: int) -> list[Name]:
    """Choose which marks get a name, and where: of a few all, else those that matter most."""
    few = named <= FEW
    wanted, most = (_by_weight(marked), FEW) if few else (at_high_risk(marked), MOST_NAMES)
    largest = max((value for value in marked["annual_value"] if value), default=1)
    everyone = [_Mark.of(row, largest).box for row in marked.iter_rows(named=True)]
    marks = [_Mark.of(row, largest) for row in wanted.iter_rows(named=True)]
    names: list[_Box] = list(_BAND_NAMES)
    placed: list[Name] = []
    for place, mark in enumerate(marks):
        name = _free(mark, [*names, *(box for box in everyone if box != mark.box)])
        if name is None and 0 <= mark.days <= SOON_DAYS:
            # Better that a name hides clients that matter less than that it is missing.
            name = _free(mark, [*names, *(other.box for other in marks[:place])])
        if name is not None:
            placed.append(name)
            names.append(name.box)
        if len(placed) == most:
            break
    return placed


def _free(mark: _Mark, taken: Sequence[_Box]) -> Name | None:
    """The first place for a name that is inside the plot and hides nothing of ``taken``."""
    for name in _places(mark):
        inside = name.box.left > 0 and name.box.right < _WIDTH
        if inside and not any(name.box.overlaps(box) for box in taken):
            return name
    return None


@dataclass(frozen=True, kw_only=True)
class _Mark:
    """A mark on the narrowest plot: where it is on the axes and in pixels, and its size."""

    name: str
    days: float
    score: float
    across: float
    up: float
    radius: float

    @classmethod
    def of(cls, row: dict[str, Any], largest: float) -> Self:
        days, score = float(row["days_until_renewal"]), float(row["overall_score"])
        share = (row["annual_value"] or 0) / largest
        return cls(
            name=formatting.brief(row["organization_name"], LONGEST_NAME),
            days=days,
            score=score,
            across=(days - EARLIEST + 8) / (LATEST - EARLIEST + 16) * _WIDTH,
            up=_height(score),
            radius=max(LARGEST / 2 * share**0.5, 3) + 2,
        )

    @property
    def box(self) -> _Box:
        # A name may touch a mark, but not hide it.
        half = self.radius * 0.6
        return _Box(
            left=self.across - half,
            right=self.across + half,
            bottom=self.up - half,
            top=self.up + half,
        )


def _places(mark: _Mark) -> Iterator[Name]:
    """Yield where a name could stand: right of its mark, left, above, below."""
    length = len(mark.name) * _LETTER
    away = mark.radius + _LINE / 2
    for anchor, shift_x, shift_y, start in (
        ("left", mark.radius, 0.0, mark.radius),
        ("right", -mark.radius, 0.0, -mark.radius - length),
        ("center", 0.0, away, -length / 2),
        ("center", 0.0, -away, -length / 2),
        ("left", 0.0, away, 0.0),
        ("left", 0.0, -away, 0.0),
        ("right", 0.0, away, -length),
        ("right", 0.0, -away, -length),
    ):
        left, middle = mark.across + start, mark.up + shift_y
        yield Name(
            x=mark.days,
            y=mark.score,
            text=mark.name,
            shift_x=shift_x,
            shift_y=shift_y,
            anchor=anchor,
            box=_Box(
                left=left,
                right=left + length,
                bottom=middle - _LINE / 2,
                top=middle + _LINE / 2,
            ),
        )
