"""Where a client stands among clients of its industry and size, on one day.

Peers are the other clients of the same industry that have a stored score of that day: those whose
licensed users are in the same band (``BANDS``), or all of them where those are fewer than
``LEAST``. With fewer than ``LEAST`` of either, and without an industry, nothing is said.

Industry and licensed users are as on file now, as there is no history of them.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from health.errors import UnknownOrganization
from health.queries.arguments import check_day
from health.queries.extra_points import points_sql
from health.queries.sizes import BANDS, SizeBand
from health.scoring.components import Component
from health.scoring.history import clients_as_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import polars as pl

    from health.scoring.components import Part
    from health.storage.database import Reader

LEAST: Final = 5
"""The fewest peers that are compared with: fewer are no measure, and give each other away."""


@dataclass(frozen=True, kw_only=True)
class PeersQuery:
    """One client as of a day. Raises :class:`ArgumentError` where ``as_of`` is no day.

    parts: what is compared beside the score: the parts of the client's model.
    """

    organization_id: str
    as_of: date
    parts: tuple[Part, ...] = tuple(Component)

    def __post_init__(self) -> None:
        check_day("as_of", self.as_of)


class Quartiles(NamedTuple):
    """A quarter, half and three quarters of the peers' scores lie at or below these, 0-100.

    Exact. The quartile q of n scores in order is the one at place 1 + q (n - 1) / 4; between two
    places it is so far between their scores (as spreadsheets have it in QUARTILE.INC).
    """

    low: Fraction
    median: Fraction
    high: Fraction


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The client's score, or one part of it, beside those of its peers.

    component: the part; None for the score itself.
    score: the client's, 0-100; None without data.
    peers: those that have data here, by a model that has the part.
    lower, same: how many of them score lower than the client, and the same; 0 without a score.
    quartiles: of the peers; None with fewer than ``LEAST``.
    """

    component: Part | None
    score: int | None
    peers: int
    lower: int
    same: int
    quartiles: Quartiles | None

    @property
    def higher(self) -> int:
        """How many of the peers score higher than the client; 0 without a score."""
        return 0 if self.score is None else self.peers - self.lower - self.same

    @property
    def percentile(self) -> Fraction | None:
        """Percent of the peers that score lower, each with the same score as half; exact.

        None without a score or with fewer than ``LEAST`` peers.
        """
        if self.score is None or self.quartiles is None:
            return None
        return Fraction(100 * (2 * self.lower + self.same), 2 * self.peers)

    @property
    def behind(self) -> Fraction | None:
        """Points from the client's score up to the peers' median; negative where it is above.

        None where there is nothing to compare.
        """
        if self.score is None or self.quartiles is None:
            return None
        return self.quartiles.median - self.score


@dataclass(frozen=True, kw_only=True)
class Peers:
    """A client among its peers on one day.

    industry: the client's; None where it is not on file.
    band: the client's size; None where its licensed users are not on file.
    alike: other clients of the industry and the size that are scored that day.
    in_industry: the same of the industry, whatever their size.
    standings: the score first, then the parts in order; empty with fewer than ``LEAST`` peers.
    """

    as_of: date
    industry: str | None
    band: SizeBand | None
    alike: int
    in_industry: int
    standings: tuple[Standing, ...]

    @property
    def is_by_size(self) -> bool:
        """Whether the peers are of the client's size, too."""
        return self.alike >= LEAST

    @property
    def furthest_below(self) -> Standing | None:
        """The part most points of its own below the peers' median; None where none is below.

        Of two that are as far, the first of the model.
        """
        below = [part for part in self.standings if part.component and (part.behind or 0) > 0]
        return max(below, key=lambda part: part.behind or 0, default=None)


_OVERALL: Final = "overall_score"


def peers(reader: Reader, query: PeersQuery) -> Peers:
    """Return where a client stands among its peers. Raises :class:`UnknownOrganization`."""
    clients = clients_as_of(reader, query.as_of)
    client = reader.record(
        f"""SELECT organization, industry, total_users
        FROM {clients} WHERE organization_id = $organization_id""",
        {"organization_id": query.organization_id},
    )
    if not client:
        raise UnknownOrganization(query.organization_id)
    band = _band(client["total_users"])
    parts = {_OVERALL: None, **{part.column: part for part in query.parts}}
    counted = _counted(reader, clients, client, band, query)
    alike, in_industry, own = ({part: dict[int, int]() for part in parts} for _ in range(3))
    for part, score, *amounts in counted.iter_rows():
        for spread, amount in zip((alike, in_industry, own), amounts, strict=True):
            if amount:
                spread[part][score] = amount
    found = Peers(
        as_of=query.as_of,
        industry=client["industry"],
        band=band,
        alike=sum(alike[_OVERALL].values()),
        in_industry=sum(in_industry[_OVERALL].values()),
        standings=(),
    )
    if found.in_industry < LEAST:
        return found
    spreads = alike if found.is_by_size else in_industry
    standings = (
        _standing(component, next(iter(own[part]), None), spreads[part])
        for part, component in parts.items()
    )
    return replace(found, standings=tuple(standings))


def _band(total_users: int | None) -> SizeBand | None:
    if total_users is None:
        return None
    return next(band for band in reversed(BANDS) if total_users >= band.first)


def _counted(
    reader: Reader,
    clients: str,
    client: Mapping[str, Any],
    band: SizeBand | None,
    query: PeersQuery,
) -> pl.DataFrame:
    """How often each score occurs that day: among those alike, in the industry, as the own one."""
    points = {_OVERALL: _OVERALL, **points_sql(reader, query.parts, query.as_of)}
    # As counts, at most 101 a part whatever the number of clients: ordering the scores themselves
    # in DuckDB takes three times as long.
    return reader.query(
        f"""
        SELECT part, score,
            count(*) FILTER (NOT is_own AND is_alike) AS alike,
            count(*) FILTER (NOT is_own) AS in_industry,
            count(*) FILTER (is_own) AS own
        FROM (
            SELECT organization = $organization AS is_own,
                total_users >= $first::BIGINT AND coalesce(total_users < $end::BIGINT, true)
                    AS is_alike,
                unnest([{", ".join(f"'{part}'" for part in points)}]) AS part,
                unnest([{", ".join(points.values())}]) AS score
            FROM scores JOIN {clients} USING (organization)
            WHERE score_date = $as_of AND industry = $industry
        )
        WHERE score IS NOT NULL
        GROUP BY part, score
        """,
        {
            "organization": client["organization"],
            "industry": client["industry"],
            "first": band and band.first,
            "end": band and band.end,
            "as_of": query.as_of,
        },
    )


def _standing(component: Part | None, score: int | None, spread: dict[int, int]) -> Standing:
    """spread: how many of the peers have each score."""
    return Standing(
        component=component,
        score=score,
        peers=sum(spread.values()),
        lower=sum(n for other, n in spread.items() if score is not None and other < score),
        same=0 if score is None else spread.get(score, 0),
        quartiles=_quartiles(spread),
    )


def _quartiles(spread: dict[int, int]) -> Quartiles | None:
    peers = sum(spread.values())
    if peers < LEAST:
        return None
    scores = sorted(spread)
    reached = list(accumulate(spread[score] for score in scores))

    def quartile(number: int) -> Fraction:
        place, quarters = divmod(number * (peers - 1), 4)
        at, after = (scores[bisect_right(reached, place + step)] for step in (0, quarters > 0))
        return Fraction(4 * at + quarters * (after - at), 4)

    return Quartiles(quartile(1), quartile(2), quartile(3))
