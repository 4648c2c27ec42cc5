"""The numbers above the list of clients."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import streamlit as st

from health import words
from health.model import STANDARD
from health.queries.scores import SOON_DAYS
from health.vocabulary import HealthTrend, NotScoredReason, RiskLevel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from health.queries.portfolio import PortfolioOverview
    from health.ui.page import View


def metrics(numbers: PortfolioOverview, view: View) -> None:
    """Draw average score, declining clients, contract value and renewals at risk."""
    average, declining, value, renewals = st.columns(4)
    with average:
        _average(numbers, view)
    with declining:
        _card(
            "Declining clients",
            words.number(numbers.declining),
            f"{words.number(numbers.improving)} improving",
            HealthTrend.DECLINING.description,
        )
    high = RiskLevel.HIGH.label.lower()
    with value:
        _card(
            f"Contract value at {high}",
            words.money(numbers.value_at_risk, view.currency, brief=True),
            f"of {words.money(numbers.value, view.currency, brief=True)} a year",
            _missing(numbers.without_value, "contract value"),
        )
    with renewals:
        _card(
            f"Renewals at {high} in {SOON_DAYS} days",
            words.number(numbers.renewals_at_risk),
            f"{words.money(numbers.renewals_at_risk_value, view.currency, brief=True)} a year",
            _missing(numbers.without_renewal, "renewal date"),
        )


def reasons(counts: Mapping[NotScoredReason, int]) -> None:
    """Say why clients have no score, and how many for each reason."""
    st.markdown(
        "\n".join(
            f"- **{reason.label}: {words.number(amount)}.** {reason.description}"
            for reason, amount in counts.items()
        )
    )


def _average(numbers: PortfolioOverview, view: View) -> None:
    change = numbers.average_change
    before = words.day(view.as_of - timedelta(days=STANDARD.trend_days))
    if change is None:
        _card("Average score", words.number(numbers.average, 1), "nothing to compare with", None)
        return
    said = words.change(change, 1)
    moved = said.strip("±0.") != ""
    st.metric(
        "Average score",
        words.number(numbers.average, 1),
        said,
        delta_color=("green" if change > 0 else "red") if moved else "off",
        delta_arrow=("up" if change > 0 else "down") if moved else "off",
        delta_description=f"since {before}",
        border=True,
        height="stretch",
        help="The change is that of the clients scored on both days.",
    )


def _card(label: str, value: str, beside: str, explanation: str | None) -> None:
    st.metric(
        label, value, delta_description=beside, border=True, height="stretch", help=explanation
    )


def _missing(amount: int, what: str) -> str | None:
    return f"Without {words.count(amount, 'client')} whose {what} is not known." if amount else None
