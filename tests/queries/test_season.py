"""What falls every year at the same time for most clients: named, and no call by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from random import Random
from statistics import median
from typing import Any, NamedTuple

import pytest
from random_portfolios import WIDER
from scores_by_hand import Client, Usage, half_up
from stored import fill
from tiny import Tiny

from health.explanation.season_wording import usual
from health.queries import season as season_module
from health.queries.alerts.attention import AlertQuery, alert_of, alerts_of_client, attention
from health.queries.alerts.rules import AlertRule
from health.queries.alerts.seasonal import marked_of_client
from health.queries.season import FALL, LEAST_CLIENTS, SPAN, USUAL, YEAR, Season, season
from health.scoring import runs
from health.scoring.components import Component
from health.scoring.components.extra import ExtraPart, Form
from health.scoring.model import STANDARD, TARGETS, ScoringModel
from health.scoring.publishing import Act, put_in_force
from health.scoring.schemes import register_model
from health.scoring.segments import Rule, Segment
from health.storage.database import Database, Reader
from health.vocabulary import ALWAYS, MetricType

DAY = date(2026, 8, 28)
FIRST = DAY - timedelta(days=2 * YEAR)
CLIENTS = 40
LEAVING = "C00"
"""A client whose users leave in the same weeks, and who falls four times as far as the others."""

SCORED = tuple(DAY - timedelta(days=days) for days in (YEAR + SPAN, YEAR + 7, YEAR, SPAN, 7, 0))


def name(number: int) -> str:
    return f"C{number:02}"


def usage(*, quiet_from: int, quiet_years: tuple[int, ...], clients: int = CLIENTS) -> list[Usage]:
    """Two years of weekly campaigns and users; August is quiet for those from a number on."""
    rows = []
    for number in range(clients):
        for week in range(2 * YEAR // 7 + 1):
            day = FIRST + timedelta(days=7 * week)
            is_quiet = day.month == 8 and day.year in quiet_years and number >= quiet_from
            rate = 60 if is_quiet else 90
            users = 90
            if name(number) == LEAVING and day.month == 8 and day.year == 2026:
                rate, users = 0, 30
            for metric, value in (
                ("CAMPAIGN_RESPONSE_RATE", rate),
                ("MONTHLY_ACTIVE_USERS", users),
            ):
                rows.append(
                    Usage(organization_id=name(number), metric_type=metric, date=day, value=value)
                )
    return rows


def filled(database: Database, rows: list[Usage]) -> Season:
    names = sorted({row.organization_id for row in rows})
    fill(database, [Client(organization_id=one, total_users=100) for one in names], rows)
    with database.write() as writer:
        writer.execute("UPDATE clients SET alert_level = 'DASHBOARD_ONLY'")
    for day in SCORED:
        runs.score(database, as_of=day)
    with database.read() as reader:
        return season(reader, DAY)


def test_a_quiet_august_of_two_years_is_the_season(database: Database) -> None:
    found = filled(database, usage(quiet_from=9, quiet_years=(2025, 2026)))
    assert usual(found.parts).replace("\u00a0", " ") == (
        "Lower campaign completion: usual for this season, 31 of 40 clients fell in the same weeks "
        "last year, 32 of 40 this year."
    )
    # Who fell further than the others, or not at all, fell not with the season.
    assert sorted(found.falls["organization_id"]) == [name(number) for number in range(9, CLIENTS)]
    assert found.of(LEAVING) == ()
    assert found.of(name(9)) == found.parts


@pytest.mark.parametrize(
    ("years", "quiet_from", "clients"),
    [((2026,), 9, 40), ((2025,), 9, 40), ((), 9, 40), ((2025, 2026), 21, 41), ((2025, 2026), 0, 9)],
    ids=["this year only", "last year only", "no quiet August", "half of them", "too few clients"],
)
def test_nothing_else_is_called_season(
    database: Database, years: tuple[int, ...], quiet_from: int, clients: int
) -> None:
    rows = usage(quiet_from=quiet_from, quiet_years=years, clients=clients)
    found = filled(database, [row for row in rows if row.organization_id != LEAVING])
    assert found.parts == ()
    assert found.falls.is_empty()


def test_a_season_is_found_without_a_window(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one over few rows DuckDB 1.5.5 fails once in some hundred times: duckdb/duckdb#25713."""
    asked = []
    query = Reader.query

    def noted(self: Reader, sql: str, parameters: Mapping[str, object] | None = None) -> Any:
        asked.append(sql)
        return query(self, sql, parameters)

    monkeypatch.setattr(Reader, "query", noted)
    assert filled(database, usage(quiet_from=9, quiet_years=(2025, 2026))).falls.height
    (falls,) = [sql for sql in asked if "median" in sql]
    assert "OVER" not in falls


