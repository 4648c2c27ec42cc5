"""Alerts and calls against answers worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from health.accounts.calls import log_call
from health.accounts.decisions import bring_back, decisions, dismiss, put_off
from health.errors import ArgumentError, UnknownOrganization
from health.maintenance.demo import DEMO_END, STORIES, Story, generate
from health.maintenance.demo.loading import load
from health.queries.alerts.attention import (
    AlertQuery,
    Attention,
    ScoreChangesQuery,
    alert_of,
    alerts_of_client,
    attention,
    score_changes,
)
from health.queries.alerts.rules import Alert, AlertRule
from health.queries.score_models import decline, trend_days
from health.queries.urgency import PARTS
from health.scoring.model import STANDARD, ScoringModel
from health.scoring.publishing import Act, put_in_force
from health.scoring.segments import Rule, Segment
from health.settings import Thresholds
from health.vocabulary import FeatureName

if TYPE_CHECKING:
    from tiny import Tiny

    from health.storage.database import Database

DAY = date(2026, 11, 20)


def ago(days: int) -> date:
    return DAY - timedelta(days=days)


@pytest.fixture
def acme(tiny: Tiny) -> Tiny:
    """A client with 100 users and nothing to worry about: a steady 80, and usage to the day."""
    tiny.run()
    tiny.client(1, "A", total_users=100)
    tiny.span(1, ago(200), DAY)
    tiny.usage(1, DAY, cases_created=1)
    for days in (0, 7, 30, 60, 90):
        tiny.score(1, ago(days), 80)
    return tiny


def points(tiny: Tiny, scores: dict[int, int], number: int = 1, **columns: Any) -> None:
    """Give a client these scores, by how many days ago they were; ``columns`` are of today's."""
    with tiny.database.write() as writer:
        writer.execute("DELETE FROM scores WHERE organization = $number", {"number": number})
    for days, score in scores.items():
        tiny.score(number, ago(days), score, **(columns if days == 0 else {}))


def ask(tiny: Tiny, **arguments: Any) -> Attention:
    with tiny.database.read() as reader:
        return attention(reader, AlertQuery(**{"as_of": DAY, **arguments}))


def raised(tiny: Tiny, **arguments: Any) -> dict[AlertRule, Alert]:
    """The alerts that hold, by rule."""
    found = [alert_of(row) for row in ask(tiny, **arguments).alerts.iter_rows(named=True)]
    assert len({alert.rule for alert in found}) == len(found)
    return {alert.rule: alert for alert in found}


def callable_names(tiny: Tiny, **arguments: Any) -> list[str]:
    return ask(tiny, **arguments).calls["organization_id"].to_list()


def test_a_steady_client_raises_nothing(acme: Tiny) -> None:
    found = ask(acme)
    assert found.frame.is_empty()
    assert found.calls.is_empty()
    assert found.alerts.is_empty()


@pytest.mark.parametrize(("now", "is_raised"), [(70, True), (71, False)])
def test_ten_points_in_seven_days_are_a_sudden_fall(acme: Tiny, now: int, is_raised: bool) -> None:
    points(acme, {7: 80, 0: now})
    assert (AlertRule.SCORE_FELL in raised(acme)) == is_raised


def test_a_fall_carries_both_scores(acme: Tiny) -> None:
    points(acme, {7: 80, 0: 65})
    assert raised(acme) == {AlertRule.SCORE_FELL: Alert(rule=AlertRule.SCORE_FELL, was=80, now=65)}


def test_a_threshold_comes_from_the_question(acme: Tiny) -> None:
    points(acme, {7: 80, 0: 75})
    assert raised(acme) == {}
    assert AlertRule.SCORE_FELL in raised(acme, thresholds=Thresholds(score_points=5))


def test_of_two_users_one_who_is_away_is_no_crash(acme: Tiny) -> None:
    with acme.database.write() as writer:
        writer.execute("UPDATE clients SET total_users = 2")
        writer.execute("DELETE FROM scores")
    parts = {"case_resolution_score": 90, "feature_adoption_score": 90, "coverage": 60}
    # 50 points of 20 % of a weight of 60 % are 16 of the 17 points lost.
    acme.score(1, ago(7), 93, login_score=100, **parts)
    acme.score(1, DAY, 76, login_score=50, **parts)
    assert AlertRule.SCORE_FELL not in raised(acme)
    with acme.database.write() as writer:
        writer.execute("UPDATE clients SET total_users = 100")
    assert AlertRule.SCORE_FELL in raised(acme)


