"""An edit of clients in words: what changes, since when, and how many scores that touches."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from health import formatting
from health.imports.editing import EDITABLE
from health.vocabulary import AlertLevel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from health.imports import ImportOutcome

_NOTHING: Final[Mapping[str, str]] = {
    "csm": "nobody",
    "renewal_date": "no date",
    "annual_value": "not known",
    "total_users": "not known",
    "industry": "none",
}


def planned(outcome: ImportOutcome, since: date, currency: str) -> str:
    """Say what an edit would do: `Licences 60 → 80 since 20 Nov 2026; 12 scores become …`."""
    if not outcome.rows_changed:
        return "Nothing changes: that is on file already."
    scores = formatting.count(outcome.scores_days, "score")
    becomes = "becomes" if outcome.scores_days == 1 else "become"
    touched = f"{scores} {becomes} out of date" if outcome.scores_days else "no score changes"
    what = formatting.capital(_what(outcome, since, currency))
    return f"{what}; {touched}.{_outcomes(outcome)}{_warnings(outcome)}"


def stored(outcome: ImportOutcome, since: date, currency: str) -> str:
    """Say what an edit did."""
    if not outcome.rows_changed:
        return "Nothing was changed: that was on file already."
    scores = formatting.count(outcome.scores_days, "score")
    is_are = "is" if outcome.scores_days == 1 else "are"
    waiting = f"; {scores} {is_are} out of date" if outcome.scores_days else ""
    what = f"Saved: {_what(outcome, since, currency)}{waiting}."
    return f"{what}{_outcomes(outcome)}{_warnings(outcome)}"


def _what(outcome: ImportOutcome, since: date, currency: str) -> str:
    rows = outcome.changes.select("field", "old_value", "new_value")
    if outcome.clients == 1:
        said = [
            f"{EDITABLE[field]} {_shown(field, old, currency)} → {_shown(field, new, currency)}"
            for field, old, new in rows.iter_rows()
        ]
    else:
        clients = formatting.count(outcome.clients, "client")
        said = [
            f"{EDITABLE[field]} of {clients} → {_shown(field, new, currency)}"
            for field, new in rows.select("field", "new_value").unique().sort("field").iter_rows()
        ]
    return f"{formatting.listing(said)} since {formatting.day(since)}"


def _outcomes(outcome: ImportOutcome) -> str:
    """What becomes an outcome by it: left, or came back."""
    said = [
        f"“{word.label}”" + (f" of {formatting.count(number, 'client')}" if number > 1 else "")
        for word, number in outcome.outcomes.items()
    ]
    return f" {formatting.listing(said)} goes into the outcomes." if said else ""


def _warnings(outcome: ImportOutcome) -> str:
    # That a value becomes empty is said above, and asked for.
    cleared = bool(outcome.cleared)
    found = outcome.beside_cleared if cleared else outcome.warnings
    return "".join(f" Warning: {one.sentence}" for one in found if not (cleared and one.holds))


def _shown(field: str, value: str | None, currency: str) -> str:
    """A stored value as people read it."""
    if value is None:
        return _NOTHING[field]
    words: Mapping[str, Callable[[str], str]] = {
        "renewal_date": lambda text: formatting.day(date.fromisoformat(text)),
        "annual_value": lambda text: formatting.money(Decimal(text), currency),
        "total_users": lambda text: formatting.number(int(text)),
        "alert_level": lambda text: AlertLevel[text].label,
        "is_active": lambda text: "active" if text == "true" else "left",
    }
    return words[field](value) if field in words else value
