"""Where a client stands among its peers, against a plain computation and at its edges."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from statistics import quantiles
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_portfolios import WIDER
from stored import empty

from health.errors import ArgumentError, UnknownOrganization
from health.queries.peers import BANDS, LEAST, Peers, PeersQuery, SizeBand, Standing, peers
from health.scoring.components import Component

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tiny import Tiny

    from health.storage.database import Database, Writer

DAY = date(2026, 11, 20)
PARTS = ("overall_score", *(component.column for component in Component))
NAMES = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


@dataclass(frozen=True, kw_only=True)
class Row:
    """A client and the scores of its day; no scores, no score."""

    total_users: int | None
    industry: str | None
    scores: tuple[int | None, ...] | None


def ask(tiny: Tiny, as_of: date = DAY, name: str = "A") -> Peers:
    with tiny.database.read() as reader:
        return peers(reader, PeersQuery(organization_id=name, as_of=as_of))


def fintech(tiny: Tiny, scores: Sequence[int]) -> None:
    """Clients A, B, C … of one industry and size, with these scores."""
    for number, (name, score) in enumerate(zip(NAMES, scores, strict=False), start=1):
        tiny.client(number, name, industry="Fintech", total_users=60)
        tiny.score(number, DAY, score)


def part(found: Peers, component: Component | None) -> Standing:
    (standing,) = (one for one in found.standings if one.component is component)
    return standing


def overall(found: Peers) -> Standing:
    return part(found, None)


# -- Against a plain computation -----------------------------------------------------------------

few_scores = st.integers(0, 4).map(lambda step: 25 * step)
points = st.integers(0, 100) | few_scores
scored = st.tuples(points, *(st.none() | points for _ in Component))
rows = st.lists(
    st.builds(
        Row,
        total_users=st.none() | st.sampled_from([0, 9, 10, 49, 50, 199, 200, 999, 1000, 10**9]),
        industry=st.sampled_from(["Fintech", "Fintech", "Fintech", "Energy", None]),
        scores=st.none() | scored | scored | scored,
    ),
    min_size=1,
    max_size=len(NAMES),
)


@settings(max_examples=150)
@given(rows=rows)
def test_percentile_and_quartiles_are_those_of_a_plain_computation(
    shared_database: Database, rows: list[Row]
) -> None:
    with shared_database.rehearse() as writer:
        store(writer, rows)
        for number, name in enumerate(NAMES[: min(len(rows), 3)]):
            found = peers(writer, PeersQuery(organization_id=name, as_of=DAY))
            assert as_told(found) == by_hand(rows, number)


def store(writer: Writer, rows: list[Row]) -> None:
    for table in ("clients", "scores"):
        writer.execute(f"DELETE FROM {table}")
    for number, row in enumerate(rows):
        client = {"number": number, "id": NAMES[number], "users": row.total_users}
        writer.execute(
            """INSERT INTO clients BY NAME SELECT $number AS organization, $id AS organization_id,
                $id AS name, $users::BIGINT AS total_users, $industry AS industry,
                'NONE' AS alert_level, true AS is_active, TIMESTAMP '2026-01-01' AS created_at,
                TIMESTAMP '2026-01-01' AS updated_at""",
            {**client, "industry": row.industry},
        )
    days = [
        {"organization": number, "score_date": day, **dict(zip(PARTS, scores, strict=True))}
        for number, row in enumerate(rows)
        if row.scores
        # Scores of other days must not be seen.
        for day, scores in ((DAY, row.scores), (DAY - timedelta(days=1), (7,) * len(PARTS)))
    ]
    types = {"organization": pl.Int32, "score_date": pl.Date, **dict.fromkeys(PARTS, pl.UInt8)}
    writer.register("given", pl.DataFrame(days, schema=types))
    writer.execute(
        """INSERT INTO scores BY NAME SELECT *, 100 AS coverage, 'STABLE' AS trend,
            'LOW' AS risk_level, 1 AS run_id FROM given"""
    )


def test_an_extra_part_is_compared_among_clients_whose_model_has_it(tiny: Tiny) -> None:
    calls, noise, *_ = WIDER.extra_parts
    fewer = replace(
        WIDER,
        version="fewer-1",
        weights={**WIDER.weights, "login": 333 + 1500 + 500 + 1000},
        extra_parts=(noise,),
    )
    tiny.run()
    tiny.run_by(2, WIDER)
    tiny.run_by(3, fewer)
    given = [(2, [5, 40, None, 1])] * 3 + [(3, [80])] * 4 + [(1, None)]
    for number, (name, (run, points)) in enumerate(zip(NAMES, given, strict=False), start=1):
        tiny.client(number, name, industry="Fintech", total_users=60)
        tiny.score(number, DAY, 50, run_id=run, extra_points=points)
    query = PeersQuery(organization_id="A", as_of=DAY, parts=WIDER.parts)
    with tiny.database.read() as reader:
        found = peers(reader, query)
    told = {one.component: (one.score, one.peers, one.same) for one in found.standings}
    assert told[None] == (50, 7, 7)
    assert told[noise] == (40, 6, 2)
    assert told[calls] == (5, 2, 2)
    standing = next(one for one in found.standings if one.component == noise)
    assert standing.quartiles is not None
    assert standing.quartiles.median == 80


def by_hand(rows: list[Row], number: int) -> dict[str, Any]:
    own = rows[number]
    others = [row for place, row in enumerate(rows) if place != number and row.scores]
    industry = [row for row in others if own.industry and row.industry == own.industry]
    alike = [row for row in industry if band(own) and band(row) == band(own)]
    chosen = next((group for group in (alike, industry) if len(group) >= 5), [])
    told: dict[str, Any] = {"alike": len(alike), "industry": len(industry), "parts": []}
    for place in range(len(PARTS)) if chosen else ():
        mine = own.scores and own.scores[place]
        theirs = [row.scores[place] for row in chosen if row.scores]
        known = [Fraction(score) for score in theirs if score is not None]
        enough = len(known) >= 5
        percentile = None
        if enough and mine is not None:
            shares = [Fraction((score < mine) + (score <= mine), 2) for score in known]
            percentile = 100 * sum(shares) / len(known)
        cuts = quantiles(known, n=4, method="inclusive") if enough else None
        told["parts"].append((mine, len(known), percentile, cuts))
    return told


def as_told(found: Peers) -> dict[str, Any]:
    return {
        "alike": found.alike,
        "industry": found.in_industry,
        "parts": [
            (one.score, one.peers, one.percentile, one.quartiles and list(one.quartiles))
            for one in found.standings
        ],
    }


def band(row: Row) -> str | None:
    """The size of a client, written down apart from the product's own list."""
    users = row.total_users
    if users is None:
        return None
    return f"{(users >= 10) + (users >= 50) + (users >= 200) + (users >= 1000)}"