def test_without_a_year_before_nothing_is_called_season(database: Database) -> None:
    rows = usage(quiet_from=0, quiet_years=(2025, 2026))
    found = filled(database, [row for row in rows if row.date > DAY - timedelta(days=YEAR + SPAN)])
    assert found.parts == ()


def test_scores_of_two_models_are_not_compared(database: Database) -> None:
    filled(database, usage(quiet_from=0, quiet_years=(2025, 2026)))
    runs.use_model(database, replace(STANDARD, version="other-1", label="Other"))
    runs.score(database, as_of=DAY)
    with database.read() as reader:
        assert season(reader, DAY).parts == ()


def test_an_alert_of_the_season_alone_is_marked_is_last_and_asks_for_no_call(
    database: Database,
) -> None:
    found = filled(database, usage(quiet_from=9, quiet_years=(2025, 2026)))
    query = AlertQuery(as_of=DAY)
    with database.read() as reader:
        told = attention(reader, query)
        alone = alerts_of_client(reader, query, name(9))
    assert told.calls["organization_id"].to_list() == [LEAVING]
    rules = {
        row["organization_id"]: [alert_of(alert) for alert in row["alerts"]]
        for row in told.frame.iter_rows(named=True)
    }
    assert not any(alert.is_seasonal for alert in rules[LEAVING])
    declining = next(a for a in rules[name(9)] if a.rule is AlertRule.DECLINING)
    assert declining.is_seasonal
    assert declining.says.endswith("(usual for this season)")
    assert rules[name(9)][-1].is_seasonal
    # It is still there, after those that lead; and the page of the client says the same.
    assert told.alerts["is_seasonal"].is_sorted()
    assert told.alerts.filter("is_seasonal", rule=AlertRule.DECLINING).height == 31
    marked = marked_of_client(alone, found, query.thresholds, name(9))
    assert marked == tuple(rules[name(9)])


def test_a_fall_that_is_one_without_the_season_still_asks(database: Database) -> None:
    rows = usage(quiet_from=1, quiet_years=(2025, 2026))
    # Campaigns fell with the season, and half of the users left.
    lost = [
        replace(row, value=40)
        if row.organization_id == name(20)
        and row.metric_type == "MONTHLY_ACTIVE_USERS"
        and row.date > DAY - timedelta(days=SPAN)
        else row
        for row in rows
    ]
    filled(database, lost)
    with database.read() as reader:
        told = attention(reader, AlertQuery(as_of=DAY))
    assert sorted(told.calls["organization_id"]) == [LEAVING, name(20)]


REPORTS = ExtraPart(
    key="reports",
    label="API *reports*",
    unit="report",
    form=Form.PER_USER,
    metrics=(MetricType.REPORTS_GENERATED,),
    weight=2000,
)


def with_reports(*, from_users: int) -> list[Segment]:
    """Clients of so many users and more are scored with a model that weighs reports."""
    weights = STANDARD.weights | {"campaign_completion": 500}
    model = replace(STANDARD, version="reports-1", weights=weights, extra_parts=(REPORTS,))
    return [Segment(rule=Rule(total_users_from=from_users), model=model)]


def in_force(database: Database, segments: list[Segment], rest: ScoringModel) -> None:
    with database.write() as writer:
        for model in (rest, *(one.model for one in segments)):
            register_model(writer, model)
        put_in_force(writer, Act.RESTATED, rest, ALWAYS, segments=segments, reason="Try", by="Ada")


