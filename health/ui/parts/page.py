"""The top of every page: its question, the day it shows, how old the data is; or what is missing.

A page is the block of ``with page("The question?") as view:``.
"""

from __future__ import annotations

import contextlib
import functools
import weakref
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Concatenate, Final, Literal, ParamSpec

import streamlit as st

from health import formatting
from health.charts.theme import DARK, LIGHT, Palette
from health.output import markdown
from health.queries import status
from health.scoring.active_model import latest_day
from health.ui.parts import client_picker, empty_states
from health.ui.parts.choice import choose
from health.ui.parts.download import file_name
from health.ui.parts.links import Address, button_to, open_client
from health.ui.server.streamlit_private import CUT_OFF
from health.ui.session import answers, cache, viewer, widget_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from streamlit.delta_generator import DeltaGenerator

    from health.queries.status import Freshness
    from health.ui.session.cache import CachedFigure

PRODUCT: Final = "Client Health"
"""What every tab of the browser ends with."""

LATE_AFTER_DAYS: Final = 3
"""A feed whose last day is longer ago than this is called late."""

_IMAGES: Final = ("PNG", "SVG")

_LATEST: Final = "latest_day"

Arguments = ParamSpec("Arguments")


@dataclass(frozen=True, kw_only=True)
class View:
    """What a page needs to know before it asks its own questions.

    as_of: the day to show.
    latest: the latest day with usage.
    freshness: the data on file and the scores of ``as_of``.
    ask: asks questions of the version of the data that this page shows.
    palette: the colours of the reader's mode.
    currency: ISO code of contract values.
    """

    as_of: date
    latest: date
    freshness: Freshness
    ask: answers.Answers
    palette: Palette
    currency: str

    @property
    def is_past(self) -> bool:
        """Whether the page shows a day before the latest data."""
        return self.as_of < self.latest

    @property
    def from_day(self) -> date:
        """The day that days to a renewal are counted from: today, on a page about the present.

        In the past it is the day shown; of made-up data, the last one, lest all of it be over.
        """
        return self.as_of if self.is_past or self.freshness.is_demo else answers.today()

    @property
    def calendar_day(self) -> date:
        """Today, on a page about the present; in the past the day shown.

        Up to it people called, and on it what they agreed is overdue.
        """
        return self.as_of if self.is_past else max(answers.today(), self.as_of)


@dataclass(frozen=True, kw_only=True)
class _Head:
    """What is drawn around a page before it runs: a place for its title, and what was chosen.

    images: what charts are saved as, ``png`` or ``svg``.
    """

    title: DeltaGenerator
    ask: answers.Answers
    latest: date | None
    as_of: date | None
    images: str


_HEAD: Final[ContextVar[_Head]] = ContextVar("_HEAD")


@contextlib.contextmanager
def page_head(name: str, *, dated: bool, has_charts: bool) -> Iterator[None]:
    """Draw the head of the page called ``name``; its script runs inside.

    dated: whether the page is about a day. The control of the day is drawn here, outside the
    page's script, so that the day holds on every page.
    has_charts: whether it has charts to be saved.
    """
    widget_state.begin(name)
    with answers.of_page() as ask:
        latest = as_of = ask(latest_day)
        images = _IMAGES[0].lower()
        # Columns stand below each other on a phone: the title gets the whole width there.
        title, right = st.columns([5, 4], vertical_alignment="center")
        with right.container(
            horizontal=True, horizontal_alignment="right", vertical_alignment="center"
        ):
            if latest is not None:
                client_picker.find_button()
            if dated and latest is not None:
                with st.container(
                    horizontal=True, wrap=False, width="content", vertical_alignment="center"
                ):
                    as_of = _choose_day(ask(status.freshness, latest).first_day, latest)
                    if has_charts:
                        images = _choose_images()
            if email := viewer.email():
                st.button(
                    "Sign out",
                    type="tertiary",
                    help=markdown.escape(email),
                    on_click=st.logout,
                )
        token = _HEAD.set(_Head(title=title, ask=ask, latest=latest, as_of=as_of, images=images))
        is_whole = True
        try:
            yield
        except CUT_OFF:
            # Cut off by the next run, or on the way to another page.
            is_whole = False
            raise
        finally:
            _HEAD.reset(token)
            if is_whole:
                widget_state.end()


