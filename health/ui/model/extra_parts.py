"""The parts that a draft weighs beside the five: added, taken out, and said what they count."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import streamlit as st

from health import formatting
from health.output import markdown
from health.scoring.components import Component
from health.scoring.components.base import BASIS_POINTS, FULL
from health.scoring.components.extra import MOST_PARTS, ExtraPart, Form
from health.scoring.components.extra_forms import HUNDREDTHS
from health.ui.session import dialogs
from health.vocabulary import MetricType

if TYPE_CHECKING:
    from collections.abc import Iterator

_PARTS: Final = "model_extra_parts"
_DIALOG, _REFUSED = "extra_part", "extra_refused"
_FIELDS: Final = ("label", "unit", "form", "first", "second", "weight", "target", "lost")

_TARGETS: Final = {
    Form.SHARE: "Percent that earns all points",
    Form.PER_USER: "Units for each 100 licensed users that earn all points",
    Form.AMOUNT: "Units that earn all points",
}


def put(parts: tuple[ExtraPart, ...]) -> None:
    """Let the draft have these parts."""
    st.session_state[_PARTS] = parts


def parts() -> tuple[ExtraPart, ...]:
    """Return those of the draft."""
    found: tuple[ExtraPart, ...] = st.session_state[_PARTS]
    return found


def weights() -> dict[str, int]:
    """Return how much each counts, in basis points."""
    return {part.key: part.weight for part in parts()}


def section() -> None:
    """Draw each part with what it counts, and what takes it out or adds another."""
    for part in parts():
        share = formatting.percent(part.weight / 100)
        st.markdown(
            f"**{markdown.escape(part.label)}**: {share}  \n{markdown.escape(part.description)}"
        )
        st.button(
            "Take it out",
            key=f"extra_out_{part.key}",
            icon=":material/delete:",
            type="tertiary",
            on_click=_take_out,
            args=(part.key,),
        )
    st.button(
        "Add a part …",
        key="extra_add",
        icon=":material/add:",
        disabled=len(parts()) >= MOST_PARTS,
        on_click=_ask,
        help=f"Weigh any other metric too; a model has at most {MOST_PARTS} such parts.",
    )


def dialog() -> None:
    """Draw the form that the button asked for."""
    if dialogs.asked(_DIALOG):
        _form()


def _take_out(key: str) -> None:
    put(tuple(part for part in parts() if part.key != key))


def _ask() -> None:
    for name in (_REFUSED, *(f"extra_{field}" for field in _FIELDS)):
        st.session_state.pop(name, None)
    dialogs.ask(_DIALOG)


@st.dialog("Add a part of the score", width="medium", on_dismiss=dialogs.close)
def _form() -> None:
    dialogs.end_when_closed()
    refused: dict[str, str] = st.session_state.pop(_REFUSED, {})
    st.selectbox(
        "How it earns points", list(Form), format_func=lambda one: one.label, key="extra_form"
    )
    form: Form = st.session_state["extra_form"]
    st.caption(form.description)
    left, right = st.columns(2)
    left.text_input("Name", key="extra_label", placeholder="Reports", max_chars=60)
    right.text_input("One of what it counts", key="extra_unit", placeholder="report", max_chars=40)
    left, right = st.columns(2)
    first, second = ("Part", "Whole") if form is Form.SHARE else ("Metric", "")
    for at, title, name in ((left, first, "first"), (right, second, "second")):
        if title:
            at.selectbox(
                title, list(MetricType), format_func=lambda one: one.label, key=f"extra_{name}"
            )
    left, right = st.columns(2)
    left.number_input(
        "Percent of the score", 0.0, 100.0, 10.0, 1.0, format="%.4g", key="extra_weight"
    )
    if form is Form.INVERSE:
        right.number_input(
            "Points lost for each unit", 0.01, float(FULL), 1.0, format="%.4g", key="extra_lost"
        )
    else:
        right.number_input(_TARGETS[form], 1, form.most_target, FULL, key=f"extra_target_{form}")
    for fault in refused.values():
        st.error(markdown.escape(fault), icon=":material/block:")
    st.caption("All parts together count 100 %: afterwards share out what is too much.")
    st.button("Add", key="extra_added_button", type="primary", on_click=_store)


def _store() -> None:
    """Take the part over; what is wrong with it is kept to be said."""
    part = _typed()
    if faults := dict(_faults(part)):
        st.session_state[_REFUSED] = faults
        return
    put((*parts(), part))
    dialogs.close()


def _typed() -> ExtraPart:
    """The part as the form has it; its key is made of its name."""
    state = st.session_state
    form, label = state["extra_form"], str(state["extra_label"]).strip()
    words = "_".join(re.findall(r"[a-z0-9]+", label.lower()))
    metrics = [state["extra_first"], *([state["extra_second"]] if form is Form.SHARE else [])]
    part = ExtraPart(
        key=f"part_{words}"[:40] if not words[:1].isalpha() else words[:40],
        label=label,
        unit=str(state["extra_unit"]).strip(),
        form=form,
        metrics=tuple(metrics),
        weight=round((state["extra_weight"] or 0) * BASIS_POINTS / FULL),
    )
    if form is Form.INVERSE:
        return replace(part, points_lost=round((state["extra_lost"] or 0) * HUNDREDTHS))
    return replace(part, target=state[f"extra_target_{form}"] or 0)


def _faults(part: ExtraPart) -> Iterator[tuple[str, str]]:
    yield from part.faults()
    taken = {one.label.lower() for one in (*Component, *parts())} | {one.key for one in parts()}
    if part.label.lower() in taken or part.key in {*taken, *Component}:
        yield "label", f"There is a part “{part.label}” already. Choose another name."
