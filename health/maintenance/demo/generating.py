"""Demo data of any size from a seed and a last day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from health.errors import ArgumentError
from health.maintenance.demo.companies import found, organizations_frame
from health.maintenance.demo.draws import draw
from health.maintenance.demo.features import features_frame
from health.maintenance.demo.outcomes import outcomes_frame
from health.maintenance.demo.scene import HORIZON_MARGIN
from health.maintenance.demo.usage import usage_frame

DEMO_END: Final = date(2026, 11, 20)
"""The last day of the demo unless told otherwise: fixed, so that it is the same tomorrow."""

DEMO_SEED: Final = 7

MAXIMUM_ORGANIZATIONS: Final = 20_000
MAXIMUM_DAYS: Final = 3_700
MAXIMUM_SEED: Final = 2**63 - 1
EARLIEST_END: Final = date(1950, 1, 1)
LATEST_END: Final = date(2190, 12, 31)

# The work on one block of clients fits into some 100 MB, whatever the size of the demo.
_BLOCK_CELLS: Final = 250_000


@dataclass(frozen=True, kw_only=True)
class DemoData:
    """The four files of the contract as frames, columns in its order.

    ``organizations`` has a row for each client; ``usage`` is wide, with a row for each client and
    day, a column for each metric and null where the metric has no row that day, sorted by client
    and date; ``features`` has a row for each client with data and feature, ``outcomes`` one for
    each client, day and outcome.
    """

    organizations: pl.DataFrame
    usage: pl.DataFrame
    features: pl.DataFrame
    outcomes: pl.DataFrame


def generate(
    *,
    organizations: int = 200,
    days: int = 400,
    seed: int = DEMO_SEED,
    end: date = DEMO_END,
) -> DemoData:
    """Make demo data; the same arguments give the same data on every machine.

    A larger demo begins with the clients of a smaller one, and a longer demo ends with the days of
    a shorter one. The first clients tell the stories, one each.

    Args:
        organizations: how many clients, 1 to 20,000.
        days: how many days of usage up to and with ``end``, 1 to 3,700.
        seed: which names, numbers and days of chance; the stories stay.
        end: the last day of usage.

    Raises:
        ArgumentError: when an argument is out of its range.
    """
    _check_whole("organizations", organizations, 1, MAXIMUM_ORGANIZATIONS)
    _check_whole("days", days, 1, MAXIMUM_DAYS)
    _check_whole("seed", seed, 0, MAXIMUM_SEED)
    if not EARLIEST_END <= end <= LATEST_END:
        raise ArgumentError(
            "end", f"{end} is too far away; give a day from {EARLIEST_END} to {LATEST_END}."
        )
    horizon = days + HORIZON_MARGIN
    size = max(1, _BLOCK_CELLS // horizon)
    blocks = [
        _block(range(first, min(first + size, organizations + 1)), days, horizon, seed, end)
        for first in range(1, organizations + 1, size)
    ]
    return DemoData(
        organizations=pl.concat([block.organizations for block in blocks]),
        usage=pl.concat([block.usage for block in blocks]),
        features=pl.concat([block.features for block in blocks]),
        outcomes=pl.concat([block.outcomes for block in blocks]),
    )


def _block(numbers: range, days: int, horizon: int, seed: int, end: date) -> DemoData:
    """The data of some of the clients."""
    draws = draw(seed, numbers, horizon)
    companies = found(numbers, draws)
    organizations = organizations_frame(companies, draws, seed, end)
    usage = usage_frame(companies, draws, days, end)
    return DemoData(
        organizations=organizations,
        usage=usage,
        features=features_frame(companies, draws, end),
        outcomes=outcomes_frame(numbers, organizations, usage, end),
    )


def _check_whole(argument: str, value: int, lowest: int, highest: int) -> None:
    if not lowest <= value <= highest:
        raise ArgumentError(
            argument,
            f"{value} is not possible; give a whole number from {lowest:,} to {highest:,}.",
        )
