"""Widgets whose value outlives leaving their page.

Streamlit takes what a page's widgets have in the address away with the page. With this, coming
back by a link or by the browser's own button shows the page as it was left.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from health.ui.session import dialogs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from streamlit.delta_generator import DeltaGenerator
    from streamlit.elements.lib.mutable_expander_container import ExpanderContainer

MOST_COUNTED: Final = 1_000

_MEMORY: Final = "widget_state"


@dataclass
class _Memory:
    """What one visitor's session remembers.

    page: the page of this run; left: that of the last run that was whole.
    values: of each remembered widget, when last seen.
    refused: values that a widget did not take in the run before.
    drawn: names of the remembered widgets that this run has drawn.
    kept: values of the widgets that keep them while they are not drawn.
    """

    page: str = ""
    left: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    refused: dict[str, Any] = field(default_factory=dict)
    drawn: list[str] = field(default_factory=list)
    kept: dict[str, Any] = field(default_factory=dict)

    def recall(self, name: str) -> dict[str, Any]:
        """What a widget gets on entering a page, unless the address says otherwise."""
        is_entered = self.left not in ("", self.page)
        if is_entered and name in self.values and name not in st.query_params:
            return {name: self.values[name]}
        return {}


def _memory() -> _Memory:
    memory: _Memory = st.session_state.setdefault(_MEMORY, _Memory())
    return memory


def begin(page: str) -> None:
    """Say which page is about to be drawn; call it once a run, before any widget."""
    memory = _memory()
    if page != memory.page:
        dialogs.close()
    memory.page = page
    memory.drawn = []


def key(name: str) -> str:
    """Return ``name`` for the ``key=`` of a widget bound to the address.

    Where the page was just entered and its address does not say otherwise, the widget gets the
    value it had when the page was left.
    """
    memory = _memory()
    if name not in memory.drawn:  # a part drawn alone has its own again
        memory.drawn.append(name)
    st.session_state.update(memory.recall(name) or _pop(memory.refused, name))
    return name


def correct(name: str, corrected: Callable[[Any], Any]) -> None:
    """Change the value that a widget gets in this run, as it is and as its page was left."""
    for values in (_memory().values, st.session_state):
        if name in values:
            values[name] = corrected(values[name])


def expander(title: str, name: str, at: DeltaGenerator | None = None) -> ExpanderContainer:
    """Return an expander whose state is in the address as ``name``.

    Draw into it only where it is ``open``: what is in a closed one would be drawn, too.
    at: the place to draw it in; default: where the page is.
    """
    return (at or st).expander(title, key=key(name), on_change="rerun", bind="query-params")


def kept(name: str, default: Any = None) -> str:
    """Return ``name`` for the ``key=`` of a widget that keeps its value while it is not drawn.

    What was typed into a form is there again when the form is closed and opened. default: what
    the widget starts with; it must not be given one of its own.
    """
    values = _memory().kept
    if name in st.session_state:
        values[name] = st.session_state[name]
    elif name in values:
        st.session_state[name] = values[name]
    elif default is not None:
        st.session_state[name] = default
    return name


def forget(name: str) -> None:
    """Let a kept widget start anew in the next run; call it before a rerun."""
    _memory().kept.pop(name, None)
    st.session_state.pop(name, None)


def start_anew(names: Iterable[str]) -> None:
    """Let these widgets of another page start with what its address says and nothing else."""
    memory = _memory()
    for name in names:
        memory.values.pop(name, None)
        memory.refused.pop(name, None)
        st.session_state.pop(name, None)


def count(name: str) -> int:
    """Return how often :func:`count_up` was called, from the address; 0 to :data:`MOST_COUNTED`.

    As a widget's value, it outlives leaving the page.
    """
    said = st.query_params.get(name, "")
    counted = int(said) if said.isdecimal() and len(said) < 5 else 0
    if name not in st.query_params and (counted := st.session_state.get(name, 0)):
        st.query_params[name] = str(counted)
    counted = min(counted, MOST_COUNTED)
    st.session_state[name] = counted
    return counted


def count_up(name: str) -> None:
    """Count one more, from the callback of a button."""
    st.query_params[name] = str(st.session_state.get(name, 0) + 1)


def drawn() -> list[str]:
    """Return the names of the remembered widgets that this run has drawn so far."""
    return list(_memory().drawn)


def end() -> None:
    """Remember the page and the values of its widgets; call it when a run is whole.

    A run that the next one cuts off has not been seen: the page is still to be entered.
    """
    memory = _memory()
    now = _now()
    # After the browser's own back button, widgets follow the address of that moment, which
    # Streamlit has changed meanwhile, and nothing else; they listen again in the next run.
    memory.refused = {
        name: value
        for drawn_name in now
        for name, value in memory.recall(drawn_name).items()
        if value != now[name]
    }
    memory.values |= now
    memory.left = memory.page
    if memory.refused:
        st.rerun()


def end_of_part() -> None:
    """Remember the values of the widgets; call it when a part of the page was drawn alone."""
    _memory().values |= _now()


def _now() -> dict[str, Any]:
    return {name: st.session_state[name] for name in _memory().drawn if name in st.session_state}


def _pop(values: dict[str, Any], name: str) -> dict[str, Any]:
    return {name: values.pop(name)} if name in values else {}