@pytest.mark.parametrize(
    ("scores", "days"),
    [
        ({90: 80, 60: 77, 30: 74, 0: 71}, 90),
        ({90: 80, 60: 77, 30: 74, 0: 72}, None),  # 8 points
        ({90: 80, 60: 81, 30: 76, 0: 71}, None),  # not lower each month
        ({90: 80, 60: 75, 30: 74, 0: 71}, None),  # 5 points in 30 days were a decline
        ({60: 80, 30: 76, 0: 71}, None),  # not 90 days long
        ({270: 80, 180: 77, 90: 74, 0: 71}, 270),
        ({270: 80, 180: 77, 90: 74, 0: 72}, None),
        ({270: 80, 180: 77, 90: 77, 0: 71}, None),  # not lower each quarter
        ({270: 80, 180: 73, 90: 72, 0: 70}, None),  # most of it in one quarter
        ({270: 82, 180: 81, 90: 80, 60: 77, 30: 74, 0: 71}, 90),
    ],
)
def test_a_slow_slide_is_steady_and_long(
    acme: Tiny, scores: dict[int, int], days: int | None
) -> None:
    points(acme, scores)
    found = raised(acme).get(AlertRule.SLOW_SLIDE)
    if days is None:
        assert found is None
    else:
        expected = Alert(rule=AlertRule.SLOW_SLIDE, was=scores[days], now=scores[0], days=days)
        assert found == expected


def test_a_slide_that_is_called_declining_is_not_slow(acme: Tiny) -> None:
    points(acme, {90: 80, 60: 77, 30: 74, 0: 71}, trend="DECLINING")
    assert AlertRule.SLOW_SLIDE not in raised(acme)


def test_a_decline_says_how_far_the_trend_of_the_own_model_looks_back(acme: Tiny) -> None:
    weekly = ScoringModel(version="weekly-1", label="Weekly", trend_days=7)
    points(acme, {0: 71}, trend="DECLINING", previous_score=80)
    assert raised(acme)[AlertRule.DECLINING].days == 30
    acme.run_by(2, weekly)
    with acme.database.write() as writer:
        segments = (Segment(rule=Rule(total_users_from=1), model=weekly),)
        put_in_force(writer, Act.PUBLISHED, STANDARD, ago(0), segments=segments, reason="", by="")
        writer.execute("UPDATE scores SET run_id = 2")
    assert raised(acme)[AlertRule.DECLINING].days == 7
    with acme.database.read() as reader:
        assert trend_days(reader, ago(0)) is None
        assert trend_days(reader, ago(1)) == 30
        assert decline(reader, ago(0)) is None
        assert decline(reader, ago(1)) == (5, 30)


def test_one_low_day_on_the_way_does_not_hide_a_slow_slide(acme: Tiny) -> None:
    points(acme, {90: 80, 60: 77, 30: 74, 0: 71})
    acme.score(1, ago(20), 70, trend="DECLINING")
    assert AlertRule.SLOW_SLIDE in raised(acme)


def test_a_call_about_a_slide_of_quarters_says_since_when_it_goes_on(acme: Tiny) -> None:
    points(acme, {270: 80, 180: 77, 90: 74, 30: 72, 0: 71})
    call = ask(acme).calls.row(0, named=True)
    assert (call["since"], call["score_before"], call["change"]) == (ago(270), 80, -9)


def test_the_client_of_the_demo_that_slides_is_found(database: Database) -> None:
    load(database, generate(organizations=3), by="test", today=DEMO_END)
    with database.read() as reader:
        found = alerts_of_client(reader, AlertQuery(as_of=DEMO_END), STORIES[Story.SLOW_DECLINE])
    (slide,) = (alert for alert in found if alert.rule is AlertRule.SLOW_SLIDE)
    assert slide.days == 270


def test_high_risk_and_a_declining_trend_are_those_of_the_score(acme: Tiny) -> None:
    points(acme, {0: 55}, risk_level="HIGH", trend="DECLINING", previous_score=66)
    assert raised(acme) == {
        AlertRule.HIGH_RISK: Alert(rule=AlertRule.HIGH_RISK, now=55),
        AlertRule.DECLINING: Alert(rule=AlertRule.DECLINING, was=66, now=55, days=30),
    }


