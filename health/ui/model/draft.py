"""The numbers of a draft, by sliders and fields; what is wrong is said where it is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from health import formatting
from health.errors import InvalidModel
from health.output import markdown
from health.scoring.components import Component
from health.scoring.components.base import BASIS_POINTS
from health.scoring.model import TARGETED, ScoringModel
from health.scoring.model_files import UNNAMED
from health.ui.model import extra_parts
from health.ui.model.weights import shared_out
from health.ui.session import widget_state

if TYPE_CHECKING:
    from collections.abc import Mapping

_EDITED: Final = "model_edited"
"""The parts whose weight was set by hand since the draft was begun."""

_PER_CLIENT, _PER_USERS = "Each client", "Per 100 licensed users"

_NUMBERS: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "Support tickets": {
        "points_per_ticket": ("Points lost for each ticket", "0 to 100."),
    },
    "Days": {
        "window_days": ("Days a score looks at", "The day scored is the last of them."),
        "trend_days": ("Days a trend looks back", "A score is compared with the one then."),
    },
    "Trend": {
        "improving_from": ("Improving from a gain of", "Points since the earlier day."),
        "declining_to": ("Declining from a loss of", "Points since the earlier day."),
    },
    "What has to be known": {
        "least_coverage": (
            "Least coverage for a score, in percent",
            "With less data than this a client is not scored: too little is known.",
        ),
    },
    "Risk": {
        "high_below": ("High risk below", "Every score below it is a high risk."),
        "declining_high_below": (
            "High risk below, when declining",
            "A declining score below it is a high risk.",
        ),
        "low_from": ("Low risk from", "A score from here on is a low risk, unless it declines."),
    },
}
"""The whole numbers of a model: label and help, by what they are about."""

_FOLDED: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "What counts as full marks": {
        f"targets.{part}": (f"{part.label}: percent that earns all points", part.description)
        for part in TARGETED
    },
    **_NUMBERS,
}
"""All numbers but the weights, in the order they are drawn."""

_NAME: Final = "name"
_NEGATIVE: Final = "declining_to"
"""A loss is typed without its sign."""


def begin(model: ScoringModel) -> None:
    """Start with ``model`` where nothing was edited yet."""
    if _EDITED not in st.session_state:
        put(model)


def put(model: ScoringModel) -> None:
    """Make the draft the same as ``model``; from a callback, or before it is drawn."""
    state = st.session_state
    state[_EDITED] = set()
    extra_parts.put(model.extra_parts)
    for part in Component:
        _put_weight(part, model.weights[part] / 100)
    for part in TARGETED:
        state[_key(f"targets.{part}")] = model.targets[part]
    for group in _NUMBERS.values():
        for name in group:
            value = getattr(model, name)
            state[_key(name)] = -value if name == _NEGATIVE else value
    state[_key(_NAME)] = model.label
    per_users = model.tickets_per_hundred_users
    state[_key("tickets_per_hundred_users")] = _PER_USERS if per_users else _PER_CLIENT


def edit() -> ScoringModel | None:
    """Draw the draft and return it; None where something is wrong, which is said."""
    for name in _names():
        widget_state.kept(_key(name))
    model, faults = _read()
    _weights(faults)
    for title, fields in _FOLDED.items():
        _unfolded(title, fields, faults)
    return model


def _unfolded(title: str, fields: Mapping[str, tuple[str, str]], faults: Mapping[str, str]) -> None:
    """Draw fields where a reader unfolds them, or one of them is wrong.

    Folded ones are not drawn: a browser takes a quarter of its time on the page for them.
    """
    folded = _key(title.lower().replace(" ", "_"))
    if not faults.keys().isdisjoint(fields):
        st.session_state[folded] = True
    with st.expander(title, key=folded, on_change="rerun", bind="query-params") as opened:
        has_tickets = "points_per_ticket" in fields
        if not opened.open:
            # Set anew: of a field that is not drawn, what `put` has set comes back otherwise.
            for name in (*fields, *(["tickets_per_hundred_users"] if has_tickets else [])):
                st.session_state[_key(name)] = st.session_state[_key(name)]
            return
        if has_tickets:
            st.radio(
                "Tickets are counted",
                (_PER_CLIENT, _PER_USERS),
                key=_key("tickets_per_hundred_users"),
                horizontal=True,
            )
        for name, (label, help_text) in fields.items():
            _number(name, label, help_text, faults)


def name_field() -> None:
    """Draw the field of the draft's name."""
    st.text_input("Name of the draft", key=_key(_NAME), max_chars=80)