# -- Who is a peer -------------------------------------------------------------------------------


def test_four_peers_are_nothing_and_five_are_shown(tiny: Tiny) -> None:
    fintech(tiny, [50, 10, 20, 30, 40])
    found = ask(tiny)
    assert (found.in_industry, found.standings, found.furthest_below) == (4, (), None)
    tiny.client(6, "F", industry="Fintech", total_users=60)
    tiny.score(6, DAY, 90)
    assert [part.component for part in ask(tiny).standings] == [None, *Component]
    assert overall(ask(tiny)).peers == LEAST == 5


def test_the_client_itself_is_none_of_its_peers(tiny: Tiny) -> None:
    fintech(tiny, [100, 10, 10, 10, 10, 10])
    found = overall(ask(tiny))
    assert (found.score, found.peers, found.lower, found.same, found.higher) == (100, 5, 5, 0, 0)
    assert found.quartiles == (10, 10, 10)


def test_the_same_score_counts_as_half(tiny: Tiny) -> None:
    fintech(tiny, [50, 50, 50, 40, 60, 70, 80])
    found = overall(ask(tiny))
    assert (found.lower, found.same, found.higher) == (1, 2, 3)
    assert found.percentile == Fraction(100, 3)


def test_all_the_same_is_the_middle(tiny: Tiny) -> None:
    fintech(tiny, [50] * 6)
    assert overall(ask(tiny)).percentile == 50


