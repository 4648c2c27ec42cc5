"""What is said of a header that is not accepted: all that is wrong with it, and the way out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from health.errors import UnclearFile
from health.files.file_columns import Shape, squeeze
from health.files.quoting import quoted
from health.files.reasons import RejectReason
from health.files.synonyms import renamed

_DAY: Final = re.compile(
    r"(?:19|20)[0-9]{2}-[01]?[0-9]-[0-3]?[0-9](?:[T ].*)?|[0-3]?[0-9][./][01]?[0-9][./][0-9]{2,4}"
    r"|[01]?[0-9]/[0-3]?[0-9]/[0-9]{2,4}"
)
_SIGN: Final = re.compile(r"[^\w\s]")
"""What may divide the names of columns, in a header that seems to be one."""

_LEAST_DAYS: Final = 2
_LEAST_SIGNS: Final = 2
_EVENT_SIGNS: Final = frozenset(
    {
        *("event", "eventname", "eventtype", "eventid", "timestamp", "createdat", "createdon"),
        *("created", "openedat", "opened", "closedat", "closed", "solvedat", "resolvedat"),
        *("occurredat", "loggedat", "logintime", "loginat", "time", "userid", "user", "useremail"),
        *("username", "sessionid", "session", "action", "url", "page", "subject", "ticketid"),
        *("ticketnumber", "ticket#", "caseid", "casenumber", "priority", "requester", "assignee"),
        *("betreff", "ticketnummer", "erstelltam", "geschlossenam", "zeitstempel", "zeitpunkt"),
        *("benutzer", "ereignis", "vorgang"),
    }
)


TITLE: Final = "The header of the file is not accepted"


def refused(message: str) -> UnclearFile:
    """The refusal of a header."""
    return UnclearFile(message, title=TITLE)


def doubled(names: Sequence[str]) -> str:
    """What is said of names that stand in a header twice."""
    squeezed = [squeeze(name) for name in names]
    twice = next(name for name in squeezed if squeezed.count(name) > 1)
    if not twice:
        return (
            "Several columns have no name. Name each one, or remove the empty ones from the file."
        )
    spellings = quoted(*(name for name in names if squeeze(name) == twice))
    return f"The same column is there more than once: {spellings}. Leave one of them in the file."


def lacking(shape: Shape, names: Sequence[str]) -> str:
    """What is said of a header without all that ``shape``, the likeliest one, needs."""
    if said := _days_or_events(names):
        return said
    found = f"Found: {quoted(*names)}." if names else "It names no column at all."
    if len(names) == 1 and _SIGN.search(names[0]):
        found += " Columns must be separated by commas, semicolons or tabs."
    renames = renames_for(shape, names)
    if not renames and not any(squeeze(name) in shape.keys for name in names):
        return (
            "None of its columns is known, so it is not clear what the file holds. "
            f"{found} The first line must name the columns, such as organization_id and name."
        )
    lacks = shape.missing(map(squeeze, names))
    verb = "is" if len(lacks) == 1 else "are"
    way_out = _renaming(renames) or RejectReason.MISSING_COLUMN.description
    return f"It looks most like {shape.label}, but {_and(lacks)} {verb} missing. {found} {way_out}"


def unknown(shape: Shape, names: Sequence[str]) -> str:
    """What is said of a header that names columns which ``shape`` does not have: all of them."""
    strange = [name for name in names if squeeze(name) not in shape.keys]
    if not all(name.strip() for name in strange):
        return "A column between the others has no name. Name it, or remove it from the file."
    if said := _days(strange):
        return said
    renames = renames_for(shape, names)
    accepted = f"Accepted: {', '.join(column.header for column in shape.columns)}."
    many = len(strange) > 1
    listed = quoted(*strange)
    what = f"The columns {listed} are not ones" if many else f"The column {listed} is not one"
    rest = len(strange) - len(renames)
    remove = (
        f"Remove {'the others' if renames else 'them' if many else 'it'} from the file, or "
        "leave them out in a feed."
    )
    if not many:
        remove = remove.replace("leave them", "leave it")
    parts = (what + f" of {shape.label}.", _renaming(renames), accepted, remove if rest else "")
    return " ".join(filter(None, parts))


def renames_for(shape: Shape, names: Sequence[str]) -> dict[str, str]:
    """Which header means which column of ``shape`` that is not there yet."""
    present = {squeeze(name) for name in names}
    free = [column.header for column in shape.columns if squeeze(column.header) not in present]
    found: dict[str, str] = {}
    for name in names:
        ours = None if squeeze(name) in shape.keys else renamed(name, free)
        if ours is not None:
            found[name] = ours
            free.remove(ours)
    return found


def _days_or_events(names: Sequence[str]) -> str:
    signs = [name for name in names if squeeze(name) in _EVENT_SIGNS]
    if len(signs) < _LEAST_SIGNS:
        return _days(names)
    return (
        "It looks like a file with one row per event, such as a ticket or a login "
        f"({quoted(*signs)}). Say in a feed which column is the day and the client, and what is "
        "counted."
    )


def _days(names: Sequence[str]) -> str:
    days = [name for name in names if _DAY.fullmatch(name.strip())]
    if len(days) < _LEAST_DAYS:
        return ""
    rest = f" and {len(days) - 2} more" if len(days) > 2 else ""
    return (
        f"It has one column a day ({quoted(*days[:2])}{rest}). Say in a feed which metric the "
        "days hold, or write one row per client and day with a column “date”."
    )


def _renaming(renames: dict[str, str]) -> str:
    if not renames:
        return ""
    each = [f"{quoted(name)} to {ours}" for name, ours in renames.items()]
    return f"Rename {_and(each)}, or say so once in a feed."


def _and(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
