"""Alerts and calls of a day: which rules hold for which client, and whom to call first.

One statement looks at everything: usage of the 120 days to the day, seven days of scores, the
renewal and the features. It answers for any day on file; what is on file of a client itself
(licences, renewal, alert level, last use of a feature) is as it is now.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import polars as pl

from health.queries.alert_rules import SLIDE_DAYS, USUAL, WINDOW, Alert, AlertRule
from health.queries.arguments import check_day, check_range, find_organization
from health.scoring.components import Component
from health.scoring.state import active_model, latest_day
from health.settings import Thresholds
from health.vocabulary import AlertLevel, FeatureName, HealthTrend, RiskLevel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from typing import Any

    from health.scoring.model import ScoringModel
    from health.storage.database import Reader

FALL_DAYS: Final = (7, 30, 90)
"""The spans over which a fall is looked for; of equal falls the shorter one counts."""

MOST_FALL: Final = 25
"""Points of a fall beyond which it is no more urgent."""

RENEWAL_WITHIN: Final = 90
"""Days to the renewal from which on it makes a call more urgent."""

PRIORITY: Final = (
    f"**Priority**, 0 to 100, adds up four things. The fall: 2 for each point lost over "
    f"{FALL_DAYS[0]}, {FALL_DAYS[1]} or {FALL_DAYS[2]} days or in a slow slide, whichever lost "
    f"most, 50 at most. The renewal: 25 on its day, falling to 0 at {RENEWAL_WITHIN} days before "
    "it. What the client is worth: 15 for the largest contract value, 0 for the smallest, 7 where "
    "it is not known. And 10 at high risk, or where usage stopped. Equal priorities: clients with "
    "proactive alerts first, then the lower score."
)
"""The formula of :func:`attention` in words; :data:`_PRIORITY` is the formula."""


@dataclass(frozen=True, kw_only=True)
class AlertQuery:
    """The alerts of a day.

    csm: the owner's e-mail; None for all.
    """

    as_of: date
    csm: str | None = None
    thresholds: Thresholds = field(default_factory=Thresholds)

    def __post_init__(self) -> None:
        """Raise :class:`ArgumentError` for what is no day or a threshold below zero."""
        check_day("as_of", self.as_of)
        for name, value in vars(self.thresholds).items():
            check_range(f"alert_{name}", value, 0, 1_000_000)


@dataclass(frozen=True, kw_only=True)
class Attention:
    """The clients with alerts on a day.

    frame: one row each, the most urgent first: organization_id, organization_name, overall_score,
    risk_level, trend (null without a score), since, score_before, change (null without an earlier
    score), change_7, change_30, change_90 (points gained in so many days), days_until_renewal,
    csm, annual_value, alert_level, alerts (a list of what :func:`alert_of` takes, the gravest
    first), asks (whether one of them asks for a call), is_held (put off or dismissed), priority
    and the parts it adds up from: priority_fall, priority_renewal, priority_worth, priority_risk.
    silent: clients at high risk whose alerts are turned off, so that they are not among them.
    """

    frame: pl.DataFrame
    silent: int

    @cached_property
    def calls(self) -> pl.DataFrame:
        """The rows of whom to call."""
        return self.frame.filter("asks", ~pl.col("is_held"))

    @cached_property
    def alerts(self) -> pl.DataFrame:
        """One row for each alert that is not held, by urgency of the client.

        Columns: organization_id, organization_name, alert_level, and what :func:`alert_of` takes.
        """
        return (
            self.frame.filter(~pl.col("is_held"))
            .select("organization_id", "organization_name", "alert_level", "alerts")
            .explode("alerts")
            .unnest("alerts")
        )

    @cached_property
    def rules(self) -> pl.DataFrame:
        """One row for each alert, held or not: organization_id, rule."""
        every = self.frame.select("organization_id", "alerts").explode("alerts").unnest("alerts")
        return every.select("organization_id", "rule")


@dataclass(frozen=True, kw_only=True)
class ScoreChangesQuery:
    """The scores of a day against those of 7, 30 and 90 days before."""

    organization_id: str
    as_of: date

    def __post_init__(self) -> None:
        """Raise :class:`ArgumentError` for what is no day."""
        check_day("as_of", self.as_of)


def score_changes(reader: Reader, query: ScoreChangesQuery) -> Mapping[int, int | None]:
    """Return the change of a client's score over 7, 30 and 90 days; None without both scores."""
    rows = reader.query(
        f"""SELECT {", ".join(_change(days) for days in FALL_DAYS)}
        FROM (
            SELECT overall_score::INTEGER AS points, ($as_of::DATE - score_date)::INTEGER AS ago
            FROM scores JOIN clients USING (organization)
            WHERE organization_id = $organization_id
                AND score_date BETWEEN $as_of::DATE - {max(FALL_DAYS)} AND $as_of
        )""",
        {"organization_id": query.organization_id, "as_of": query.as_of},
    ).row(0)
    return dict(zip(FALL_DAYS, rows, strict=True))


