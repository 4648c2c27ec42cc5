"""All clients on one day: risk against time to renewal, and how the scores are spread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import polars as pl

from health import formatting
from health.charts import base
from health.charts.theme import RISK_SYMBOL, Palette, faded
from health.explanation.breakdown import between
from health.queries.alerts.rules import SILENT_DAYS
from health.queries.scores import SOON_DAYS
from health.scoring.model import STANDARD
from health.vocabulary import HealthTrend, RiskLevel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import plotly.graph_objects as go

EARLIEST: Final = -45
LATEST: Final = 375
"""Days to the renewal that the picture shows; what lies outside is said below it."""

MOST_MARKS: Final = 600
"""With more clients the picture shows how many there are, and marks only the urgent ones."""

MOST_URGENT: Final = 60
"""So many of them, those with the largest contracts."""

LARGEST: Final = 28
"""Pixels across the mark of the largest contract."""

LONGEST_NAME: Final = 24
"""Letters of a name beside its mark; the hover has the whole name."""

MOST_NAMES: Final = 16
"""Names beside the marks of many clients."""

FEW: Final = 20
"""Up to so many clients, each is named where there is room."""

WHOLE_STEPS: Final = 6
"""Up to so many clients in a bar the axis is told to count whole ones."""

BIN: Final = 5
"""Points in one bar of the distribution."""


def renewal_map(landscape: pl.DataFrame, palette: Palette, *, currency: str) -> go.Figure:
    """Draw score against days to renewal; a mark's area is the contract value.

    landscape: rows of :func:`health.queries.portfolio.landscape`, the most urgent first.
    Each mark carries its organization_id as customdata.
    """
    shown = landscape.filter(pl.col("days_until_renewal").is_between(EARLIEST, LATEST))
    chart = base.figure(palette, height=310)
    base.clickable(chart)
    base.score_axis(chart, title="Score")
    base.room_below(chart, title="Days to renewal; left of 0 it has passed")
    chart.update_xaxes(
        range=[EARLIEST - 8, LATEST + 8],
        tickvals=[0, 30, 60, 90, 180, 270, 365],
        ticktext=["0", "30", "60", "90", "180", "270", "1 year"],
        showgrid=True,
    )
    chart.add_vline(x=0, line_width=1, line_color=palette.neutral)
    base.risk_bands(chart, palette)
    marked = shown
    if shown.height > MOST_MARKS:
        _density(chart, shown, palette)
        marked = _at_high_risk(shown).head(MOST_URGENT)
    largest = max((value for value in landscape["annual_value"] if value), default=1)
    for level in reversed(RiskLevel):
        of_level = marked.filter(pl.col("risk_level") == level)
        _marks(chart, of_level, level, palette, largest=largest, currency=currency)
    for label in _labels(marked, named=shown.height):
        chart.add_annotation(
            x=label.x,
            y=label.y,
            text=base.escape(label.text),
            showarrow=False,
            xanchor=label.anchor,
            xshift=label.shift_x,
            yshift=label.shift_y,
            font={"size": 11, "color": palette.ink},
            bgcolor=faded(palette.ground, 0.45),
            borderpad=0,
        )
    chart.update_layout(margin_r=12)
    return chart


def outside_note(landscape: pl.DataFrame) -> str:
    """Say how many clients the picture leaves out and why; empty where it shows all."""
    days = landscape["days_until_renewal"]
    parts = [
        (days.null_count(), "without a renewal date"),
        (days.filter(days > LATEST).len(), "renewing later than in a year"),
        (days.filter(days < EARLIEST).len(), f"whose renewal passed over {-EARLIEST} days ago"),
    ]
    said = [f"{formatting.number(amount)} {why}" for amount, why in parts if amount]
    return f"Not in the picture: {formatting.listing(said)}." if said else ""


def score_distribution(landscape: pl.DataFrame, palette: Palette) -> go.Figure:
    """Draw how many clients have which score, in steps of ``BIN`` points, by risk."""
    chart = base.figure(palette, height=310)
    binned = (
        landscape.with_columns(
            # 100 belongs to the last step: 95 to 100.
            pl.min_horizontal(pl.col("overall_score") // BIN * BIN, pl.lit(100 - BIN)).alias("low")
        )
        .group_by("low", "risk_level")
        .agg(pl.len().alias("clients"))
        .sort("low")
    )
    for level in reversed(RiskLevel):
        rows = binned.filter(pl.col("risk_level") == level)
        chart.add_bar(
            x=[low + BIN / 2 for low in rows["low"]],
            y=rows["clients"].to_list(),
            width=BIN * 0.86,
            name=level.label,
            marker={"color": palette.risk[level], "line_width": 0},
            hovertext=[
                f"{formatting.count(clients, 'client')} scored {low} to "
                f"{100 if low == 100 - BIN else low + BIN - 1}<br>{level.label}"
                for low, clients in rows.select("low", "clients").iter_rows()
            ],
            hoverinfo="text",
        )
    base.score_axis(chart, "x", title="Score")
    chart.update_layout(barmode="stack", margin_t=24)
    chart.update_xaxes(range=[-0.5, 102])
    highest = max(binned.group_by("low").agg(pl.col("clients").sum())["clients"], default=0)
    base.room_left(chart, [f"{1.06 * highest:,.0f}"], title="Clients")
    chart.update_yaxes(
        tickformat=",d",
        rangemode="tozero",
        # Left alone, the axis counts half clients where there are few.
        dtick=1 if highest <= WHOLE_STEPS else None,
    )
    scores: list[int] = landscape["overall_score"].to_list()
    if scores:
        _mark_average(chart, sum(scores) / len(scores), palette)
    return chart


def _mark_average(chart: go.Figure, average: float, palette: Palette) -> None:
    chart.add_vline(x=average, line_width=1, line_dash="dot", line_color=palette.ink)
    chart.add_annotation(
        x=average,
        y=1,
        yref="paper",
        yanchor="bottom",
        text=f"average {formatting.number(average, 1)}",
        showarrow=False,
        font={"size": 12, "color": palette.ink},
    )


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


def _at_high_risk(shown: pl.DataFrame) -> pl.DataFrame:
    return _by_weight(shown).filter(pl.col("risk_level") == RiskLevel.HIGH)


def _marks(
    chart: go.Figure,
    rows: pl.DataFrame,
    level: RiskLevel,
    palette: Palette,
    *,
    largest: float,
    currency: str,
) -> None:
    chart.add_scatter(
        x=rows["days_until_renewal"].to_list(),
        y=rows["overall_score"].to_list(),
        mode="markers",
        name=level.label,
        marker={
            "symbol": RISK_SYMBOL[level],
            "size": [value or 0 for value in rows["annual_value"]],
            "sizemode": "area",
            "sizeref": 2 * largest / LARGEST**2,
            "sizemin": 4,
            "opacity": 1,
            # What is fine steps back, so that what is not stands out.
            # Grey is what no usage arrives of any more.
            "color": [
                faded(
                    palette.neutral if is_late else palette.risk[level],
                    0.9 if level is RiskLevel.HIGH else 0.6,
                )
                for is_late in rows["is_late"]
            ],
            "line": {
                "color": [
                    palette.neutral if is_late else palette.risk[level]
                    for is_late in rows["is_late"]
                ],
                "width": 1,
            },
        },
        customdata=[[organization_id] for organization_id in rows["organization_id"]],
        hovertext=[_hover(row, currency) for row in rows.iter_rows(named=True)],
        hoverinfo="text",
    )


def _hover(row: dict[str, Any], currency: str) -> str:
    level, trend = RiskLevel[row["risk_level"]], HealthTrend[row["trend"]]
    moved = "" if row["change"] is None else f" ({formatting.change(row['change'])} in 30 days)"
    value = row["annual_value"]
    worth = "" if value is None else f" · {formatting.money(value, currency)} a year"
    lines = [
        f"<b>{base.escape(row['organization_name'])}</b>",
        f"Score {row['overall_score']}, {level.label.lower()}, {trend.label.lower()}{moved}",
        f"{formatting.until_renewal(row['days_until_renewal'])}{worth}",
    ]
    if known := between(row["overall_score"], row["lowest"], row["highest"]):
        lines.append(f"{formatting.percent(row['coverage'])} of the score is known; in all {known}")
    if row["is_late"]:
        lines.append(f"No usage in the last {formatting.count(SILENT_DAYS, 'day')}")
    return "<br>".join(lines)


def _density(chart: go.Figure, rows: pl.DataFrame, palette: Palette) -> None:
    """Shade how many clients there are in cells of 15 days by 5 points."""
    cells = (
        rows.select(
            (pl.col("days_until_renewal").floordiv(15) * 15 + 7.5).alias("x"),
            (pl.min_horizontal(pl.col("overall_score") // 5 * 5, pl.lit(95)) + 2.5).alias("y"),
        )
        .group_by("x", "y")
        .agg(pl.len().alias("clients"))
        .sort("x", "y")
    )
    chart.add_heatmap(
        x=cells["x"].to_list(),
        y=cells["y"].to_list(),
        z=cells["clients"].to_list(),
        colorscale=[[0, faded(palette.accent, 0.06)], [1, faded(palette.accent, 0.75)]],
        showscale=False,
        xgap=1,
        ygap=1,
        hovertemplate="%{z:,} clients score about %{y:.0f}<br>"
        "and renew in about %{x:.0f} days<extra></extra>",
    )


@dataclass(frozen=True, kw_only=True)
class _Label:
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


_WIDTH: Final = 520
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


def _labels(marked: pl.DataFrame, *, named: int) -> list[_Label]:
    """Choose which marks get a name, and where: of a few all, else those that matter most."""
    few = named <= FEW
    wanted, most = (_by_weight(marked), FEW) if few else (_at_high_risk(marked), MOST_NAMES)
    largest = max((value for value in marked["annual_value"] if value), default=1)
    everyone = [_Mark.of(row, largest).box for row in marked.iter_rows(named=True)]
    marks = [_Mark.of(row, largest) for row in wanted.iter_rows(named=True)]
    names: list[_Box] = list(_BAND_NAMES)
    placed: list[_Label] = []
    for place, mark in enumerate(marks):
        label = _free(mark, [*names, *(box for box in everyone if box != mark.box)])
        if label is None and 0 <= mark.days <= SOON_DAYS:
            # Better that a name hides clients that matter less than that it is missing.
            label = _free(mark, [*names, *(other.box for other in marks[:place])])
        if label is not None:
            placed.append(label)
            names.append(label.box)
        if len(placed) == most:
            break
    return placed


def _free(mark: _Mark, taken: Sequence[_Box]) -> _Label | None:
    """The first place for a name that is inside the plot and hides nothing of ``taken``."""
    for label in _places(mark):
        inside = label.box.left > 0 and label.box.right < _WIDTH
        if inside and not any(label.box.overlaps(box) for box in taken):
            return label
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


def _places(mark: _Mark) -> Iterator[_Label]:
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
        yield _Label(
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
