"""Days, numbers and words as a source writes them, into the text of the contract.

What cannot be read as stated stays as it is: the rule of its column refuses it and shows what
stood in the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import polars as pl

from health.files.feeds.feed import DateOrder, Notation, Percent

Texts = Callable[[pl.Series], pl.Series]

_TIME: Final = (
    r"(?:(?:,? +|[Tt])(?P<hour>[0-9]{1,2}):(?P<minute>[0-5][0-9])"
    r"(?::(?P<second>[0-5][0-9])(?:[.,][0-9]+)?)?"
    r" ?(?P<half>[AaPp])?(?:\.?[Mm]\.?)?"
    r" ?(?P<zone>[Zz]|UTC|GMT|[+\-][0-9]{2}:?[0-9]{2})?)?$"
)
_ISO: Final = r"^(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
_YEAR_LAST: Final = r"[./\- ]+(?P<year>[0-9]{4}|[0-9]{2})"
_DAY: Final = r"(?P<day>[0-9]{1,2})"
_MONTH: Final = r"(?P<month>[0-9]{1,2})"
_NAME: Final = r"(?P<month>\p{L}{3,9})"
_PATTERNS: Final[Mapping[DateOrder, tuple[str, ...]]] = {
    DateOrder.ISO: (_ISO,),
    DateOrder.DAY_FIRST: (
        _ISO,
        rf"^{_DAY}[./\- ]{_MONTH}{_YEAR_LAST}",
        rf"^{_DAY}[. \-]+{_NAME}{_YEAR_LAST}",
    ),
    DateOrder.MONTH_FIRST: (
        _ISO,
        rf"^{_MONTH}[./\- ]{_DAY}{_YEAR_LAST}",
        rf"^{_NAME}\.? {_DAY}(?:st|nd|rd|th)?,? +(?P<year>[0-9]{{4}})",
    ),
}
_MONTHS: Final = re.findall("...", "janfebmaraprmayjunjulaugsepoctnovdec")
# As English, German and French begin them.
_NUMBER_OF_MONTH: Final = {
    **{name: place for place, name in enumerate(_MONTHS, start=1)},
    "mär": 3,
    "mai": 5,
    "okt": 10,
    "dez": 12,
    "fév": 2,
    "avr": 4,
    "aoû": 8,
    "déc": 12,
}
_PER_SECOND: Final = {DateOrder.SECONDS: 1, DateOrder.MILLISECONDS: 1000}
_DAY_TEXT: Final = "%Y-%m-%d"
_BELOW_ZERO: Final = r"^(?:\(([^()]*[0-9][^()]*)\)|([^()]*[0-9])\s?[-\x{2212}]|\x{2212}(.*))$"
"""How books write a number below 0: in parentheses, with the minus behind, or a true minus sign."""

_PLAIN: Final = r"^-?[0-9]+(?:\.[0-9]+)?$"


def days(notation: Notation) -> Texts:
    """How days are turned into ISO days; see :class:`Notation`."""
    if notation.dates in _PER_SECOND:
        return lambda cells: _of_unix(cells, notation)
    if notation.dates is DateOrder.ISO and notation.days_in is None:
        return lambda cells: cells
    return lambda cells: _by_word(cells, lambda texts: iso_days(texts, notation))


def numbers(notation: Notation, *, whole: bool) -> Texts:
    """How numbers are turned into digits with a dot; ``whole`` ones are rounded if stated."""
    if notation.decimal is None and not notation.units and not (whole and notation.rounded):
        return lambda cells: cells
    return lambda cells: _by_word(cells, lambda texts: _digits(texts, notation, whole=whole))


def with_minus(texts: pl.Series) -> pl.Series:
    """Numbers that are below 0 as books write it, with a minus in front; the others stay."""
    return texts.str.replace(_BELOW_ZERO, "-$1$2$3")


def percentages(notation: Notation) -> Texts:
    """How percentages are turned into whole numbers of percent."""
    return lambda cells: _by_word(cells, lambda texts: _percent(texts, notation))


def without(words: Sequence[str]) -> Texts:
    """Cells that hold one of these words, whatever the case, as nothing."""
    lower = [word.strip().lower() for word in words]
    if not lower:
        return lambda cells: cells
    return lambda cells: cells.set(cells.str.to_lowercase().is_in(lower).fill_null(False), None)


def translated(words: Mapping[str, str]) -> Texts:
    """Cells in the contract's words, whatever the case; the others stay."""
    if not words:
        return lambda cells: cells
    known = {theirs.strip().lower(): ours or None for theirs, ours in words.items()}

    def translate(texts: pl.Series) -> pl.Series:
        return texts.str.to_lowercase().replace_strict(known, default=texts, return_dtype=pl.String)

    return lambda cells: _by_word(cells, translate)


