"""Features of a client, and clients against features."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from health.errors import ArgumentError, UnknownOrganization
from health.queries.adoption import (
    AdoptionFilter,
    AdoptionMatrix,
    AdoptionMatrixQuery,
    AdoptionOrder,
    AdoptionOverview,
    adoption_matrix,
    adoption_overview,
)
from health.queries.adoption_levels import AdoptionLevel
from health.queries.client_features import (
    FeatureAdoptionQuery,
    FeatureAdoptionSummary,
    feature_adoption,
)
from health.vocabulary import FeatureName

if TYPE_CHECKING:
    from tiny import Tiny

TODAY = date(2026, 11, 20)


def of_client(
    tiny: Tiny, organization_id: str = "A", **arguments: object
) -> FeatureAdoptionSummary:
    with tiny.database.read() as reader:
        query = FeatureAdoptionQuery(organization_id=organization_id, **arguments)
        return feature_adoption(reader, query)


def matrix(tiny: Tiny, **arguments: object) -> AdoptionMatrix:
    with tiny.database.read() as reader:
        return adoption_matrix(reader, AdoptionMatrixQuery(**{"as_of": TODAY, **arguments}))


def overview(tiny: Tiny, **arguments: object) -> AdoptionOverview:
    with tiny.database.read() as reader:
        return adoption_overview(reader, AdoptionFilter(**{"as_of": TODAY, **arguments}))


def fill(tiny: Tiny) -> None:
    """A uses 1 of 2, B 2 of 2, C 0 of 1, D has nothing enabled, E no features, F is inactive."""
    for number, name in enumerate("ABCDEF", start=1):
        tiny.client(
            number,
            name,
            csm="amy@example.com" if name in "AB" else "bo@example.com",
            industry="Banking" if name in "AC" else "Energy",
            is_active=name != "F",
        )
    tiny.feature(1, "SSO")
    tiny.feature(1, "AI_ASSISTANT", is_used=False)
    tiny.feature(2, "SSO", usage_count=7)
    tiny.feature(2, "AI_ASSISTANT")
    tiny.feature(3, "AI_ASSISTANT", is_used=False)
    tiny.feature(4, "SSO", is_enabled=False, is_used=False)
    tiny.feature(6, "SSO")


def test_the_rate_is_used_of_enabled(tiny: Tiny) -> None:
    tiny.client(1, "A")
    tiny.feature(1, "SSO", usage_count=4, first_used_at=date(2026, 1, 1), last_used_at=TODAY)
    tiny.feature(1, "AI_ASSISTANT", is_used=False)
    tiny.feature(1, "COI_DISCLOSURES", is_used=False)
    tiny.feature(1, "CASE_MANAGEMENT", is_enabled=False)
    summary = of_client(tiny)
    assert (summary.total_features, summary.enabled_features, summary.used_features) == (4, 3, 1)
    assert summary.adoption_rate == pytest.approx(100 / 3)
    assert [feature.feature_name for feature in summary.features] == [
        FeatureName.CASE_MANAGEMENT,
        FeatureName.COI_DISCLOSURES,
        FeatureName.AI_ASSISTANT,
        FeatureName.SSO,
    ]
    assert [feature.level for feature in summary.features] == [
        AdoptionLevel.NOT_LICENSED,
        AdoptionLevel.UNUSED,
        AdoptionLevel.UNUSED,
        AdoptionLevel.ACTIVE,
    ]
    assert (summary.features[-1].usage_count, summary.features[-1].last_used_at) == (4, TODAY)


def test_only_unused_lists_what_is_enabled_and_not_used_and_keeps_the_totals(tiny: Tiny) -> None:
    fill(tiny)
    summary = of_client(tiny, only_unused=True)
    assert [feature.feature_name for feature in summary.features] == [FeatureName.AI_ASSISTANT]
    assert (summary.total_features, summary.used_features) == (2, 1)


def test_a_client_without_features_is_an_answer(tiny: Tiny) -> None:
    tiny.client(1, "A")
    assert of_client(tiny) == FeatureAdoptionSummary(
        total_features=0,
        enabled_features=0,
        used_features=0,
        idle_features=0,
        adoption_rate=None,
        features=(),
    )


def test_no_enabled_feature_has_no_rate(tiny: Tiny) -> None:
    fill(tiny)
    assert of_client(tiny, "D").adoption_rate is None


def test_a_feature_first_used_later_was_not_used_yet(tiny: Tiny) -> None:
    tiny.client(1, "A")
    tiny.feature(1, "SSO", first_used_at=date(2026, 11, 2))
    tiny.feature(1, "AI_ASSISTANT")
    assert of_client(tiny, as_of=date(2026, 11, 1)).used_features == 1
    assert of_client(tiny, as_of=date(2026, 11, 2)).used_features == 2
    assert of_client(tiny).used_features == 2


def test_an_unknown_client_is_an_error(tiny: Tiny) -> None:
    with pytest.raises(UnknownOrganization):
        of_client(tiny, "nobody")


def test_the_matrix_holds_active_clients_with_features_lowest_rate_first(tiny: Tiny) -> None:
    fill(tiny)
    found = matrix(tiny)
    assert found.clients.columns == ["organization_id", "name", "enabled", "used", "rate"]
    assert found.clients.rows() == [
        ("C", "Client C", 1, 0, 0.0),
        ("A", "Client A", 2, 1, 50.0),
        ("B", "Client B", 2, 2, 100.0),
        ("D", "Client D", 0, 0, None),
    ]


@pytest.mark.parametrize(
    ("order", "names"),
    [
        (AdoptionOrder.LOWEST_RATE, "CABD"),
        (AdoptionOrder.HIGHEST_RATE, "BACD"),
        (AdoptionOrder.MOST_UNUSED, "CABD"),
        (AdoptionOrder.NAME, "ABCD"),
    ],
)
def test_the_order_is_chosen_and_clients_without_a_rate_come_last(
    tiny: Tiny, order: AdoptionOrder, names: str
) -> None:
    fill(tiny)
    assert matrix(tiny, order=order).clients["organization_id"].to_list() == list(names)


def test_cells_say_what_each_feature_is_to_each_client_of_the_page(tiny: Tiny) -> None:
    fill(tiny)
    cells = matrix(tiny, order=AdoptionOrder.NAME, page=2, limit=1).cells
    assert cells.select("organization_id", "feature_name", "level", "usage_count").sort(
        "feature_name"
    ).rows() == [("B", "AI_ASSISTANT", "ACTIVE", None), ("B", "SSO", "ACTIVE", 7)]


def test_features_are_counted_over_all_clients_found(tiny: Tiny) -> None:
    fill(tiny)
    features = overview(tiny).features
    assert features.height == len(FeatureName)
    columns = ("feature_name", "not_licensed", "unused", "active", "used", "rate")
    assert features.select(columns).head(3).rows() == [
        ("SSO", 2, 0, 2, 2, 100.0),
        ("AI_ASSISTANT", 1, 2, 1, 1, pytest.approx(100 / 3)),
        ("CASE_MANAGEMENT", 4, 0, 0, 0, None),
    ]


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"level": AdoptionLevel.UNUSED}, "CA"),
        ({"level": AdoptionLevel.ACTIVE}, "AB"),
        ({"level": AdoptionLevel.POWER}, ""),
        ({"level": AdoptionLevel.NOT_LICENSED}, "CABD"),
        ({"feature": FeatureName.AI_ASSISTANT}, "CAB"),
        ({"feature": FeatureName.AI_ASSISTANT, "level": AdoptionLevel.UNUSED}, "CA"),
        ({"feature": FeatureName.AI_ASSISTANT, "level": AdoptionLevel.ACTIVE}, "B"),
        ({"feature": FeatureName.AI_ASSISTANT, "level": AdoptionLevel.NOT_LICENSED}, "D"),
        ({"feature": FeatureName.SSO, "level": AdoptionLevel.NOT_LICENSED}, "CD"),
        ({"feature": FeatureName.SSO, "level": AdoptionLevel.UNUSED}, ""),
        ({"csm": "amy@example.com"}, "AB"),
        ({"industry": "Banking"}, "CA"),
        ({"industry": "Banking", "csm": "amy@example.com"}, "A"),
        ({"search": " cLiEnT b "}, "B"),
        ({"search": "_"}, ""),
        ({"search": "zzz"}, ""),
    ],
)
def test_filters_narrow_the_matrix(tiny: Tiny, filters: dict[str, object], names: str) -> None:
    fill(tiny)
    assert matrix(tiny, **filters).clients["organization_id"].to_list() == list(names)
    assert overview(tiny, **filters).clients == len(names)


def test_pages_do_not_overlap(tiny: Tiny) -> None:
    fill(tiny)
    pages = [matrix(tiny, page=page, limit=2) for page in (1, 2, 3)]
    assert ["".join(page.clients["organization_id"]) for page in pages] == ["CA", "BD", ""]


def test_the_overview_counts_features_and_clients_without_any(tiny: Tiny) -> None:
    fill(tiny)
    found = overview(tiny)
    assert (found.clients, found.without_features) == (4, 1)
    assert (found.used, found.unused, found.rate) == (3, 2, 60.0)
    assert overview(tiny, search="E").without_features == 1
    assert overview(tiny, level=AdoptionLevel.UNUSED).without_features == 0


def test_the_matrix_of_a_past_day_leaves_out_later_use(tiny: Tiny) -> None:
    tiny.client(1, "A")
    tiny.feature(1, "SSO", first_used_at=date(2026, 11, 2))
    assert matrix(tiny, as_of=date(2026, 11, 1)).cells["level"].to_list() == ["UNUSED"]
    assert matrix(tiny, as_of=date(2026, 11, 2)).cells["level"].to_list() == ["ACTIVE"]


def test_an_empty_database_has_an_empty_matrix(tiny: Tiny) -> None:
    found = matrix(tiny)
    assert (found.clients.height, found.cells.height) == (0, 0)
    assert (overview(tiny).clients, overview(tiny).rate) == (0, None)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("page", 0),
        ("limit", 0),
        ("limit", 1001),
        ("as_of", "today"),
        ("order", "RATE"),
        ("feature", "X"),
        ("level", "USED"),
    ],
)
def test_a_wrong_argument_is_named(argument: str, value: object) -> None:
    with pytest.raises(ArgumentError) as raised:
        AdoptionMatrixQuery(**{"as_of": TODAY, argument: value})
    assert raised.value.argument == argument