@pytest.mark.parametrize(
    ("was", "now", "is_raised"),
    [(10, 7, True), (10, 8, False), (4, 1, False)],  # the last is too few users
)
def test_three_users_in_ten_less_are_losing_users(
    acme: Tiny, was: int, now: int, is_raised: bool
) -> None:
    acme.usage(1, ago(30), monthly_active_users=was)
    acme.usage(1, ago(29), monthly_active_users=now)
    assert (AlertRule.USERS_FELL in raised(acme)) == is_raised


def test_without_monthly_users_the_mean_of_the_days_is_compared(acme: Tiny) -> None:
    for days, users in [(59, 20), (30, 21), (29, 10), (1, 11)]:
        acme.usage(1, ago(days), daily_active_users=users)
    acme.usage(1, ago(60), daily_active_users=900)  # before both windows
    alert = raised(acme)[AlertRule.USERS_FELL]
    assert (alert.was, alert.now) == (21, 11)  # half up


@pytest.mark.parametrize(
    ("usual", "now", "is_raised"),
    [(1, 3, True), (2, 5, False), (2, 6, True), (0, 3, True), (0, 2, False)],
)
def test_tickets_at_three_times_the_usual_are_many(
    acme: Tiny, usual: int, now: int, is_raised: bool
) -> None:
    for days in (119, 75, 30):
        acme.usage(1, ago(days), support_tickets=usual)
    acme.usage(1, ago(3), support_tickets=now)
    assert (AlertRule.TICKETS_ROSE in raised(acme)) == is_raised


def test_nobody_knows_the_usual_tickets_of_a_feed_that_has_just_begun(acme: Tiny) -> None:
    acme.usage(1, ago(30), support_tickets=0)
    for days in (5, 4, 3):
        acme.usage(1, ago(days), support_tickets=4)
    assert AlertRule.TICKETS_ROSE not in raised(acme)


@pytest.mark.parametrize(
    ("tickets", "is_raised"), [(0, True), (1, True), (2, False), (None, False)]
)
def test_fewer_users_without_complaints_are_going_quiet(
    acme: Tiny, tickets: int | None, is_raised: bool
) -> None:
    acme.usage(1, ago(40), monthly_active_users=20)
    known = {} if tickets is None else {"support_tickets": tickets}
    acme.usage(1, ago(2), monthly_active_users=17, **known)
    found = raised(acme)
    assert (AlertRule.QUIET in found) == is_raised
    assert AlertRule.USERS_FELL not in found


@pytest.mark.parametrize(("days", "is_raised"), [(6, False), (7, True), (150, True)])
def test_a_feed_that_stopped_is_told_even_without_a_score(
    tiny: Tiny, days: int, is_raised: bool
) -> None:
    tiny.client(1, "A")
    tiny.client(2, "B")
    tiny.span(1, ago(200), ago(days))
    tiny.span(2, ago(200), DAY)
    for number, day in [(1, ago(days)), (2, DAY)]:
        tiny.usage(number, day, cases_created=1)
    found = raised(tiny)
    assert (AlertRule.FEED_STOPPED in found) == is_raised
    if is_raised:
        assert found[AlertRule.FEED_STOPPED].now == days
        assert callable_names(tiny) == ["A"]


def test_a_client_that_sent_nothing_yet_has_no_feed_to_stop(tiny: Tiny) -> None:
    tiny.client(1, "A")
    tiny.client(2, "B")
    tiny.span(2, ago(-1), ago(-30))
    assert raised(tiny) == {}


@pytest.mark.parametrize(
    ("days", "rule"),
    [
        (-1, None),
        (0, AlertRule.RENEWAL_DUE),
        (30, AlertRule.RENEWAL_DUE),
        (31, AlertRule.RENEWAL_NEAR),
        (60, AlertRule.RENEWAL_NEAR),
        (61, AlertRule.RENEWAL_AHEAD),
        (90, AlertRule.RENEWAL_AHEAD),
        (91, None),
    ],
)
def test_a_renewal_is_told_in_three_steps(acme: Tiny, days: int, rule: AlertRule | None) -> None:
    with acme.database.write() as writer:
        writer.execute("UPDATE clients SET renewal_date = $day", {"day": ago(-days)})
    assert set(raised(acme)) == ({rule} if rule else set())
    assert callable_names(acme) == (["A"] if rule is AlertRule.RENEWAL_DUE else [])