def _change(days: int) -> str:
    return f"max(points) FILTER (ago = 0) - max(points) FILTER (ago = {days}) AS change_{days}"


def attention(reader: Reader, query: AlertQuery) -> Attention:
    """Return who has alerts that day, in the order of :data:`PRIORITY`.

    A client whose alert level is none is never among them.
    """
    parameters = _parameters(reader, query)
    is_past = not parameters["is_latest"]
    found = reader.query(
        f"""{_attention(active_model(reader), is_past=is_past)}
        SELECT organization_id, name AS organization_name, overall_score, risk_level, trend, since,
            score_before, change, change_7, change_30, change_90, days_until_renewal, csm,
            annual_value, alert_level, alerts, asks, is_held, priority, priority_fall,
            priority_renewal, priority_worth, priority_risk
        FROM attention
        ORDER BY priority DESC, alert_level = '{AlertLevel.PROACTIVE}' DESC,
            overall_score NULLS FIRST, organization_id""",
        parameters,
    )
    silent = reader.value(
        f"""SELECT count(*) FROM scores JOIN clients USING (organization)
        WHERE score_date = $as_of AND risk_level = '{RiskLevel.HIGH}' AND is_active
            AND alert_level = '{AlertLevel.NONE}' AND ($csm IS NULL OR csm = $csm)""",
        {"as_of": query.as_of, "csm": query.csm},
    )
    return Attention(frame=found, silent=silent)


def alerts_of_client(reader: Reader, query: AlertQuery, organization_id: str) -> tuple[Alert, ...]:
    """Return the alerts of one client that day, the gravest first, also while it is held.

    Empty where its alert level is none. Raises :class:`UnknownOrganization`.
    """
    number = find_organization(reader, organization_id)
    parameters = _parameters(reader, query)
    is_past = not parameters.pop("is_latest")
    model, only = active_model(reader), "organization = $organization"
    found = reader.query(
        f"""{_beginning(model, only, is_past=is_past)}
        SELECT alert.* FROM (
            SELECT holds, {_alert("rule", "was", "now")} AS alert
            FROM (
                SELECT *, unnest({_NAMES}) AS rule, unnest({_HOLDS}) AS holds,
                    unnest({_WAS}) AS was, unnest({_NOW}) AS now
                FROM facts
            )
        ) WHERE holds""",
        parameters | {"organization": number},
    )
    alerts = map(alert_of, found.iter_rows(named=True))
    return tuple(sorted(alerts, key=lambda alert: _GRAVEST.index(alert.rule)))


def alert_of(row: Mapping[str, Any]) -> Alert:
    """An alert of :class:`Attention` as a value."""
    feature = row["feature"]
    return Alert(
        rule=AlertRule[row["rule"]],
        was=row["was"],
        now=row["now"],
        days=row["days"],
        feature=None if feature is None else FeatureName[feature],
    )


