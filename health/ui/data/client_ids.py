"""Other ids of clients: an alias, a new id, two clients that are one, and their undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from health import formatting
from health.errors import HealthError
from health.imports import identity
from health.imports.warnings.finding import client
from health.output import markdown
from health.ui.parts.client_box import choose_client, names_of_clients
from health.ui.session import answers, viewer, widget_state

if TYPE_CHECKING:
    from collections.abc import Callable

    from health.imports.identity import IdentityAction
    from health.ui.session.answers import Answers

_PAIRS: Final = 10
"""Pairs of clients that may be one that are listed."""

_SAID: Final = "ids_said"
_REFUSED: Final = "ids_refused"
_ALIAS, _RENAME, _MERGE = "Add another id", "Change an id", "Put two clients together"


def client_ids(ask: Answers) -> None:
    """Offer what can be done about ids, and list what was done."""
    said = st.session_state.pop(_SAID, None)
    if said:
        st.success(said, icon=":material/check_circle:")
    if refused := st.session_state.pop(_REFUSED, None):
        st.error(refused, icon=":material/block:")
    with widget_state.expander("**Ids of clients**", "ids") as part:
        if not part.open:
            return
        _likely(ask(identity.likely_pairs))
        what = st.radio("What to do", [_ALIAS, _RENAME, _MERGE], key="ids_what", horizontal=True)
        names = names_of_clients(ask)
        if what == _MERGE:
            _merge(names)
        else:
            _new_id(names, what)
        st.caption("What was done about ids is in “What was loaded” above, with its undo.")


def _likely(pairs: tuple[identity.LikelyPair, ...]) -> None:
    """List the clients that may be one, each with a button that fills in the form to merge."""
    if not pairs:
        st.caption("No two clients on file look like one and the same.")
        return
    number = formatting.count(len(pairs), "pair")
    st.markdown(f"**{number} of clients may be one and the same**")
    for place, one in enumerate(pairs[:_PAIRS]):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"{markdown.escape(client(one.keep_name, one.keep_id))} and "
                f"{markdown.escape(client(one.other_name, one.other_id))}"
            )
            st.button(
                "Merge…",
                key=f"ids_pair_{place}",
                type="tertiary",
                icon=":material/merge:",
                on_click=_fill_in,
                args=(one,),
            )
    if len(pairs) > _PAIRS:
        st.caption(f"The first {_PAIRS} are listed.")


def _fill_in(one: identity.LikelyPair) -> None:
    st.session_state.update(ids_what=_MERGE, ids_keep=one.keep_id, ids_other=one.other_id)


def _new_id(names: dict[str, str], what: str) -> None:
    is_alias = what == _ALIAS
    st.caption(
        "Files that use this id, name or e-mail domain find the client from now on."
        if is_alias
        else "The id before stays an alias, so that older files still find the client."
    )
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        chosen = choose_client("Client", names, "ids_client")
    new = right.text_input("Another id" if is_alias else "New id", key="ids_new", max_chars=200)
    st.button(
        what,
        key="ids_send",
        type="primary",
        disabled=chosen is None or not new.strip(),
        on_click=_send,
        args=(lambda: _store_id(chosen or "", new.strip(), is_alias=is_alias),),
    )


def _store_id(own: str, new: str, *, is_alias: bool) -> str:
    if is_alias:
        identity.add_alias(answers.database(), own, new, by=viewer.name())
        return f"{new} is another id of {own} now."
    identity.rename_client(answers.database(), own, new, by=viewer.name())
    return f"{own} is now called {new}."


def _merge(names: dict[str, str]) -> None:
    left, right = st.columns(2)
    with left:
        keep = choose_client("Client that stays", names, "ids_keep")
    with right:
        other = choose_client("Becomes part of it", names, "ids_other")
    if keep is None or other is None:
        st.caption("Choose both to see what would change.")
        return
    try:
        planned = identity.plan_merge(answers.database(), keep, other)
    except HealthError as error:
        st.error(markdown.escape(error.message), icon=":material/block:")
        return
    st.markdown(markdown.escape(planned.sentence))
    prefer = None
    if planned.conflicts:
        _differing(planned)
        named = {
            f"{planned.keep_name} · {keep}": identity.Preferred.KEEP,
            f"{planned.other_name} · {other}": identity.Preferred.OTHER,
        }
        chosen = st.radio("Whose values count", list(named), index=None, key="ids_prefer")
        prefer = None if chosen is None else named[chosen]
    st.button(
        _MERGE,
        key="ids_merge",
        type="primary",
        disabled=bool(planned.conflicts) and prefer is None,
        on_click=_send,
        args=(lambda: _store_merge(keep, other, prefer),),
    )


def _differing(planned: identity.MergeOutcome) -> None:
    """Show the days of which both have a value, and not the same."""
    number = formatting.count(planned.conflicts, "time")
    st.warning(
        f"Both have a different value {number} for the same day. Choose whose count.",
        icon=":material/difference:",
    )
    keep, other = f"{planned.keep_name} (stays)", planned.other_name
    st.dataframe(
        {
            "Day": [formatting.day(one.date) for one in planned.differing],
            "Metric": [one.metric.label for one in planned.differing],
            keep: [formatting.number(one.keep_value) for one in planned.differing],
            other: [formatting.number(one.other_value) for one in planned.differing],
        },
        hide_index=True,
        height=(min(len(planned.differing), 8) + 1) * 35 + 3,
    )
    if planned.conflicts > len(planned.differing):
        st.caption(f"The first {formatting.number(len(planned.differing))} are listed.")


def _store_merge(keep: str, other: str, prefer: identity.Preferred | None) -> str:
    done = identity.merge_clients(answers.database(), keep, other, by=viewer.name(), prefer=prefer)
    return f"{done.sentence} The scores it changes are out of date until you recalculate."


@st.dialog("Undo this change of ids?")
def confirm_undo(action: IdentityAction) -> None:
    """Ask, and undo what was done about ids."""
    st.markdown(
        f"{markdown.escape(action.sentence)} By {markdown.escape(action.done_by)}, "
        f"{formatting.moment(action.done_at)} UTC.\n\nThe clients are what they were before."
    )
    with st.container(horizontal=True):
        is_agreed = st.button(
            "Undo it",
            key="ids_undo_confirmed",
            type="primary",
            on_click=_send,
            args=(lambda: _undo(action.action_id),),
        )
        if st.button("Keep it", key="ids_undo_declined") or is_agreed:
            st.rerun()


def _undo(number: int) -> str:
    identity.undo_action(answers.database(), number, by=viewer.name())
    return "Undone: the clients are what they were before."


def _send(work: Callable[[], str]) -> None:
    """Do it, and keep what to say for the run of the page that follows."""
    try:
        st.session_state[_SAID] = markdown.escape(work())
    except HealthError as error:
        st.session_state[_REFUSED] = markdown.escape(error.message)
