"""How urgent each client is on a day: one number, the same wherever clients are ordered by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from health.queries.alerts.facts import FALL_DAYS, fall
from health.queries.alerts.rules import SILENT_DAYS
from health.queries.arguments import check_day, find_organization
from health.queries.pulses import pulses_as_of
from health.queries.score_models import score_models
from health.scoring.active_model import latest_day
from health.scoring.components import Component
from health.scoring.history import clients_as_of
from health.settings import Thresholds
from health.vocabulary import ALWAYS, PulseLevel, RiskLevel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from health.storage.database import Reader

MOST_FALL: Final = 20
"""Points of a fall beyond which it is no more urgent."""

RENEWAL_WITHIN: Final = 90
"""Days to the renewal from which on it makes a client more urgent."""

PARTS: Final = {
    "urgency_risk": "risk",
    "urgency_fall": "fall",
    "urgency_renewal": "renewal",
    "urgency_pulse": "pulse",
    "urgency_value": "value",
}
"""The columns that add up to the urgency, and their words."""

FORMULA: Final = (
    "**Urgency**, 0 to 100, adds up the following. Risk: 10 at high risk or where usage stopped, "
    f"4 at medium risk. Fall: 1 for each point lost over {FALL_DAYS[0]}, {FALL_DAYS[1]} or "
    f"{FALL_DAYS[2]} days, whichever lost most, {MOST_FALL} at most. Renewal: 10 on its day, "
    f"falling to 0 at {RENEWAL_WITHIN} days before it. Pulse: 10 at risk, 5 concerned. And value: "
    "as much again for the client with the largest contract value, nothing for the smallest, half "
    "where it is not known. Equal urgency: clients with proactive alerts first, then the lower "
    "score."
)
"""The formula in words; :func:`urgency_as_of` is the formula."""


@dataclass(frozen=True, kw_only=True)
class UrgencyQuery:
    """One client as of a day. Raises :class:`ArgumentError` for what is no day.

    from_day: the day that days to a renewal, and of a pulse, are counted from; None for ``as_of``.
    """

    organization_id: str
    as_of: date
    from_day: date | None = None

    def __post_init__(self) -> None:
        check_day("as_of", self.as_of)


def urgency(reader: Reader, query: UrgencyQuery) -> Mapping[str, int]:
    """Return ``urgency`` and the :data:`PARTS` it adds up from; empty for no client any more.

    Raises :class:`UnknownOrganization`.
    """
    number = find_organization(reader, query.organization_id)
    return reader.record(
        f"""SELECT urgency, {", ".join(PARTS)}
        FROM {urgency_as_of(reader, query.as_of, query.from_day)} WHERE organization = $number""",
        {"number": number},
    )


def said(row: Mapping[str, Any]) -> str:
    """Return the number and its parts: ``Urgency 43 of 100: 10 risk + 12 fall + 21 value``."""
    parts = [f"{row[column]} {word}" for column, word in PARTS.items() if row[column]]
    return f"Urgency {row['urgency']} of 100{': ' if parts else ''}{' + '.join(parts)}"


def urgency_as_of(reader: Reader, as_of: date | None, from_day: date | None = None) -> str:
    """SQL of the urgency of all clients on a day, named ``urgency``: one row for each.

    as_of: None where no usage is on file, and so nobody is scored.
    from_day: the day that days to a renewal, and of a pulse, are counted from; None for ``as_of``.

    Columns: organization, urgency (0 to 100) and the :data:`PARTS` it adds up from, integers.
    """
    as_of = as_of or ALWAYS
    models, day, from_day = score_models(reader, as_of), f"DATE '{as_of}'", from_day or as_of
    latest = latest_day(reader)
    is_latest = latest is None or as_of >= latest
    of_users = [part.column for part in Component if part.rules.is_of_users]
    # A join for each day: gathered out of rows of all days, it takes DuckDB six times as long.
    earlier = "".join(
        f"""
        LEFT JOIN (
            SELECT organization, overall_score::INTEGER AS score_{days}{
            "".join(f", {column}::INTEGER AS {column}_{days}" for column in of_users)
        }
            FROM scores WHERE score_date = {day} - {days}
        ) AS ago_{days} USING (organization)"""
        for days in FALL_DAYS
    )
    own = "".join(f", {column}::INTEGER AS {column}" for column in of_users)
    # Said once and kept: an expression that is used twice is planned twice.
    return f"""(
        WITH known AS MATERIALIZED (
            SELECT organization, worth, days_left, level, risk_level,
                coalesce({_STOPPED[is_latest].format(day=day)}, false) AS is_stopped,
                {", ".join(fall(days, models, _OF_FEW) for days in FALL_DAYS)}
            FROM (
                SELECT organization, (renewal_date - DATE '{from_day}')::INTEGER AS days_left,
                    total_users,
                    CASE WHEN annual_value IS NULL THEN 500 ELSE coalesce(
                        (rank() OVER (ORDER BY annual_value NULLS LAST) - 1) * 1000
                            // nullif(count(annual_value) OVER () - 1, 0), 500) END AS worth
                FROM {clients_as_of(reader, as_of)} WHERE is_active
            )
            LEFT JOIN (
                SELECT organization, run_id, overall_score::INTEGER AS points, risk_level,
                    100 * coverage::INTEGER AS weight{own}
                FROM scores WHERE score_date = {day}
            ) AS now USING (organization){earlier}
            LEFT JOIN usage_span USING (organization)
            {_FED[is_latest].format(day=day)}
            LEFT JOIN {pulses_as_of(reader, from_day)} USING (organization)
        ),
        parts AS MATERIALIZED (
            SELECT organization, worth,
                CASE WHEN risk_level = '{RiskLevel.HIGH}' OR is_stopped THEN 10
                    WHEN risk_level = '{RiskLevel.MEDIUM}' THEN 4 ELSE 0 END AS urgency_risk,
                least({MOST_FALL}, greatest({", ".join(f"fall_{days}" for days in FALL_DAYS)}))
                    AS urgency_fall,
                CASE WHEN days_left BETWEEN 0 AND {RENEWAL_WITHIN}
                    THEN 10 * ({RENEWAL_WITHIN} - days_left) // {RENEWAL_WITHIN} ELSE 0 END
                    AS urgency_renewal,
                CASE level WHEN '{PulseLevel.AT_RISK}' THEN 10
                    WHEN '{PulseLevel.CONCERNED}' THEN 5 ELSE 0 END AS urgency_pulse
            FROM known
        ),
        needs AS (
            SELECT *, urgency_risk + urgency_fall + urgency_renewal + urgency_pulse AS need
            FROM parts
        )
        SELECT organization, urgency_risk, urgency_fall, urgency_renewal, urgency_pulse,
            need * worth // 1000 AS urgency_value, need + need * worth // 1000 AS urgency
        FROM needs
    ) AS urgency"""


_OF_FEW: Final = f"CASE WHEN total_users < {Thresholds.least_users} THEN weight END"
"""SQL of the weight of what is known, in basis points, where users are too few to count."""

_STOPPED: Final = {
    True: f"last_date <= {{day}} - {SILENT_DAYS}",
    False: "first_date <= {day} AND fed.organization IS NULL",
}
"""SQL of whether usage stopped, on the latest day and on one before."""

_FED: Final = {
    True: "",
    False: f"""LEFT JOIN (
            SELECT DISTINCT organization FROM usage_daily
            WHERE date BETWEEN {{day}} - {SILENT_DAYS - 1} AND {{day}}
        ) AS fed USING (organization)""",
}
