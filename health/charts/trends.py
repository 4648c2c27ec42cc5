"""The portfolio over time, and whose score moved between two days."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from itertools import starmap
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from health import formatting
from health.charts import base
from health.charts.panels import lone_points
from health.charts.theme import RISK_MARK, RISK_SYMBOL, Palette
from health.vocabulary import RiskLevel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    import plotly.graph_objects as go

ROW: Final = 42
"""Pixels of one client among the movers: a line for the name, and below it where it went."""

LONGEST_NAME: Final = 34
"""Letters of a name; the hover has the whole name."""

_NAME_AT: Final = -0.26
_WAY_AT: Final = 0.18
"""Where the two lines stand, in rows from the middle of one."""


def average_history(
    history: pl.DataFrame,
    palette: Palette,
    *,
    first: date,
    last: date,
    models: Sequence[tuple[date, str]] = (),
) -> go.Figure:
    """Draw the average score of each day over the risk bands; a day without scores is a gap.

    history: rows of :func:`health.queries.trends.history`.
    models: days from which on other models are in force, and what these are called.
    """
    chart = base.figure(palette, height=300)
    base.score_axis(chart)
    base.time_axis(chart, first, last)
    base.risk_bands(chart, palette)
    days = base.every_day(history, "score_date", first, last)
    dates, averages = days["score_date"].to_list(), days["average"].round(6).to_list()
    base.line(
        chart,
        first,
        averages,
        name="Average score",
        color=palette.accent,
        hover=f"{base.DAY}<br>Average %{{y:.1f}} of %{{text}}",
        text=[amount and formatting.count(amount, "client") for amount in days["clients"]],
        width=2.5,
    )
    lone_points(chart, dates, averages, palette.accent)
    for day, name in models:
        if first < day <= last:
            base.model_change(chart, day, name, palette)
    if history.height:
        end = history.row(-1, named=True)
        label = f"<b>{formatting.number(end['average'], 1)}</b>"
        base.end_label(chart, end["score_date"], end["average"], label, palette.accent)
    chart.update_layout(margin_r=52)
    return chart


def risk_mix(history: pl.DataFrame, palette: Palette, *, first: date, last: date) -> go.Figure:
    """Draw how many clients had which risk each day; a day without scores stays empty.

    history: rows of :func:`health.queries.trends.history`.
    """
    chart = base.figure(palette, height=300)
    runs = _runs(history)
    for level in reversed(RiskLevel):
        chart.add_scatter(
            **_steps(runs, level),
            mode="lines",
            line_width=0,
            fill="toself",
            fillcolor=palette.risk[level],
            name=level.label,
            hoverinfo="skip",
            hoveron="points",
        )
    days = base.every_day(history, "score_date", first, last)
    base.line(
        chart,
        first,
        (days["clients"] / 2).to_list(),
        name="Clients",
        color="rgba(0,0,0,0)",
        hover="<br>".join([f"{base.DAY}, %{{text}}", *starmap(_mix_line, enumerate(RiskLevel))]),
        text=[amount and formatting.count(amount, "client") for amount in days["clients"]],
        customdata=[_mix(row) for row in days.iter_rows(named=True)],
        width=0,
    )
    if history.height:
        _name_levels(chart, history.row(-1, named=True), palette, at=last)
    most = max(history["clients"].to_list(), default=1)
    base.time_axis(chart, first, last)
    base.room_left(chart, [f"{1.05 * most:,.0f}"], title="Clients")
    chart.update_layout(hovermode="x", margin_r=118)
    chart.update_yaxes(tickformat=",d", range=[0, most * 1.05])
    return chart


def movers(rows: pl.DataFrame, palette: Palette, *, before: date, as_of: date) -> go.Figure:
    """Draw from which score to which each client went, the largest change on top.

    rows: ``down`` or ``up`` of :class:`health.queries.trends.Movers`, each with the main
    ``reason`` of the move. Each mark carries its organization_id as customdata.
    """
    chart = base.figure(palette, height=ROW * rows.height + 46)
    base.score_axis(chart, "x", title="Score")
    base.clickable(chart)
    clients = rows.to_dicts()
    _names(chart, clients, palette, before=before, as_of=as_of)
    for color, fell in ((palette.bad, True), (palette.good, False)):
        own = [(at, row) for at, row in enumerate(clients) if (row["change"] < 0) is fell]
        if own:
            _ways(chart, own, color)
    _ends(chart, clients, "score_before", palette, before=before, as_of=as_of)
    _ends(chart, clients, "score", palette, before=before, as_of=as_of)
    chart.update_xaxes(showgrid=True, range=[-6, 106])
    chart.update_yaxes(range=[len(clients) - 0.5, -0.5], visible=False)
    chart.update_layout(bargap=0)
    return chart


def _names(
    chart: go.Figure, clients: list[dict[str, Any]], palette: Palette, *, before: date, as_of: date
) -> None:
    """Write the name of each client above its way; all of its row can be clicked."""
    places = list(range(len(clients)))
    chart.add_bar(
        base=[-6] * len(clients),
        x=[112] * len(clients),
        y=places,
        orientation="h",
        marker={"color": "rgba(0,0,0,0)", "line_width": 0},
        customdata=[[row["organization_id"]] for row in clients],
        hovertext=[_move_sentence(row, before, as_of) for row in clients],
        hoverinfo="text",
    )
    names = [formatting.brief(row["organization_name"], LONGEST_NAME) for row in clients]
    base.write(
        chart,
        [-6] * len(clients),
        [place + _NAME_AT for place in places],
        [f"<b>{base.escape(name)}</b>" for name in names],
        position="middle right",
        color=palette.accent,
    )


def _ways(chart: go.Figure, clients: list[tuple[int, dict[str, Any]]], color: str) -> None:
    """Draw the way of each client from the earlier score to the later, and write how long it is."""
    chart.add_scatter(
        x=[x for _, row in clients for x in (row["score_before"], row["score"], None)],
        y=[y for place, _ in clients for y in (place + _WAY_AT, place + _WAY_AT, None)],
        mode="lines",
        line={"color": color, "width": 2},
        hoverinfo="skip",
    )
    base.write(
        chart,
        [row["score"] for _, row in clients],
        [place + _WAY_AT for place, _ in clients],
        [f"{base.GAP} <b>{formatting.change(row['change'])}</b> {base.GAP}" for _, row in clients],
        position=["middle left" if row["change"] < 0 else "middle right" for _, row in clients],
        color=color,
        size=12,
    )


def _ends(
    chart: go.Figure,
    clients: list[dict[str, Any]],
    column: str,
    palette: Palette,
    *,
    before: date,
    as_of: date,
) -> None:
    """Mark one of the two days: the earlier hollow, the later in the colour of its risk."""
    is_now = column == "score"
    levels = [RiskLevel[row["risk_level" if is_now else "risk_before"]] for row in clients]
    chart.add_scatter(
        x=[row[column] for row in clients],
        y=[place + _WAY_AT for place in range(len(clients))],
        mode="markers",
        marker={
            "symbol": [RISK_SYMBOL[level] for level in levels],
            "size": 11 if is_now else 8,
            "opacity": 1,
            "color": [palette.risk[level] if is_now else palette.ground for level in levels],
            "line": {"width": 1.5, "color": [palette.risk[level] for level in levels]},
        },
        customdata=[[row["organization_id"]] for row in clients],
        hovertext=[_move_sentence(row, before, as_of) for row in clients],
        hoverinfo="text",
    )


def _runs(history: pl.DataFrame) -> list[list[dict[str, Any]]]:
    """The rows of each stretch of days without a gap, with the clients below each level's steps."""
    below = pl.lit(0)
    edges = []
    for level in reversed(RiskLevel):
        edges.append(below.alias(f"below_{level.lower()}"))
        below += pl.col(level.lower())
    stretch = (pl.col("score_date").diff() != pl.duration(days=1)).fill_null(value=True).cum_sum()
    rows = history.with_columns(*edges).with_columns(stretch.alias("stretch"))
    return [part.to_dicts() for part in rows.partition_by("stretch", maintain_order=True)]