_BACK: Final = sorted({*FALL_DAYS, *SLIDE_DAYS, 60, 180})
"""How many days before a day earlier scores are looked at."""


def _parameters(reader: Reader, query: AlertQuery) -> dict[str, object]:
    latest = latest_day(reader)
    return {
        "as_of": query.as_of,
        "csm": query.csm,
        # What was decided lately says nothing about how a day long ago looked.
        "is_latest": latest is None or query.as_of >= latest,
        **{f"day_{days}": query.as_of - timedelta(days=days) for days in _BACK},
        **vars(query.thresholds),
    }


_USAGE: Final = f"""
    SELECT organization, max(date) AS last_usage,
        arg_max(monthly_active_users, date) FILTER (recent) AS monthly_now,
        arg_max(monthly_active_users, date) FILTER (earlier) AS monthly_was,
        {{daily_now}} AS daily_now, {{daily_was}} AS daily_was,
        sum(support_tickets) FILTER (recent)::BIGINT AS tickets,
        count(support_tickets) FILTER (recent) AS ticket_days,
        sum(support_tickets) FILTER (NOT recent)::BIGINT AS usual_tickets,
        count(support_tickets) FILTER (NOT recent) AS usual_days
    FROM (
        SELECT *, date > $as_of::DATE - {WINDOW} AS recent,
            date BETWEEN $as_of::DATE - {2 * WINDOW - 1} AND $as_of::DATE - {WINDOW} AS earlier
        FROM usage_daily
        WHERE date BETWEEN $as_of::DATE - {WINDOW + USUAL - 1} AND $as_of AND {{only}}
    )
    GROUP BY organization"""


_RESUMED: Final = """
    SELECT organization, max(date) AS last_usage
    FROM usage_daily SEMI JOIN (
        SELECT organization FROM usage_span ANTI JOIN usage USING (organization)
        WHERE first_date <= $as_of AND last_date > $as_of
    ) AS span USING (organization)
    WHERE date <= $as_of AND {only}
    GROUP BY organization"""
"""SQL of the last usage of a feed that stood still on a day and went on later."""

_NOBODY: Final = "SELECT NULL::INTEGER AS organization, NULL::DATE AS last_usage WHERE false"
"""SQL of the same on the latest day."""


def _mean(window: str) -> str:
    """SQL of the mean of the daily active users in a window, half up."""
    total = f"sum(daily_active_users) FILTER ({window})::BIGINT"
    days = f"count(daily_active_users) FILTER ({window})"
    return f"(2 * {total} + {days}) // nullif(2 * {days}, 0)"


def _fall(days: int, model: ScoringModel) -> str:
    """SQL of the points lost since a score so many days before, 0 where none were.

    The points that logins lost are not counted where there are too few users: one of two who
    takes a day off is not a crash.
    """
    logins = f"greatest(0, logins_{days} - login_score) * {model.weight(Component.LOGIN)}"
    return f"""coalesce(greatest(0,
        score_{days} - points - coalesce({logins} // weight_of_few, 0)), 0) AS fall_{days}"""


def _steps(name: str, *scores: str) -> str:
    """SQL of the smallest and the greatest fall between scores, the oldest first."""
    falls = ", ".join(f"{before} - {after}" for before, after in pairwise(scores))
    return f"least({falls}) AS {name}_least, greatest({falls}) AS {name}_most"


def _slid(name: str, days: int) -> str:
    """SQL of whether scores fell at every step since then, and no step was most of the way."""
    return (
        f"fall_{days} >= greatest(1, $slide_points) AND {name}_least > 0 "
        f"AND 3 * {name}_most <= 2 * (score_{days} - points)"
    )


def _slide(model: ScoringModel) -> str:
    """SQL of how many days a slow slide has lasted; null where there is none.

    It is one as long as the score is not called declining: neither today nor, for the months of a
    slide, on the days that they end.
    """
    short, long = SLIDE_DAYS
    return f"""CASE
        WHEN trend = '{HealthTrend.DECLINING}' THEN NULL
        WHEN {_slid("months", short)} AND months_most < {-model.declining_to} THEN {short}
        WHEN {_slid("quarters", long)} THEN {long}
    END AS slide_days"""


