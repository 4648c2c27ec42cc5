"""Who the demo clients are: size, industry, contract and owner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from health.maintenance.demo.draws import Integers, Trait
from health.maintenance.demo.names import INDUSTRIES, company_name
from health.maintenance.demo.stories import (
    LIVES,
    Campaigns,
    Life,
    Story,
    organization_id,
    story_of_number,
)
from health.vocabulary import AlertLevel

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from numpy.typing import NDArray

    from health.maintenance.demo.draws import Draws

OWNERS: Final = (
    "amira.haddad@example.com",
    "daniel.okafor@example.com",
    "ingrid.solberg@example.com",
    "lucia.ferrante@example.com",
    "marcus.webb@example.com",
    "priya.raman@example.com",
)
"""The customer success managers, six of them."""

NEVER: Final = -1
"""The first day, in days back, of something that never comes: no day is later than the last."""

_SIZES: Final = np.array((18, 30, 45, 70, 110, 160, 240, 380, 600, 950, 1_500, 2_600))
"""Licensed users of the classes of size, each reaching to 1.7 times its number."""

_ALERTS: Final = (
    (AlertLevel.NONE,) * 3 + (AlertLevel.DASHBOARD_ONLY,) * 11 + (AlertLevel.PROACTIVE,) * 6
)


@dataclass(frozen=True, kw_only=True)
class Companies:
    """Some clients, as arrays with one entry for each.

    ``users`` is the number of licensed users also where the client's file does not tell it;
    ``begins`` and ``ends`` are the first and last day of its data and ``cases_begin`` the first
    with case data, in days back from the last day; a client that never sends case data has
    ``NEVER`` there.
    """

    numbers: range
    lives: tuple[Life, ...]
    industries: Integers
    users: Integers
    employees: Integers
    begins: Integers
    ends: Integers
    cases_begin: Integers
    campaigns: tuple[Campaigns, ...]

    @property
    def works_weekends(self) -> NDArray[np.bool_]:
        """Whether its people also work at weekends."""
        return np.array([industry.works_weekends for industry in INDUSTRIES])[self.industries]

    def asks(self, kind: Campaigns) -> NDArray[np.bool_]:
        """Whether each client runs its campaigns that way, as a column of shape (clients, 1)."""
        return np.array([[campaigns is kind] for campaigns in self.campaigns])

    def which(self, is_so: Callable[[Life], bool]) -> NDArray[np.bool_]:
        """Whose life is so, as a column of shape (clients, 1)."""
        return np.array([[is_so(life)] for life in self.lives])

    def each(self, number: Callable[[Life], int]) -> Integers:
        """A number of every client's life, as a column of shape (clients, 1)."""
        return np.array([[number(life)] for life in self.lives], dtype=np.int64)


def stories_of(numbers: range) -> tuple[Story, ...]:
    """The stories of the clients with these numbers."""
    return tuple(story_of_number(number) for number in numbers)


def found(numbers: range, draws: Draws) -> Companies:
    """The companies with these ``numbers``."""
    lives = tuple(LIVES[story] for story in stories_of(numbers))
    users = _SIZES[draws.trait(Trait.SIZE, 0, len(_SIZES) - 1)]
    users = users * draws.trait(Trait.SIZE_WITHIN, 100, 170) // 100
    for row, life in enumerate(lives):
        if life.users is not None:
            low, high = life.users
            users[row] = draws.trait(Trait.SIZE_WITHIN, low, high)[row]
    # Large companies license a smaller share of their employees.
    employees = users * draws.trait(Trait.EMPLOYEES, 5, 14) + 9
    return Companies(
        numbers=numbers,
        lives=lives,
        industries=draws.trait(Trait.INDUSTRY, 0, len(INDUSTRIES) - 1),
        users=users,
        employees=employees,
        begins=_begins(lives, draws),
        ends=_ends(lives, numbers),
        cases_begin=_cases_begin(lives, draws),
        campaigns=_campaigns(lives, draws),
    )


def _begins(lives: tuple[Life, ...], draws: Draws) -> Integers:
    """The first day of data; one ordinary client in eight signed within the last year."""
    signed_late = draws.trait(Trait.BEGIN, 0, 7) == 0
    ordinary = np.array([life.is_ordinary for life in lives])
    begins = np.array([life.begins for life in lives], dtype=np.int64)
    return np.where(signed_late & ordinary, draws.trait(Trait.BEGIN_DAY, 70, 380), begins)


def _ends(lives: tuple[Life, ...], numbers: range) -> Integers:
    """The last day of data; of many that left, each left on a day of its own."""
    ends = np.array([life.ends for life in lives], dtype=np.int64)
    left = np.array([not life.is_active for life in lives])
    return np.where(left & (np.array(numbers) > 100), ends + np.array(numbers) * 29 % 90, ends)