def _by_word(cells: pl.Series, work: Texts) -> pl.Series:
    """``work`` done once for each different text, where texts repeat."""
    if cells.len() < 1_000 or cells.head(1_000).n_unique() > 500:
        return work(cells)
    codes = cells.cast(pl.Categorical)
    texts = codes.unique().cast(pl.String)
    return (
        pl.DataFrame({"text": cells})
        .join(
            pl.DataFrame({"text": texts, "made": work(texts)}).drop_nulls("text"),
            on="text",
            how="left",
            maintain_order="left",
        )["made"]
        .rename(cells.name)
    )


def iso_days(texts: pl.Series, notation: Notation) -> pl.Series:
    """ISO days, of the zone whose days count."""
    made = _utc_days(texts, notation.days_in)
    for pattern in _PATTERNS[notation.dates]:
        left = made.is_null()
        if not left.any():
            break
        found = _iso_day(texts, pattern + _TIME, notation)
        made = pl.select(pl.when(left).then(found).otherwise(made)).to_series()
    return pl.select(pl.coalesce(made, texts)).to_series().alias(texts.name)


def _utc_days(texts: pl.Series, days_in: str | None) -> pl.Series:
    """The days of moments like 2026-11-03T08:01:00Z; a tenth of the time of a pattern."""
    if days_in is None or not texts.head(100).str.ends_with("Z").any():
        return pl.Series(texts.name, [None], dtype=pl.String).new_from_index(0, texts.len())
    bare = texts.set(~texts.str.ends_with("Z"), None).str.strip_suffix("Z")
    moments = bare.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", strict=False)
    days = moments.dt.replace_time_zone("UTC").dt.convert_time_zone(days_in).dt.date()
    return days.dt.to_string(_DAY_TEXT)


def _iso_day(texts: pl.Series, pattern: str, notation: Notation) -> pl.Series:
    parts = pl.DataFrame({"text": texts}).select(
        pl.col("text").str.extract_groups(pattern).struct.unnest()
    )
    month = pl.col("month").str.slice(0, 3).str.to_lowercase()
    number = month.replace_strict(
        _NUMBER_OF_MONTH, default=month.cast(pl.Int8, strict=False), return_dtype=pl.Int8
    )
    year = pl.col("year").cast(pl.Int32, strict=False)
    year = pl.when(pl.col("year").str.len_bytes() == 2).then(year + 2000).otherwise(year)
    parts = parts.with_columns(
        date=pl.concat_str(
            year.cast(pl.String),
            number.cast(pl.String).str.zfill(2),
            pl.col("day").str.zfill(2),
            separator="-",
        ).str.to_date(_DAY_TEXT, strict=False)
    )
    if notation.days_in is not None:
        parts = parts.with_columns(date=_moved(notation.days_in, notation.time_zone))
    return parts["date"].dt.to_string(_DAY_TEXT)


def _moved(days_in: str, time_zone: str | None) -> pl.Expr:
    """The day in ``days_in`` of a moment; of one without a zone the day as written."""
    hour = pl.col("hour").cast(pl.Int64, strict=False)
    half = pl.col("half").str.to_lowercase()
    hour = (
        pl.when(half == "p").then(hour % 12 + 12).when(half == "a").then(hour % 12).otherwise(hour)
    )
    minute = pl.col("minute").cast(pl.Int64)
    second = pl.col("second").cast(pl.Int64).fill_null(0)
    moment = pl.col("date").cast(pl.Datetime("us")) + pl.duration(
        hours=hour, minutes=minute, seconds=second
    )
    zone = pl.col("zone").str.to_uppercase()
    sign = pl.when(zone.str.starts_with("-")).then(-1).otherwise(1)
    digits = zone.str.replace_all(r"[^0-9]", "")
    ahead = sign * (
        digits.str.slice(0, 2).cast(pl.Int64, strict=False) * 60
        + digits.str.slice(2, 2).cast(pl.Int64, strict=False)
    )
    written = (
        moment.dt.replace_time_zone(time_zone, ambiguous="earliest", non_existent="null")
        .dt.convert_time_zone(days_in)
        .dt.date()
        if time_zone
        else pl.col("date")
    )
    stated = (
        (moment - pl.duration(minutes=ahead.fill_null(0)))
        .dt.replace_time_zone("UTC")
        .dt.convert_time_zone(days_in)
        .dt.date()
    )
    moved = pl.when(zone.is_not_null()).then(stated).otherwise(written)
    return pl.coalesce(pl.when(pl.col("hour").is_not_null()).then(moved), pl.col("date"))


