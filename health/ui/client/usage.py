"""What a client does with the product, on the Client page: each metric now and before."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import streamlit as st

from health import formatting
from health.charts import client as charts
from health.queries.usage import UsageMetricQuery, usage_metrics, usage_rows
from health.ui.client.layout import Section, section
from health.ui.parts.page import chart
from health.ui.session.cache import cached_figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from health.queries.usage import UsageMetricWithTrend
    from health.ui.parts.page import View

PERIOD_DAYS: Final = 30
"""Days of usage that are compared with as many before."""

DRAWN_DAYS: Final = 90
"""Days of usage that are drawn."""


def usage(view: View, organization_id: str) -> None:
    """Show each metric of the last 30 days against the 30 before, over 90 days of daily values."""
    metrics = view.ask(usage_metrics, _usage_query(view, organization_id, PERIOD_DAYS))
    rows = view.ask(usage_rows, _usage_query(view, organization_id, DRAWN_DAYS))
    recorded = set(rows["metric_type"])
    shown = [metric for metric in metrics if metric.metric_type in recorded]
    missing = [metric.metric_type.label for metric in metrics if metric not in shown]
    section(Section.USAGE)
    st.caption(
        f"{PERIOD_DAYS} days to {formatting.day(view.as_of)} against the {PERIOD_DAYS} days "
        "before; "
        f"the lines are daily values of {DRAWN_DAYS} days."
    )
    half = (len(shown) + 1) // 2
    # Side by side, or below each other on a phone.
    for column, part, name in zip(
        st.columns(2, gap="medium"),
        (shown[:half], shown[half:]),
        ("usage", "more usage"),
        strict=True,
    ):
        with column:
            _panels(view, organization_id, part, rows, name)
    if missing:
        st.caption(f"No data in these {DRAWN_DAYS} days: {formatting.listing(missing)}.")


def _panels(
    view: View,
    organization_id: str,
    metrics: Sequence[UsageMetricWithTrend],
    rows: pl.DataFrame,
    name: str,
) -> None:
    if not metrics:
        return
    chart(
        cached_figure(
            charts.usage_panels,
            metrics,
            rows,
            view.palette,
            first=view.as_of - timedelta(days=DRAWN_DAYS - 1),
            last=view.as_of,
        ),
        alt=". ".join(
            f"{metric.metric_type.label}: "
            f"{charts.metric_value(metric.metric_type, metric.current_value)}, "
            f"{charts.change_words(metric)}"
            for metric in metrics
        ),
        name=name,
        of=organization_id,
    )


def _usage_query(view: View, organization_id: str, days: int) -> UsageMetricQuery:
    return UsageMetricQuery(
        organization_id=organization_id,
        start_date=view.as_of - timedelta(days=days - 1),
        end_date=view.as_of,
    )
