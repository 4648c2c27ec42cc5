"""How numbers, days and durations read: one formatter each, for pages, charts and sentences.

Signs: a true minus, commas between thousands, a no-break space before a unit.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import date, datetime

MINUS: Final = "−"
NO_DATA: Final = "no data"
NO_BREAK: Final = "\u00a0"

_SYMBOLS: Final = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
_SHORT: Final = ((1_000_000_000, "bn"), (1_000_000, "M"), (1_000, "k"))


def number(value: Decimal | float | None, decimals: int = 0) -> str:
    """Return ``1,234.5`` with exactly ``decimals`` digits after the point.

    A half is rounded up, as in a score, so that 62.5 % of something never stands beside a 63.
    """
    if value is None:
        return NO_DATA
    if decimals == 0 and type(value) is int:
        return f"{value:,}".replace("-", MINUS)
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    # Adding 0 takes the sign from a zero.
    return f"{rounded + 0:,f}".replace("-", MINUS)


def amount(value: float | None) -> str:
    """Return an amount in as many decimals as it needs: ``0.42``, ``34.2``, ``1,240``."""
    if value is None or value == 0 or value >= 100:
        return number(value)
    return number(value, 1 if value >= 10 else 2)


def short(value: float | None) -> str:
    """Return a large number in three digits at most: ``950``, ``1.2k``, ``34M``."""
    if value is None:
        return NO_DATA
    for step, suffix in _SHORT:
        # What would round up to the next step belongs to it: 999,950 is 1M, not 1000k.
        if abs(value) >= step * 0.9995:
            share = value / step
            return number(share, 0 if abs(share) >= 9.95 else 1).removesuffix(".0") + suffix
    return number(value)


def money(value: Decimal | float | None, currency: str, *, brief: bool = False) -> str:
    """Return a yearly amount in ``currency`` (an ISO code); ``brief`` for three digits."""
    if value is None:
        return NO_DATA
    symbol = _SYMBOLS.get(currency, f"{currency}{NO_BREAK}")
    sign = MINUS if value < 0 else ""
    size = abs(float(value))
    return f"{sign}{symbol}{short(size) if brief else number(size)}"


def percent(value: float | None, decimals: int = 0) -> str:
    """Return ``81 %`` for 81."""
    return NO_DATA if value is None else f"{number(value, decimals)}{NO_BREAK}%"


def size(number_of_bytes: int) -> str:
    """Return the size of a file: ``950 B``, ``12 kB``, ``3.4 MB``."""
    if number_of_bytes < 1e3:
        return f"{number_of_bytes}{NO_BREAK}B"
    if number_of_bytes < 1e6:
        return f"{number(number_of_bytes / 1e3)}{NO_BREAK}kB"
    return f"{number(number_of_bytes / 1e6, 1)}{NO_BREAK}MB"


def change(points: float | None, decimals: int = 0) -> str:
    """Return a difference with its sign: ``+5``, ``−14``, ``±0``."""
    if points is None:
        return NO_DATA
    text = number(abs(points), decimals)
    if not any(digit in text for digit in "123456789"):
        return f"±{text}"
    return f"{'+' if points > 0 else MINUS}{text}"


def count(amount: int, singular: str, plural: str | None = None) -> str:
    """Return ``1 client`` or ``2,000 clients``."""
    noun = singular if amount == 1 else plural or f"{singular}s"
    return f"{number(amount)}{NO_BREAK}{noun}"


def day(value: date | None) -> str:
    """Return ``20 Nov 2026``."""
    return NO_DATA if value is None else f"{value.day}{NO_BREAK}{value:%b}{NO_BREAK}{value.year}"


def span(first: date | None, last: date | None) -> str:
    """Return ``from 1 Nov 2026 to 20 Nov 2026``, or ``on 20 Nov 2026`` for one day."""
    return f"on {day(last)}" if first == last else f"from {day(first)} to {day(last)}"


def moment(value: datetime | None) -> str:
    """Return ``20 Nov 2026, 06:05``."""
    return NO_DATA if value is None else f"{day(value)}, {value:%H:%M}"


def ago(days: int) -> str:
    """Return how long before today something was: ``today``, ``yesterday``, ``3 days ago``."""
    if days < 0:
        return "tomorrow" if days == -1 else f"in {count(-days, 'day')}"
    return ("today", "yesterday")[days] if days < 2 else f"{count(days, 'day')} ago"


def until_renewal(days: int | None) -> str:
    """Return ``Renews in 23 days`` or ``Renewal was 5 days ago``."""
    if days is None:
        return "No renewal date"
    if days < 0:
        return f"Renewal was {ago(-days)}"
    return ("Renews today", "Renews tomorrow")[days] if days < 2 else f"Renews {ago(-days)}"


def listing(words: list[str]) -> str:
    """Return ``a``, ``a and b`` or ``a, b and c``."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def brief(name: str, letters: int) -> str:
    """Return the name, cut to ``letters`` and marked with ``…`` where it is longer."""
    return name if len(name) <= letters else f"{name[: letters - 1].rstrip()}…"


def inside(name: str) -> str:
    """Return a name as it stands inside a sentence: ``Logins`` is ``logins``, ``API calls`` stays.

    Its first letter is small, unless the second is a capital, too.
    """
    return name if name[1:2].isupper() else f"{name[:1].lower()}{name[1:]}"


def capital(text: str) -> str:
    """Return the text with its first letter capital, the rest as it is."""
    return f"{text[:1].upper()}{text[1:]}"