def _facts(model: ScoringModel, only: str, *, is_past: bool) -> str:
    """SQL of one row per client that may raise alerts, with all that the rules look at.

    Step by step, as the engine plans what is said twice twice: that took longer than the answer.
    """
    short, long = SLIDE_DAYS
    fallen = (*FALL_DAYS, long)
    earlier = ", ".join(
        f"max({column}) FILTER (score_date = $day_{days})::INTEGER AS {name}_{days}"
        for name, column, of in (
            ("score", "overall_score", _BACK),
            ("logins", "login_score", fallen),
        )
        for days in of
    )
    known = " + ".join(
        f"CASE WHEN now.{c.column} IS NULL THEN 0 ELSE {model.weight(c)} END" for c in Component
    )
    return f"""
    SELECT *, CASE slide_days WHEN {short} THEN score_{short} WHEN {long} THEN score_{long} END
            AS slide_from,
        CASE slide_days WHEN {short} THEN fall_{short} WHEN {long} THEN fall_{long} ELSE 0 END
            AS fall_slide
    FROM (SELECT *, {_slide(model)}
    FROM (SELECT *, {", ".join(_fall(days, model) for days in fallen)},
        {_steps("months", f"score_{short}", "score_60", "score_30", "points")},
        {_steps("quarters", f"score_{long}", "score_180", f"score_{short}", "points")}
    FROM (
    SELECT clients.*, (renewal_date - $as_of::DATE)::INTEGER AS days_until_renewal,
        ($as_of::DATE - CASE
            WHEN usage.last_usage IS NOT NULL THEN usage.last_usage
            WHEN last_date <= $as_of THEN last_date
            ELSE resumed.last_usage
        END)::INTEGER AS days_without_usage,
        CASE WHEN monthly_now IS NULL OR monthly_was IS NULL THEN daily_now ELSE monthly_now END
            AS users,
        CASE WHEN monthly_now IS NULL OR monthly_was IS NULL THEN daily_was ELSE monthly_was END
            AS users_was,
        coalesce(monthly_now, daily_now) AS active_users,
        tickets, ticket_days, usual_tickets, usual_days,
        now.overall_score, now.overall_score::INTEGER AS points, now.login_score, now.risk_level,
        now.trend, now.previous_score, earlier.* EXCLUDE (organization),
        CASE WHEN total_users < $least_users THEN nullif({known}, 0) END AS weight_of_few,
        left_features.features AS features_left, left_features.feature AS feature_left,
        left_features.last_used_at AS feature_last_used
    FROM clients
    LEFT JOIN usage_span USING (organization)
    LEFT JOIN usage USING (organization)
    LEFT JOIN ({_RESUMED.format(only=only) if is_past else _NOBODY}) AS resumed
        USING (organization)
    LEFT JOIN (SELECT * FROM scores WHERE score_date = $as_of AND {only}) AS now
        USING (organization)
    LEFT JOIN (
        SELECT organization, {earlier} FROM scores
        WHERE score_date IN ({", ".join(f"$day_{days}" for days in _BACK)}) AND {only}
        GROUP BY organization
    ) AS earlier USING (organization)
    LEFT JOIN (
        SELECT organization, count(*) AS features, max(last_used_at) AS last_used_at,
            arg_max(feature_name, (last_used_at, feature_name)) AS feature
        FROM adoption
        WHERE is_enabled AND last_used_at <= $as_of::DATE - $feature_days::INTEGER AND {only}
        GROUP BY organization
    ) AS left_features USING (organization)
    WHERE is_active AND alert_level <> '{AlertLevel.NONE}' AND ($csm IS NULL OR csm = $csm)
        AND {only}
    )))"""


_USERS_LOST: Final = "100 * (users_was - users) >= ${percent} * users_was AND users < users_was"

