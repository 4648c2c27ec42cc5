"""Days and numbers as sources write them."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from health.files.feeds import DateOrder, Notation, Percent
from health.files.feeds.notation import days, numbers, percentages, translated, without


def one(read: object, text: str | None) -> str | None:
    assert callable(read)
    made: pl.Series = read(pl.Series("x", [text], dtype=pl.String))
    return made.item()  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("order", "text", "day"),
    [
        ("day first", "03.05.2026", "2026-05-03"),
        ("day first", "3/5/26", "2026-05-03"),
        ("day first", "03-05-2026 23:59", "2026-05-03"),
        ("day first", "3. Mai 2026", "2026-05-03"),
        ("day first", "03-Dec-2026", "2026-12-03"),
        ("day first", "2026-05-03", "2026-05-03"),
        ("day first", "2026-05-03 00:00:00", "2026-05-03"),
        ("month first", "05/03/2026", "2026-05-03"),
        ("month first", "5/3/2026 10:02 AM", "2026-05-03"),
        ("month first", "May 3, 2026", "2026-05-03"),
        ("month first", "13/03/2026", "13/03/2026"),
        ("day first", "31.02.2026", "31.02.2026"),
        ("day first", "03.05.2026 at noon", "03.05.2026 at noon"),
        ("day first", "1st of May", "1st of May"),
        ("year first", "03.05.2026", "03.05.2026"),
        ("unix seconds", "1777766399", "2026-05-02"),
        ("unix milliseconds", "1777766400000", "2026-05-03"),
        ("unix seconds", "yesterday", "yesterday"),
    ],
)
def test_a_day_is_read_in_the_order_that_is_stated(order: str, text: str, day: str) -> None:
    assert one(days(Notation(dates=DateOrder.of(order))), text) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-02T23:30:00Z", "2026-11-03"),
        ("2026-11-02T22:30:00Z", "2026-11-02"),
        ("2026-11-02 23:30", "2026-11-03"),
        ("2026-11-02 11:30 PM", "2026-11-03"),
        ("2026-11-02 12:30 AM", "2026-11-02"),
        ("2026-11-02T23:30:00.123-08:00", "2026-11-03"),
        ("2026-11-03T00:30:00+05:30", "2026-11-02"),
        ("2026-11-02", "2026-11-02"),
    ],
)
def test_a_moment_counts_on_the_day_it_has_in_the_stated_zone(text: str, day: str) -> None:
    notation = Notation(time_zone="UTC", days_in="Europe/Berlin")
    assert one(days(notation), text) == day


def test_without_a_zone_of_the_source_only_moments_with_one_are_moved() -> None:
    read = days(Notation(days_in="Europe/Berlin"))
    assert one(read, "2026-11-02 23:30") == "2026-11-02"
    assert one(read, "2026-11-02 23:30Z") == "2026-11-03"


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)), st.integers(-720, 840))
def test_moments_move_as_the_standard_library_moves_them(when: datetime, ahead: int) -> None:
    moment = when.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=ahead)))
    day = moment.astimezone(ZoneInfo("America/New_York")).date()
    assert one(days(Notation(days_in="America/New_York")), moment.isoformat()) == day.isoformat()


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)))
def test_every_day_is_read_back_from_either_order(day: date) -> None:
    for order, form in ((DateOrder.DAY_FIRST, "%d.%m.%Y"), (DateOrder.MONTH_FIRST, "%m/%d/%Y")):
        assert one(days(Notation(dates=order)), day.strftime(form)) == day.isoformat()


@pytest.mark.parametrize(
    ("decimal", "text", "plain"),
    [
        (",", "1.234,56", "1234.56"),
        (",", "18.500", "18500"),
        (",", "1 234 567,8", "1234567.8"),
        (",", "12,0", "12.0"),
        (",", "1,234.56", "1,234.56"),
        (",", "1.23.456", "1.23.456"),
        (".", "1,234.56", "1234.56"),
        (".", "18,500", "18500"),
        (".", "1'234.5", "1234.5"),
        (".", "12,34", "12,34"),
        (None, "1,234.56", "1,234.56"),
        (".", "about 3", "about 3"),
        (".", "(1,234.50)", "-1234.50"),
        (",", "1.234,50-", "-1234.50"),
        (",", "\N{MINUS SIGN}12,5", "-12.5"),
        (".", "(none)", "(none)"),
        (".", "((3))", "((3))"),
    ],
)
def test_a_number_is_read_by_the_stated_sign(decimal: str | None, text: str, plain: str) -> None:
    assert one(numbers(Notation(decimal=decimal), whole=False), text) == plain


@pytest.mark.parametrize("text", ["(€ 1,234.50)", "-€1,234.50", "(1,234.50) €", "€ -1,234.50"])
def test_an_amount_below_zero_may_have_its_currency_anywhere(text: str) -> None:
    assert one(numbers(Notation(decimal=".", units=("€",)), whole=False), text) == "-1234.50"


@given(st.integers(0, 10**12), st.integers(0, 99))
def test_numbers_with_thousands_are_read_back(whole: int, cents: int) -> None:
    english = f"{whole:,}.{cents:02d}"
    german = english.translate(str.maketrans(",.", ".,"))
    for sign, text in ((".", english), (",", german)):
        plain = one(numbers(Notation(decimal=sign), whole=False), text)
        assert plain == f"{whole}.{cents:02d}"


def test_whole_numbers_are_rounded_only_where_that_is_stated() -> None:
    exact, rounded = (Notation(decimal=",", rounded=r) for r in (False, True))
    assert one(numbers(exact, whole=True), "12,0") == "12"
    assert one(numbers(exact, whole=True), "12,5") == "12,5"
    assert one(numbers(rounded, whole=True), "12,5") == "13"
    assert one(numbers(rounded, whole=True), "12,49") == "12"


@pytest.mark.parametrize(
    ("meaning", "text", "percent"),
    [
        ("percent", "81", "81"),
        ("percent", "81%", "81"),
        ("percent", "81.0 %", "81"),
        ("share", "0.81", "81"),
        ("share", "0.815", "81.5"),
        ("share", "1", "100"),
        ("share", "0.07", "7"),
        ("share", "0", "0"),
        ("share", "81 %", "81"),
        ("share", "none", "none"),
    ],
)
def test_a_percentage_is_read_as_is_stated(meaning: str, text: str, percent: str) -> None:
    assert one(percentages(Notation(percent=Percent.of(meaning))), text) == percent


def test_words_of_the_source_become_ours_or_nothing() -> None:
    assert one(without(["n/a", "-"]), "N/A") is None
    assert one(without(["n/a", "-"]), "a-b") == "a-b"
    assert one(translated({"Live": "true", "?": ""}), "live") == "true"
    assert one(translated({"Live": "true", "?": ""}), "?") is None
    assert one(translated({"Live": "true", "?": ""}), "Gone") == "Gone"


@pytest.mark.parametrize("few", [3, 600])
def test_many_cells_are_read_as_each_alone(few: int) -> None:
    texts = [None if place % 7 == 0 else f"{1 + place % few},5" for place in range(5_000)]
    read = numbers(Notation(decimal=","), whole=False)
    made = read(pl.Series("x", texts))
    assert made.to_list() == [None if text is None else text.replace(",", ".") for text in texts]
