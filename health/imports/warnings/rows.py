"""Several rows of one client and day: harmless copies, or a file with a row for each event."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from health import formatting
from health.files import Layout
from health.imports.warnings.finding import EXAMPLES, Finding, WarningKind, label, some, whole
from health.vocabulary import MetricType, Unit

if TYPE_CHECKING:
    from health.files import ParsedFile


def of_rows(parsed: ParsedFile) -> tuple[Finding, ...]:
    """Check a usage file for several rows of one client, day and metric."""
    if not _has_repeats(parsed):
        return ()
    repeated = _repeated(parsed)
    rows, clients = repeated["line"].n_unique(), repeated["organization_id"].n_unique()
    if not rows:
        return ()
    events = [
        metric
        for metric in MetricType
        if metric.unit is not Unit.PERCENT and _are_events(parsed, repeated, metric)
    ]
    of = f"of {formatting.count(clients, 'client')}"
    if events:
        days = formatting.count(repeated.select("organization_id", "date").n_unique(), "client-day")
        statement = (
            f"{formatting.count(rows, 'row')} {of} for {days}, each with a 1 for "
            f"{some([label(metric) for metric in events], 3)}: it looks like one row an event"
        )
        kind = WarningKind.LOOKS_LIKE_EVENTS
        return (whole(kind, statement, count=rows, clients=clients),)
    return (
        Finding(
            kind=WarningKind.ROWS_REPEATED,
            statement=f"{formatting.count(rows, 'row')} {of} give the same value for the same day "
            "and metric as another row",
            count=rows,
            clients=clients,
            examples=pl.DataFrame(schema=EXAMPLES),
        ),
    )


def _has_repeats(parsed: ParsedFile) -> bool:
    """Whether fewer values, or client-days, came out of the rows than rows went in."""
    grouped = parsed.client_days
    kept = grouped.days.height
    if parsed.layout is Layout.LONG:
        values = grouped.days.drop("client", "date")
        kept = sum(values[name].len() - values[name].null_count() for name in values.columns)
    return kept < parsed.rows.height - grouped.conflicts.height


def _repeated(parsed: ParsedFile) -> pl.DataFrame:
    """The values that stand in more than one row, as line, organization_id, date, metric, value."""
    rows, key = parsed.rows, ["organization_id", "date"]
    if parsed.layout is Layout.LONG:
        rows = rows.with_columns(pl.col("metric").cast(pl.String))
    else:
        names = [metric.column for metric in MetricType if metric.column in rows.columns]
        rows = rows.filter(pl.len().over(key) > 1).unpivot(
            names, index=["line", *key], variable_name="metric", value_name="value"
        )
        rows = rows.drop_nulls("value").with_columns(pl.col("metric").str.to_uppercase())
    return rows.filter(pl.len().over(*key, "metric") > 1)


def _are_events(parsed: ParsedFile, repeated: pl.DataFrame, metric: MetricType) -> bool:
    """Whether every repeated value of the metric is 1, and none in the file is more."""
    values = repeated.filter(pl.col("metric") == metric.value)["value"]
    if not values.len() or values.min() != 1:
        return False
    if parsed.layout is Layout.LONG:
        is_metric = pl.col("metric").cast(pl.String) == metric.value
        return parsed.rows.filter(is_metric)["value"].max() == 1
    return parsed.rows[metric.column].max() == 1