def _names() -> list[str]:
    """The names of everything that is edited."""
    names = [f"{kind}.{part}" for part in Component for kind in ("weights", "sliders")]
    names += [f"targets.{part}" for part in TARGETED]
    names += [name for group in _NUMBERS.values() for name in group]
    return [*names, "tickets_per_hundred_users", _NAME]


def _key(name: str) -> str:
    return f"model_{name}"


def _read() -> tuple[ScoringModel | None, dict[str, str]]:
    """The draft as the widgets have it, or what is wrong with each number."""
    state = st.session_state
    numbers = {name: state[_key(name)] for group in _NUMBERS.values() for name in group}
    targets = {part.value: state[_key(f"targets.{part}")] for part in TARGETED}
    given = {**numbers, **{f"targets.{part}": value for part, value in targets.items()}}
    if empty := {name: "Type a number." for name, value in given.items() if value is None}:
        return None, empty
    numbers[_NEGATIVE] *= -1
    try:
        model = ScoringModel(
            version=UNNAMED,
            label=(state[_key(_NAME)] or "").strip() or "Draft",
            weights=_basis_points(),
            targets=targets,
            tickets_per_hundred_users=state[_key("tickets_per_hundred_users")] == _PER_USERS,
            extra_parts=extra_parts.parts(),
            **numbers,
        )
    except InvalidModel as error:
        return None, error.faults
    return model, {}


def _basis_points() -> dict[str, int]:
    return {
        part.value: round(100 * (st.session_state[_key(f"weights.{part}")] or 0))
        for part in Component
    }


def _weights(faults: Mapping[str, str]) -> None:
    st.markdown("##### How much each part counts")
    for part in Component:
        line = st.container(horizontal=True, wrap=False, vertical_alignment="bottom")
        line.slider(
            part.label,
            0,
            100,
            key=_key(f"sliders.{part}"),
            format="%d %%",
            help=part.description,
            on_change=_follow_slider,
            args=(part,),
        )
        line.number_input(
            f"{part.label}, percent of the score",
            0.0,
            100.0,
            step=1.0,
            format="%.4g",
            key=_key(f"weights.{part}"),
            on_change=_follow_number,
            args=(part,),
            label_visibility="collapsed",
            width=120,
        )
    extra_parts.section()
    weights = {**_basis_points(), **extra_parts.weights()}
    missing = BASIS_POINTS - sum(weights.values())
    if missing:
        share = formatting.percent(abs(missing) / 100, 0 if missing % 100 == 0 else 2)
        total = formatting.percent(sum(weights.values()) / 100, 0 if missing % 100 == 0 else 2)
        st.error(
            f"Together the parts count {total}: {share} "
            f"{'is missing' if missing > 0 else 'is too much'}.",
            icon=":material/block:",
        )
        st.button(
            "Share the rest out" if missing > 0 else "Take it from the others",
            key="model_share_out",
            on_click=_share_out,
            help="In proportion, and not with the parts whose share you set",
        )
    elif "weights" in faults:
        st.error(markdown.escape(faults["weights"]), icon=":material/block:")


def _put_weight(part: Component, percent: float) -> None:
    st.session_state[_key(f"weights.{part}")] = percent
    st.session_state[_key(f"sliders.{part}")] = min(100, round(percent))


def _follow_slider(part: Component) -> None:
    st.session_state[_EDITED].add(part)
    _put_weight(part, float(st.session_state[_key(f"sliders.{part}")]))


def _follow_number(part: Component) -> None:
    st.session_state[_EDITED].add(part)
    _put_weight(part, st.session_state[_key(f"weights.{part}")] or 0.0)


def _share_out() -> None:
    extra = extra_parts.weights()
    shared = shared_out({**_basis_points(), **extra}, {*st.session_state[_EDITED], *extra})
    for part in Component:
        _put_weight(part, shared[part] / 100)


def _number(name: str, label: str, help_text: str, faults: Mapping[str, str]) -> None:
    st.number_input(label, step=1, value=None, key=_key(name), help=help_text)
    if name in faults:
        st.error(markdown.escape(faults[name]), icon=":material/block:")
