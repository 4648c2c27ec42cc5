"""Whom to call first on a day, and which alerts each client has.

The answer is for any day on file; what is on file of a client itself (licences, renewal, alert
level, last use of a feature) is as it is now.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final

import polars as pl

from health.queries.alerts.facts import DAYS_BACK, FALL_DAYS, facts
from health.queries.alerts.rules import SLIDE_DAYS, WINDOW, Alert, AlertRule
from health.queries.alerts.seasonal import marked
from health.queries.arguments import check_day, check_range, find_organization
from health.queries.score_models import score_models
from health.queries.season import season
from health.queries.urgency import PARTS, urgency_as_of
from health.scoring.active_model import latest_day
from health.scoring.history import clients_as_of, features_as_of
from health.settings import Thresholds
from health.vocabulary import AlertLevel, CallOutcome, FeatureName, RiskLevel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from typing import Any

    from health.queries.score_models import ScoreModels
    from health.storage.database import Reader


CALL_DAYS: Final = WINDOW
"""Days for which a call keeps a client off the calls; then all that alerts look at is newer."""

STANDING: Final = f"""(
    SELECT decisions.*, outcome
    FROM decisions LEFT JOIN (SELECT call_id, outcome, day FROM account_calls) AS made
        USING (call_id)
    WHERE revoked_at IS NULL
        AND coalesce(outcome <> '{CallOutcome.REACHED}' OR day > $as_of::DATE - {CALL_DAYS}, true)
)"""
"""SQL of the decisions that may hold on ``$as_of``, with the outcome of the call they came of."""


@dataclass(frozen=True, kw_only=True)
class AlertQuery:
    """The alerts of a day.

    csm: the owner's e-mail; None for all.
    from_day: the day that days to a renewal are counted from; None for ``as_of``.
    """

    as_of: date
    from_day: date | None = None
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
    first, those of the season last), asks (whether one of them asks for a call), is_held (snoozed
    or not needed), urgency and the parts it adds up from, those of :mod:`health.queries.urgency`.
    silent: clients at high risk whose alerts are turned off, so that they are not among them.
    """

    frame: pl.DataFrame
    silent: int

    @cached_property
    def calls(self) -> pl.DataFrame:
        """The rows of whom to call."""
        return self.frame.filter("asks", ~pl.col("is_held"))

    @cached_property
    def left_out(self) -> pl.DataFrame:
        """The rows that are not among the calls because they were snoozed, called or not needed."""
        return self.frame.filter("asks", "is_held")

    @cached_property
    def alerts(self) -> pl.DataFrame:
        """One row for each alert that is not held, by urgency of the client, the season last.

        Columns: organization_id, organization_name, alert_level, and what :func:`alert_of` takes.
        """
        alerts = (
            self.frame.filter(~pl.col("is_held"))
            .select("organization_id", "organization_name", "alert_level", "alerts")
            .explode("alerts")
            .unnest("alerts")
        )
        if "is_seasonal" in alerts.columns:
            return alerts.sort("is_seasonal", maintain_order=True)
        return alerts

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
    """Return who has alerts that day, the most urgent first.

    A client whose alert level is none is never among them.
    """
    parameters = _parameters(reader, query)
    is_past = not parameters["is_latest"]
    clients = clients_as_of(reader, query.as_of)
    features = features_as_of(reader, query.as_of)
    found = reader.query(
        f"""{_attention(score_models(reader, query.as_of), clients, features, is_past=is_past)}
        SELECT organization_id, name AS organization_name, overall_score, risk_level, trend, since,
            score_before, change, change_7, change_30, change_90, days_until_renewal, csm,
            annual_value, alert_level, alerts, asks, is_held, urgency, {", ".join(PARTS)}
        FROM attention
        JOIN {urgency_as_of(reader, query.as_of, query.from_day)} USING (organization)
        ORDER BY urgency DESC, alert_level = '{AlertLevel.PROACTIVE}' DESC,
            overall_score NULLS FIRST, organization_id""",
        parameters,
    )
    silent = reader.value(
        f"""SELECT count(*) FROM scores JOIN {clients} USING (organization)
        WHERE score_date = $as_of AND risk_level = '{RiskLevel.HIGH}' AND is_active
            AND alert_level = '{AlertLevel.NONE}' AND ($csm IS NULL OR csm = $csm)""",
        {"as_of": query.as_of, "csm": query.csm},
    )
    found = marked(found, season(reader, query.as_of), query.thresholds)
    return Attention(frame=found, silent=silent)