def _steps(runs: list[list[dict[str, Any]]], level: RiskLevel) -> dict[str, Any]:
    """The outline of a level, a day a step: a slope would lead into days without scores.

    One shape for all days: a browser takes long for a bar a day.
    """
    half = timedelta(hours=12)
    x: list[datetime | date | None] = []
    y: list[int | None] = []
    for days in runs:
        low = [row[f"below_{level.lower()}"] for row in days]
        high = [edge + row[level.lower()] for edge, row in zip(low, days, strict=True)]
        noons = [row["score_date"] for row in days]
        across = [_middle(noons[0]) - half, *noons, _middle(noons[-1]) + half]
        x += [*across, *reversed(across), None]
        y += [high[0], *high, high[-1], low[-1], *reversed(low), low[0], None]
    return {"x": x, "y": y, "line_shape": "hvh"}


def _middle(day: date) -> datetime:
    return datetime.combine(day, time())


def _name_levels(chart: go.Figure, row: Mapping[str, Any], palette: Palette, *, at: date) -> None:
    """Write how many clients have which risk at the right edge, apart where a level has few."""
    levels = list(reversed(RiskLevel))
    counts = [row[level.lower()] for level in levels]
    wanted = [sum(counts[:place]) + amount / 2 for place, amount in enumerate(counts)]
    base.write(
        chart,
        [at] * len(levels),
        base.apart(wanted, sum(counts) * 0.07),
        [
            f"{base.GAP}<b>{formatting.number(amount)}</b> {level.label.lower()}"
            for level, amount in zip(levels, counts, strict=True)
        ],
        position="middle right",
        color=[palette.risk_ink[level] for level in levels],
        size=12,
    )


def _mix_line(at: int, level: RiskLevel) -> str:
    """A line of what a day says where the pointer is; its numbers are of :func:`_mix`."""
    share = f"%{{customdata[{2 * at + 1}]}}{formatting.NO_BREAK}%"
    return f"{RISK_MARK[level]} {level.label}: %{{customdata[{2 * at}]:,}}, {share}"


def _mix(row: Mapping[str, Any]) -> list[int] | None:
    """How many clients have which risk, and what share of all, for each level."""
    if row["clients"] is None:
        return None
    counts = [row[level.lower()] for level in RiskLevel]
    return [
        number
        for count in counts
        for number in (count, int(formatting.number(100 * count / row["clients"])))
    ]


def _move_sentence(row: Mapping[str, Any], before: date, as_of: date) -> str:
    level, was = RiskLevel[row["risk_level"]], RiskLevel[row["risk_before"]]
    became = level.label.lower()
    risk = f"still {became}" if level is was else f"from {was.label.lower()} to {became}"
    return (
        f"<b>{base.escape(row['organization_name'])}</b><br>"
        f"{row['score_before']} on {formatting.day(before)}, {row['score']} on "
        f"{formatting.day(as_of)}: "
        f"{formatting.change(row['change'])}, {risk}<br>"
        f"{base.escape(row['reason'])}{'<br>' if row['reason'] else ''}"
        f"{formatting.until_renewal(row['days_until_renewal'])}"
    )
