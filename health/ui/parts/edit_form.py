"""What a dialog that edits clients ends with: since when, why, what changes, and Save.

The values of its widgets stay in the session: a callback reads them when Save is pressed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from health import formatting, imports
from health.errors import ArgumentError, HealthError
from health.imports.editing import LONGEST_REASON
from health.output import edit_words, markdown
from health.ui.parts import edited
from health.ui.session import answers, dialogs, jobs, viewer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from streamlit.delta_generator import DeltaGenerator

    from health.imports import ImportOutcome

NAMED: Final = 10
"""Clients named in a preview; more are counted."""

_SINCE, _REASON = "edit_since", "edit_reason"
_REFUSED: Final = "edit_refused"


def begin() -> None:
    """Start anew, before the dialog is opened."""
    st.session_state.pop(_REFUSED, None)


def since_and_reason(places: dict[str, DeltaGenerator]) -> None:
    """Draw the day since when it is so, and the reason; ``places`` gets a place below each."""
    left, right = st.columns([1, 2])
    with left:
        today = answers.today()
        st.date_input("Since", today, max_value=today, format="YYYY-MM-DD", key=_SINCE)
        places[_SINCE] = st.container()
    with right:
        st.text_input("Reason (optional)", key=_REASON, max_chars=LONGEST_REASON)
        places["reason"] = st.container()
    st.caption("It is so from this day on; scores of earlier days stay as they are.")


def preview_and_save(
    place: str,
    names: Mapping[str, str],
    clients: Callable[[], Sequence[str]],
    changes: Callable[[], Mapping[str, object]],
    currency: str,
    places: Mapping[str, DeltaGenerator],
) -> None:
    """Say what storing would change, draw Save, and say at its field what cannot be stored.

    place: where the edit is made, see :func:`~health.ui.parts.edited.edited`.
    names: names of clients by id.
    clients, changes: read what was chosen from the session.
    places: where an error of a field is said; what belongs to none is said above Save.
    """
    preview = st.container()
    st.button(
        "Save",
        key="edit_saved",
        type="primary",
        disabled=jobs.is_busy(),
        on_click=_save,
        args=(place, clients, changes, currency),
    )
    refused: ArgumentError | None = st.session_state.pop(_REFUSED, None)
    since: date | None = st.session_state[_SINCE]
    if refused is None and since is not None and clients() and changes():
        refused = _preview(preview, names, clients(), changes(), since, currency)
    if refused is not None:
        said = formatting.capital(refused.message.removeprefix(f"{refused.argument}: "))
        at = places.get(refused.argument, preview)
        at.error(markdown.escape(said), icon=":material/block:")


def _preview(
    preview: DeltaGenerator,
    names: Mapping[str, str],
    clients: Sequence[str],
    changes: Mapping[str, object],
    since: date,
    currency: str,
) -> ArgumentError | None:
    """Say what storing would do; return why it cannot be stored, where it cannot."""
    if jobs.is_busy():
        preview.caption("Something else is being stored. Wait until it has finished.")
        return None
    try:
        outcome = imports.plan_update(
            answers.database(), clients, changes, valid_from=since, today=answers.today()
        )
    except ArgumentError as error:
        return error
    said = edit_words.planned(outcome, since, currency)
    if len(clients) > 1 and outcome.clients:
        said += f" {_named(outcome, names)}"
    preview.info(markdown.escape(said), icon=":material/preview:")
    return None


def _named(outcome: ImportOutcome, names: Mapping[str, str]) -> str:
    """The clients that change: a few by name."""
    changed = [names[one] for one in outcome.changes["organization_id"].unique() if one in names]
    shown = sorted(changed, key=str.casefold)[:NAMED]
    if outcome.clients > len(shown):
        shown.append(f"{formatting.number(outcome.clients - len(shown))} more")
    return f"Changed: {formatting.listing(shown)}."


def _save(
    place: str,
    clients: Callable[[], Sequence[str]],
    changes: Callable[[], Mapping[str, object]],
    currency: str,
) -> None:
    """Store the changes; why they cannot be stored is kept to be said at the field."""
    state = st.session_state
    if not dialogs.is_open():
        return  # a second click, sent before the dialog was closed
    since: date | None = state[_SINCE]
    try:
        if since is None:
            raise ArgumentError(_SINCE, "choose the day since when it is so.")
        if not changes():
            raise ArgumentError("changes", "nothing is changed yet.")
        outcome = imports.update_organizations(
            answers.database(),
            clients(),
            changes(),
            today=answers.today(),
            valid_from=since,
            reason=state.get(_REASON) or "",
            by=viewer.name(),
        )
    except ArgumentError as error:
        state[_REFUSED] = error
    except HealthError as error:
        state[_REFUSED] = ArgumentError("changes", error.message)
    else:
        dialogs.close()
        edited.remember(place, outcome, edit_words.stored(outcome, since, currency))
