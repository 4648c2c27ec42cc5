"""Which features are licensed and used: clients against features, and features over all clients."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from health import formatting
from health.charts import base
from health.charts.theme import faded
from health.queries.adoption_levels import AdoptionLevel
from health.vocabulary import FeatureName

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from health.charts.theme import Palette
    from health.queries.adoption import AdoptionMatrix

MARK: Final = {
    AdoptionLevel.NOT_LICENSED: "·",
    AdoptionLevel.UNUSED: "○",
    AdoptionLevel.LIGHT: "◔",
    AdoptionLevel.ACTIVE: "◑",
    AdoptionLevel.POWER: "●",
}
"""A mark for each level, so that it is read without colour."""

ROW: Final = 30
"""Pixels of a client's row: two lines of its name."""

_HEAD: Final = 172
"""Pixels above the cells: the longest name of a feature, upright, and its rate."""

_NAME: Final = 0.47
_EDGE: Final = 0.24
"""How wide the names at the left and the totals at the right are, against all cells of a row.

On the narrowest screen a cell is 15 pixels wide, and a name has room for ``_LETTERS`` a line.
"""

_LETTERS: Final = 15


def adoption_matrix(matrix: AdoptionMatrix, features: pl.DataFrame, palette: Palette) -> go.Figure:
    """Draw a page of clients against features: a client a row, the best used feature first.

    Names and cells carry the organization_id of their client.

    features: as in :class:`health.queries.adoption.AdoptionOverview`.
    """
    rows = list(matrix.clients.iter_rows(named=True))
    names = features["feature_name"].to_list()
    chart = base.figure(palette, height=ROW * len(rows) + _HEAD)
    chart.update_layout(margin={"l": 0, "r": 0, "t": _HEAD, "b": 0}, barmode="overlay")
    base.clickable(chart)
    _names(chart, rows, len(names), palette)
    _cells(chart, matrix, rows, names, palette)
    _totals(chart, rows, len(names), palette)
    chart.update_xaxes(
        range=[-_NAME * len(names), (1 + _EDGE) * len(names)],
        side="top",
        tickvals=[place + 0.5 for place in range(len(names))],
        ticktext=[_feature_head(row) for row in features.iter_rows(named=True)],
        tickangle=-90,
        tickfont={"size": 12, "color": palette.ink},
        ticks="",
        showgrid=False,
        showline=False,
    )
    chart.update_yaxes(range=[len(rows) - 0.5, -0.5], visible=False)
    return chart


def _names(chart: go.Figure, rows: list[dict[str, Any]], features: int, palette: Palette) -> None:
    """Write the name of each client, under an invisible bar, that all of it can be clicked."""
    width = _NAME * features
    places = list(range(len(rows)))
    chart.add_bar(
        orientation="h",
        base=[-width] * len(rows),
        x=[width * 0.98] * len(rows),
        y=places,
        width=1,
        marker={"color": faded(palette.ground, 0), "line": {"width": 0}},
        hovertext=[f"Open <b>{base.escape(row['name'])}</b>" for row in rows],
        hoverinfo="text",
        customdata=[[row["organization_id"]] for row in rows],
    )
    base.write(
        chart,
        [-0.1] * len(rows),
        places,
        [_name(row["name"]) for row in rows],
        position="middle left",
        color=palette.accent,
        size=11,
    )


def _name(name: str) -> str:
    lines = wrap(name, _LETTERS, max_lines=2, placeholder="…") or [name]
    return "<br>".join(base.escape(line) for line in lines)


def _cells(
    chart: go.Figure,
    matrix: AdoptionMatrix,
    rows: list[dict[str, Any]],
    names: list[str],
    palette: Palette,
) -> None:
    """Draw a box for each client and feature; what is not on file is not licensed."""
    found = {
        (cell["organization_id"], cell["feature_name"]): cell
        for cell in matrix.cells.iter_rows(named=True)
    }
    colors = _colors(palette)
    boxes = [
        (place, column, row, name, found.get((row["organization_id"], name), _NOTHING))
        for place, row in enumerate(rows)
        for column, name in enumerate(names)
    ]
    levels = [AdoptionLevel[cell["level"]] for *_, cell in boxes]
    chart.add_bar(
        orientation="h",
        base=[column + 0.04 for _, column, *_ in boxes],
        x=[0.92] * len(boxes),
        y=[place for place, *_ in boxes],
        width=0.86,
        marker={"color": [colors[level] for level in levels], "line": {"width": 0}},
        hovertext=[_cell_sentence(row, name, cell) for _, _, row, name, cell in boxes],
        hoverinfo="text",
        customdata=[[row["organization_id"]] for _, _, row, *_ in boxes],
        unselected={"marker": {"opacity": 1}},
    )
    unused = [box for box, level in zip(boxes, levels, strict=True) if level is _UNUSED]
    # Marks, as a browser takes several times as long for as many letters.
    chart.add_scatter(
        x=[column + 0.5 for _, column, *_ in unused],
        y=[place for place, *_ in unused],
        mode="markers",
        marker={"symbol": "circle-open", "size": 8, "color": palette.ink, "line": {"width": 1}},
        hoverinfo="skip",
    )


_UNUSED: Final = AdoptionLevel.UNUSED

