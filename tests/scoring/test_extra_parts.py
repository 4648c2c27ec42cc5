"""Extra parts of a model: what they are asked, what they say, and what would improve them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_portfolios import WIDER

from health.errors import InvalidModel
from health.explanation.breakdown import explain, outline
from health.explanation.ledger import ledger
from health.explanation.remedies import Step, apply, remedy, step_to
from health.queries.inputs import Comparison
from health.scoring.components.base import FULL, Columns
from health.scoring.components.extra import ExtraPart, Form
from health.scoring.components.inputs import ScoreInputs
from health.scoring.model import STANDARD, TARGETS, ScoringModel
from health.scoring.model_files import differences, model_from_toml, model_to_toml
from health.storage.database import Database
from health.vocabulary import MAXIMUM_VALUE, MetricType

LAST = date(2026, 11, 20)

TOML = """
name = "Mine"

[weights]
login = 20
case_resolution = 25
campaign_completion = 25
feature_adoption = 15

[extra_parts.reports]
label = "Reports"
unit = "report"
form = "amount"
metrics = ["REPORTS_GENERATED"]
weight = 10
target = 20

[extra_parts.noise]
label = "Tickets per year"
unit = "ticket"
form = "inverse"
metrics = ["SUPPORT_TICKETS"]
weight = 5
points_lost = 0.5
"""


@st.composite
def inputs(draw: st.DrawFn) -> ScoreInputs:
    """What a score with the parts of :data:`WIDER` rests on."""
    values = st.none() | st.integers(0, 12) | st.integers(0, 400)
    return ScoreInputs(
        window_start=LAST - timedelta(2),
        window_end=LAST,
        licensed_users=draw(st.sampled_from((None, 1, 7, 60, 200))),
        features_enabled=draw(st.integers(0, 3)),
        values={value: draw(values) for value in WIDER.window_values},
    )


def test_a_file_of_a_model_has_its_extra_parts() -> None:
    model = model_from_toml(TOML)
    reports, noise = model.extra_parts
    assert (reports.key, reports.weight, reports.target) == ("reports", 1000, 20)
    assert (noise.key, noise.weight, noise.points_lost) == ("noise", 500, 50)
    assert model_from_toml(model_to_toml(model)) == model
    assert ScoringModel.from_json(model.to_json()) == model


def test_a_definition_from_before_there_were_extra_parts_is_written_as_it_was() -> None:
    assert "extra_parts" not in STANDARD.to_json()
    assert ScoringModel.from_json(STANDARD.to_json()) == STANDARD


@pytest.mark.parametrize(
    ("old", "new", "place", "said"),
    [
        ("target = 20", "target = 0", "extra_parts.reports.target", "from 1 to"),
        ("target = 20", "aim = 20", "extra_parts.reports.aim", "means nothing"),
        ('form = "amount"', 'form = "sum"', "extra_parts.reports.form", "one of share"),
        ('form = "amount"', 'form = "share"', "extra_parts.reports.metrics", "two different"),
        ('["REPORTS_GENERATED"]', '["REPORTS"]', "extra_parts.reports.metrics", "is no metric"),
        ('label = "Reports"', 'label = ""', "extra_parts.reports.label", "needs a label"),
        ('label = "Reports"', 'label = "Logins"', "extra_parts.reports.label", "names another"),
        ('unit = "report"\n', "", "extra_parts.reports", "lacks unit"),
        ("points_lost = 0.5", "points_lost = 101", "extra_parts.noise.points_lost", "to 100"),
        ("points_lost = 0.5", "points_lost = 0.001", "extra_parts.noise.points_lost", "decimals"),
        ("weight = 10", "weight = 11", "weights", "not 101 %"),
        ("extra_parts.reports", "extra_parts.login", "extra_parts.login.key", "names another"),
        ("extra_parts.reports", 'extra_parts."A b"', "extra_parts.A b.key", "small letters"),
    ],
)
def test_what_is_wrong_with_an_extra_part_is_said_where_it_is_wrong(
    old: str, new: str, place: str, said: str
) -> None:
    assert old in TOML
    with pytest.raises(InvalidModel) as raised:
        model_from_toml(TOML.replace(old, new, 1))
    assert said in raised.value.faults[place]


def test_what_differs_names_a_part_that_only_one_has() -> None:
    model = model_from_toml(TOML)
    found = {name: (one, other) for name, one, other in differences(STANDARD, model)}
    assert found["extra_parts.reports.label"] == (None, "Reports")
    assert found["extra_parts.noise.points_lost"] == (None, 0.5)


def _given(**amounts: Any) -> ScoreInputs:
    """30 days with so many reports and tickets."""
    reports, noise = model_from_toml(TOML).extra_parts
    values = {
        reports.rules.values[0]: amounts.get("reports"),
        noise.rules.values[0]: amounts.get("tickets"),
    }
    return ScoreInputs(window_start=LAST - timedelta(29), window_end=LAST, values=values)


def test_each_says_what_it_rests_on_and_how_its_points_come_out() -> None:
    model = model_from_toml(TOML)
    reports, noise = model.extra_parts
    found = _given(reports=12, tickets=30)
    assert explain(found, model).scores[reports] == 60
    assert explain(found, model).scores[noise] == 85
    basis = reports.rules.basis(found, model).replace("\u00a0", " ")
    assert basis == "12 reports in 30 days (all points from 20)"
    assert reports.rules.arithmetic(found, model) == "100 × 12 ÷ 20 = 60"
    assert noise.rules.arithmetic(found, model) == "100 − 0.5 × 30 = 85"
    empty = _given()
    assert "No reports were recorded" in reports.rules.basis(empty, model)
    assert explain(empty, model).overall is None


def test_a_large_target_stays_within_the_numbers_of_the_engine(
    shared_database: Database,
) -> None:
    # 2 × 100 × 10,822,237 is just beyond 32 bits, where each number for itself is not.
    for form, target in (
        (Form.AMOUNT, 10_822_237),
        (Form.AMOUNT, Form.AMOUNT.most_target),
        (Form.PER_USER, Form.PER_USER.most_target),
    ):
        part = ExtraPart(
            key="reports",
            label="Reports",
            unit="report",
            form=form,
            metrics=(MetricType.REPORTS_GENERATED,),
            weight=1000,
            target=target,
        )
        (value,) = part.rules.values
        points = part.rules.points_sql(Columns(), STANDARD)
        with shared_database.read() as reader:
            sql = f"""SELECT {points} FROM (
                SELECT {MAXIMUM_VALUE} AS {value}, {MAXIMUM_VALUE} AS total_users)"""
            assert 0 <= reader.value(sql) <= FULL


def test_an_extra_part_alone_is_evidence_of_health() -> None:
    assert explain(_given(reports=12), model_from_toml(TOML)).overall == 60


@settings(max_examples=200)
@given(found=inputs(), part=st.sampled_from(WIDER.extra_parts), score=st.integers(1, FULL))
def test_a_step_reaches_its_points_and_one_unit_less_does_not(
    found: ScoreInputs, part: ExtraPart, score: int
) -> None:
    points = explain(found, WIDER).scores[part]
    if points is None or points >= score:
        return
    step = step_to(found, WIDER, part, score)
    assert step is not None
    assert _points(apply(found, step), part) >= score
    assert _points(apply(found, replace(step, amount=step.amount - 1)), part) < score


def _points(found: ScoreInputs, part: ExtraPart) -> int:
    return explain(found, WIDER).scores[part] or 0


@settings(max_examples=200)
@given(found=inputs())
def test_a_remedy_reaches_low_risk_and_one_unit_less_does_not(found: ScoreInputs) -> None:
    way = remedy(found, WIDER, None)
    if way is None:
        return

    def reaches(*steps: Step) -> bool:
        after = found
        for step in steps:
            after = apply(after, step)
        return (outline(after, WIDER).overall or 0) >= way.goal

    for step in way.single:
        assert reaches(step)
        assert not reaches(replace(step, amount=step.amount - 1))
    if way.pair:
        first, second = way.pair
        assert reaches(first, second)
        assert not reaches(replace(first, amount=first.amount - 1), second)
        assert not reaches(first, replace(second, amount=second.amount - 1))


@settings(max_examples=200)
@given(
    before=inputs(),
    after=inputs(),
    models=st.tuples(*[st.sampled_from((WIDER, STANDARD, TARGETS))] * 2),
)
def test_a_ledger_with_extra_parts_adds_up_exactly(
    before: ScoreInputs, after: ScoreInputs, models: tuple[ScoringModel, ScoringModel]
) -> None:
    moved = ledger(
        Comparison(
            before=before,
            before_model=models[0],
            rebased=before,
            after=after,
            after_model=models[1],
        )
    )
    if moved is None:
        return
    assert sum(line.points for line in moved.lines) == moved.change
    assert sum(line.shown_points for line in moved.lines) == moved.change
    for line in moved.lines:
        assert line.phrase
        assert "None" not in line.phrase + line.brief + line.before + line.after
