"""What became of clients: who left, stayed, pays more or less; and whose pulse had said so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from health.queries.arguments import as_member, check_day, check_period, find_organization
from health.queries.team import group_sql
from health.scoring.history import clients_as_of
from health.vocabulary import Outcome, PulseLevel, RiskLevel

if TYPE_CHECKING:
    from datetime import date

    import polars as pl

    from health.queries.team import TeamGroup
    from health.storage.database import Reader

PULSE_DAYS: Final = 90
"""Days before an outcome in which a pulse is a word about it."""

_BAD: Final = f"('{Outcome.CHURNED}', '{Outcome.DOWNGRADED}')"


@dataclass(frozen=True, kw_only=True)
class OutcomesQuery:
    """The outcomes of a period, both days in; a day that is None leaves that end open.

    organization_id: of one client; None for all. outcomes: of these kinds; empty for each.
    """

    organization_id: str | None = None
    outcomes: tuple[str, ...] = ()
    start_date: date | None = None
    end_date: date | None = None

    def __post_init__(self) -> None:
        """Raise :class:`ArgumentError` that names the argument."""
        for outcome in self.outcomes:
            as_member("outcomes", Outcome, outcome)
        for argument in ("start_date", "end_date"):
            if (day := getattr(self, argument)) is not None:
                check_day(argument, day)
        if self.start_date is not None and self.end_date is not None:
            check_period(self.start_date, self.end_date)


def outcomes(reader: Reader, query: OutcomesQuery) -> pl.DataFrame:
    """Return the outcomes, the newest first.

    Columns: organization_id, organization_name, date, outcome, value_change (Decimal a year),
    reason, recorded_at (UTC).
    Raises :class:`UnknownOrganization`.
    """
    organization = query.organization_id
    return reader.query(
        """SELECT organization_id, name AS organization_name, date, outcome, value_change, reason,
            recorded_at
        FROM outcomes JOIN clients USING (organization)
        WHERE ($organization IS NULL OR organization = $organization)
            AND (len($words::VARCHAR[]) = 0 OR list_contains($words::VARCHAR[], outcome))
            AND ($first IS NULL OR date >= $first) AND ($last IS NULL OR date <= $last)
        ORDER BY date DESC, lower(name), outcome""",
        {
            "organization": None
            if organization is None
            else find_organization(reader, organization),
            "words": list(query.outcomes),
            "first": query.start_date,
            "last": query.end_date,
        },
    )


@dataclass(frozen=True, kw_only=True)
class OutcomesByGroupQuery:
    """What became of the clients of each group after ``after`` and up to ``until``."""

    by: TeamGroup
    after: date
    until: date

    def __post_init__(self) -> None:
        """Raise :class:`ArgumentError` that names the argument."""
        check_day("after", self.after)
        check_day("until", self.until)


def outcomes_by_group(reader: Reader, query: OutcomesByGroupQuery) -> pl.DataFrame:
    """Return a row for each group with an outcome, the largest loss of value first.

    A client counts where it belongs on the last day, also one that left. Columns: name (as
    :func:`health.queries.team.team` has it), one for each outcome in small letters (how many),
    value_change (Decimal a year; the sum of what is on file), without_value (outcomes but renewals
    whose change of value is not on file).
    """
    counts = ", ".join(
        f"count(*) FILTER (outcome = '{outcome}') AS {outcome.lower()}" for outcome in Outcome
    )
    return reader.query(
        f"""SELECT name, {counts},
            coalesce(sum(value_change), 0)::DECIMAL(18, 2) AS value_change,
            count(*) FILTER (value_change IS NULL AND outcome <> '{Outcome.RENEWED}')
                AS without_value
        FROM (
            SELECT {group_sql(query.by)} AS name, outcome, value_change
            FROM outcomes JOIN {clients_as_of(reader, query.until)} USING (organization)
            WHERE date > $after AND date <= $until
        )
        GROUP BY name ORDER BY sum(coalesce(value_change, 0)), name NULLS LAST""",
        {"after": query.after, "until": query.until},
    )


@dataclass(frozen=True, kw_only=True)
class JudgedQuery:
    """The pulses before the outcomes after ``after`` and up to ``until``."""

    after: date
    until: date

    def __post_init__(self) -> None:
        """Raise :class:`ArgumentError` that names the argument."""
        check_day("after", self.after)
        check_day("until", self.until)


def judged_pulses(reader: Reader, query: JudgedQuery) -> pl.DataFrame:
    """Return whose pulses were right, and whether the score beside each was, most judged first.

    The last pulse that stood in the ``PULSE_DAYS`` days before an outcome is held against it. At
    risk is right where the client left or was downgraded then, and wrong where it renewed or pays
    more; good is right and wrong the other way round; concerned is neither. The score that stood
    beside the pulse when it was set is judged alike: high risk as at risk, low risk as good.

    Columns: person (who set the pulses), judged (outcomes with a pulse), right, wrong, scored (of
    them, with a score beside), score_right, score_wrong.
    """
    return reader.query(
        f"""SELECT created_by AS person, count(*) AS judged,
            count(*) FILTER (says = became) AS right, count(*) FILTER (says = -became) AS wrong,
            count(risk_level) AS scored, count(*) FILTER (score_says = became) AS score_right,
            count(*) FILTER (score_says = -became) AS score_wrong
        FROM (
            SELECT created_by, risk_level,
                CASE WHEN outcome IN {_BAD} THEN -1 ELSE 1 END AS became,
                CASE level WHEN '{PulseLevel.AT_RISK}' THEN -1 WHEN '{PulseLevel.GOOD}' THEN 1
                    ELSE 0 END AS says,
                CASE risk_level::VARCHAR WHEN '{RiskLevel.HIGH}' THEN -1
                    WHEN '{RiskLevel.LOW}' THEN 1 WHEN '{RiskLevel.MEDIUM}' THEN 0 END
                    AS score_says
            FROM (
                SELECT outcomes.organization, outcome, level, score_day, created_by
                FROM outcomes JOIN account_pulses AS pulses
                    ON pulses.organization = outcomes.organization AND removed_at IS NULL
                    AND day < date AND day >= date - {PULSE_DAYS}
                    AND (ended_day IS NULL OR ended_day >= date)
                WHERE date > $after AND date <= $until AND outcome <> '{Outcome.REACTIVATED}'
                QUALIFY row_number() OVER (
                    PARTITION BY outcomes.organization, date, outcome
                    ORDER BY day DESC, pulse_id DESC) = 1
            ) AS held
            LEFT JOIN scores
                ON scores.organization = held.organization AND score_date = score_day
        )
        GROUP BY created_by ORDER BY judged DESC, lower(person)""",
        {"after": query.after, "until": query.until},
    )
