"""Why a score moved: lines that add up to the difference, whatever the two days hold."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inputs import replace
from ledger_at_random import broken, random_comparison
from worked_example import NO_CAMPAIGN, WORKED, compared, written

from health.explanation.ledger import Line, LineKind, ledger
from health.queries.inputs import Comparison
from health.scoring.components import Component
from health.scoring.model import STANDARD, TARGETS
from health.vocabulary import MetricType


def lines(of: Comparison) -> dict[str, Line]:
    return {line.label: line for line in written(of).lines}


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@given(st.randoms(use_true_random=False))
def test_every_ledger_adds_up_to_the_difference_exactly(draw: Random) -> None:
    assert broken(random_comparison(draw)) == []


@given(st.randoms(use_true_random=False))
def test_a_ledger_read_backwards_has_its_signs_turned(draw: Random) -> None:
    there = random_comparison(draw)
    # A model counts with its own windows in both directions.
    there = replace(there, before_model=there.after_model, rebased=there.before)
    back = replace(there, before=there.after, rebased=there.after, after=there.before)
    one, other = ledger(there), ledger(back)
    if one is None or other is None:
        assert one is other
        return
    assert {line.label: line.points for line in one.lines if line.points} == {
        line.label: -line.points for line in other.lines if line.points
    }


def test_a_component_known_on_both_days_earns_its_weight_times_its_change() -> None:
    found = lines(compared(after={"responses": 480, "tickets": 5}))
    assert found["Campaign completion"].points == Fraction(25, 100) * (40 - 81)
    assert found["Support tickets"].points == Fraction(15, 100) * (50 - 80)
    assert found["Logins"].points == 0


def test_shown_points_are_tenths_and_rounding_takes_the_rest() -> None:
    found = written(compared(after={"responses": 480, "tickets": 5}))
    # 77.4 is 77; 77.4 - 10.25 - 4.5 = 62.65 is 63.
    assert (found.before, found.after, found.change) == (77, 63, -14)
    shown = {line.label: line.shown_points for line in found.lines}
    assert shown["Campaign completion"] == Decimal("-10.2")
    assert shown["Support tickets"] == Decimal("-4.5")
    assert shown["Rounding"] == Decimal("0.7")
    assert lines(compared(after={"responses": 480, "tickets": 5}))["Rounding"].points == Fraction(
        3, 4
    )


def test_data_that_vanished_has_a_line_of_its_own() -> None:
    found = lines(compared(after=NO_CAMPAIGN))
    line = found["Campaign completion"]
    assert line.kind is LineKind.VANISHED
    # The others stand at 57.15 of 75 points; 81 of 25 points was better than that.
    assert line.points == Fraction(1, 4) * (Fraction(5715, 75) - 81)
    assert plain(line.phrase) == "no more data on campaign completion, 81 % responded before"
    assert (plain(line.before), line.after) == ("81 % responded", "no data")
    moved = {name for name, other in found.items() if other.points}
    assert moved == {"Campaign completion", "Rounding"}


def test_data_that_appeared_has_a_line_of_its_own() -> None:
    line = lines(compared(before=NO_CAMPAIGN))["Campaign completion"]
    assert line.kind is LineKind.APPEARED
    assert line.points == Fraction(1, 4) * (81 - Fraction(5715, 75))
    assert plain(line.phrase) == "new data on campaign completion, 81 % responded"


def test_a_component_that_moves_while_another_vanishes_counts_with_the_mean_of_its_shares() -> None:
    line = lines(compared(after=NO_CAMPAIGN | {"tickets": 5}))["Support tickets"]
    assert line.points == (Fraction(15, 100) + Fraction(15, 75)) / 2 * (50 - 80)


def test_days_with_nothing_known_in_common_are_explained_too() -> None:
    nothing = replace(
        WORKED,
        active_users=None,
        cases_closed=None,
        features_enabled=0,
        features_used=0,
        tickets=None,
        **NO_CAMPAIGN,
    )
    only_cases = replace(nothing, cases_closed=50)
    only_tickets = replace(nothing, tickets=2)
    found = ledger(
        Comparison(
            before=only_cases,
            before_model=STANDARD,
            rebased=only_cases,
            after=only_tickets,
            after_model=STANDARD,
        )
    )
    assert found is not None
    assert (found.change, sum(line.points for line in found.lines)) == (-10, -10)
    assert [line.kind for line in found.lines] == [LineKind.VANISHED, LineKind.APPEARED]


def test_a_change_of_model_is_the_earlier_day_under_the_later_model() -> None:
    found = lines(compared(after_model=TARGETS))
    line = found["Scoring model"]
    # 90, 100, 95, 100 and 67 under Targets.
    exact = Fraction(2000 * 90 + 2500 * 100 + 2500 * 95 + 1500 * 100 + 1500 * 67, 10_000)
    assert line.points == exact - Fraction(774, 10)
    assert line.phrase == "the scoring model changed from Standard to Targets"
    assert {name for name, other in found.items() if other.points} == {"Scoring model", "Rounding"}


def test_a_day_without_a_score_has_no_ledger() -> None:
    empty = {
        "active_users": None,
        "cases_closed": None,
        "features_enabled": 0,
        "tickets": None,
        **NO_CAMPAIGN,
    }
    assert ledger(compared(before=empty)) is None
    assert ledger(compared(after=empty)) is None


@pytest.mark.parametrize(
    ("component", "before", "after", "said"),
    [
        (Component.LOGIN, {}, {"active_users": 22}, "active users fell from 38 to 22 of 60"),
        (Component.LOGIN, {}, {"active_users": 39}, "active users rose from 38 to 39 of 60"),
        (Component.LOGIN, {}, {}, "active users stayed at 38 of 60"),
        (
            Component.LOGIN,
            {"licensed_users": 50},
            {},
            "active users went from 38 of 50 to 38 of 60",
        ),
        (
            Component.LOGIN,
            {},
            {"active_users": 12, "active_metric": MetricType.DAILY_ACTIVE_USERS},
            "active users went from 38 in a month to 12 on the busiest day",
        ),
        (
            Component.CASE_RESOLUTION,
            {},
            {"cases_closed": 40, "cases_on_time": 20},
            "cases closed on time fell from 90 % to 50 %",
        ),
        (
            Component.CASE_RESOLUTION,
            {"cases_closed": 1000, "cases_on_time": 902},
            {"cases_closed": 1000, "cases_on_time": 904},
            "cases closed on time rose from 90.2 % to 90.4 %",
        ),
        (
            Component.CASE_RESOLUTION,
            {},
            {"cases_closed": 2, "cases_on_time": 0},
            "cases closed on time fell from 45 of 50 to 0 of 2",
        ),
        (
            Component.CASE_RESOLUTION,
            {"cases_closed": 1, "cases_on_time": 1},
            {"cases_closed": 3, "cases_on_time": 3},
            "cases closed on time stayed at 100 %",
        ),
        (
            Component.CAMPAIGN_COMPLETION,
            {},
            {"responses": 480},
            "campaign responses fell from 81 % to 40 %",
        ),
        (
            Component.FEATURE_ADOPTION,
            {"features_used": 4},
            {},
            "features used rose from 4 to 6 of 9",
        ),
        (
            Component.FEATURE_ADOPTION,
            {"features_enabled": 7},
            {},
            "features used went from 6 of 7 to 6 of 9",
        ),
        (Component.SUPPORT_TICKET, {}, {"tickets": 5}, "3 more support tickets"),
        (Component.SUPPORT_TICKET, {}, {"tickets": 3}, "1 more support ticket"),
        (Component.SUPPORT_TICKET, {}, {"tickets": 1}, "1 fewer support ticket"),
        (Component.SUPPORT_TICKET, {}, {"tickets": 0}, "2 fewer support tickets"),
        (Component.SUPPORT_TICKET, {}, {"tickets": 15}, "13 more support tickets"),
        (Component.SUPPORT_TICKET, {}, {}, "as many support tickets"),
    ],
)
def test_a_line_says_what_moved(
    component: Component, before: dict[str, object], after: dict[str, object], said: str
) -> None:
    assert plain(lines(compared(before, after))[component.label].phrase) == said


def test_tickets_for_each_user_are_told_where_the_licences_changed() -> None:
    found = lines(compared({"licensed_users": 50}, {}, before_model=TARGETS, after_model=TARGETS))[
        "Support tickets"
    ]
    assert found.phrase == "support tickets for 100 users fell from 4.0 to 3.3"
    assert (found.before, found.after) == ("4.0 for 100 users", "3.3 for 100 users")


def test_each_line_says_what_it_rests_on() -> None:
    found = lines(compared(after={"active_users": 22}))
    assert {name: (plain(line.before), plain(line.after)) for name, line in found.items()} == {
        "Logins": ("38 of 60 active", "22 of 60 active"),
        "Case resolution": ("45 of 50 on time", "45 of 50 on time"),
        "Campaign completion": ("81 % responded", "81 % responded"),
        "Feature adoption": ("6 of 9 used", "6 of 9 used"),
        "Support tickets": ("2 in 30 days", "2 in 30 days"),
        "Rounding": ("", ""),
    }