def _cases_begin(lives: tuple[Life, ...], draws: Draws) -> Integers:
    """The first day of case data; one ordinary client in sixteen never sends any."""
    never = draws.trait(Trait.CASE_DATA, 0, 15) == 0
    ordinary = np.array([life.is_ordinary for life in lives])
    begins = np.array([life.cases_begin for life in lives], dtype=np.int64)
    return np.where(never & ordinary, NEVER, begins)


def _campaigns(lives: tuple[Life, ...], draws: Draws) -> tuple[Campaigns, ...]:
    """How each client asks; where its life leaves it open, two in three ask in rounds."""
    kinds = []
    for life, percent in zip(lives, draws.trait(Trait.CAMPAIGNS, 0, 99).tolist(), strict=True):
        if life.campaigns is not Campaigns.VARIED:
            kinds.append(life.campaigns)
        elif life.is_ordinary and percent >= 94:
            kinds.append(Campaigns.NONE)
        elif percent < 32:
            kinds.append(Campaigns.ROLLING)
        else:
            kinds.append(Campaigns.ROUNDS if percent < 52 else Campaigns.STAGGERED)
    return tuple(kinds)


def lean(companies: Companies, draws: Draws, own: Trait) -> Integers:
    """How far each client lies from its story's line for good, in hundredths of a point.

    One part is shared by all that a client does, another is the ``own`` of one component. The
    shape is (clients, 1).
    """
    low = companies.each(lambda life: life.spread[0])
    high = companies.each(lambda life: life.spread[1])
    overall = low * 100 + (high - low) * draws.trait(Trait.OVERALL, 0, 100)[:, None]
    points: Integers = overall + (high - low) * draws.trait(own, -20, 20)[:, None]
    return points


def _annual_value(companies: Companies, draws: Draws) -> list[Decimal]:
    """The yearly contract value: a price per user that falls with size, in whole hundreds."""
    users = companies.users
    price = draws.trait(Trait.PRICE, 85, 150) - 25 * (users > 400) - 25 * (users > 2_000)
    hundreds = np.maximum(users * price // 100, 24)
    return [Decimal(int(value)) * 100 for value in hundreds]


def _renewal_dates(companies: Companies, draws: Draws, end: date) -> list[date]:
    raw = draws.trait(Trait.RENEWAL, 0, 999_999)
    dates = []
    for row, life in enumerate(companies.lives):
        first, last = life.renewal
        days = first + int(raw[row]) * (last - first + 1) // 1_000_000
        dates.append(end + timedelta(days=days))
    return dates


def organizations_frame(companies: Companies, draws: Draws, seed: int, end: date) -> pl.DataFrame:
    """The rows of an organizations file, columns in the order of the contract."""
    forms = draws.trait(Trait.LEGAL_FORM, 0, 3).tolist()
    industries = [INDUSTRIES[index] for index in companies.industries.tolist()]
    owners = draws.trait(Trait.CSM, 0, len(OWNERS) - 1).tolist()
    alerts = draws.trait(Trait.ALERT_LEVEL, 0, len(_ALERTS) - 1).tolist()
    users = companies.users.tolist()
    columns = {
        "organization_id": [organization_id(number) for number in companies.numbers],
        "name": [
            company_name(number, seed, industry, form)
            for number, industry, form in zip(companies.numbers, industries, forms, strict=True)
        ],
        "total_users": [
            count if life.has_licence_count else None
            for count, life in zip(users, companies.lives, strict=True)
        ],
        "renewal_date": _renewal_dates(companies, draws, end),
        "industry": [industry.label for industry in industries],
        "employee_count": companies.employees.tolist(),
        "csm": [OWNERS[owner] for owner in owners],
        "annual_value": _annual_value(companies, draws),
        "alert_level": [_ALERTS[alert].value for alert in alerts],
        "is_active": [life.is_active for life in companies.lives],
        "inactive_from": [
            end - timedelta(days=last - 1) if not life.is_active and number > 100 else None
            for number, life, last in zip(
                companies.numbers, companies.lives, companies.ends.tolist(), strict=True
            )
        ],
    }
    return pl.DataFrame(
        columns,
        schema={
            "organization_id": pl.String,
            "name": pl.String,
            "total_users": pl.Int64,
            "renewal_date": pl.Date,
            "industry": pl.String,
            "employee_count": pl.Int64,
            "csm": pl.String,
            "annual_value": pl.Decimal(18, 2),
            "alert_level": pl.String,
            "is_active": pl.Boolean,
            "inactive_from": pl.Date,
        },
    )