@pytest.mark.parametrize(
    ("licensed", "active", "is_raised"), [(100, 49, True), (100, 50, False), (4, 1, False)]
)
def test_under_half_of_the_licences_in_use_is_told(
    acme: Tiny, licensed: int, active: int, is_raised: bool
) -> None:
    with acme.database.write() as writer:
        writer.execute("UPDATE clients SET total_users = $users", {"users": licensed})
    acme.usage(1, ago(3), monthly_active_users=active)
    assert (AlertRule.LICENCES_UNUSED in raised(acme)) == is_raised


def test_a_feature_that_was_used_and_is_not_any_more_is_told(acme: Tiny) -> None:
    acme.feature(1, "SSO", last_used_at=ago(30))
    acme.feature(1, "CASE_MANAGEMENT", last_used_at=ago(50))
    acme.feature(1, "EMPLOYEE_PORTAL", last_used_at=ago(29))
    acme.feature(1, "AI_ASSISTANT", last_used_at=ago(40), is_enabled=False)
    acme.feature(1, "COI_DISCLOSURES")
    assert raised(acme) == {
        AlertRule.FEATURE_UNUSED: Alert(
            rule=AlertRule.FEATURE_UNUSED, was=2, now=30, feature=FeatureName.SSO
        )
    }


def test_a_client_without_alerts_never_raises_one(acme: Tiny) -> None:
    points(acme, {7: 80, 0: 30}, risk_level="HIGH")
    with acme.database.write() as writer:
        writer.execute("UPDATE clients SET alert_level = 'NONE'")
    found = ask(acme)
    assert found.frame.is_empty()
    assert found.silent == 1


def test_a_client_that_is_not_active_any_more_raises_nothing(acme: Tiny) -> None:
    points(acme, {7: 80, 0: 30}, risk_level="HIGH")
    with acme.database.write() as writer:
        writer.execute("UPDATE clients SET is_active = false")
    assert ask(acme).frame.is_empty()


@pytest.fixture
def three(tiny: Tiny) -> Tiny:
    """A fell 20 points, B fell 5 and renews in 9 days, C is at high risk; all are declining."""
    tiny.run()
    tiny.client(1, "A", annual_value=100, csm="ada@example.org")
    tiny.client(2, "B", annual_value=300, renewal_date=ago(-9), csm="bob@example.org")
    tiny.client(3, "C", annual_value=200, csm="ada@example.org")
    for number, scores, level in [
        (1, {30: 80, 0: 60}, "MEDIUM"),
        (2, {90: 80, 30: 80, 0: 75}, "MEDIUM"),
        (3, {30: 45, 0: 39}, "HIGH"),
    ]:
        tiny.span(number, ago(200), DAY)
        tiny.usage(number, DAY, cases_created=1)
        points(tiny, scores, number, risk_level=level, trend="DECLINING")
    return tiny


def test_calls_are_in_the_order_of_their_urgency(three: Tiny) -> None:
    rows = ask(three).calls.select("organization_id", *PARTS, "urgency").rows()
    assert rows == [
        ("B", 4, 5, 9, 0, 18, 36),
        ("C", 10, 6, 0, 0, 8, 24),
        ("A", 4, 20, 0, 0, 0, 24),
    ]


def test_a_call_says_since_when_the_client_fell(three: Tiny) -> None:
    rows = ask(three).calls.select("organization_id", "since", "score_before", "change").rows()
    assert rows == [("B", ago(30), 80, -5), ("C", ago(30), 45, -6), ("A", ago(30), 80, -20)]


def test_a_call_has_the_changes_of_seven_thirty_and_ninety_days(three: Tiny) -> None:
    rows = ask(three).calls.select("organization_id", "change_7", "change_30", "change_90").rows()
    assert rows == [("B", None, -5, -5), ("C", None, -6, None), ("A", None, -20, None)]


def test_of_equal_urgency_those_with_proactive_alerts_stand_first(three: Tiny) -> None:
    with three.database.write() as writer:
        writer.execute("UPDATE clients SET annual_value = NULL, renewal_date = NULL")
        writer.execute("UPDATE scores SET overall_score = 50, risk_level = 'MEDIUM'")
    assert callable_names(three) == ["A", "B", "C"]
    with three.database.write() as writer:
        writer.execute("UPDATE clients SET alert_level = 'PROACTIVE' WHERE organization = 3")
    assert callable_names(three) == ["C", "A", "B"]


