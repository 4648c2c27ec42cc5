"""What the values of a file say about how they are written, and what they leave open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import polars as pl

from health import formatting
from health.files.feeds.feed import DateOrder
from health.files.feeds.notation import with_minus

Value = TypeVar("Value")

_ISO: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:$|[T ])"
_SHORT: Final = r"^([0-9]{1,2})[./\-]([0-9]{1,2})[./\-](?:[0-9]{4}|[0-9]{2})(?:$|[ ,T])"
_NAMED: Final = {
    DateOrder.DAY_FIRST: r"^[0-9]{1,2}[. \-]+\p{L}{3,9}[. \-]+[0-9]{2,4}",
    DateOrder.MONTH_FIRST: r"^\p{L}{3,9}\.? [0-9]{1,2}(?:st|nd|rd|th)?,? +[0-9]{4}",
}
_UNIX: Final = {
    DateOrder.SECONDS: r"^(?:9[4-9]|1[0-9]{2}|[23][0-9]{2})[0-9]{7}$",
    DateOrder.MILLISECONDS: r"^(?:9[4-9]|1[0-9]{2}|[23][0-9]{2})[0-9]{10}$",
}
_TIME: Final = r"[0-9]{1,2}:[0-9]{2}"

_COMMA_DECIMAL: Final = r"^-?[0-9.' \x{00A0}\x{202F}]*[0-9],(?:[0-9]{1,2}|[0-9]{4,})$|\.[0-9]{3},"
_DOT_DECIMAL: Final = r"^-?[0-9,' \x{00A0}\x{202F}]*[0-9]\.(?:[0-9]{1,2}|[0-9]{4,})$|,[0-9]{3}\."
_DOTS_DIVIDE: Final = r"^-?[0-9]{1,3}(?:\.[0-9]{3}){2,}$"
_COMMAS_DIVIDE: Final = r"^-?[0-9]{1,3}(?:,[0-9]{3}){2,}$"
_OPEN: Final = r"^-?[1-9][0-9]{0,2}[.,][0-9]{3}$"
_UNIT: Final = r"^-?(\p{Sc}|EUR|USD|GBP|CHF)\s*-?[0-9]|[0-9]\s*(\p{Sc}|EUR|USD|GBP|CHF)$"


@dataclass(frozen=True, kw_only=True)
class Finding(Generic[Value]):
    """What was found, with the evidence; ``is_open`` where only a person can decide.

    example: a value that can be read in two ways.
    """

    value: Value | None
    evidence: tuple[str, ...] = ()
    is_open: bool = False
    example: str = ""


def is_day(values: pl.Series) -> bool:
    """Whether most of the filled cells of a column are written like days."""
    texts = _filled(values)
    forms = (_ISO, _SHORT, *_NAMED.values(), *_UNIX.values())
    return texts.len() > 0 and _matching(texts, forms).sum() * 10 >= 9 * texts.len()


def has_time(values: pl.Series) -> bool:
    """Whether most of the filled cells hold a time of day."""
    texts = _filled(values)
    return texts.len() > 0 and int(texts.str.contains(_TIME).sum()) * 2 > texts.len()


def date_order(columns: Iterable[pl.Series]) -> Finding[DateOrder]:
    """In which order the days of these columns are written."""
    texts = _filled(pl.concat([*columns, pl.Series(dtype=pl.String)]))
    total = texts.len()
    if not total or texts.str.contains(_ISO).all():
        return Finding(
            value=DateOrder.ISO,
            evidence=()
            if not total
            else (f"All {formatting.count(total, 'value')} begin with the year.",),
        )
    for order, form in _UNIX.items():
        if texts.str.contains(form).all():
            return Finding(value=order, evidence=(f"All are {order.label.lower()}.",))
    parts = texts.str.extract_groups(_SHORT).struct.unnest()
    first, second = (parts[name].cast(pl.Int64) for name in ("1", "2"))
    over = {
        DateOrder.DAY_FIRST: (int((first > 12).sum()), "first"),
        DateOrder.MONTH_FIRST: (int((second > 12).sum()), "second"),
    }
    said = tuple(
        f"{formatting.number(count)} of {formatting.count(total, 'value')} "
        f"{'has' if count == 1 else 'have'} a day over 12 in {place} place."
        for count, place in over.values()
        if count
    )
    if len(said) == 1:
        return Finding(value=next(o for o, (count, _) in over.items() if count), evidence=said)
    if not said:
        for order, form in _NAMED.items():
            if texts.str.contains(form).any():
                return Finding(value=order, evidence=("Months are written as names.",))
    short = texts.filter(parts["1"].is_not_null())
    if not short.len():
        return Finding(value=DateOrder.ISO)
    return Finding(
        value=None,
        evidence=said or (f"None of {formatting.count(total, 'value')} has a day over 12.",),
        is_open=True,
        example=short[0],
    )


def decimal_sign(columns: Iterable[pl.Series], units: Sequence[str] = ()) -> Finding[str]:
    """Which sign the numbers of these columns have before their decimals; None where no matter."""
    texts = _filled(pl.concat([*columns, pl.Series(dtype=pl.String)]))
    for unit in units:
        texts = texts.str.replace(unit, "", literal=True).str.strip_chars()
    texts = with_minus(texts).str.strip_suffix("%").str.strip_chars()
    found = {
        ",": texts.filter(_matching(texts, (_COMMA_DECIMAL, _DOTS_DIVIDE))),
        ".": texts.filter(_matching(texts, (_DOT_DECIMAL, _COMMAS_DIVIDE))),
    }
    doubtful = texts.filter(texts.str.contains(_OPEN))
    said = tuple(
        f"{formatting.number(some.len())} of {formatting.count(texts.len(), 'number')}, such as "
        f"“{some[0]}”, {'has' if some.len() == 1 else 'have'} a "
        f"{'comma' if sign == ',' else 'dot'} before the decimals."
        for sign, some in found.items()
        if some.len()
    )
    if len(said) == 1:
        return Finding(
            value=next(sign for sign, some in found.items() if some.len()), evidence=said
        )
    if said or doubtful.len():
        return Finding(
            value=None,
            evidence=said or ("Each number can be read with either sign.",),
            is_open=True,
            example=(doubtful if doubtful.len() else found[","])[0],
        )
    return Finding(value=None)


def units(columns: Iterable[pl.Series]) -> tuple[str, ...]:
    """The words of currencies beside the numbers of these columns."""
    texts = with_minus(_filled(pl.concat([*columns, pl.Series(dtype=pl.String)])))
    parts = texts.str.extract_groups(_UNIT).struct.unnest()
    return tuple(sorted(set(parts["1"].drop_nulls()) | set(parts["2"].drop_nulls())))


def are_shares(values: pl.Series) -> bool:
    """Whether percentages are written as shares of 1."""
    numbers = _filled(values).str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    return bool(numbers.len() and (numbers <= 1).all() and ((numbers > 0) & (numbers < 1)).any())


def _filled(values: pl.Series) -> pl.Series:
    texts = values.str.strip_chars()
    return texts.filter(texts.str.len_bytes() > 0)


def _matching(texts: pl.Series, patterns: Iterable[str]) -> pl.Series:
    return texts.str.contains("|".join(f"(?:{pattern})" for pattern in patterns))
