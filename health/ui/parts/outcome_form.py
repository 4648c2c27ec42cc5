"""The questions about what became of a client, on the Data page and on the page of a client."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import streamlit as st

from health import formatting, imports
from health.errors import ArgumentError
from health.files.reasons import TEXT_LENGTH
from health.ui.session import answers, widget_state
from health.vocabulary import Outcome

if TYPE_CHECKING:
    from datetime import date

    from health.imports import ImportOutcome

_OUTCOMES: Final = {outcome.label: outcome for outcome in Outcome}
_FELL: Final = (Outcome.CHURNED, Outcome.DOWNGRADED)


@dataclass(frozen=True, kw_only=True)
class Stated:
    """What the questions were answered with; change is by how much the yearly value changed."""

    outcome: Outcome
    day: date | None
    change: Decimal | None
    reason: str

    @property
    def said(self) -> str:
        """The outcome and its day, in words."""
        return f"{self.outcome.label.lower()} on {formatting.day(self.day)}" if self.day else ""

    def store(self, organization_id: str, *, by: str) -> ImportOutcome:
        """Store it for a client; raises :class:`ArgumentError` that says what cannot be."""
        if self.day is None:
            raise ArgumentError("date", "choose the day.")
        return imports.record_outcome(
            answers.database(),
            organization_id,
            self.outcome,
            self.day,
            value_change=self.change,
            reason=self.reason,
            by=by,
            today=answers.today(),
        )


def questions(name: str) -> None:
    """Draw the questions; ``name`` tells the widgets of two places apart."""
    st.radio(
        "What happened?",
        list(_OUTCOMES),
        key=widget_state.kept(f"{name}_word", Outcome.RENEWED.label),
        horizontal=True,
    )
    left, right = st.columns(2)
    left.date_input(
        "Day",
        max_value=answers.today(),
        format="YYYY-MM-DD",
        key=widget_state.kept(f"{name}_day", answers.today()),
    )
    right.number_input(
        f"Change of the yearly value in {answers.settings().currency}",
        min_value=0.0,
        value=None,
        step=1000.0,
        key=widget_state.kept(f"{name}_change"),
        help="By how much it fell where the client left or was downgraded, else by how much it "
        "rose. Leave it empty where it is not known.",
    )
    st.text_input("Why?", max_chars=TEXT_LENGTH, key=widget_state.kept(f"{name}_reason"))


def stated(name: str) -> Stated:
    """What the questions of a place were answered with."""
    now = st.session_state
    outcome = _OUTCOMES[now[widget_state.kept(f"{name}_word")]]
    amount = now.get(widget_state.kept(f"{name}_change"))
    change = None if amount is None else Decimal(f"{amount:.2f}")
    return Stated(
        outcome=outcome,
        day=now.get(widget_state.kept(f"{name}_day")),
        change=-change if change and outcome in _FELL else change,
        reason=str(now.get(widget_state.kept(f"{name}_reason")) or ""),
    )


def forget(name: str) -> None:
    """Let the next outcome begin with an empty form."""
    for part in ("word", "day", "change", "reason"):
        widget_state.forget(f"{name}_{part}")
