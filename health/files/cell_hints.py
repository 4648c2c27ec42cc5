"""What would have been accepted in place of a refused cell, where its text tells."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

import polars as pl

from health.files.reasons import RejectReason
from health.files.synonyms import renamed
from health.vocabulary import FeatureName, MetricType

_TEXTS: Final = 2_000
"""The most different texts of a column that get an answer of their own."""

_DAY: Final = re.compile(r"([0-9]{1,4})([./-])([0-9]{1,2})\2([0-9]{4}|[0-9]{1,2})(?:[T ].*)?")
_COUNTED_DAY: Final = re.compile(r"([2-7][0-9]{4})(?:\.[0-9]+)?")
_DAY_0: Final = date(1899, 12, 30)  # of a spreadsheet's count of days
_CURRENCY: Final = re.compile(r"^(?:€|\$|£|EUR|USD|GBP|CHF)\s*|\s*(?:€|\$|£|EUR|USD|GBP|CHF)$")
_THOUSANDS: Final = {
    ".": re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+"),
    ",": re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+"),
    " ": re.compile(r"[0-9]{1,3}(?:[ \u00a0\u202f'’][0-9]{3})+"),
}
_DECIMALS: Final = {
    ",": re.compile(r"((?:[0-9]{1,3}(?:[. \u00a0\u202f'’][0-9]{3})+)|[0-9]+),([0-9]{1,2})"),
    ".": re.compile(r"((?:[0-9]{1,3}(?:[, \u00a0\u202f'’][0-9]{3})+)|[0-9]+)\.([0-9]{1,2})"),
}


def accepted(reason: RejectReason, cells: pl.Series) -> pl.Series | None:
    """For each refused cell what would be accepted; None where the reason says all there is."""
    hint = _HINTS.get(reason)
    if hint is None:
        return None
    texts = cells.unique().head(_TEXTS).drop_nulls().to_list()
    known = {text: found for text in texts if (found := hint(text))}
    if not known:
        return None
    return cells.replace_strict(known, default=reason.description, return_dtype=pl.String)


def _day(text: str) -> str | None:
    if counted := _COUNTED_DAY.fullmatch(text):
        day = _DAY_0 + timedelta(days=int(counted[1]))
        return f"{day}, if {text} is a day as a spreadsheet counts them; format it as a date."
    written = _DAY.fullmatch(text)
    if written is None:
        return None
    first, sign, second, third = written.groups()
    orders = [(first, second, third)] if len(first) == 4 else [(third, second, first)]
    if len(first) < 4 and sign != ".":
        orders.append((third, first, second))
    days = dict.fromkeys(found for order in orders if (found := _iso(*order)))
    return " or ".join(days) + (", whichever is meant." if len(days) > 1 else "") if days else None


def _iso(year: str, month: str, day: str) -> str | None:
    if len(year) != 4:
        return None
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def _integer(text: str) -> str | None:
    if percent := re.fullmatch(r"([0-9]{1,3}) ?%", text):
        return percent[1]
    if any(pattern.fullmatch(text) for pattern in _THOUSANDS.values()):
        digits = re.sub("[^0-9]", "", text)
        return f"{digits}, if the signs between the digits mark thousands."
    return None


def _amount(text: str) -> str | None:
    number = _CURRENCY.sub("", text)
    for pattern in _DECIMALS.values():
        if found := pattern.fullmatch(number):
            return f"{re.sub('[^0-9]', '', found[1])}.{found[2]}"
    for sign, pattern in _THOUSANDS.items():
        if pattern.fullmatch(number):
            digits = re.sub("[^0-9]", "", number)
            if sign != " " and len(digits) <= 6:
                cut = len(digits) - 3
                other = f"{digits[:cut]}.{digits[cut:]}".rstrip("0").rstrip(".")
                return f"{digits} or {other}, whichever is meant."
            return digits
    return number if number != text and re.fullmatch(r"[0-9]+(?:\.[0-9]{1,2})?", number) else None


def _yes_or_no(text: str) -> str | None:
    words = {"ja": "true", "y": "true", "j": "true", "wahr": "true", "x": "true"}
    words |= {"nein": "false", "n": "false", "falsch": "false"}
    return words.get(text.casefold())


def _metric(text: str) -> str | None:
    column = renamed(text, [metric.column for metric in MetricType])
    return column.upper() if column else None


def _feature(text: str) -> str | None:
    return renamed(text, [feature.value for feature in FeatureName])


_HINTS: Final = {
    RejectReason.NOT_A_DATE: _day,
    RejectReason.NOT_AN_INTEGER: _integer,
    RejectReason.NOT_AN_AMOUNT: _amount,
    RejectReason.NOT_YES_OR_NO: _yes_or_no,
    RejectReason.UNKNOWN_METRIC: _metric,
    RejectReason.UNKNOWN_FEATURE: _feature,
}
