"""Why a score moved, in words, on cases made by hand."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_at_random import random_comparison
from worked_example import NO_CAMPAIGN, compared, written

from health.explanation.breakdown import explain, outline
from health.explanation.ledger import Ledger, Line, LineKind, ledger, main_move
from health.explanation.sentences import (
    main_reason,
    moved_because,
    moved_because_in_brief,
    sentence,
)
from health.scoring.components import Component
from health.scoring.components.base import half_up
from health.scoring.model import TARGETS


def said(before: dict[str, object] | None = None, after: dict[str, object] | None = None) -> str:
    return sentence(written(compared(before, after))).replace("\u00a0", " ")


def lines_of(*points: str) -> Ledger:
    """A ledger of any lines; what they leave of the whole is rounding."""
    exact = [Fraction(text) for text in points]
    total = round(sum(exact))
    shown = [Decimal(half_up(10 * value)) / 10 for value in exact]
    parts = [(LineKind.MOVED, *pair) for pair in zip(exact, shown, strict=True)]
    parts.append((LineKind.ROUNDING, total - sum(exact), total - sum(shown)))
    return Ledger(
        first_day=date(2026, 10, 1),
        last_day=date(2026, 11, 1),
        before=50,
        after=50 + total,
        lines=tuple(
            Line(
                kind=kind,
                component=None if kind is LineKind.ROUNDING else Component.LOGIN,
                points=value,
                shown_points=tenths,
                phrase=f"part {number}",
            )
            for number, (kind, value, tenths) in enumerate(parts, start=1)
        ),
    )


def test_a_fall_is_told_with_its_reasons_by_size() -> None:
    assert said(after={"responses": 480, "tickets": 5}) == (
        "Down 14 since 21 Oct 2026: campaign responses fell from 81 % to 40 % (−10.2), "
        "3 more support tickets (−4.5), rounding (+0.7)."
    )


def test_what_moved_the_other_way_is_told_after() -> None:
    assert said(after={"responses": 480, "active_users": 60}) == (
        "Down 2 since 21 Oct 2026: campaign responses fell from 81 % to 40 % (−10.2); "
        "against that, active users rose from 38 to 60 of 60 (+7.4); rounding (+0.8)."
    )


def test_a_rise_is_told_as_one() -> None:
    assert said(before={"features_used": 2}) == (
        "Up 6 since 21 Oct 2026: features used rose from 2 to 6 of 9 (+6.8), rounding (−0.8)."
    )


def test_nothing_changed() -> None:
    assert said() == "Unchanged since 21 Oct 2026."


def test_movements_that_cancel_out_are_told() -> None:
    assert said(after={"tickets": 4, "active_users": 47}) == (
        "Unchanged since 21 Oct 2026 in all: active users rose from 38 to 47 of 60 (+3.0), "
        "2 more support tickets (−3.0)."
    )


def test_parts_that_hold_a_comma_are_told_apart_by_semicolons() -> None:
    assert said(after=NO_CAMPAIGN | {"tickets": 8}) == (
        "Down 13 since 21 Oct 2026: 6 more support tickets (−10.5); "
        "no more data on campaign completion, 81 % responded before (−2.7); rounding (+0.2)."
    )


def test_a_change_of_model_is_a_reason() -> None:
    moved = written(compared(after_model=TARGETS))
    assert sentence(moved).replace("\u00a0", " ") == (
        "Up 15 since 21 Oct 2026: the scoring model changed from Standard to Targets (+14.4), "
        "rounding (+0.6)."
    )


@pytest.mark.parametrize(
    ("points", "words"),
    [
        (
            ["-5", "-4", "-3", "-2"],
            "Down 14 since {}: part 1 (−5.0), part 2 (−4.0), part 3 (−3.0), part 4 (−2.0).",
        ),
        (["-2", "-5"], "Down 7 since {}: part 2 (−5.0), part 1 (−2.0)."),
        (["-10.25", "-4.5"], "Down 15 since {}: part 1 (−10.2), part 2 (−4.5), rounding (−0.3)."),
        (["-0.4", "-0.3"], "Down 1 since {}: part 1 (−0.4), part 2 (−0.3), rounding (−0.3)."),
        (["0.4", "0.3"], "Up 1 since {}: part 1 (+0.4), part 2 (+0.3), rounding (+0.3)."),
        (["0.96", "0.04"], "Up 1 since {}: part 1 (+1.0)."),
        (
            ["9", "-1", "-2", "-3"],
            "Up 3 since {}: part 1 (+9.0); against that, part 4 (−3.0), part 3 (−2.0), "
            "part 2 (−1.0).",
        ),
        (["0.04"], "Unchanged since {}."),
        (["0.2"], "Unchanged since {} in all: part 1 (+0.2), rounding (−0.2)."),
        (["-3", "3"], "Unchanged since {} in all: part 1 (−3.0), part 2 (+3.0)."),
    ],
)
def test_all_parts_are_told_the_largest_first(points: list[str], words: str) -> None:
    told = sentence(lines_of(*points)).replace("\u00a0", " ")
    assert told == words.format("1 Oct 2026")


def test_the_main_reason_of_a_move_is_its_largest_part() -> None:
    fell = compared(after={"responses": 480, "active_users": 60, "tickets": 4})
    assert moved_because(written(fell)).replace("\u00a0", " ") == (
        "Campaign responses fell from 81 % to 40 % (−10.2)"
    )
    assert main_reason(fell).replace("\u00a0", " ") == "Responses 81 % → 40 %"


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        ({"active_users": 1}, "Active users 38 → 1"),
        ({"cases_on_time": 10}, "Cases on time 90 % → 20 %"),
        ({"cases_closed": 2, "cases_on_time": 0}, "Cases on time 90 % → 0 of 2"),
        ({"features_used": 1}, "Features used 6 → 1"),
        ({"tickets": 9}, "Tickets 2 → 9"),
        ({"tickets": None, "active_users": 1}, "Active users 38 → 1"),
        ({"cases_closed": 0} | NO_CAMPAIGN, "Cases on time 90 % → no data"),
    ],
)
def test_reasons_in_a_list_are_brief(after: dict[str, object], reason: str) -> None:
    assert main_reason(compared(after=after)).replace("\u00a0", " ") == reason


FEW = {"cases_closed": 2, "cases_on_time": 0}


def test_what_rests_on_one_or_two_cases_says_so_and_does_not_lead() -> None:
    fell = compared(after=FEW | {"responses": 600})
    assert sentence(written(fell)).replace("\u00a0", " ") == (
        "Down 30 since 21 Oct 2026: campaign responses fell from 81 % to 50 % (−7.7), "
        "cases closed on time fell from 45 of 50 to 0 of 2 (−22.5, rests on 2 cases), "
        "rounding (+0.2)."
    )
    assert main_reason(fell).replace("\u00a0", " ") == "Responses 81 % → 50 %"
    alone = written(compared(after=FEW))
    assert moved_because(alone).endswith("(−22.5, rests on 2\u00a0cases)")


def test_three_cases_are_no_few() -> None:
    fell = compared(after={"cases_closed": 3, "cases_on_time": 0, "responses": 600})
    assert moved_because(written(fell)).startswith("Cases closed on time")


def test_a_gap_that_rests_on_one_case_is_not_the_one_named_first() -> None:
    low = {"cases_closed": 1, "cases_on_time": 0, "responses": 600}
    assert main_reason(compared(low, low)) == "Responses 50\u00a0%"


def test_a_client_that_hardly_moved_is_listed_with_where_most_is_missing() -> None:
    assert main_reason(compared(after={"active_users": 36})) == "Active users 36 of 60"
    assert (
        main_reason(compared(after={"tickets": 21}, before={"tickets": 20})).replace("\u00a0", " ")
        == "Tickets 21 in 30 days"
    )


def test_a_client_without_a_score_before_is_listed_with_where_most_is_missing() -> None:
    nothing = NO_CAMPAIGN | {"active_users": None, "cases_closed": None, "tickets": None}
    assert main_reason(compared(before=nothing)) == "Active users 38 of 60"


def test_a_client_with_all_points_has_no_reason() -> None:
    whole = {
        "active_users": 60,
        "cases_on_time": 50,
        "responses": 1200,
        "features_used": 9,
        "tickets": 0,
    }
    assert main_reason(compared(whole, whole)) == ""


@given(st.randoms(use_true_random=False))
def test_a_sentence_is_a_sentence_whatever_moved(draw: Random) -> None:
    found = random_comparison(draw)
    moved = ledger(found)
    reason = main_reason(found)
    assert reason == reason.strip()
    if moved is None:
        assert reason == main_reason(
            replace(
                found,
                before=found.after,
                before_model=found.after_model,
                rebased=found.after,
            )
        )
        return
    told = sentence(moved)
    assert sum(line.shown_points for line in moved.spoken) == moved.change
    said_points = re.findall(r"\(([+−][\d,]+\.\d)", told)
    assert sum(Decimal(text.replace("−", "-").replace(",", "")) for text in said_points) == (
        moved.change
    )
    ranks = [bool(line.few) for line in moved.spoken if line.kind is not LineKind.ROUNDING]
    assert ranks == sorted(ranks)
    assert told.startswith(("Up ", "Down ", "Unchanged "))
    assert told.endswith(".")
    assert "None" not in told
    assert "(±" not in told


@given(st.randoms(use_true_random=False))
def test_the_short_way_to_a_reason_leads_where_the_whole_ledger_does(draw: Random) -> None:
    of = random_comparison(draw)
    moved = ledger(of)
    assert main_move(of) == ("" if moved is None else moved_because_in_brief(moved))


@given(st.randoms(use_true_random=False))
def test_an_outline_is_the_explanation_without_its_points(draw: Random) -> None:
    of = random_comparison(draw)
    short, whole = (of_(of.after, of.after_model) for of_ in (outline, explain))
    assert (short.overall, short.lowest, short.highest) == (
        whole.overall,
        whole.lowest,
        whole.highest,
    )
    assert short.largest_gap == (whole.largest_gap and whole.largest_gap.component)
    assert list(short.scores) == list(whole.scores.values())