def test_calls_are_those_of_one_owner_and_their_urgency_is_the_same(three: Tiny) -> None:
    found = ask(three, csm="ada@example.org").calls
    assert found.select("organization_id", "urgency").rows() == [("C", 24), ("A", 24)]


def test_the_answer_for_all_has_that_of_each_owner(three: Tiny) -> None:
    with three.database.write() as writer:
        writer.execute("UPDATE clients SET alert_level = 'NONE' WHERE organization = 3")
    whole = ask(three)
    assert whole.silent == 1
    for owner, names, silent in (("ada@example.org", ["A"], 1), ("bob@example.org", ["B"], 0)):
        found = whole.of_owner(owner)
        assert found.frame["organization_id"].to_list() == names
        assert found.silent == silent
        assert found.frame.equals(ask(three, csm=owner).frame)


def test_a_client_is_put_off_until_the_day(three: Tiny) -> None:
    put_off(three.database, "B", until=ago(-1), by="ada")
    assert callable_names(three) == ["C", "A"]
    assert ask(three).frame.filter("is_held")["organization_id"].to_list() == ["B"]
    assert "B" not in ask(three).alerts["organization_id"]
    three.span(2, ago(200), ago(-1))
    assert "B" in callable_names(three, as_of=ago(-1))


def test_what_is_decided_now_does_not_change_a_day_long_past(three: Tiny) -> None:
    put_off(three.database, "B", until=ago(-1), by="ada")
    three.span(1, ago(200), ago(-1))
    assert "B" in callable_names(three)


def test_a_dismissed_client_comes_back_with_an_alert_of_another_rule(three: Tiny) -> None:
    known = [AlertRule.DECLINING, AlertRule.RENEWAL_DUE]
    dismiss(three.database, "B", reason="They told us.", known=known, by="ada")
    assert callable_names(three) == ["C", "A"]
    with three.database.write() as writer:
        writer.execute("UPDATE scores SET risk_level = 'HIGH' WHERE organization = 2")
    assert "B" in callable_names(three)


def test_a_called_client_comes_back_when_the_call_is_old(three: Tiny) -> None:
    """Nothing else happened: what alerts look at is all newer than the call."""
    known = list(AlertRule)
    log_call(three.database, "B", outcome="REACHED", day=ago(29), known=known, by="ada")
    log_call(
        three.database, "C", outcome="NOT_NEEDED", day=ago(90), note="Gone.", known=known, by="ada"
    )
    assert callable_names(three) == ["A"]
    with three.database.read() as reader:
        assert decisions(reader, DAY)["organization_id"].to_list() == ["C", "B"]
    with three.database.write() as writer:
        writer.execute("UPDATE account_calls SET day = day - 1")
    assert callable_names(three) == ["B", "A"]
    with three.database.read() as reader:
        assert decisions(reader, DAY)["organization_id"].to_list() == ["C"]


def test_what_was_decided_can_be_taken_back(three: Tiny) -> None:
    put_off(three.database, "B", until=ago(-5), by="ada")
    bring_back(three.database, "B", by="bob")
    assert "B" in callable_names(three)


def test_the_alerts_of_one_client_are_those_it_has_among_all(three: Tiny) -> None:
    everyone = {
        row["organization_id"]: tuple(map(alert_of, row["alerts"]))
        for row in ask(three).frame.iter_rows(named=True)
    }
    three.client(4, "D", alert_level="NONE", renewal_date=DAY)
    put_off(three.database, "A", until=ago(-5), by="ada")
    with three.database.read() as reader:
        query = AlertQuery(as_of=DAY)
        found = {name: alerts_of_client(reader, query, name) for name in ("A", "B", "C", "D")}
        with pytest.raises(UnknownOrganization):
            alerts_of_client(reader, query, "E")
    assert found == {**everyone, "D": ()}


def test_changes_of_a_score_over_seven_thirty_and_ninety_days(acme: Tiny) -> None:
    points(acme, {90: 90, 30: 70, 0: 75})
    with acme.database.read() as reader:
        found = score_changes(reader, ScoreChangesQuery(organization_id="A", as_of=DAY))
    assert found == {7: None, 30: 5, 90: -15}


def test_a_threshold_below_zero_is_refused() -> None:
    with pytest.raises(ArgumentError, match="alert_users_percent"):
        AlertQuery(as_of=DAY, thresholds=Thresholds(users_percent=-1))