def test_quartiles_between_two_scores_are_exact(tiny: Tiny) -> None:
    fintech(tiny, [0, 10, 13, 20, 31, 40, 50])
    quartiles = overall(ask(tiny)).quartiles
    assert quartiles == (Fraction(59, 4), Fraction(51, 2), Fraction(151, 4))


def test_peers_are_of_the_size_where_there_are_enough(tiny: Tiny) -> None:
    fintech(tiny, [50, 60, 60, 60, 60, 60])
    for number in range(7, 10):
        tiny.client(number, f"small-{number}", industry="Fintech", total_users=49)
        tiny.score(number, DAY, 1)
    found = ask(tiny)
    assert (found.is_by_size, found.alike, found.in_industry) == (True, 5, 8)
    assert overall(found).lower == 0


def test_with_too_few_of_the_size_peers_are_of_the_industry(tiny: Tiny) -> None:
    fintech(tiny, [50, 60, 60])
    for number in range(4, 7):
        tiny.client(number, f"small-{number}", industry="Fintech", total_users=49)
        tiny.score(number, DAY, 1)
    found = ask(tiny)
    assert (found.is_by_size, found.alike, found.in_industry) == (False, 2, 5)
    assert (overall(found).lower, overall(found).peers) == (3, 5)


def test_without_licensed_users_peers_are_of_the_industry(tiny: Tiny) -> None:
    for number, name in enumerate(NAMES[:6], start=1):
        tiny.client(number, name, industry="Fintech")
        tiny.score(number, DAY, 10 * number)
    found = ask(tiny)
    assert (found.band, found.is_by_size, found.alike) == (None, False, 0)
    assert overall(found).peers == 5


def test_without_an_industry_there_are_no_peers(tiny: Tiny) -> None:
    for number, name in enumerate(NAMES[:9], start=1):
        tiny.client(number, name, total_users=60)
        tiny.score(number, DAY, 50)
    found = ask(tiny)
    assert (found.industry, found.in_industry, found.standings) == (None, 0, ())


def test_only_who_is_scored_that_day_is_a_peer(tiny: Tiny) -> None:
    fintech(tiny, [50, 60, 60, 60, 60, 60])
    tiny.client(7, "unscored", industry="Fintech", total_users=60)
    tiny.client(8, "elsewhere", industry="Energy", total_users=60)
    tiny.score(8, DAY, 1)
    assert ask(tiny).in_industry == 5


def test_an_old_day_has_the_scores_of_that_day(tiny: Tiny) -> None:
    then = DAY - timedelta(days=400)
    fintech(tiny, [50, 60, 60, 60, 60, 60])
    for number, score in enumerate([90, 10, 20, 30, 40, 50], start=1):
        tiny.score(number, then, score)
    tiny.client(7, "new", industry="Fintech", total_users=60)
    tiny.score(7, DAY, 99)
    now, before = ask(tiny), ask(tiny, then)
    assert (overall(now).score, overall(now).higher, overall(now).peers) == (50, 6, 6)
    assert (overall(before).score, overall(before).lower, overall(before).peers) == (90, 5, 5)
    assert before.as_of == then
    assert ask(tiny, then - timedelta(days=1)).standings == ()