@contextlib.contextmanager
def page(
    question: str | Callable[[answers.Answers], str],
    *,
    tab: Callable[[answers.Answers], str] | None = None,
    needs_scores: bool = True,
    is_of_one_client: bool = False,
) -> Iterator[View]:
    """Draw the head of a page and give its body what it needs.

    question: the title, plain text; or what asks for the words of it.
    tab: asks for the words in the browser's tab; default: the name of the page.
    needs_scores: stop with what to do where the day shown has no score at all.
    is_of_one_client: the page itself says where the score of its client is out of date.

    Stops the script where there is nothing to show, having said what to do about it.
    """
    head = _HEAD.get()
    ask = head.ask
    if not isinstance(question, str):
        question = question(ask)
    head.title.title(markdown.escape(question), anchor=False)
    if tab is not None:
        st.set_page_config(page_title=f"{tab(ask)} · {PRODUCT}")
    if head.latest is None or head.as_of is None:
        empty_states.nothing_on_file(ask(status.freshness, None))
        st.stop()
    view = View(
        as_of=head.as_of,
        latest=head.latest,
        freshness=ask(status.freshness, head.as_of),
        ask=ask,
        palette=palette(),
        currency=answers.settings().currency,
    )
    _data_age(view.freshness, view.latest, offers_remedy=is_of_one_client)
    if view.is_past:
        _past(view)
    if needs_scores and not view.freshness.scores:
        empty_states.not_scored(view.as_of)
        st.stop()
    yield view


@contextlib.contextmanager
def undated_page(question: str) -> Iterator[answers.Answers]:
    """Draw the head of a page that is about no day; it is drawn without data too."""
    head = _HEAD.get()
    head.title.title(markdown.escape(question), anchor=False)
    if head.latest is not None:
        _data_age(head.ask(status.freshness, head.latest), head.latest, offers_remedy=True)
    yield head.ask


def page_fragment(
    draw: Callable[Concatenate[View, Arguments], None],
) -> Callable[Concatenate[View, Arguments], None]:
    """Let a part of a page be drawn alone when something in it changes, and not the whole page.

    Where the data has changed meanwhile the whole page is drawn.
    """

    @functools.wraps(draw)
    def drawn(view: View, /, *arguments: Arguments.args, **named: Arguments.kwargs) -> None:
        # A page that stays open keeps this function, which must not keep all that is remembered.
        first, memory = [view], weakref.ref(view.ask.memory)
        known, head = _without_answers(view), _without_answers(_HEAD.get())

        @st.fragment
        def alone() -> None:
            if first:
                draw(first.pop(), *arguments, **named)
                return
            with answers.of_page() as ask:
                if ask.memory is not memory():
                    st.rerun()
                token = _HEAD.set(_Head(ask=ask, **head))
                try:
                    draw(View(ask=ask, **known), *arguments, **named)
                finally:
                    _HEAD.reset(token)
            widget_state.end_of_part()

        alone()

    return drawn


def _without_answers(known: View | _Head) -> dict[str, Any]:
    return {name: value for name, value in vars(known).items() if name != "ask"}


