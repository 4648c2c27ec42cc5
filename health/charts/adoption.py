"""Which features are bought and used: clients against features, and features over all clients."""

from __future__ import annotations

from math import log1p
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from health import formatting
from health.charts import base
from health.charts.theme import faded
from health.queries.adoption import AdoptionState
from health.vocabulary import FeatureName

if TYPE_CHECKING:
    from collections.abc import Callable

    import plotly.graph_objects as go

    from health.charts.theme import Palette
    from health.queries.adoption import AdoptionMatrix

MARK: Final = {
    AdoptionState.USED: "●",
    AdoptionState.UNUSED: "○",
    AdoptionState.NOT_ENABLED: "·",
}
"""A mark for each state, so that it is read without colour."""

ROW: Final = 24
"""Pixels of a client's row."""

_HEAD: Final = 64
_EDGE: Final = 0.87
"""Share of the width that the cells take; the rest is the rate of each client."""


def adoption_matrix(
    matrix: AdoptionMatrix,
    features: pl.DataFrame,
    palette: Palette,
    *,
    link: Callable[[str], str],
) -> go.Figure:
    """Draw a page of clients against features: a client a row, the best used feature first.

    features: as in :class:`health.queries.adoption.AdoptionOverview`.
    link: the address a client's name leads to, by id.
    """
    clients = matrix.clients
    height = ROW * clients.height
    chart = base.figure(palette, height=height + _HEAD)
    chart.update_layout(margin={"l": 8, "r": 8, "t": _HEAD, "b": 0}, xaxis2={}, bargap=0.45)
    names = features["feature_name"].to_list()
    cells = {
        (cell["organization_id"], cell["feature_name"]): cell
        for cell in matrix.cells.iter_rows(named=True)
    }
    rows = list(clients.iter_rows(named=True))
    grid = [[cells.get((row["organization_id"], name)) for name in names] for row in rows]
    most = max((cell["usage_count"] or 0 for cell in cells.values()), default=0)
    chart.add_heatmap(
        z=[[_shade(cell, most) for cell in line] for line in grid],
        x=list(range(len(names))),
        y=list(range(len(rows))),
        zmin=0,
        zmax=3,
        colorscale=_colors(palette),
        showscale=False,
        xgap=3,
        ygap=3,
        hovertext=[
            [_cell_sentence(row, name, cell) for name, cell in zip(names, line, strict=True)]
            for row, line in zip(rows, grid, strict=True)
        ],
        hoverinfo="text",
    )
    unused = [
        (column, place)
        for place, line in enumerate(grid)
        for column, cell in enumerate(line)
        if cell is not None and cell["state"] == AdoptionState.UNUSED
    ]
    # Marks, as a browser takes several times as long for as many letters.
    chart.add_scatter(
        x=[column for column, _ in unused],
        y=[place for _, place in unused],
        mode="markers",
        marker={"symbol": "circle-open", "size": 7, "color": palette.ink, "line": {"width": 1}},
        hoverinfo="skip",
    )
    chart.update_xaxes(
        domain=[0, _EDGE],
        side="top",
        tickvals=list(range(len(names))),
        ticktext=[_feature_head(row) for row in features.iter_rows(named=True)],
        tickangle=0,
        tickfont={"size": 10.5, "color": palette.ink},
        ticks="",
        showgrid=False,
        showline=False,
        range=[-0.5, len(names) - 0.5],
    )
    base.rows(chart, [_name(row, link, palette) for row in rows], palette, size=12)
    chart.update_yaxes(ticks="")
    _client_edge(chart, rows, palette)
    return chart


def feature_bars(features: pl.DataFrame, palette: Palette) -> go.Figure:
    """Draw how many clients use each feature, and how many have it and do not; those first.

    features: as in :class:`health.queries.adoption.AdoptionOverview`.
    """
    rows = list(
        features.filter(pl.col("used") + pl.col("unused") > 0)
        .sort("unused", "used", descending=True, maintain_order=True)
        .iter_rows(named=True)
    )
    chart = base.figure(palette, height=26 * len(rows) + 12)
    places = list(range(len(rows)))
    longest = max((row["used"] + row["unused"] for row in rows), default=1)
    chart.update_layout(barmode="stack", bargap=0.36, margin={"b": 4})
    chart.update_xaxes(range=[0, longest * 1.32], visible=False)
    base.rows(chart, [FeatureName[row["feature_name"]].label for row in rows], palette, size=12)
    hover = [_feature_sentence(row) for row in rows]
    outlined = {"color": faded(palette.unused, 0.2), "line": {"color": palette.unused, "width": 1}}
    for values, marker in (
        ([row["unused"] for row in rows], outlined),
        ([row["used"] for row in rows], {"color": palette.used, "line": {"width": 0}}),
    ):
        chart.add_bar(
            x=values,
            y=places,
            orientation="h",
            marker=marker,
            hovertext=hover,
            hoverinfo="text",
        )
    enabled = [row["used"] + row["unused"] for row in rows]
    base.write(
        chart,
        enabled,
        places,
        [
            f"{base.GAP}<b>{formatting.number(row['unused'])}</b> of {formatting.number(amount)}"
            + (" do not use it" if place == 0 else "")
            for place, row, amount in zip(places, rows, enabled, strict=True)
        ],
        position="middle right",
        color=palette.quiet,
        size=12,
    )
    return chart