def alerts_of_client(reader: Reader, query: AlertQuery, organization_id: str) -> tuple[Alert, ...]:
    """Return the alerts of one client that day, the gravest first, also while it is held.

    Empty where its alert level is none. Raises :class:`UnknownOrganization`.
    """
    number = find_organization(reader, organization_id)
    parameters = _parameters(reader, query)
    is_past = not parameters.pop("is_latest")
    clients = clients_as_of(reader, query.as_of)
    features = features_as_of(reader, query.as_of)
    models, only = score_models(reader, query.as_of), "organization = $organization"
    found = reader.query(
        f"""{facts(models, clients, features, only, is_past=is_past)}
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
    return tuple(sorted(alerts, key=lambda alert: _RULES.index(alert.rule)))


def alert_of(row: Mapping[str, Any]) -> Alert:
    """An alert of :class:`Attention` as a value."""
    feature = row["feature"]
    return Alert(
        rule=AlertRule[row["rule"]],
        was=row["was"],
        now=row["now"],
        days=row["days"],
        feature=None if feature is None else FeatureName[feature],
        is_seasonal=row.get("is_seasonal", False),
    )


def _parameters(reader: Reader, query: AlertQuery) -> dict[str, object]:
    latest = latest_day(reader)
    return {
        "as_of": query.as_of,
        "from_day": query.from_day or query.as_of,
        "csm": query.csm,
        # What was decided lately says nothing about how a day long ago looked.
        "is_latest": latest is None or query.as_of >= latest,
        **{f"day_{days}": query.as_of - timedelta(days=days) for days in DAYS_BACK},
        **vars(query.thresholds),
    }


# The conditions of all rules side by side, the gravest first: a struct for each rule would take
# DuckDB longer to plan than to fill.
_RULES: Final = list(AlertRule)
_NAMES: Final = str([rule.value for rule in _RULES])
_HOLDS: Final = f"[{', '.join(rule.condition.holds for rule in _RULES)}]"
_WAS: Final = f"[{', '.join(rule.condition.was for rule in _RULES)}]"
_NOW: Final = f"[{', '.join(rule.condition.now for rule in _RULES)}]"


def _alert(rule: str, was: str, now: str) -> str:
    """SQL of what :func:`alert_of` takes."""
    return f"""{{rule: {rule}, was: {was}, now: {now},
        days: {_only_of(rule, "days")}, feature: {_only_of(rule, "feature")}}}"""


def _only_of(rule: str, value: str) -> str:
    """SQL of a value that only some rules have."""
    whens = [
        f"WHEN '{one}' THEN {sql}"
        for one in _RULES
        if (sql := getattr(one.condition, value)) != "NULL"
    ]
    return f"CASE {rule} {' '.join(whens)} END"


_ASKING: Final = ", ".join(f"'{rule}'" for rule in AlertRule if rule.asks_for_call)


def _attention(models: ScoreModels, clients: str, features: str, *, is_past: bool) -> str:
    """The beginning of a statement: ``attention``, a row per client with alerts.

    A client is held while it is snoozed, or was called or not needed and no alert of another rule
    has come.
    """
    week, month, quarter = FALL_DAYS
    changes = ", ".join(
        f"measured.overall_score::INTEGER - measured.score_{days} AS change_{days}"
        for days in FALL_DAYS
    )
    before = " ".join(f"WHEN {days} THEN score_{days}" for days in (*FALL_DAYS, SLIDE_DAYS[-1]))
    # Lists gathered out of rows, one a rule, would take as long as all the rest.
    return f"""{facts(models, clients, features, is_past=is_past)},
    raised AS (
        SELECT *, [{_alert("one[1]", "one[3]", "one[4]")} FOR one IN held] AS alerts,
            [one[1] FOR one IN held] AS rules
        FROM (
            SELECT *, [one FOR one IN list_zip({_NAMES}, {_HOLDS}, {_WAS}, {_NOW}) IF one[2]]
                AS held
            FROM facts
        ) WHERE len(held) > 0
    ),
    decided AS (
        SELECT organization, bool_or($as_of < until_day) AS is_put_off,
            list(string_split(known, ',')) FILTER (until_day IS NULL) AS dismissals
        FROM {STANDING} WHERE $is_latest
        GROUP BY organization
    ),
    measured AS (
        SELECT raised.*, CASE
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
        LEFT JOIN decided USING (organization)
    ),
    attention AS (
        SELECT measured.*, list_has_any(rules, [{_ASKING}]) AS asks,
            CASE WHEN score_before IS NOT NULL THEN $as_of::DATE - days_back END AS since,
            overall_score::INTEGER - score_before AS change, {changes}
        FROM (
            SELECT *, CASE days_back {before} END AS score_before FROM measured
        ) AS measured
    )"""
