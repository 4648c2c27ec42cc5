"""The back-test on made-up clients, of whom the truth is known."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import outcomes_by_chance
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from random_portfolios import WIDER

from health.backtest.judgement import Backtest, Verdict, backtest
from health.errors import ArgumentError, Cancelled, NothingToJudge
from health.explanation import backtest_wording
from health.output import backtest_tables
from health.scoring import runs
from health.scoring.active_model import active_scheme
from health.scoring.model import STANDARD
from health.scoring.publishing import Act, put_in_force
from health.scoring.schemes import register_model
from health.scoring.segments import Rule, Segment
from health.storage.database import Database
from health.vocabulary import ALWAYS


def judged(database: Database, *horizons: int) -> Backtest:
    return backtest(database, STANDARD, horizons=horizons or (90,))


def test_a_known_signal_is_found(database: Database) -> None:
    outcomes_by_chance.fill(database, clients=400, outcomes=80, shift=1.0)
    found = judged(database)
    assert found.main.area is not None
    truth = outcomes_by_chance.true_area(1.0)
    assert found.main.area.low <= truth <= found.main.area.high
    assert found.main.verdict is Verdict.PREDICTS
    assert backtest_wording.verdict(found).startswith("The score told these outcomes beforehand")
    assert found.main.parts["login"] == found.main.area
    assert found.main.parts["support_ticket"] is None


def test_outcomes_by_lot_show_nothing(database: Database) -> None:
    outcomes_by_chance.fill(database, clients=200, outcomes=40, shift=0.0, seed=3)
    found = judged(database)
    assert found.main.verdict is Verdict.CHANCE
    assert backtest_wording.verdict(found).startswith(backtest_wording.NOTHING)


def test_under_twenty_outcomes_show_nothing_however_clear(database: Database) -> None:
    outcomes_by_chance.fill(database, clients=100, outcomes=19, shift=4.0)
    found = judged(database)
    assert found.main.area is not None
    assert found.main.area.low > 0.8
    assert found.main.verdict is Verdict.TOO_FEW
    assert "19\u00a0outcomes can be judged" in backtest_wording.verdict(found)


def test_a_score_that_ranks_the_wrong_way_is_said_to(database: Database) -> None:
    outcomes_by_chance.fill(database, clients=200, outcomes=40, shift=-1.0)
    found = judged(database)
    assert found.main.verdict is Verdict.WRONG_WAY
    assert "worse than chance" in backtest_wording.verdict(found)


def test_what_comes_after_the_day_judged_changes_nothing(database: Database) -> None:
    ends = outcomes_by_chance.fill(database, clients=120, outcomes=40, shift=0.5, ends=[300])
    before = judged(database, 30, 90)
    _leak(database, ends, days_before=29)
    after = judged(database, 30, 90)
    for one, other in zip(before.horizons, after.horizons, strict=True):
        assert one.area == other.area
        columns = ("organization_id", "day", "overall_score", "coverage", "is_high", "value")
        assert_frame_equal(one.losses.select(columns), other.losses.select(columns))


def test_the_same_leak_one_day_earlier_would_have_been_seen(database: Database) -> None:
    ends = outcomes_by_chance.fill(database, clients=120, outcomes=40, shift=0.5, ends=[300])
    _leak(database, ends, days_before=30)
    area = judged(database, 30).main.area
    assert area is None or area.outcomes < 40  # those that had left by then have no score


def _leak(database: Database, ends: pl.DataFrame, *, days_before: int) -> None:
    """Let usage, licences, value, renewal and status tell of the end from a day before it on."""
    with database.write() as writer:
        writer.register("ends", ends)
        writer.execute(
            f"""UPDATE usage_daily SET monthly_active_users = 0 FROM ends
            WHERE usage_daily.organization = ends.organization
                AND usage_daily.date >= ends.date - {days_before}"""
        )
        for field, then in (("total_users", 100_000), ("is_active", False), ("annual_value", 1)):
            writer.execute(
                f"""INSERT INTO record_history (organization, field, valid_from, value)
                SELECT organization, '{field}', DATE '{ALWAYS}', {field}::VARCHAR
                FROM clients SEMI JOIN ends USING (organization)
                UNION ALL
                SELECT organization, '{field}', date - {days_before}, '{str(then).lower()}'
                FROM ends"""
            )


def test_a_client_that_left_in_between_is_not_compared_with(database: Database) -> None:
    outcomes_by_chance.fill(database, clients=3, outcomes=0, shift=0)
    day = outcomes_by_chance.FIRST + timedelta(300)
    with database.write() as writer:
        writer.register(
            "ends",
            pl.DataFrame({"organization": [1, 2], "date": [day, day - timedelta(10)]}),
        )
        outcomes_by_chance.put_outcomes(writer, "ends")
    area = judged(database, 30).main.area
    assert area is not None
    # Client 1 with client 3 alone, as 2 left 10 days earlier; client 2 with 1 and 3.
    assert (area.outcomes, area.compared) == (2, 2)


def test_misses_false_alarms_and_lost_value_are_named(database: Database) -> None:
    outcomes_by_chance.fill(database, clients=4, outcomes=0, shift=0)
    day = outcomes_by_chance.FIRST + timedelta(300)
    with database.write() as writer:
        writer.execute(
            """UPDATE usage_daily SET monthly_active_users =
                CASE WHEN organization IN (1, 3) THEN 20 ELSE 90 END"""
        )
        writer.register("ends", pl.DataFrame({"organization": [1, 2], "date": [day, day]}))
        outcomes_by_chance.put_outcomes(writer, "ends")
    main = judged(database, 90).main
    assert main.misses["organization_id"].to_list() == ["C2"]
    assert main.misses["overall_score"].to_list() == [90]
    assert main.false_alarms.rows() == [
        ("C3", "Client 3", 1, day - timedelta(90), day - timedelta(90), 20)
    ]
    assert main.alarms == 2
    assert (main.churned_value, main.churned_value_high) == (Decimal(3000), Decimal(1000))
    assert main.losses.filter(pl.col("organization_id") == "C1")["lead_days"].to_list() == [180]
    assert main.median_lead == 180


def test_how_early_outcomes_were_at_high_risk_is_said_once(database: Database) -> None:
    outcomes_by_chance.fill(database, clients=60, outcomes=30, shift=3.0)
    found = judged(database, 30, 90)
    early = found.main.losses["lead_days"]
    assert 0 < early.count() <= 30
    said = backtest_wording.rests_on(found)[-1].replace("\u00a0", " ")
    assert said.startswith(f"{early.count()} outcomes had been at high risk before")
    assert f"{round(found.main.median_lead or 0)} days" in said
    assert "First high risk" not in backtest_tables.figures(found, "EUR")[""]


def test_only_outcomes_of_the_period_asked_for_count(database: Database) -> None:
    ends = outcomes_by_chance.fill(database, clients=60, outcomes=30, shift=1.0)
    middle = sorted(ends["date"])[15]
    found = backtest(database, STANDARD, horizons=(30,), last=middle)
    assert found.main.outcomes == (ends["date"] <= middle).sum() == 20
    assert found.last_day == middle


def test_usage_loaded_after_the_outcome_is_counted_and_said(database: Database) -> None:
    outcomes_by_chance.fill(database, clients=30, outcomes=10, shift=1.0)
    with database.write() as writer:
        writer.execute(
            """INSERT INTO imports BY NAME SELECT 1 AS import_id, 'usage' AS kind, '' AS name,
                0 AS size, '' AS sha256, '' AS imported_by, TIMESTAMP '2026-01-01' AS imported_at,
                0 AS rows_new, 0 AS rows_changed, 0 AS rows_unchanged, 0 AS rows_rejected,
                0 AS clients"""
        )
    found = judged(database, 90)
    assert found.main.losses["loaded_later"].sum() == 10
    assert "10\u00a0outcomes was loaded after" in backtest_wording.rests_on(found)[1]


def test_it_stops_when_asked_and_stores_nothing(database: Database) -> None:
    outcomes_by_chance.fill(database, clients=10, outcomes=5, shift=1.0)
    version = database.version
    shares: list[float] = []
    with pytest.raises(Cancelled):
        backtest(database, STANDARD, progress=shares.append, cancelled=lambda: len(shares) > 1)
    assert 0 < shares[0] < 1
    backtest(database, STANDARD, progress=shares.append)
    assert shares[-1] == 1
    assert database.version == version
    assert database.query("SELECT count(*) FROM scores").item() == 0


def test_it_can_be_stopped_within_a_horizon(database: Database) -> None:
    outcomes_by_chance.fill(database, clients=10, outcomes=5, shift=1.0)
    shares: list[float] = []
    backtest(database, STANDARD, horizons=(90,), progress=shares.append)
    assert shares == sorted(shares)
    within = [share for share in shares if 0.6 < share < 1]
    assert len(within) > len(STANDARD.parts)


def test_each_client_is_judged_by_the_model_of_its_segment_on_the_day(database: Database) -> None:
    """The first clients leave a segment whose model has an extra part, on the days judged."""
    outcomes_by_chance.fill(database, clients=60, outcomes=30, shift=1.0)
    moved = outcomes_by_chance.FIRST + timedelta(200)
    with database.write() as writer:
        writer.execute("UPDATE clients SET industry = 'Bank' WHERE organization % 2 = 0")
        for since, industry in ((ALWAYS, "Bank"), (moved, "Shop")):
            writer.execute(
                f"""INSERT INTO record_history (organization, field, valid_from, value)
                SELECT organization, 'industry', DATE '{since}', '{industry}'
                FROM clients WHERE organization % 3 = 0"""
            )
        segments = (Segment(rule=Rule(industry=("Bank",)), model=WIDER),)
        for model in (STANDARD, WIDER):
            register_model(writer, model)
        put_in_force(writer, Act.RESTATED, STANDARD, ALWAYS, segments=segments, reason="", by="")
    with database.read() as reader:
        scheme = active_scheme(reader)
    assert scheme.segments
    found = backtest(database, scheme, horizons=(30, 90))
    runs.score(database, everything=True)
    columns = ("organization_id", "score_date", "overall_score", "coverage", "is_high")
    for one in found.horizons:
        stored = database.query(
            f"""SELECT organization_id, date - {one.days} AS score_date, overall_score, coverage,
                risk_level = 'HIGH' AS is_high
            FROM outcomes JOIN clients USING (organization) LEFT JOIN scores
                ON scores.organization = outcomes.organization AND score_date = date - {one.days}"""
        )
        assert_frame_equal(
            one.losses.select(columns), stored.select(columns), check_row_order=False
        )
    extra = WIDER.extra_parts[0]
    assert extra in found.main.parts
    said = backtest_wording.rests_on(found)[0]
    assert said.startswith("Each client is judged by the model that its segment has")
    assert scheme.label in said
    rest = judged(database, 30, 90)
    assert rest.main.area != found.main.area
    assert not backtest_wording.rests_on(rest)[0].startswith("Each client")


def test_without_outcomes_it_says_what_to_load(database: Database) -> None:
    outcomes_by_chance.fill(database, clients=3, outcomes=0, shift=0)
    with pytest.raises(NothingToJudge, match="Load outcomes"):
        judged(database)


def test_outcomes_before_any_usage_have_no_score(database: Database) -> None:
    outcomes_by_chance.fill(database, clients=3, outcomes=0, shift=0)
    with database.write() as writer:
        writer.register("ends", pl.DataFrame({"organization": [1], "date": [date(2020, 1, 1)]}))
        outcomes_by_chance.put_outcomes(writer, "ends")
    found = judged(database)
    assert (found.main.outcomes, found.main.scored) == (1, 0)
    assert backtest_wording.figures(found.main, "EUR")["Ranked right"] == "no data"


def test_a_horizon_is_from_1_to_366_days(database: Database) -> None:
    with pytest.raises(ArgumentError):
        judged(database, 0)