_RULES: Final[Mapping[AlertRule, tuple[str, str, str]]] = {
    AlertRule.HIGH_RISK: (f"risk_level = '{RiskLevel.HIGH}'", "NULL", "overall_score"),
    AlertRule.SCORE_FELL: ("fall_7 >= greatest(1, $score_points)", "score_7", "overall_score"),
    AlertRule.DECLINING: (
        f"trend = '{HealthTrend.DECLINING}'",
        "previous_score",
        "overall_score",
    ),
    AlertRule.SLOW_SLIDE: (
        "slide_days IS NOT NULL",
        "slide_from",
        "overall_score",
    ),
    AlertRule.USERS_FELL: (
        f"users_was >= $least_users AND {_USERS_LOST.format(percent='users_percent')}",
        "users_was",
        "users",
    ),
    # As many days before as now at least: of a feed that has just begun nobody knows the usual.
    AlertRule.TICKETS_ROSE: (
        "tickets >= greatest(1, $least_tickets) AND usual_days >= ticket_days "
        "AND tickets * usual_days >= $tickets_times * usual_tickets * ticket_days",
        f"(2 * {WINDOW} * usual_tickets + usual_days) // nullif(2 * usual_days, 0)",
        "tickets",
    ),
    AlertRule.QUIET: (
        f"users_was >= $least_users AND {_USERS_LOST.format(percent='quiet_percent')} "
        "AND tickets <= $quiet_tickets",
        "users_was",
        "users",
    ),
    AlertRule.FEED_STOPPED: (
        "days_without_usage >= greatest(1, $feed_days)",
        "NULL",
        "days_without_usage",
    ),
    AlertRule.RENEWAL_DUE: (
        "days_until_renewal BETWEEN 0 AND $renewal_due_days",
        "NULL",
        "days_until_renewal",
    ),
    AlertRule.RENEWAL_NEAR: (
        "days_until_renewal BETWEEN greatest(0, $renewal_due_days + 1) AND $renewal_near_days",
        "NULL",
        "days_until_renewal",
    ),
    AlertRule.RENEWAL_AHEAD: (
        "days_until_renewal BETWEEN greatest(0, $renewal_near_days + 1, $renewal_due_days + 1) "
        "AND $renewal_days",
        "NULL",
        "days_until_renewal",
    ),
    AlertRule.LICENCES_UNUSED: (
        "total_users >= greatest(1, $least_users) "
        "AND 100 * active_users < $licences_percent * total_users",
        "total_users",
        "active_users",
    ),
    AlertRule.FEATURE_UNUSED: (
        "features_left > 0",
        "features_left",
        "($as_of::DATE - feature_last_used)::INTEGER",
    ),
}
"""When a rule holds for a row of facts, and the two values that say it."""


def _beginning(model: ScoringModel, only: str = "true", *, is_past: bool) -> str:
    """The beginning of a statement: ``facts``.

    only: a condition on ``organization``. is_past: whether there is usage of later days.
    """
    usage = _USAGE.format(daily_now=_mean("recent"), daily_was=_mean("earlier"), only=only)
    return f"""
    WITH usage AS MATERIALIZED ({usage}),
    facts AS MATERIALIZED ({_facts(model, only, is_past=is_past)})"""


# The rules of a row of facts side by side, the gravest first: their names, whether they hold, and
# what says it. A struct for each would take the engine longer to plan than to fill.
_GRAVEST: Final = list(_RULES)
_NAMES: Final = str([rule.value for rule in _RULES])
_HOLDS, _WAS, _NOW = (f"[{', '.join(parts)}]" for parts in zip(*_RULES.values(), strict=True))


def _alert(rule: str, was: str, now: str) -> str:
    """SQL of what :func:`alert_of` takes."""
    return f"""{{rule: {rule}, was: {was}, now: {now},
        days: CASE WHEN {rule} = '{AlertRule.SLOW_SLIDE}' THEN slide_days END,
        feature: CASE WHEN {rule} = '{AlertRule.FEATURE_UNUSED}' THEN feature_left END}}"""


