"""A cache of what pages compute: the same inputs give the same result, whoever looks.

Answers are remembered (:class:`health.ui.session.answers.Answers`), so a page drawn again gets
the very same frames, and the result of a pure function of them can be remembered too. Building
its charts took two thirds of a page's time on the server.
"""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar, cast
from zlib import crc32

import plotly.graph_objects as go
import streamlit as st

from health.ui.session.memory import Memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

MOST_ENTRIES: Final = 600
"""Results remembered; the oldest go. A figure is about 0.1 MB, a page of a list 0.4 MB."""

_numbers = itertools.count()


def new_memory() -> Memory:
    """Return room for the results of one version of the data."""
    return Memory(MOST_ENTRIES)


_kept = new_memory()
_OF_PAGE: ContextVar[Memory] = ContextVar("_OF_PAGE", default=_kept)


@contextlib.contextmanager
def kept_in(memory: Memory) -> Iterator[None]:
    """Keep what a page computes there, for as long as its version of the data is shown."""
    token = _OF_PAGE.set(memory)
    try:
        yield
    finally:
        _OF_PAGE.reset(token)


class _Identity:
    """A value that cannot be compared, such as a frame: equal to nothing but itself.

    The value is held, so that no other one can take its place in memory.
    """

    def __init__(self, value: object) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and self.value is other.value

    def __hash__(self) -> int:
        return id(self.value)


class CachedFigure(go.Figure):  # type: ignore[misc]  # plotly has no types
    """A finished figure: its JSON is made once. Nobody changes it.

    Streamlit hands every figure to plotly twice. With a ``datarevision`` and without a template
    plotly sees that nothing is new; otherwise it draws the whole chart once more.
    """

    def __init__(self, figure: go.Figure) -> None:
        super().__init__()
        self._number = next(_numbers)
        content = figure.to_json()
        self._content = json.loads(content)
        layout = self._content["layout"]
        layout.pop("template", None)
        layout["datarevision"] = crc32(content.encode())

    @property
    def number(self) -> int:
        """Of no other figure."""
        return self._number

    def to_dict(self) -> dict[str, Any]:
        """Return data and layout, as Streamlit asks for them; the same at every call."""
        return cast("dict[str, Any]", self._content)


def cached(
    function: Callable[Arguments, Result], *arguments: Arguments.args, **named: Arguments.kwargs
) -> Result:
    """Return ``function(*arguments, **named)``, computed once for the same inputs.

    function: pure; nobody changes what it returns. Frames are the same only if they are one.
    """
    key = (function, _comparable(arguments), _comparable(named))
    return cast("Result", _OF_PAGE.get().get(key, lambda: function(*arguments, **named)))


def cached_figure(
    function: Callable[Arguments, go.Figure],
    *arguments: Arguments.args,
    **named: Arguments.kwargs,
) -> CachedFigure:
    """Return a figure ready to be shown; see :func:`cached`."""
    return cached(_finish, function, arguments, named)


def forget() -> None:
    """Let go of what was computed from an older version of the data."""
    _kept.clear()
    _shown.clear()


@dataclass(frozen=True)
class ImageFile:
    """The image that a chart becomes when a reader saves it.

    name: of the file, without its ending; kind: ``png`` or ``svg``.
    """

    name: str
    kind: str

    @property
    def config(self) -> dict[str, Any]:
        """For plotly: one button, shown while the pointer is on the chart.

        Its other buttons change what a chart shows, which is done above it.
        """
        return {
            "displayModeBar": "hover",
            "modeBarButtons": [["toImage"]],
            "displayNotifier": False,
            "toImageButtonOptions": {
                "format": self.kind,
                "filename": self.name,
                # Points are twice as dense as on screen, as paper and slides need them.
                "scale": 2 if self.kind == "png" else 1,
            },
        }


def show(figure: CachedFigure, alt: str, image: ImageFile) -> None:
    """Show a chart; a later visitor is sent what the first one was."""
    _shown(figure.number, alt, image, figure)


def _finish(
    function: Callable[..., go.Figure], arguments: tuple[Any, ...], named: dict[str, Any]
) -> CachedFigure:
    return CachedFigure(function(*arguments, **named))


@st.cache_resource(show_spinner=False, max_entries=MOST_ENTRIES)
def _shown(
    number: int,  # noqa: ARG001 -- what the cache knows the figure by
    alt: str,
    image: ImageFile,
    _figure: CachedFigure,
) -> None:
    st.plotly_chart(_figure, theme=None, config=image.config, alt=alt)


def _comparable(value: object) -> object:
    if isinstance(value, Mapping):
        return tuple((key, _comparable(part)) for key, part in value.items())
    if isinstance(value, (list, tuple)):
        return tuple(map(_comparable, value))
    try:
        hash(value)
    except TypeError:
        return _Identity(value)
    return value
