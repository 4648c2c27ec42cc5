"""How numbers, days and durations read."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from health import formatting
from health.formatting import NO_BREAK


def plain(text: str) -> str:
    return text.replace(NO_BREAK, " ")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Logins", "logins"),
        ("API calls", "API calls"),
        ("Reports in Q4", "reports in Q4"),
        ("", ""),
    ],
)
def test_a_name_inside_a_sentence_keeps_its_capitals(name: str, said: str) -> None:
    assert formatting.inside(name) == said


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0, 0, "0"),
        (1234567, 0, "1,234,567"),
        (-14, 0, "−14"),
        (70.25, 1, "70.3"),
        (62.5, 0, "63"),
        (-0.04, 1, "0.0"),
        (None, 0, "no data"),
    ],
)
def test_numbers_have_commas_a_true_minus_and_half_up(
    value: float | None, decimals: int, text: str
) -> None:
    assert formatting.number(value, decimals) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1_000, "1k"),
        (1_240, "1.2k"),
        (9_960, "10k"),
        (999_400, "999k"),
        (999_950, "1M"),
        (24_300_000, "24M"),
        (3_000_000_000, "3bn"),
        (-1_240, "−1.2k"),
        (None, "no data"),
    ],
)
def test_large_numbers_shrink_to_three_digits(value: float | None, text: str) -> None:
    assert formatting.short(value) == text


@pytest.mark.parametrize(
    ("value", "currency", "text"),
    [
        (Decimal("46200.00"), "USD", "$46,200"),
        (Decimal("46200.00"), "EUR", "€46,200"),
        (Decimal(5), "CHF", "CHF 5"),
        (Decimal(-5), "USD", "−$5"),
        (None, "USD", "no data"),
    ],
)
def test_money_carries_its_currency(value: Decimal | None, currency: str, text: str) -> None:
    assert plain(formatting.money(value, currency)) == text


def test_brief_money_has_three_digits() -> None:
    assert formatting.money(1_821_200, "USD", brief=True) == "$1.8M"


@pytest.mark.parametrize(
    ("points", "decimals", "text"),
    [(5, 0, "+5"), (-14, 0, "−14"), (0, 0, "±0"), (-0.04, 1, "±0.0"), (None, 0, "no data")],
)
def test_a_change_always_has_a_sign(points: float | None, decimals: int, text: str) -> None:
    assert formatting.change(points, decimals) == text


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (0, "today"),
        (1, "yesterday"),
        (3, "3 days ago"),
        (-1, "tomorrow"),
        (-23, "in 23 days"),
    ],
)
def test_days_are_told_from_today(days: int, text: str) -> None:
    assert plain(formatting.ago(days)) == text


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (23, "Renews in 23 days"),
        (1, "Renews tomorrow"),
        (0, "Renews today"),
        (-1, "Renewal was yesterday"),
        (-5, "Renewal was 5 days ago"),
        (None, "No renewal date"),
    ],
)
def test_a_renewal_reads_as_a_sentence(days: int | None, text: str) -> None:
    assert plain(formatting.until_renewal(days)) == text


def test_days_and_moments_name_the_month() -> None:
    assert plain(formatting.day(date(2026, 11, 3))) == "3 Nov 2026"
    assert plain(formatting.moment(datetime(2026, 11, 3, 6, 5))) == "3 Nov 2026, 06:05"


def test_one_is_singular() -> None:
    assert plain(formatting.count(1, "client")) == "1 client"
    assert plain(formatting.count(2000, "client")) == "2,000 clients"
    assert plain(formatting.count(2, "day without", "days without")) == "2 days without"


def test_a_list_ends_with_and() -> None:
    assert formatting.listing(["a"]) == "a"
    assert formatting.listing(["a", "b"]) == "a and b"
    assert formatting.listing(["a", "b", "c"]) == "a, b and c"


def test_a_long_name_is_cut_and_says_so() -> None:
    assert formatting.brief("Contoso", 7) == "Contoso"
    assert formatting.brief("Contoso Retail", 9) == "Contoso…"


def test_a_span_of_one_day_is_one_day() -> None:
    first, last = date(2026, 11, 1), date(2026, 11, 20)
    assert plain(formatting.span(first, last)) == "from 1 Nov 2026 to 20 Nov 2026"
    assert plain(formatting.span(last, last)) == "on 20 Nov 2026"