def _of_unix(cells: pl.Series, notation: Notation) -> pl.Series:
    """ISO days of seconds or milliseconds since 1970; UTC where no other zone is stated."""
    per_second = _PER_SECOND[notation.dates]
    moments = cells.cast(pl.Int64, strict=False) * (1_000_000 // per_second)
    moments = moments.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    made = moments.dt.convert_time_zone(notation.days_in or "UTC").dt.date()
    return pl.select(pl.coalesce(made.dt.to_string(_DAY_TEXT), cells)).to_series()


def _digits(texts: pl.Series, notation: Notation, *, whole: bool) -> pl.Series:
    """Plain digits with a dot, where the text is a number as stated."""
    bare = with_minus(texts)
    if notation.units:
        units = "|".join(map(re.escape, sorted(notation.units, key=len, reverse=True)))
        bare = bare.str.replace(rf"(?i)^(-?)(?:{units})\s*", "$1").str.replace(
            rf"(?i)\s*(?:{units})$", ""
        )
        bare = with_minus(bare)
    made = bare
    if notation.decimal is not None:
        sign = re.escape(notation.decimal)
        thousands = r"['’\x{00A0}\x{202F} " + ("." if notation.decimal == "," else ",") + "]"
        form = rf"^-?(?:[0-9]+|[0-9]{{1,3}}(?:{thousands}[0-9]{{3}})+)(?:{sign}[0-9]+)?$"
        made = made.str.replace_all(thousands, "").str.replace(sign, ".")
    else:
        form = _PLAIN
    fits = bare.str.contains(form)
    if whole:
        made = _whole(made, rounded=notation.rounded)
        fits &= made.str.contains(r"^-?[0-9]+$")
    return pl.select(pl.when(fits).then(made).otherwise(texts)).to_series().alias(texts.name)


def _whole(digits: pl.Series, *, rounded: bool) -> pl.Series:
    """Numbers without decimals: those that are zero removed, others rounded half up if stated."""
    bare = digits.str.replace(r"\.0+$", "")
    if not rounded:
        return bare
    parts = bare.str.extract_groups(r"^([0-9]{1,18})\.([0-9])[0-9]*$").struct.unnest()
    up = parts["1"].cast(pl.Int64) + (parts["2"] >= "5").cast(pl.Int64)
    return pl.select(pl.coalesce(up.cast(pl.String), bare)).to_series()


def _percent(texts: pl.Series, notation: Notation) -> pl.Series:
    """Whole numbers of percent, where the text is a number as stated."""
    signed = texts.str.contains(r"%$")
    bare = _digits(texts.str.replace(r"\s*%$", ""), notation, whole=False)
    fits = bare.str.contains(_PLAIN)
    made = bare
    if notation.percent is Percent.SHARE:
        made = pl.select(pl.when(signed).then(bare).otherwise(_hundredfold(bare))).to_series()
    made = _whole(made, rounded=notation.rounded)
    return pl.select(pl.when(fits).then(made).otherwise(texts)).to_series().alias(texts.name)


def _hundredfold(digits: pl.Series) -> pl.Series:
    """A hundred times a number, exactly: the dot two places further."""
    parts = digits.str.extract_groups(r"^(-?[0-9]+)(?:\.([0-9]+))?$").struct.unnest()
    decimals = parts["2"].fill_null("").str.pad_end(2, "0")
    front = (parts["1"] + decimals.str.slice(0, 2)).str.replace(r"^(-?)0+([0-9])", "$1$2")
    rest = decimals.str.slice(2).str.replace(r"0+$", "")
    return front + ("." + rest).str.strip_suffix(".")