@pytest.mark.parametrize("with_part", [11, 9])
def test_an_extra_part_is_the_season_among_clients_whose_model_has_it(
    database: Database, with_part: int
) -> None:
    """Reports are quiet in August for all but one of so many; for others nobody counts them."""
    days = [FIRST + timedelta(days=7 * week) for week in range(2 * YEAR // 7 + 1)]
    rows = [
        Usage(organization_id=name(number), metric_type=metric, date=day, value=value)
        for number in range(30)
        for day in days
        for metric, value in (
            ("REPORTS_GENERATED", 2 if day.month == 8 and number > 0 else 20),
            ("CAMPAIGN_RESPONSE_RATE", 90),
            ("MONTHLY_ACTIVE_USERS", 90),
        )
    ]
    clients = [
        Client(organization_id=name(number), total_users=100 if number < with_part else 95)
        for number in range(30)
    ]
    fill(database, clients, rows)
    in_force(database, with_reports(from_users=100), STANDARD)
    with database.write() as writer:
        writer.execute("UPDATE clients SET alert_level = 'DASHBOARD_ONLY'")
    for day in SCORED:
        runs.score(database, as_of=day)
    with database.read() as reader:
        found = season(reader, DAY)
        told = attention(reader, AlertQuery(as_of=DAY))
    if with_part < LEAST_CLIENTS:
        assert found.parts == ()
        return
    assert usual(found.parts).replace("\u00a0", " ") == (
        "Lower API *reports*: usual for this season, 10 of 11 clients fell in the same weeks last "
        "year, 10 of 11 this year."
    )
    quiet = [name(number) for number in range(1, with_part)]
    assert sorted(found.falls["organization_id"]) == quiet
    assert not found.falls["is_of_users"].any()
    # The score declined by it alone: that asks for no call.
    declined = told.alerts.filter(rule=AlertRule.DECLINING)
    assert sorted(declined["organization_id"]) == quiet
    assert declined["is_seasonal"].all()
    assert told.calls.is_empty()


def test_without_extra_parts_only_the_five_are_read(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Models on file that are not in force cost nothing on a day without a season."""
    filled(database, usage(quiet_from=40, quiet_years=()))
    with database.write() as writer:
        register_model(writer, WIDER)
    monkeypatch.delattr(season_module, "stored_models")
    with database.read() as reader:
        assert season(reader, DAY).parts == ()


class Scored(NamedTuple):
    """A score: its model, the points of the parts that have data by their values, and the whole."""

    model: ScoringModel
    points: Mapping[str, int]
    overall: int


PREVIOUS = 70


def wider(version: str, parts: tuple[ExtraPart, ...]) -> ScoringModel:
    """The same with other extra parts; the weight of the rest goes to tickets."""
    rest = sum(part.weight for part in WIDER.extra_parts) - sum(part.weight for part in parts)
    weights = WIDER.weights | {"support_ticket": WIDER.weights["support_ticket"] + rest}
    return replace(WIDER, version=version, weights=weights, extra_parts=parts)


@pytest.mark.parametrize("seed", range(3))
def test_counts_and_falls_are_those_of_a_slow_computation(tiny: Tiny, seed: int) -> None:
    """Models have the same part at other places, or not at all; last year another was in force."""
    chance = Random(seed)
    other = wider("it's other", WIDER.extra_parts[:0:-1])
    in_force_no_more = wider("old", WIDER.extra_parts[2:])
    models = [TARGETS, WIDER, other, in_force_no_more]
    in_force(
        tiny.database,
        [Segment(rule=Rule(industry=(str(at),)), model=models[at]) for at in (1, 2)],
        TARGETS,
    )
    with tiny.database.write() as writer:
        register_model(writer, in_force_no_more)
        for number, model in enumerate(models, start=1):
            writer.execute(
                """INSERT INTO scoring_runs BY NAME SELECT $number AS run_id,
                $version AS model_version, 'test' AS requested_by, now() AS started_at,
                0 AS scores""",
                {"number": number, "version": model.version},
            )
    tiny.span(1, FIRST, DAY)
    values = [part.value for part in (*Component, *WIDER.extra_parts)]
    # The first and the last of both kinds fall for most.
    falling = {values[0], values[1], values[5], values[-1]}
    scores: dict[tuple[int, date], Scored] = {}
    for client in range(1, 61):
        tiny.client(client, f"C{client}")
        its = chance.choice(models[:3])
        start = {value: chance.randint(50, 100) for value in values}
        for days in (YEAR + SPAN, YEAR, SPAN, 7, 0):
            day = DAY - timedelta(days=days)
            model = in_force_no_more if days >= YEAR and its is not WIDER else its
            model = model if chance.random() < 0.9 else chance.choice(models)
            points = {
                part.value: start[part.value]
                - (days % YEAR < SPAN)
                * chance.randint(0, 40)
                * (part.value in falling or chance.random() < 0.3)
                for part in model.parts
                if chance.random() < 0.9
            }
            if not points or chance.random() < 0.05:
                continue
            overall = chance.randint(30, 100)
            scores[client, day] = Scored(model, points, overall)
            tiny.score(
                client,
                day,
                overall,
                previous_score=PREVIOUS,
                run_id=models.index(model) + 1,
                extra_points=[points.get(one.value) for one in model.extra_parts] or None,
                **{part.column: points.get(part.value) for part in Component},
            )
    with tiny.database.read() as reader:
        found = season(reader, DAY)

    this_year = falls_of(scores, DAY, SPAN)
    last_year = falls_of(scores, DAY - timedelta(days=YEAR), SPAN)
    seasonal = [
        value for value in values if all(is_common(year, value) for year in (this_year, last_year))
    ]
    assert {"login", WIDER.extra_parts[-1].value} <= set(seasonal) < set(values)
    assert [
        (one.part.value, one.fell, one.clients, one.fell_last_year, one.clients_last_year)
        for one in found.parts
    ] == [(value, *counted(this_year, value), *counted(last_year, value)) for value in seasonal]
    expected = falls_by_hand(scores, seasonal, this_year)
    assert len(expected) > 10
    assert sorted(found.falls.rows()) == sorted(expected)


Falls = dict[int, dict[str, int]]


def falls_of(scores: dict[tuple[int, date], Scored], day: date, days: int) -> Falls:
    """How far each part fell for each client, up to a day, where both scores are of one model."""
    falls: Falls = {}
    for (client, on), now in scores.items():
        before = scores.get((client, day - timedelta(days=days)))
        if on == day and before and before.model == now.model:
            falls[client] = {
                value: before.points[value] - points
                for value, points in now.points.items()
                if value in before.points
            }
    return falls


def counted(falls: Falls, value: str) -> tuple[int, int]:
    """For how many clients a part fell, and how many have it."""
    known = [parts[value] for parts in falls.values() if value in parts]
    return sum(fall >= FALL for fall in known), len(known)


def is_common(falls: Falls, value: str) -> bool:
    fell, known = counted(falls, value)
    return known >= LEAST_CLIENTS and 2 * fell > known


def falls_by_hand(
    scores: dict[tuple[int, date], Scored], seasonal: list[str], falls: Falls
) -> list[tuple[str, list[str], bool, bool, int | None]]:
    """The rows of :attr:`Season.falls`."""
    most = {
        value: USUAL * median(p[value] for p in falls.values() if p.get(value, 0) >= FALL)
        for value in seasonal
    }
    week = falls_of(scores, DAY, 7)
    rows = []
    for client, fell in falls.items():
        model, points, _ = scores[client, DAY]
        usual = [value for value in seasonal if 1 <= fell.get(value, 0) <= most[value]]
        if not usual:
            continue
        weights = model.weights_of_parts
        earned = sum(weights[value] * amount for value, amount in points.items())
        known = sum(weights[value] for value in points)

        def without(
            since: dict[str, int],
            *,
            usual: list[str] = usual,
            weights: Mapping[str, int] = weights,
            earned: int = earned,
            known: int = known,
        ) -> int | None:
            back = sum(max(0, since.get(value, 0)) * weights[value] for value in usual)
            return half_up(Fraction(earned + back, known)) if known else None

        then, a_week_ago = without(fell), without(week.get(client, {}))
        lost = (
            scores[client, DAY - timedelta(days=7)].overall - a_week_ago
            if client in week and a_week_ago is not None
            else None
        )
        is_declining = then is not None and then - PREVIOUS <= model.declining_to
        rows.append((f"C{client}", usual, "login" in usual, is_declining, lost))
    return rows