def palette() -> Palette:
    """Return the colours of the mode this visitor sees."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def chart(figure: CachedFigure, *, alt: str, name: str, of: str = "") -> None:
    """Show a chart in our own theme, with a button that saves it.

    alt: says in a sentence what it shows.
    name: what a saved image is called, with ``of``, the id of the client it is about.
    """
    cache.show(figure, alt, _image_file(name, of))


def client_chart(figure: CachedFigure, *, alt: str, key: str, name: str) -> None:
    """Show a chart whose marks carry an organization_id; a click on one opens the client."""
    for clicked in _clicked(figure, alt, key, name, "rerun"):
        open_client(clicked[0])


def choosing_chart(
    figure: CachedFigure, *, alt: str, key: str, name: str, choose: Callable[..., None]
) -> None:
    """Show a chart whose marks carry what a click on one chooses.

    choose: a callback, called with what the mark carries.
    """

    def chosen() -> None:
        for point in st.session_state[key]["selection"]["points"]:
            choose(*point["customdata"])

    _clicked(figure, alt, key, name, chosen)


def _clicked(
    figure: CachedFigure,
    alt: str,
    key: str,
    name: str,
    on_select: Callable[[], None] | Literal["rerun"],
) -> list[list[str]]:
    """Show a chart whose marks can be clicked, and return what the clicked ones carry."""
    state = st.plotly_chart(
        figure,
        theme=None,
        config=_image_file(name).config,
        alt=alt,
        key=key,
        on_select=on_select,
        selection_mode="points",
    )
    points = state["selection"]["points"]
    return [clicked for point in points if (clicked := point.get("customdata"))]


def _image_file(name: str, of: str = "") -> cache.ImageFile:
    head = _HEAD.get()
    day = head.as_of or answers.today()
    return cache.ImageFile(file_name(name, of, day), head.images)


def _choose_images() -> str:
    """Draw the choice of what a chart is saved as, and return the ending of its file."""
    with st.popover(
        "",
        icon=":material/photo_camera:",
        type="tertiary",
        help="How charts are saved",
        key="saving",
    ):
        return choose(
            "Charts are saved as",
            _IMAGES,
            _IMAGES[0],
            name="images",
            help_text="Point at a chart and press the camera at its upper right. PNG for slides "
            "and mails, SVG to be enlarged or edited.",
        ).lower()


def _choose_day(first: date | None, latest: date) -> date:
    st.caption("As of", width="content")
    _follow(latest)
    chosen: date | None = st.date_input(
        "As of",
        value=latest,
        min_value=first,
        max_value=latest,
        format="YYYY-MM-DD",
        key=widget_state.key("as_of"),
        bind="query-params",
        width=150,
        label_visibility="collapsed",
    )
    return chosen or latest


def _follow(latest: date) -> None:
    """Show the latest day where the one shown was the latest before, or is on file no more."""
    before = st.session_state.get(_LATEST)
    widget_state.correct(
        "as_of", lambda shown: latest if shown == before or shown > latest else shown
    )
    st.session_state[_LATEST] = latest


def _data_age(freshness: Freshness, latest: date, *, offers_remedy: bool = False) -> None:
    """Say how old the data is.

    offers_remedy: whether the page itself offers what to do about it.
    """
    age = (answers.today() - latest).days
    parts = [f"Data up to {formatting.day(latest)}, {formatting.ago(age)}"]
    if freshness.scored_at is not None:
        parts.append(f"scores calculated {formatting.moment(freshness.scored_at)} UTC")
    if freshness.model_label is not None:
        parts.append(f"model {markdown.escape(freshness.model_label)}")
    if freshness.is_demo:
        parts.append("made-up demo data")
    st.caption(" · ".join(parts))
    wrong = []
    if age > LATE_AFTER_DAYS and not freshness.is_demo:
        wrong.append(
            f"No usage has arrived for {formatting.count(age, 'day')}: what you see ends on "
            f"{formatting.day(latest)}."
        )
    if freshness.out_of_date and not offers_remedy:
        wrong.append(
            f"Data of {formatting.count(freshness.out_of_date, 'client')} changed after the scores "
            "were calculated."
        )
    if wrong:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.warning("  \n".join(wrong), icon=":material/warning:")
            if not offers_remedy:
                button_to(Address.DATA, "Load or recalculate")


def _past(view: View) -> None:
    days = (view.latest - view.as_of).days
    with st.container(horizontal=True, vertical_alignment="center"):
        st.info(
            f"You are looking at **{formatting.day(view.as_of)}**, "
            f"{formatting.count(days, 'day')} before the latest data.",
            icon=":material/history:",
        )
        st.button("Back to the latest day", on_click=_to_latest, args=(view.latest,))


def _to_latest(latest: date) -> None:
    st.session_state["as_of"] = latest
