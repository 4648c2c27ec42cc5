"""The portfolio over time, and whose score moved between two days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import plotly.graph_objects as go

from health import words
from health.charts import base
from health.charts.panels import lone_points
from health.theme import RISK_SYMBOL, Palette
from health.vocabulary import RiskLevel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import polars as pl

ROW: Final = 30
"""Pixels of one client among the movers."""

LONGEST_NAME: Final = 26
"""Letters of a name at the edge; the hover has the whole name."""


def average_history(
    history: pl.DataFrame, palette: Palette, *, first: date, last: date
) -> go.Figure:
    """Draw the average score of each day over the risk bands; a day without scores is a gap.

    history: rows of :func:`health.queries.trends.history`.
    """
    chart = base.figure(palette, height=300)
    base.score_axis(chart)
    base.risk_bands(chart, palette)
    days = base.every_day(history, "score_date", first, last)
    dates, averages = days["score_date"].to_list(), days["average"].to_list()
    base.line(
        chart,
        dates,
        averages,
        name="Average score",
        color=palette.accent,
        hover=[_average_sentence(row) for row in days.iter_rows(named=True)],
        width=2.5,
    )
    lone_points(chart, dates, averages, palette.accent)
    if history.height:
        end = history.row(-1, named=True)
        label = f"<b>{words.number(end['average'], 1)}</b>"
        base.end_label(chart, end["score_date"], end["average"], label, palette.accent)
    chart.update_layout(margin={"l": 8, "r": 52, "t": 8, "b": 8}, xaxis={"range": [first, last]})
    return chart


def risk_mix(history: pl.DataFrame, palette: Palette, *, first: date, last: date) -> go.Figure:
    """Draw how many clients had which risk each day; a day without scores stays empty.

    history: rows of :func:`health.queries.trends.history`.
    """
    chart = base.figure(palette, height=300)
    below = 0
    for level in reversed(RiskLevel):
        counts = history[level.lower()].to_list()
        # Bars without a gap between them: an area would draw a slope into a day without scores.
        chart.add_bar(
            x=history["score_date"].to_list(),
            y=counts,
            name=level.label,
            marker={"color": palette.risk[level], "line_width": 0},
            hovertext=[_mix_sentence(row, level) for row in history.iter_rows(named=True)],
            hoverinfo="text",
        )
        if counts:
            chart.add_annotation(
                x=last,
                xanchor="left",
                xshift=8,
                y=below + counts[-1] / 2,
                text=f"<b>{words.number(counts[-1])}</b> {level.label.lower()}",
                showarrow=False,
                font={"size": 12, "color": palette.risk_ink[level]},
            )
            below += counts[-1]
    _spread_labels(chart, below)
    chart.update_layout(
        barmode="stack",
        bargap=0,
        margin={"l": 8, "r": 118, "t": 8, "b": 8},
        xaxis={"range": [first, last]},
    )
    chart.update_yaxes(title_text="Clients", tickformat=",d", rangemode="tozero")
    return chart


def movers(rows: pl.DataFrame, palette: Palette, *, before: date, as_of: date) -> go.Figure:
    """Draw from which score to which each client went, the largest change on top.

    rows: ``down`` or ``up`` of :class:`health.queries.trends.Movers`, each with the main
    ``reason`` of the move. Each mark carries its organization_id as customdata.
    """
    chart = base.figure(palette, height=ROW * rows.height + 46)
    base.score_axis(chart, "x")
    clients = rows.to_dicts()
    for place, row in enumerate(clients):
        color = palette.bad if row["change"] < 0 else palette.good
        chart.add_shape(
            type="line",
            x0=row["score_before"],
            x1=row["score"],
            y0=place,
            y1=place,
            line={"color": color, "width": 2},
            layer="below",
        )
    _ends(chart, clients, "score_before", palette, before=before, as_of=as_of)
    _ends(chart, clients, "score", palette, before=before, as_of=as_of)
    for place, row in enumerate(clients):
        fell = row["change"] < 0
        chart.add_annotation(
            x=row["score"],
            y=place,
            xanchor="right" if fell else "left",
            xshift=-9 if fell else 9,
            text=f"<b>{words.change(row['change'])}</b>",
            showarrow=False,
            font={"size": 12, "color": palette.bad if fell else palette.good},
        )
    chart.update_yaxes(
        tickvals=list(range(len(clients))),
        ticktext=[
            base.escape(words.brief(row["organization_name"], LONGEST_NAME)) for row in clients
        ],
        range=[len(clients) - 0.5, -0.5],
        showgrid=False,
        tickfont={"size": 13, "color": palette.ink},
    )
    chart.update_xaxes(showgrid=True, range=[-6, 106], title_text="Score")
    return chart


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
        y=list(range(len(clients))),
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


def _average_sentence(row: Mapping[str, Any]) -> str | None:
    if row["average"] is None:
        return None
    return (
        f"{words.day(row['score_date'])}<br>Average {words.number(row['average'], 1)} "
        f"of {words.count(row['clients'], 'client')}"
    )


def _mix_sentence(row: Mapping[str, Any], level: RiskLevel) -> str:
    amount = row[level.lower()]
    share = words.percent(100 * amount / row["clients"])
    return (
        f"{words.day(row['score_date'])}<br>{words.count(amount, 'client')} at "
        f"{level.label.lower()}, {share} of {words.number(row['clients'])}"
    )


def _move_sentence(row: Mapping[str, Any], before: date, as_of: date) -> str:
    level, was = RiskLevel[row["risk_level"]], RiskLevel[row["risk_before"]]
    became = level.label.lower()
    risk = f"still {became}" if level is was else f"from {was.label.lower()} to {became}"
    return (
        f"<b>{base.escape(row['organization_name'])}</b><br>"
        f"{row['score_before']} on {words.day(before)}, {row['score']} on {words.day(as_of)}: "
        f"{words.change(row['change'])}, {risk}<br>"
        f"{base.escape(row['reason'])}{'<br>' if row['reason'] else ''}"
        f"{words.until_renewal(row['days_until_renewal'])}"
    )


def _spread_labels(chart: go.Figure, total: int) -> None:
    """Move labels at the right edge apart where a level has few clients."""
    labels = list(chart.layout.annotations)
    places = base.apart([label.y for label in labels], total * 0.07)
    for label, y in zip(labels, places, strict=True):
        label.y = y
