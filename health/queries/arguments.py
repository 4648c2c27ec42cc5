"""Checks that questions share: a wrong argument is an error that names the argument."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Final, TypeVar

from health.errors import ArgumentError, UnknownOrganization
from health.storage.transaction import asked_once

if TYPE_CHECKING:
    from enum import StrEnum

    from health.storage.database import Reader

EARLIEST: Final = date(1900, 1, 1)
LATEST: Final = date(2200, 12, 31)
"""Days a file may name; a question about others is a slip of the finger."""

Member = TypeVar("Member", bound="StrEnum")


def check_day(argument: str, day: object) -> None:
    """Raise :class:`ArgumentError` unless ``day`` is a date from 1900 to 2200."""
    if not isinstance(day, date) or isinstance(day, datetime):
        raise ArgumentError(argument, f"give a date such as 2026-11-20, not {day!r}.")
    if not EARLIEST <= day <= LATEST:
        raise ArgumentError(argument, f"{day} is not a day from {EARLIEST} to {LATEST}.")


def check_period(start_date: date, end_date: date) -> None:
    """Raise :class:`ArgumentError` unless the two are days and the first is not the later."""
    check_day("start_date", start_date)
    check_day("end_date", end_date)
    if start_date > end_date:
        raise ArgumentError("start_date", f"{start_date} is after end_date, {end_date}.")


def check_range(argument: str, number: object, low: int, high: int) -> None:
    """Raise :class:`ArgumentError` unless ``number`` is a whole number from low to high."""
    if not isinstance(number, int) or isinstance(number, bool) or not low <= number <= high:
        raise ArgumentError(argument, f"give a whole number from {low} to {high}, not {number!r}.")


def as_member(argument: str, kind: type[Member], value: str) -> Member:
    """Return the member of ``kind`` that ``value`` is or names; raises :class:`ArgumentError`."""
    try:
        return kind(value)
    except ValueError:
        accepted = ", ".join(kind)
        raise ArgumentError(argument, f"“{value}” is none of {accepted}.") from None


@asked_once
def find_organization(reader: Reader, organization_id: str) -> int:
    """Return the number a client has inside; raises :class:`UnknownOrganization`."""
    number: int | None = reader.value(
        "SELECT organization FROM clients WHERE organization_id = $organization_id",
        {"organization_id": organization_id},
    )
    if number is None:
        raise UnknownOrganization(organization_id)
    return number