def _colors(palette: Palette) -> list[list[object]]:
    """From 0: not enabled, 1: not used, 2 to 3: used, darker where more."""
    blank = faded(palette.neutral, 0.07)
    unused = faded(palette.unused, 0.2)
    return [
        [0, blank],
        [1 / 6, blank],
        [1 / 6, unused],
        [0.5, unused],
        [0.5, faded(palette.used, 0.65)],
        [2 / 3, faded(palette.used, 0.65)],
        [1, palette.used],
    ]


def _shade(cell: dict[str, Any] | None, most: int) -> float:
    if cell is None or cell["state"] == AdoptionState.NOT_ENABLED:
        return 0
    if cell["state"] == AdoptionState.UNUSED:
        return 1
    return 2 + log1p(cell["usage_count"] or 0) / log1p(most) if most else 2


def _cell_sentence(row: dict[str, Any], feature: str, cell: dict[str, Any] | None) -> str:
    title = f"<b>{base.escape(row['name'])}</b> · {FeatureName[feature].label}"
    state = AdoptionState.NOT_ENABLED if cell is None else AdoptionState[cell["state"]]
    if cell is None or state is not AdoptionState.USED:
        return f"{title}<br>{MARK[state]} {state.label}"
    known = [
        None if cell["usage_count"] is None else formatting.count(cell["usage_count"], "time"),
        cell["first_used_at"] and f"first {formatting.day(cell['first_used_at'])}",
        cell["last_used_at"] and f"last {formatting.day(cell['last_used_at'])}",
    ]
    rest = ", ".join(part for part in known if part)
    return f"{title}<br>{MARK[state]} {state.label}{f' {rest}' if rest else ''}"


def _feature_head(row: dict[str, Any]) -> str:
    label = FeatureName[row["feature_name"]].label.replace(" ", "<br>", 1)
    rate = formatting.percent(row["rate"])
    return f"{label}<br><b>{rate}</b>" if "<br>" in label else f"<br>{label}<br><b>{rate}</b>"


def _name(row: dict[str, Any], link: Callable[[str], str], palette: Palette) -> str:
    name = row["name"] if len(row["name"]) <= 30 else f"{row['name'][:29].rstrip()}…"
    style = f'target="_self" style="color:{palette.accent}"'
    return f'<a href="{link(row["organization_id"])}" {style}>{base.escape(name)}</a>'


def _feature_sentence(row: dict[str, Any]) -> str:
    enabled = row["used"] + row["unused"]
    return (
        f"<b>{FeatureName[row['feature_name']].label}</b><br>"
        f"Enabled for {formatting.count(enabled, 'client')}; {formatting.number(row['used'])} "
        "use it "
        f"({formatting.percent(row['rate'])}), {formatting.number(row['unused'])} do not"
    )


def _client_edge(chart: go.Figure, rows: list[dict[str, Any]], palette: Palette) -> None:
    """Write and draw the share of features each client uses, at the right edge."""
    plain = {"visible": False, "fixedrange": True}
    chart.update_layout(
        xaxis2={**plain, "domain": [_EDGE + 0.01, 1], "range": [0, 245], "anchor": "y"}
    )
    chart.add_bar(
        x=[row["rate"] or 0 for row in rows],
        y=list(range(len(rows))),
        orientation="h",
        marker={"color": faded(palette.used, 0.75), "line": {"width": 0}},
        hoverinfo="skip",
        xaxis="x2",
        yaxis="y",
    )
    base.write(
        chart,
        [row["rate"] or 0 for row in rows],
        range(len(rows)),
        [f"{base.GAP}{_rate_words(row)}" for row in rows],
        position="middle right",
        color=palette.quiet,
        size=11,
        xaxis="x2",
        yaxis="y",
    )


def _rate_words(row: dict[str, Any]) -> str:
    if row["rate"] is None:
        return "nothing enabled"
    return f"<b>{formatting.percent(row['rate'])}</b> {row['used']} of {row['enabled']}"
