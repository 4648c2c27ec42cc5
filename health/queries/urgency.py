"""How urgent each client is on a day: one number, the same wherever clients are ordered by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from health.queries.alerts.facts import FALL_DAYS, OF_USERS, fall, scores_on
from health.queries.alerts.rules import SILENT_DAYS, computed
from health.queries.arguments import check_day, find_organization
from health.queries.pulses import in_force
from health.queries.score_models import score_models
from health.scoring.active_model import latest_day
from health.scoring.history import clients_as_of
from health.settings import Thresholds
from health.storage.transaction import asked_once
from health.vocabulary import ALWAYS, AlertLevel, PulseLevel, RiskLevel

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
"""The formula in words; :func:`urgency_of` is the formula."""


MOST_URGENT_FIRST: Final = (
    -pl.col("urgency"),
    pl.col("alert_level") != AlertLevel.PROACTIVE,
    pl.col("overall_score"),
)
"""What clients are sorted by, ascending; then by their id."""


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
    found = urgency_as_of(reader, query.as_of, query.from_day, number).drop("organization")
    return next(found.iter_rows(named=True), {})


def said(row: Mapping[str, Any]) -> str:
    """Return the number and its parts: ``Urgency 43 of 100: 10 risk + 12 fall + 21 value``."""
    parts = [f"{row[column]} {word}" for column, word in PARTS.items() if row[column]]
    return f"Urgency {row['urgency']} of 100{': ' if parts else ''}{' + '.join(parts)}"


@asked_once
def urgency_as_of(
    reader: Reader,
    as_of: date | None,
    from_day: date | None = None,
    organization: int | None = None,
) -> pl.DataFrame:
    """Return the urgency of all clients on a day: what :func:`urgency_of` returns.

    as_of: None where no usage is on file, and so nobody is scored.
    from_day: the day that days to a renewal, and of a pulse, are counted from; None for ``as_of``.
    organization: only this client.
    """
    as_of = as_of or ALWAYS
    from_day, day = from_day or as_of, f"DATE '{as_of}'"
    latest = latest_day(reader)
    is_latest = latest is None or as_of >= latest
    only = "true" if organization is None else f"organization = {organization}"
    columns = {"overall_score": "score"} | {part.column: part.column for part in OF_USERS}
    # A join for each day: gathered out of rows of all days, it takes DuckDB longer.
    earlier = "".join(
        f"""
        LEFT JOIN (
            SELECT organization{
            "".join(f", {column}::INTEGER AS {name}_{days}" for column, name in columns.items())
        }
            FROM scores WHERE score_date = {day} - {days} AND {only}
        ) AS ago_{days} USING (organization)"""
        for days in FALL_DAYS
    )
    rows = reader.query(
        f"""SELECT organization, annual_value, total_users,
            (renewal_date - DATE '{from_day}')::INTEGER AS days_until_renewal,
            {_STOPPED[is_latest].format(day=day)} AS is_stopped, now.* EXCLUDE (organization){
            "".join(f", ago_{days}.* EXCLUDE (organization)" for days in FALL_DAYS)
        }
        FROM {clients_as_of(reader, as_of)}
        LEFT JOIN ({scores_on(as_of)} AND {only}) AS now USING (organization){earlier}
        LEFT JOIN usage_span USING (organization)
        {_FED[is_latest].format(day=day, only=only)}
        WHERE is_active"""
    )
    rows = rows.with_columns(worth=WORTH)
    if organization is not None:
        rows = rows.filter(organization=organization)
    return urgency_of(reader, as_of, from_day, rows)


WORTH: Final = (
    (pl.col("annual_value").rank("min").cast(pl.Int64) - 1)
    * 1000
    // (pl.col("annual_value").count().cast(pl.Int64) - 1)
).fill_null(500)
"""How large the value of a client is among those of all, 0 to 1000; half where it is not known."""


def urgency_of(reader: Reader, as_of: date, from_day: date, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the urgency of clients: organization, urgency (0 to 100) and the :data:`PARTS`.

    rows: one for each, with :data:`WORTH` and all else that :data:`FORMULA` looks at but the pulse.
    """
    models = score_models(reader, as_of)
    pulses = reader.query(f"SELECT organization, level FROM ({in_force(reader, from_day)})")
    need = pl.sum_horizontal(name for name in PARTS if name != "urgency_value")
    return (
        rows.lazy()
        .join(pulses.lazy(), on="organization", how="left")
        .with_columns(computed(fall(days, models, _OF_FEW)) for days in FALL_DAYS)
        .select("organization", "worth", *_BUT_VALUE)
        .with_columns(urgency_value=need * pl.col("worth") // 1000)
        .select("organization", (need + pl.col("urgency_value")).alias("urgency"), *PARTS)
        .collect(engine="in-memory")
    )


_OF_FEW: Final = f"CASE WHEN total_users < {Thresholds.least_users} THEN 100 * coverage END"
"""SQL of the weight of what is known, in basis points, where users are too few to count."""

_BUT_VALUE: Final = tuple(
    computed(sql).cast(pl.Int32)
    for sql in (
        f"""CASE WHEN risk_level = '{RiskLevel.HIGH}' OR is_stopped THEN 10
            WHEN risk_level = '{RiskLevel.MEDIUM}' THEN 4 ELSE 0 END AS urgency_risk""",
        f"""least({MOST_FALL}, greatest({", ".join(f"fall_{days}" for days in FALL_DAYS)}))
            AS urgency_fall""",
        f"""CASE WHEN days_until_renewal BETWEEN 0 AND {RENEWAL_WITHIN}
            THEN 10 * ({RENEWAL_WITHIN} - days_until_renewal) // {RENEWAL_WITHIN} ELSE 0 END
            AS urgency_renewal""",
        f"""CASE level WHEN '{PulseLevel.AT_RISK}' THEN 10
            WHEN '{PulseLevel.CONCERNED}' THEN 5 ELSE 0 END AS urgency_pulse""",
    )
)
"""The parts but for the value."""

_STOPPED: Final = {
    True: f"last_date <= {{day}} - {SILENT_DAYS}",
    False: "first_date <= {day} AND fed.organization IS NULL",
}
"""SQL of whether usage stopped, on the latest day and on one before."""

_FED: Final = {
    True: "",
    False: f"""LEFT JOIN (
            SELECT DISTINCT organization FROM usage_daily
            WHERE date BETWEEN {{day}} - {SILENT_DAYS - 1} AND {{day}} AND {{only}}
        ) AS fed USING (organization)""",
}
