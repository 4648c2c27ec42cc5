"""Other ids of clients: an alias, a new id, two clients that are one, and their undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from health import formatting
from health.errors import HealthError
from health.imports import identity
from health.output import markdown
from health.queries.client import ClientSearch, find_clients
from health.ui.session import answers, viewer, widget_state

if TYPE_CHECKING:
    from collections.abc import Callable

    from health.imports.identity import IdentityAction
    from health.ui.session.answers import Answers

_OFFERED: Final = 2_000
"""Clients offered by name; the id of any other client can be typed."""

_SAID: Final = "ids_said"
_REFUSED: Final = "ids_refused"
_ALIAS, _RENAME, _MERGE = "Add another id", "Change an id", "Put two clients together"


def client_ids(ask: Answers) -> None:
    """Offer what can be done about ids, and list what was done."""
    said = st.session_state.pop(_SAID, None)
    if said:
        st.success(said, icon=":material/check_circle:")
    with widget_state.expander("**Ids of clients**", "ids") as part:
        if not part.open:
            return
        refused = st.session_state.pop(_REFUSED, None)
        if refused:
            st.error(refused, icon=":material/block:")
        what = st.segmented_control(
            "What to do", [_ALIAS, _RENAME, _MERGE], default=_ALIAS, key="ids_what", required=True
        )
        names = dict(ask(find_clients, ClientSearch(limit=_OFFERED)).iter_rows())
        if what == _MERGE:
            _merge(names)
        else:
            _new_id(names, what)
        _history(ask(identity.list_actions))


def _choose_client(label: str, names: dict[str, str], key: str) -> str | None:
    return st.selectbox(
        label,
        list(names),
        format_func=lambda chosen: f"{names[chosen]} · {chosen}" if chosen in names else chosen,
        index=None,
        key=key,
        placeholder="Type to search by name or id",
        filter_mode="contains",
        accept_new_options=len(names) == _OFFERED,
    )


def _new_id(names: dict[str, str], what: str) -> None:
    is_alias = what == _ALIAS
    st.caption(
        "Files that use this id, name or e-mail domain find the client from now on."
        if is_alias
        else "The id before stays an alias, so that older files still find the client."
    )
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        client = _choose_client("Client", names, "ids_client")
    new = right.text_input("Another id" if is_alias else "New id", key="ids_new", max_chars=200)
    st.button(
        what,
        key="ids_send",
        type="primary",
        disabled=client is None or not new.strip(),
        on_click=_send,
        args=(lambda: _store_id(client or "", new.strip(), is_alias=is_alias),),
    )


def _store_id(client: str, new: str, *, is_alias: bool) -> str:
    if is_alias:
        identity.add_alias(answers.database(), client, new, by=viewer.name())
        return f"{new} is another id of {client} now."
    identity.rename_client(answers.database(), client, new, by=viewer.name())
    return f"{client} is now called {new}."


def _merge(names: dict[str, str]) -> None:
    left, right = st.columns(2)
    with left:
        keep = _choose_client("Client that stays", names, "ids_keep")
    with right:
        other = _choose_client("Becomes part of it", names, "ids_other")
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
        st.warning(markdown.escape(planned.conflict_sentence), icon=":material/difference:")
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


def _store_merge(keep: str, other: str, prefer: identity.Preferred | None) -> str:
    done = identity.merge_clients(answers.database(), keep, other, by=viewer.name(), prefer=prefer)
    return f"{done.sentence} The scores it changes are out of date until you recalculate."


def _history(actions: tuple[IdentityAction, ...]) -> None:
    for one in actions:
        with st.container(horizontal=True, vertical_alignment="center"):
            undone = f", undone by {one.undone_by}" if one.undone_at else ""
            st.markdown(
                f"{markdown.escape(one.sentence)}  \n:small[{markdown.escape(one.done_by)}, "
                f"{formatting.moment(one.done_at)} UTC{markdown.escape(undone)}]"
            )
            if one.can_be_undone:
                st.button(
                    "Undo",
                    key=f"ids_undo_{one.action_id}",
                    type="tertiary",
                    icon=":material/undo:",
                    on_click=_send,
                    args=(lambda number=one.action_id: _undo(number),),
                )


def _undo(number: int) -> str:
    identity.undo_action(answers.database(), number, by=viewer.name())
    return "Undone: the clients are what they were before."


def _send(work: Callable[[], str]) -> None:
    """Do it, and keep what to say for the run of the page that follows."""
    try:
        st.session_state[_SAID] = markdown.escape(work())
    except HealthError as error:
        st.session_state[_REFUSED] = markdown.escape(error.message)