def test_a_client_without_a_score_that_day_has_no_place(tiny: Tiny) -> None:
    fintech(tiny, [50] * 6)
    tiny.client(7, "new", industry="Fintech", total_users=60)
    found = ask(tiny, name="new")
    assert overall(found).quartiles == (50, 50, 50)
    assert (overall(found).score, overall(found).percentile, overall(found).higher) == (
        None,
        None,
        0,
    )
    assert found.furthest_below is None


# -- Components ----------------------------------------------------------------------------------


def parts(database: Database, own: Sequence[int | None], theirs: Sequence[int | None]) -> Peers:
    """What is told of a client with these components among five alike."""
    empty(database)
    with database.rehearse() as writer:
        clients = [(50, *own), *[(50, *theirs)] * 5]
        store(
            writer, [Row(total_users=60, industry="Fintech", scores=scores) for scores in clients]
        )
        return peers(writer, PeersQuery(organization_id="A", as_of=DAY))


def test_the_component_furthest_below_the_median_is_named(database: Database) -> None:
    found = parts(database, [60, 41, 90, 100, 80], [70, 72, 95, 10, 80])
    assert found.furthest_below == part(found, Component.CASE_RESOLUTION)
    assert part(found, Component.CASE_RESOLUTION).behind == 31


def test_of_two_as_far_below_the_first_of_the_contract_is_named(database: Database) -> None:
    found = parts(database, [70, 60, 60, 60, 60], [70, 80, 80, 80, 80])
    assert found.furthest_below == part(found, Component.CASE_RESOLUTION)


def test_at_or_above_every_median_nothing_is_named(database: Database) -> None:
    assert parts(database, [70, 90, 90, 90, 90], [70] * 5).furthest_below is None


def test_a_score_below_its_median_is_no_component(tiny: Tiny) -> None:
    fintech(tiny, [1, 60, 60, 60, 60, 60])
    assert ask(tiny).furthest_below is None


def test_a_component_without_data_has_no_place(database: Database) -> None:
    found = parts(database, [None, 50, 50, 50, 50], [70, None, 50, 50, 50])
    login, cases = part(found, Component.LOGIN), part(found, Component.CASE_RESOLUTION)
    assert (login.score, login.peers, login.percentile, login.behind) == (None, 5, None, None)
    assert login.quartiles == (70, 70, 70)
    assert (cases.score, cases.peers, cases.quartiles, cases.percentile) == (50, 0, None, None)
    assert (cases.higher, cases.behind) == (0, None)


def test_a_component_that_four_peers_have_is_not_compared(tiny: Tiny) -> None:
    fintech(tiny, [50])
    for number, name in enumerate(NAMES[1:6], start=2):
        tiny.client(number, name, industry="Fintech", total_users=60)
        tiny.score(number, DAY, 60, login_score=None if number == 2 else 50, support_ticket_score=9)
    found = ask(tiny)
    assert part(found, Component.LOGIN).quartiles is None
    assert part(found, Component.LOGIN).peers == 4
    assert part(found, Component.SUPPORT_TICKET).quartiles == (9, 9, 9)


# -- Sizes and arguments -------------------------------------------------------------------------


def test_bands_leave_no_gap() -> None:
    assert BANDS[0].first == 0
    assert BANDS[-1].end is None
    assert [band.end for band in BANDS[:-1]] == [band.first for band in BANDS[1:]]


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (SizeBand(0, 10), "fewer than 10 licensed users"),
        (SizeBand(50, 200), "50 to 199 licensed users"),
        (SizeBand(1_000, None), "1,000 or more licensed users"),
    ],
)
def test_a_band_is_said_in_words(size: SizeBand, said: str) -> None:
    assert size.phrase == said


def test_an_unknown_client_is_an_error(tiny: Tiny) -> None:
    with pytest.raises(UnknownOrganization):
        ask(tiny, name="nobody")


def test_a_wrong_day_is_an_error_that_names_it() -> None:
    with pytest.raises(ArgumentError, match="as_of"):
        PeersQuery(organization_id="A", as_of="2026-11-20")  # type: ignore[arg-type]