_PRIORITY: Final = f"""
    2 * least({MOST_FALL}, greatest(fall_7, fall_30, fall_90, fall_slide)) AS priority_fall,
    CASE WHEN days_until_renewal BETWEEN 0 AND {RENEWAL_WITHIN}
        THEN 25 * ({RENEWAL_WITHIN} - days_until_renewal) // {RENEWAL_WITHIN} ELSE 0 END
        AS priority_renewal,
    coalesce(worth, 7) AS priority_worth,
    CASE WHEN list_contains(rules, '{AlertRule.HIGH_RISK}')
        OR list_contains(rules, '{AlertRule.FEED_STOPPED}') THEN 10 ELSE 0 END AS priority_risk"""

_ASKING: Final = ", ".join(f"'{rule}'" for rule in AlertRule if rule.asks_for_call)


def _attention(model: ScoringModel, *, is_past: bool) -> str:
    """The beginning of a statement: ``attention``, a row per client with alerts.

    A client is held while it is put off, or dismissed and no alert of another rule has come.
    """
    week, month, quarter = FALL_DAYS
    changes = ", ".join(
        f"measured.overall_score::INTEGER - measured.score_{days} AS change_{days}"
        for days in FALL_DAYS
    )
    before = " ".join(f"WHEN {days} THEN score_{days}" for days in (*FALL_DAYS, SLIDE_DAYS[-1]))
    # Lists gathered out of rows, one a rule, would take as long as all the rest.
    return f"""{_beginning(model, is_past=is_past)},
    raised AS (
        SELECT *, [{_alert("one[1]", "one[3]", "one[4]")} FOR one IN held] AS alerts,
            [one[1] FOR one IN held] AS rules
        FROM (
            SELECT *, [one FOR one IN list_zip({_NAMES}, {_HOLDS}, {_WAS}, {_NOW}) IF one[2]]
                AS held
            FROM facts
        ) WHERE len(held) > 0
    ),
    worth AS (
        SELECT organization, (rank() OVER (ORDER BY annual_value) - 1) * 15
            // nullif(count(*) OVER () - 1, 0) AS worth
        FROM clients WHERE is_active AND annual_value IS NOT NULL
    ),
    decided AS (
        SELECT organization, bool_or($as_of < until_day) AS is_put_off,
            list(string_split(known, ',')) FILTER (until_day IS NULL) AS dismissals
        FROM decisions WHERE revoked_at IS NULL AND $is_latest
        GROUP BY organization
    ),
    measured AS (
        SELECT raised.*, worth.worth, CASE
            WHEN fall_slide > greatest(fall_{week}, fall_{month}, fall_{quarter}) THEN slide_days
            WHEN fall_{week} > 0 AND fall_{week} >= greatest(fall_{month}, fall_{quarter})
                THEN {week}
            WHEN fall_{quarter} > fall_{month} THEN {quarter}
            WHEN score_{month} IS NOT NULL THEN {month}
            WHEN score_{week} IS NOT NULL THEN {week}
        END AS days_back,
        coalesce(is_put_off, false) OR coalesce(list_bool_or(list_transform(
            dismissals, lambda known: list_has_all(known, rules))), false) AS is_held
        FROM raised
        LEFT JOIN worth USING (organization)
        LEFT JOIN decided USING (organization)
    ),
    attention AS (
        SELECT *, priority_fall + priority_renewal + priority_worth + priority_risk AS priority
        FROM (
            SELECT measured.*, list_has_any(rules, [{_ASKING}]) AS asks,
                CASE WHEN score_before IS NOT NULL THEN $as_of::DATE - days_back END AS since,
                overall_score::INTEGER - score_before AS change, {changes},
                {_PRIORITY}
            FROM (
                SELECT *, CASE days_back {before} END AS score_before FROM measured
            ) AS measured
        )
    )"""
