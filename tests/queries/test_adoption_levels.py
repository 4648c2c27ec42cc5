"""The level of a feature: uses per licensed user against the clients of the same size."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from health.errors import ArgumentError
from health.queries.adoption import AdoptionMatrixQuery, adoption_matrix, adoption_overview
from health.queries.adoption_levels import AdoptionLevel, Norm, in_words, level_rule
from health.queries.client_features import FeatureAdoptionQuery, feature_adoption

if TYPE_CHECKING:
    from tiny import Tiny

TODAY = date(2026, 11, 20)


def clients(tiny: Tiny, *uses: int | None, users: int | None = 100, first: int = 1) -> None:
    """Clients C01, C02, …, each with so many uses of single sign-on."""
    for number, count in enumerate(uses, start=first):
        tiny.client(number, f"C{number:02d}", total_users=users)
        tiny.feature(number, "SSO", usage_count=count)


def levels(tiny: Tiny, *, as_of: date = TODAY, idle_days: int = 30) -> dict[str, str]:
    """The first letter of the level of each client."""
    with tiny.database.read() as reader:
        rule = level_rule(reader, as_of, idle_days)
        cells = adoption_matrix(reader, AdoptionMatrixQuery(as_of=as_of), rule).cells
    found = cells.select("organization_id", "level").sort("organization_id").rows()
    return {name: level[0] for name, level in found}


def said(tiny: Tiny, **named: object) -> str:
    return "".join(levels(tiny, **named).values())  # type: ignore[arg-type]


def test_a_quarter_is_light_and_a_quarter_power(tiny: Tiny) -> None:
    clients(tiny, 10, 20, 30, 40, 50, 60, 70, 80)
    assert said(tiny) == "LLAAAAPP"


def test_who_uses_it_as_much_as_everybody_is_active(tiny: Tiny) -> None:
    clients(tiny, *[7] * 8)
    assert said(tiny) == "A" * 8


def test_uses_are_counted_for_each_licensed_user(tiny: Tiny) -> None:
    clients(tiny, *[100] * 6, users=100)
    clients(tiny, 100, users=199, first=7)
    clients(tiny, 100, users=50, first=8)
    assert said(tiny) == "AAAAAALP"


def test_clients_are_compared_with_those_of_their_size(tiny: Tiny) -> None:
    clients(tiny, 10, 20, 30, 40, 50, 60, users=100)
    clients(tiny, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000, users=1_000, first=7)
    assert said(tiny) == "LLAAPP" * 2


def test_few_of_a_size_are_compared_with_all(tiny: Tiny) -> None:
    clients(tiny, 10, 20, 30, 40, 50, 60, users=100)
    clients(tiny, 1, users=1_000, first=7)
    assert levels(tiny)["C07"] == "L"
    with tiny.database.read() as reader:
        assert [norm.clients for norm in level_rule(reader, TODAY).norms] == [6, 7]


def test_with_too_few_to_compare_with_nobody_is_light_or_power(tiny: Tiny) -> None:
    clients(tiny, 10, 20, 30, 40, 500)
    assert said(tiny) == "AAAAA"


def test_without_uses_or_licensed_users_there_is_nothing_to_compare(tiny: Tiny) -> None:
    clients(tiny, 10, 20, 30, 40, 50, 60)
    clients(tiny, None, first=7)
    clients(tiny, 1, users=None, first=8)
    clients(tiny, 1, users=0, first=9)
    assert said(tiny) == "LLAAPPAAA"


@pytest.mark.parametrize(("days", "level"), [(29, "P"), (30, "L")])
def test_what_was_not_used_recently_is_light(tiny: Tiny, days: int, level: str) -> None:
    clients(tiny, 10, 20, 30, 40, 50)
    tiny.client(6, "C06", total_users=100)
    tiny.feature(6, "SSO", usage_count=600, last_used_at=TODAY - timedelta(days))
    assert levels(tiny)["C06"] == level
    assert levels(tiny, idle_days=60)["C06"] == "P"
    with tiny.database.read() as reader:
        summary = feature_adoption(reader, FeatureAdoptionQuery(organization_id="C06", as_of=TODAY))
    assert summary.used_features == 1
    assert summary.idle_features == (level == "L")


def test_a_later_use_makes_no_past_day_idle(tiny: Tiny) -> None:
    tiny.client(1, "C01")
    tiny.feature(1, "SSO", last_used_at=TODAY)
    assert said(tiny, as_of=TODAY - timedelta(90)) == "A"


def test_clients_that_left_are_no_measure(tiny: Tiny) -> None:
    clients(tiny, 10, 20, 30, 40, 50)
    tiny.client(6, "C06", total_users=100, is_active=False)
    tiny.feature(6, "SSO", usage_count=60)
    assert said(tiny) == "AAAAA"


def test_every_question_gives_the_same_levels(tiny: Tiny) -> None:
    clients(tiny, 10, 20, 30, 40, 50, 60, 70, 80)
    tiny.feature(1, "AI_ASSISTANT", is_used=False)
    tiny.feature(2, "AI_ASSISTANT", is_enabled=False)
    with tiny.database.read() as reader:
        query = AdoptionMatrixQuery(as_of=TODAY)
        cells = adoption_matrix(reader, query).cells
        features = adoption_overview(reader, query).features
        for name in cells["organization_id"].unique():
            one = feature_adoption(reader, FeatureAdoptionQuery(organization_id=name, as_of=TODAY))
            assert {use.feature_name.value: use.level.value for use in one.features} == dict(
                cells.filter(organization_id=name).select("feature_name", "level").rows()
            )
        for level in list(AdoptionLevel)[1:]:
            page = adoption_matrix(reader, AdoptionMatrixQuery(as_of=TODAY, level=level))
            amount = cells.filter(level=level.value).height
            assert features[level.lower()].sum() == page.clients.height == amount


def test_a_norm_is_quartiles_of_uses_per_licensed_user(tiny: Tiny) -> None:
    clients(tiny, 10, 20, 30, 40, 50, 60, 70)
    with tiny.database.read() as reader:
        rule = level_rule(reader, TODAY)
    assert rule.norms == (Norm("SSO", 2, pytest.approx(0.25), pytest.approx(0.55), 7),)


def test_the_rule_is_said_with_its_days() -> None:
    assert "no use for 45 days" in in_words(45)


def test_a_wrong_number_of_days_is_named(tiny: Tiny) -> None:
    with tiny.database.read() as reader, pytest.raises(ArgumentError) as raised:
        level_rule(reader, TODAY, 0)
    assert raised.value.argument == "idle_days"


def test_nothing_on_file_has_no_norms(tiny: Tiny) -> None:
    with tiny.database.read() as reader:
        assert level_rule(reader).norms == ()
