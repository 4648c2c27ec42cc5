"""What a draft would do: the same as scoring with it, client by client, and nothing stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
import random_portfolios
from hypothesis import given, settings
from hypothesis import strategies as st
from random_models import models
from scores_by_hand import Client, Feature, Usage
from stored import contents, empty, fill, tables
from tiny import Tiny

from health.errors import ArgumentError
from health.queries.what_if import WhatIf, WhatIfQuery, what_if
from health.scoring import runs
from health.scoring.model import STANDARD, TARGETS, ScoringModel
from health.scoring.publishing import Act, put_in_force
from health.scoring.schemes import register_model
from health.scoring.segments import Rule, Segment
from health.storage.database import Database
from health.vocabulary import ALWAYS, RiskLevel

DAY = date(2026, 11, 20)
COMPARED = ("score", "risk_level", "trend", "coverage")


def ask(database: Database, draft: ScoringModel, as_of: date | None = DAY) -> WhatIf:
    with database.read() as reader:
        return what_if(reader, WhatIfQuery(draft=draft, as_of=as_of))


def stored(database: Database, day: date) -> dict[str, tuple[object, ...]]:
    with database.read() as reader:
        rows = reader.query(
            """SELECT organization_id, overall_score, risk_level, trend, coverage
            FROM scores JOIN clients USING (organization) WHERE score_date = $day""",
            {"day": day},
        )
    return {name: tuple(values) for name, *values in rows.iter_rows()}


def side(found: WhatIf, when: str) -> dict[str, tuple[object, ...]]:
    rows = found.frame.select("organization_id", *(f"{name}_{when}" for name in COMPARED))
    return {name: tuple(values) for name, *values in rows.iter_rows() if values[0] is not None}


@settings(max_examples=25, deadline=None)
@given(
    clients=random_portfolios.clients(changing_within=70) | random_portfolios.clients(),
    usage=random_portfolios.usage_rows(span=70),
    features=random_portfolios.features(span=70, changing=True),
    draft=models().map(lambda model: replace(model, version="draft")),
    is_scored=st.booleans(),
)
def test_a_draft_scores_each_client_as_it_does_when_it_is_in_force(
    shared_database: Database,
    clients: list[Client],
    usage: list[Usage],
    features: list[Feature],
    draft: ScoringModel,
    is_scored: bool,
) -> None:
    database = shared_database
    empty(database)
    fill(database, clients, usage, features)
    day = max((row.date for row in usage), default=DAY)
    runs.use_model(database, STANDARD)
    with database.write() as writer:
        writer.execute(
            "INSERT INTO stale SELECT organization, first_date, last_date FROM usage_span"
        )
    if is_scored:
        runs.score(database, as_of=day)
    with database.read() as reader:
        before = contents(database, tables(reader))
    found = ask(database, draft, day)
    with database.read() as reader:
        assert contents(database, tables(reader)) == before, "nothing is stored"

    runs.score(database, as_of=day)
    assert side(found, "before") == stored(database, day)
    runs.use_model(database, draft)
    runs.score(database, as_of=day)
    assert side(found, "after") == stored(database, day)


@settings(max_examples=15, deadline=None)
@given(
    clients=random_portfolios.clients(changing_within=70) | random_portfolios.clients(),
    usage=random_portfolios.usage_rows(span=70),
    features=random_portfolios.features(span=70, changing=True),
    rest=models().map(lambda model: replace(model, version="draft")),
    own=models().map(lambda model: replace(model, version="own")),
    users=st.integers(1, 60),
)
def test_segments_are_tried_each_with_its_model_as_they_score_when_published(
    shared_database: Database,
    clients: list[Client],
    usage: list[Usage],
    features: list[Feature],
    rest: ScoringModel,
    own: ScoringModel,
    users: int,
) -> None:
    database = shared_database
    empty(database)
    fill(database, clients, usage, features)
    day = max((row.date for row in usage), default=DAY)
    segments = (Segment(rule=Rule(total_users_from=users), model=own),)
    with database.read() as reader:
        found = what_if(reader, WhatIfQuery(draft=rest, segments=segments, as_of=day))
    with database.write() as writer:
        for model in (rest, own):
            register_model(writer, model)
        put_in_force(writer, Act.RESTATED, rest, ALWAYS, segments=segments, reason="", by="")
    runs.score(database, as_of=day)
    assert side(found, "after") == stored(database, day)
    with database.read() as reader:
        used = reader.query(
            """SELECT organization_id, model_version FROM scores JOIN scoring_runs USING (run_id)
            JOIN clients USING (organization) WHERE score_date = $day""",
            {"day": day},
        )
    tried = found.frame.drop_nulls("drafted").select("organization_id", "drafted")
    assert dict(tried.iter_rows()) == dict(used.iter_rows())


def client(tiny: Tiny, number: int, tickets: int = 0, active: int = 50, **columns: object) -> None:
    tiny.client(number, f"C{number}", total_users=100, **columns)
    tiny.usage(number, DAY, monthly_active_users=active, support_tickets=tickets)
    tiny.span(number, DAY, DAY)


def weighing(**weights: int) -> ScoringModel:
    return ScoringModel(version="draft", label="Draft", weights=weights)


def test_the_part_that_pulls_most_is_named_with_its_points(tiny: Tiny) -> None:
    """20 % of 50 points and 15 % of 100 are 71; half and half are 75: the tickets pull it up."""
    client(tiny, 1)
    with tiny.database.write() as writer:
        writer.execute("INSERT INTO stale SELECT * FROM usage_span")
    row = ask(tiny.database, weighing(login=5000, support_ticket=5000)).frame.row(0, named=True)
    assert (row["score_before"], row["score_after"], row["change"]) == (71, 75, 4)
    assert (row["part"], row["points_before"], row["points_after"]) == ("support_ticket", 100, 100)
    # The other way round: what counts less lets the score fall to the rest.
    row = ask(tiny.database, weighing(login=9000, support_ticket=1000)).frame.row(0, named=True)
    assert (row["score_after"], row["part"]) == (55, "support_ticket")


def test_a_part_whose_points_change_is_named(tiny: Tiny) -> None:
    client(tiny, 1, tickets=4)
    with tiny.database.write() as writer:
        writer.execute("INSERT INTO stale SELECT * FROM usage_span")
    cheaper = replace(STANDARD, version="draft", points_per_ticket=5)
    row = ask(tiny.database, cheaper).frame.row(0, named=True)
    assert (row["part"], row["points_before"], row["points_after"]) == ("support_ticket", 60, 80)


def test_clients_are_found_behind_their_move_and_counted_with_their_value(tiny: Tiny) -> None:
    tiny.run()
    for number, active, value in ((1, 35, 100), (2, 90, 200), (3, 95, None)):
        client(tiny, number, active=active, annual_value=value)
        level = "HIGH" if active < 40 else "LOW"
        tiny.score(number, DAY, active, risk_level=level, login_score=active)
    found = ask(tiny.database, replace(weighing(login=10000), high_below=30, low_from=95))
    assert found.behind(RiskLevel.HIGH, RiskLevel.MEDIUM)["organization_id"].to_list() == ["C1"]
    assert found.to_lower_risk["organization_id"].to_list() == ["C1"]
    assert set(found.to_another_level["organization_id"]) == {"C1", "C2"}
    assert found.to_higher_risk["organization_id"].to_list() == ["C2"]
    assert found.behind(RiskLevel.LOW, RiskLevel.LOW)["organization_id"].to_list() == ["C3"]
    cells = [found.behind(before, after).height for before in RiskLevel for after in RiskLevel]
    assert sum(cells) == found.compared.height == 3
    assert found.mean("score_before") == found.mean("score_after") == pytest.approx(220 / 3)


def test_who_has_a_score_by_one_of_the_two_only_is_in_no_cell(tiny: Tiny) -> None:
    tiny.run()
    client(tiny, 1)
    tiny.score(1, DAY, 80, login_score=80)
    campaigns_only = weighing(campaign_completion=10000)
    found = ask(tiny.database, campaigns_only)
    assert found.compared.is_empty()
    assert found.behind(RiskLevel.LOW, None)["organization_id"].to_list() == ["C1"]
    assert found.mean("score_before") is None


def test_without_usage_there_is_nothing_to_try_it_on(tiny: Tiny) -> None:
    tiny.client(1, "C1")
    found = ask(tiny.database, TARGETS, None)
    assert (found.frame.height, found.as_of, dict(found.in_force)) == (0, None, {})


def test_what_is_no_day_is_refused() -> None:
    with pytest.raises(ArgumentError, match="as_of"):
        WhatIfQuery(draft=STANDARD, as_of="today")  # type: ignore[arg-type]


def test_a_draft_is_compared_with_another_draft(tiny: Tiny) -> None:
    tiny.run()
    client(tiny, 1, tickets=4)
    tiny.score(1, DAY, 80)
    halved, free = (
        ScoringModel(version="new", label=f"{points}", points_per_ticket=points)
        for points in (5, 0)
    )
    with tiny.database.read() as reader:
        found = what_if(reader, WhatIfQuery(draft=free, against=halved, as_of=DAY))
    row = found.frame.row(0, named=True)
    assert (row["points_before"], row["points_after"]) == (80, 100)
    assert found.compared_with == "5"
