"""What a cell must be to be accepted: one small class for each sort of value.

A rule gets the cells of a column as text, blanks around them already gone and nothing as null. It
answers with typed values, null where it refuses, and names the reason for those it refused.
Nothing is guessed: a text either is what the contract says or is refused.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from health.files.placeholders import NO_NAME_PATTERN, NO_VALUE_PATTERN, TOTAL_PATTERN
from health.files.reasons import RejectReason
from health.vocabulary import ALWAYS, MAXIMUM_VALUE, Word

FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2200, 12, 31)

_SAMPLE: Final = 1_000

# [0-9], never \d, which also takes the digits of other scripts.
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]+)?)?"
_ZONE = r" ?(?:[Zz]|[+\-][0-2][0-9](?::?[0-5][0-9])?)"
_DATE = rf"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(?:[Tt ]{_TIME}(?:{_ZONE})?)?$"
_WHOLE = r"^([0-9]+)\.0+$"
_AMOUNT = r"[0-9]{1,16}(?:\.[0-9]{1,2})?$"
# Control characters, line separators, and the invisible ones that make two equal-looking ids
# differ or turn the reading direction round. Joiners (U+200C, U+200D) belong to real names.
_INVISIBLE = r"[\p{Cc}\x{2028}\x{2029}\x{200B}\x{202A}-\x{202E}\x{2060}\x{2066}-\x{2069}\x{FEFF}]"
_ERROR = r"^#(?:N/A|DIV/0!|REF!|VALUE!|NAME\?|NULL!|NUM!|GETTING_DATA|SPILL!|CALC!)$"


class Rule(ABC):
    """How the text of a cell becomes a value of type ``dtype``, or is refused."""

    dtype: pl.DataType

    @abstractmethod
    def typed(self, cells: pl.Series) -> pl.Series:
        """The values of ``cells`` (text or null); null where a cell is null or refused."""

    @abstractmethod
    def reason(self, cell: pl.Expr) -> pl.Expr:
        """For refused cells: the name of the :class:`RejectReason`, as an expression."""


@dataclass(frozen=True, kw_only=True)
class Integer(Rule):
    """Plain digits from 0 to ``maximum``; decimals that are all 0 may follow."""

    maximum: int = MAXIMUM_VALUE
    above: RejectReason = RejectReason.TOO_LARGE
    dtype = pl.Int64()

    def typed(self, cells: pl.Series) -> pl.Series:
        """The numbers."""
        numbers = cells.cast(pl.Int64, strict=False)
        if numbers.null_count() > cells.null_count():
            cells = cells.str.replace(_WHOLE, "$1")  # 31.0 is 31
            numbers = cells.cast(pl.Int64, strict=False)
        # The cast also takes a sign, and "-0" would come out as 0. Both signs sort before the
        # digits: a comparison tells them in a tenth of the time of a pattern.
        return _only(numbers, (cells >= "0") & (numbers <= self.maximum))

    def reason(self, cell: pl.Expr) -> pl.Expr:
        """Negative, too large, or no integer at all."""
        return (
            pl.when(cell.str.contains(r"^-[0-9]+(?:\.0+)?$"))
            .then(pl.lit(RejectReason.NEGATIVE.value))
            .when(cell.str.contains(r"^[0-9]+(?:\.0+)?$"))
            .then(pl.lit(self.above.value))
            .otherwise(pl.lit(RejectReason.NOT_AN_INTEGER.value))
        )


@dataclass(frozen=True, kw_only=True)
class Amount(Rule):
    """An amount of money: digits, a dot, at most two decimals, 0 or more.

    ``is_change``: it may be below 0, with a minus in front.
    """

    dtype = pl.Decimal(18, 2)
    is_change: bool = False

    def typed(self, cells: pl.Series) -> pl.Series:
        """The amounts, exact."""
        sign = "-?" if self.is_change else ""
        plain = _only(cells, cells.str.contains(f"^{sign}{_AMOUNT}"))
        return plain.cast(self.dtype, strict=False)

    def reason(self, cell: pl.Expr) -> pl.Expr:
        """Negative, too large, or no amount at all."""
        below = RejectReason.TOO_LARGE if self.is_change else RejectReason.NEGATIVE
        return (
            pl.when(cell.str.contains(r"^-[0-9]+(?:\.[0-9]{1,2})?$"))
            .then(pl.lit(below.value))
            .when(cell.str.contains(r"^[0-9]+(?:\.[0-9]{1,2})?$"))
            .then(pl.lit(RejectReason.TOO_LARGE.value))
            .otherwise(pl.lit(RejectReason.NOT_AN_AMOUNT.value))
        )


@dataclass(frozen=True, kw_only=True)
class Day(Rule):
    """An ISO date; a time and a zone may follow and do not move the day.

    ``latest`` is the last day accepted where the future is (renewals) or is not (usage) known.
    """

    latest: date = LAST_DAY
    dtype = pl.Date()

    def typed(self, cells: pl.Series) -> pl.Series:
        """The days as written, whatever the zone."""
        days = self._days(cells)
        return _only(days, days.is_between(FIRST_DAY, self.latest))

    def reason(self, cell: pl.Expr) -> pl.Expr:
        """After tomorrow, in a year that nobody means, or no ISO date."""
        days = cell.str.head(10).str.to_date("%Y-%m-%d", strict=False)
        return (
            pl.when(~cell.str.contains(_DATE) | days.is_null())
            .then(pl.lit(RejectReason.NOT_A_DATE.value))
            .when(days.is_between(FIRST_DAY, LAST_DAY))
            .then(pl.lit(RejectReason.AFTER_TOMORROW.value))
            .otherwise(pl.lit(RejectReason.YEAR_OUT_OF_RANGE.value))
        )

    def _days(self, cells: pl.Series) -> pl.Series:
        days = cells.str.head(10).str.to_date("%Y-%m-%d", strict=False)
        # The conversion alone takes "+026-1-05" and blanks between the parts.
        return _only(days, _matching(cells, _DATE))


class Start(Day):
    """The day from which values hold; ``always`` is the start of all time."""

    def typed(self, cells: pl.Series) -> pl.Series:
        """The days."""
        always = cells.str.to_lowercase() == "always"
        days = super().typed(cells)
        return days.set(always.fill_null(False), ALWAYS) if always.any() else days

    def reason(self, cell: pl.Expr) -> pl.Expr:
        """In a year that nobody means, or neither a date nor the word."""
        reason = super().reason(cell)
        return (
            pl.when(reason == RejectReason.NOT_A_DATE.value)
            .then(pl.lit(RejectReason.NOT_A_START.value))
            .otherwise(reason)
        )


class Choice(Rule):
    """One of a list of words, whatever the case, blanks, hyphens and underscores."""

    def __init__(self, words: type[Word], otherwise: RejectReason) -> None:
        """Accept the values of ``words``; refuse the rest with the reason ``otherwise``."""
        values = [word.value for word in words]
        self.dtype = pl.Enum(values)
        self._squeezed = pl.Enum([value.replace("_", "") for value in values])
        self._otherwise = otherwise

    def typed(self, cells: pl.Series) -> pl.Series:
        """The words as the contract writes them."""
        exact = cells.cast(self.dtype, strict=False)
        if exact.null_count() == cells.null_count():
            return exact
        others = (exact.is_null() & cells.is_not_null()).arg_true()
        letters = cells.gather(others).str.to_uppercase().str.replace_all(r"[\s_\-]+", "")
        found = letters.cast(self._squeezed, strict=False).to_physical()
        return exact.to_physical().scatter(others, found).cat.to(self.dtype)

    def reason(self, cell: pl.Expr) -> pl.Expr:
        """The one reason there is."""
        return pl.when(cell.is_not_null()).then(pl.lit(self._otherwise.value))


class YesNo(Rule):
    """true/false, yes/no or 1/0, whatever the case."""

    dtype = pl.Boolean()
    _words = pl.Enum(["true", "false", "yes", "no", "1", "0"])

    def typed(self, cells: pl.Series) -> pl.Series:
        """True or false."""
        word = cells.str.to_lowercase().cast(self._words, strict=False)
        return word.to_physical() % 2 == 0

    def reason(self, cell: pl.Expr) -> pl.Expr:
        """The one reason there is."""
        return pl.when(cell.is_not_null()).then(pl.lit(RejectReason.NOT_YES_OR_NO.value))


@dataclass(frozen=True, kw_only=True)
class Text(Rule):
    """One line of text of at most ``longest`` characters, stored as it is written.

    A word for no value is refused; one that ``is_name`` refuses what no client is called too.
    """

    longest: int
    is_name: bool = False
    dtype = pl.String()

    def typed(self, cells: pl.Series) -> pl.Series:
        """The text itself."""
        fits = cells.str.len_chars() <= self.longest
        words = NO_NAME_PATTERN if self.is_name else NO_VALUE_PATTERN
        return _only(cells, fits & ~_matching(cells, f"{_INVISIBLE}|{_ERROR}", words))

    def reason(self, cell: pl.Expr) -> pl.Expr:
        """An error value, a character that cannot be seen, or too long."""
        return (
            pl.when(cell.str.contains(_ERROR))
            .then(pl.lit(RejectReason.SPREADSHEET_ERROR.value))
            .when(cell.str.contains(_INVISIBLE))
            .then(pl.lit(RejectReason.UNPRINTABLE.value))
            .when(cell.str.contains(TOTAL_PATTERN))
            .then(pl.lit(RejectReason.TOTAL_ROW.value))
            .when(cell.str.contains(NO_NAME_PATTERN))
            .then(pl.lit(RejectReason.PLACEHOLDER.value))
            .otherwise(pl.lit(RejectReason.TOO_LONG.value))
        )


class Nothing(Rule):
    """No value at all: below a header cell without a name."""

    dtype = pl.String()

    def typed(self, cells: pl.Series) -> pl.Series:
        """Null, whatever the cell holds."""
        return cells.clear(cells.len())

    def reason(self, cell: pl.Expr) -> pl.Expr:
        """The one reason there is."""
        return pl.when(cell.is_not_null()).then(pl.lit(RejectReason.UNNAMED_COLUMN.value))


def _matching(cells: pl.Series, *patterns: str) -> pl.Series:
    """Which cells match one of the patterns; where they repeat, each text is looked at once.

    Patterns stay apart: one that holds to the beginning of a text is soon done with it.
    """
    if cells.head(_SAMPLE).n_unique() > _SAMPLE // 2:
        return _any(cells, patterns)
    texts = cells.unique()
    matching = _any(texts, patterns)
    if matching.all():  # also where there is a null, which stays one below
        return cells.is_not_null()
    return cells.is_in(texts.filter(matching).implode())


def _any(texts: pl.Series, patterns: Sequence[str]) -> pl.Series:
    found = texts.str.contains(patterns[0])
    for pattern in patterns[1:]:
        found |= texts.str.contains(pattern)
    return found


def _only(values: pl.Series, fit: pl.Series) -> pl.Series:
    """``values`` where ``fit`` is true, null elsewhere."""
    if fit.all(ignore_nulls=True):
        return values
    return pl.select(pl.when(fit).then(values)).to_series()
