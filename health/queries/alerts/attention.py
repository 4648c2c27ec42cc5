"""Whom to call first on a day, and which alerts each client has.

The answer is for any day on file; what is on file of a client itself (licences, renewal, alert
level, last use of a feature) is as it is now.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

import polars as pl

from health.queries.alerts.facts import FALL_DAYS, facts
from health.queries.alerts.rules import SILENT_DAYS, SLIDE_DAYS, WINDOW, Alert, AlertRule, computed
from health.queries.alerts.seasonal import marked
from health.queries.arguments import check_day, check_range, find_organization
from health.queries.season import season
from health.queries.urgency import MOST_URGENT_FIRST, PARTS, WORTH, urgency_of
from health.scoring.active_model import latest_day
from health.settings import Thresholds
from health.vocabulary import AlertLevel, CallOutcome, FeatureName, RiskLevel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from typing import Any

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
    silent_by_owner: how many clients at high risk each owner has whose alerts are turned off, so
    that they are not among them; None without an owner.
    """

    frame: pl.DataFrame
    silent_by_owner: Mapping[str | None, int]

    @property
    def silent(self) -> int:
        """Clients at high risk whose alerts are turned off."""
        return sum(self.silent_by_owner.values())

    def of_owner(self, csm: str | None) -> Attention:
        """Return what is about the clients of one owner; None for all.

        Urgency ranks all clients, so that the answer for all is computed either way.
        """
        if csm is None:
            return self
        silent: dict[str | None, int] = {csm: self.silent_by_owner.get(csm, 0)}
        return Attention(frame=self.frame.filter(csm=csm), silent_by_owner=silent)

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
    as_of, from_day = query.as_of, query.from_day or query.as_of
    measured = facts(reader, as_of, from_day, query.thresholds)
    stopped = measured.with_columns(
        worth=WORTH, is_stopped=pl.col("days_without_usage") >= SILENT_DAYS
    )
    urgency = urgency_of(reader, as_of, from_day, stopped)
    alerts = _raised(measured.filter(_IS_TOLD))
    of_client = alerts.group_by("organization").agg(
        alerts=pl.struct(pl.exclude("organization")), asks=pl.col("rule").is_in(_ASKING).any()
    )
    found = (
        measured.lazy()
        .join(of_client.lazy(), on="organization")
        .join(urgency.lazy(), on="organization")
        .join(_held(reader, query.as_of, alerts).lazy(), on="organization", how="left")
        .with_columns(pl.col("is_held").fill_null(value=False), days_back=_DAYS_BACK)
        .with_columns(score_before=_SCORE_BEFORE)
        .with_columns(
            since=pl.when(pl.col("score_before").is_not_null()).then(
                pl.lit(query.as_of) - pl.duration(days="days_back")
            ),
            change=pl.col("points") - pl.col("score_before"),
            **{f"change_{days}": pl.col("points") - pl.col(f"score_{days}") for days in FALL_DAYS},
        )
        .sort(*MOST_URGENT_FIRST, "organization_id")
        .select(_COLUMNS)
        .collect(engine="in-memory")
    )
    silent = measured.filter(~_IS_TOLD, risk_level=RiskLevel.HIGH)["csm"].value_counts()
    found = marked(found, season(reader, query.as_of), query.thresholds)
    whole = Attention(frame=found, silent_by_owner=dict(silent.iter_rows()))
    return whole.of_owner(query.csm)


def alerts_of_client(reader: Reader, query: AlertQuery, organization_id: str) -> tuple[Alert, ...]:
    """Return the alerts of one client that day, the gravest first, also while it is held.

    Empty where its alert level is none. Raises :class:`UnknownOrganization`.
    """
    number = find_organization(reader, organization_id)
    measured = facts(reader, query.as_of, query.from_day or query.as_of, query.thresholds, number)
    return tuple(map(alert_of, _raised(measured.filter(_IS_TOLD)).iter_rows(named=True)))


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


_COLUMNS: Final = (
    *("organization_id", "organization_name", "overall_score", "risk_level", "trend", "since"),
    *("score_before", "change", *(f"change_{days}" for days in FALL_DAYS), "days_until_renewal"),
    *("csm", "annual_value", "alert_level", "alerts", "asks", "is_held", "urgency", *PARTS),
)

_IS_TOLD: Final = pl.col("alert_level") != AlertLevel.NONE

_ASKING: Final = [rule.value for rule in AlertRule if rule.asks_for_call]


def _raised(measured: pl.DataFrame) -> pl.DataFrame:
    """One row for each alert, those of a client the gravest first.

    Columns: organization, and what :func:`alert_of` takes.
    """
    return pl.concat(
        measured.lazy()
        .filter(computed(rule.condition.holds))
        .select(
            "organization",
            rule=pl.lit(rule.value),
            was=computed(rule.condition.was).cast(pl.Int64),
            now=computed(rule.condition.now).cast(pl.Int64),
            days=computed(rule.condition.days).cast(pl.Int32),
            feature=computed(rule.condition.feature).cast(pl.String),
        )
        for rule in AlertRule
    ).collect(engine="in-memory")


def _held(reader: Reader, as_of: date, alerts: pl.DataFrame) -> pl.DataFrame:
    """Whether clients are held: one row for each that something was decided of.

    A client is held while it is snoozed, or was called or not needed and no alert of another rule
    has come. What was decided lately says nothing about how a day long ago looked.
    """
    latest = latest_day(reader)
    is_latest = latest is None or as_of >= latest
    decided = reader.query(
        f"""SELECT organization, until_day, string_split(known, ',') AS known
        FROM {STANDING} WHERE {is_latest}""",
        {"as_of": as_of},
    )
    rules = alerts.group_by("organization").agg("rule")
    is_known = pl.col("rule").list.set_difference("known").list.len() == 0
    return (
        decided.join(rules, on="organization")
        .group_by("organization")
        .agg(
            is_held=pl.when(pl.col("until_day").is_null())
            .then(is_known)
            .otherwise(pl.col("until_day") > as_of)
            .any()
        )
    )


def _days_back() -> str:
    """SQL of how many days before the score is compared with: over which it fell most."""
    week, month, quarter = FALL_DAYS
    return f"""CASE
        WHEN fall_slide > greatest(fall_{week}, fall_{month}, fall_{quarter}) THEN slide_days
        WHEN fall_{week} > 0 AND fall_{week} >= greatest(fall_{month}, fall_{quarter}) THEN {week}
        WHEN fall_{quarter} > fall_{month} THEN {quarter}
        WHEN score_{month} IS NOT NULL THEN {month}
        WHEN score_{week} IS NOT NULL THEN {week}
    END"""


_DAYS_BACK: Final = computed(_days_back())
_SCORE_BEFORE: Final = computed(
    f"""CASE days_back {
        " ".join(f"WHEN {days} THEN score_{days}" for days in (*FALL_DAYS, SLIDE_DAYS[-1]))
    } END"""
)