_NOTHING: Final[dict[str, Any]] = {"level": AdoptionLevel.NOT_LICENSED.value}


def _totals(chart: go.Figure, rows: list[dict[str, Any]], features: int, palette: Palette) -> None:
    """Write how many of its licensed features each client uses, on a bar of their share."""
    start, width = features + 0.15, _EDGE * features - 0.2
    places = list(range(len(rows)))
    chart.add_bar(
        orientation="h",
        base=[start] * len(rows),
        x=[width * (row["rate"] or 0) / 100 for row in rows],
        y=places,
        width=0.7,
        marker={"color": faded(palette.neutral, 0.25), "line": {"width": 0}},
        hoverinfo="skip",
    )
    base.write(
        chart,
        [start] * len(rows),
        places,
        [f"{row['used']} of {row['enabled']}" for row in rows],
        position="middle right",
        color=palette.ink,
        size=11,
    )


def feature_bars(features: pl.DataFrame, palette: Palette) -> go.Figure:
    """Draw how many clients are at which level of each feature; the least used feature first.

    Each part of a bar carries its feature and its level.

    features: as in :class:`health.queries.adoption.AdoptionOverview`.
    """
    rows = list(
        features.with_columns(licensed=pl.col("used") + pl.col("unused"))
        .filter(pl.col("licensed") > 0)
        .sort("unused", "used", descending=True, maintain_order=True)
        .iter_rows(named=True)
    )
    chart = base.figure(palette, height=26 * len(rows) + 12)
    places = list(range(len(rows)))
    longest = max((row["licensed"] for row in rows), default=1)
    chart.update_layout(barmode="stack", bargap=0.36, margin={"b": 4, "r": 88})
    base.clickable(chart)
    chart.update_xaxes(range=[0, longest], visible=False)
    base.rows(chart, [FeatureName[row["feature_name"]].label for row in rows], palette, size=12)
    colors = _colors(palette)
    for level in list(AdoptionLevel)[1:]:
        edge = {"color": palette.unused, "width": 1} if level is _UNUSED else {"width": 0}
        chart.add_bar(
            x=[row[level.lower()] for row in rows],
            y=places,
            orientation="h",
            marker={"color": colors[level], "line": edge},
            hovertext=[_feature_sentence(row, level) for row in rows],
            hoverinfo="text",
            customdata=[[row["feature_name"], level.value] for row in rows],
            unselected={"marker": {"opacity": 1}},
        )
    base.write(
        chart,
        [row["licensed"] for row in rows],
        places,
        [
            f"{base.GAP}<b>{formatting.number(row['unused'])}</b> of "
            f"{formatting.number(row['licensed'])}"
            for row in rows
        ],
        position="middle right",
        color=palette.quiet,
        size=12,
    )
    return chart


def _colors(palette: Palette) -> dict[AdoptionLevel, str]:
    """The stronger, the more it is used; what is unused is marked or outlined as well."""
    return {
        AdoptionLevel.NOT_LICENSED: faded(palette.neutral, 0.07),
        AdoptionLevel.UNUSED: faded(palette.unused, 0.2),
        AdoptionLevel.LIGHT: faded(palette.used, 0.3),
        AdoptionLevel.ACTIVE: faded(palette.used, 0.62),
        AdoptionLevel.POWER: palette.used,
    }


def _cell_sentence(row: dict[str, Any], feature: str, cell: dict[str, Any]) -> str:
    level = AdoptionLevel[cell["level"]]
    title = f"<b>{base.escape(row['name'])}</b> · {FeatureName[feature].label}"
    said = f"{MARK[level]} {level.label}"
    if not level.is_used:
        return f"{title}<br>{said}"
    if cell["is_idle"]:
        said += f": not used since {formatting.day(cell['last_used_at'])}"
    if cell["uses_per_user"] is not None:
        said += f"<br>{formatting.amount(cell['uses_per_user'])} uses per licensed user"
        if cell["low"] is not None:
            said += f"; half of its peers {_between(cell['low'], cell['high'])}"
    known = [
        None if cell["usage_count"] is None else formatting.count(cell["usage_count"], "time"),
        cell["first_used_at"] and f"first {formatting.day(cell['first_used_at'])}",
        cell["last_used_at"] and f"last {formatting.day(cell['last_used_at'])}",
    ]
    rest = ", ".join(part for part in known if part)
    return f"{title}<br>{said}{f'<br>Used {rest}' if rest else ''}"


def _between(low: float, high: float) -> str:
    return f"{formatting.amount(low)} to {formatting.amount(high)}"


def _feature_head(row: dict[str, Any]) -> str:
    label = FeatureName[row["feature_name"]].label
    return f"<b>{formatting.percent(row['rate'])}</b>{base.GAP}{label}"


def _feature_sentence(row: dict[str, Any], level: AdoptionLevel) -> str:
    every = ", ".join(
        f"{formatting.number(row[one.lower()])} {one.label.lower()}"
        for one in list(AdoptionLevel)[1:]
    )
    return (
        f"<b>{FeatureName[row['feature_name']].label}</b><br>"
        f"{MARK[level]} {level.label}: "
        f"{formatting.number(row[level.lower()])} of "
        f"{formatting.count(row['licensed'], 'client')} licensed for it; click to list them"
        f"<br>{every}; {formatting.percent(row['rate'])} use it"
    )
