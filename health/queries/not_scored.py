"""The clients without a score on a day, and why they have none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from health.queries.arguments import check_range
from health.queries.filters import ClientFilter
from health.scoring.active_model import latest_day
from health.scoring.day import scores_sql
from health.scoring.history import clients_as_of, clients_sql, has_scored_history
from health.scoring.placing import place_spans_sql
from health.scoring.schemes import FOR_EVER, in_force, schemes
from health.vocabulary import NotScoredReason

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import polars as pl

    from health.scoring.schemes import Scheme
    from health.storage.database import Reader


@dataclass(frozen=True, kw_only=True)
class NotScoredQuery(ClientFilter):
    """One page of the clients without a score on a day, by name."""

    page: int = 1
    limit: int = 50

    def __post_init__(self) -> None:
        """Raise :class:`ArgumentError` for a page or limit that does not exist."""
        super().__post_init__()
        check_range("page", self.page, 1, 1_000_000)
        check_range("limit", self.limit, 1, 10_000)


@dataclass(frozen=True, kw_only=True)
class NotScoredPage:
    """One page of clients without a score.

    frame: organization_id, organization_name, reason (a :class:`NotScoredReason`), last_usage
    (up to the day), renewal_date, days_until_renewal, csm, industry, annual_value.
    reasons: how many there are of each reason that occurs, on all pages.
    as_of: the day; None where no usage is on file.
    """

    frame: pl.DataFrame
    reasons: Mapping[NotScoredReason, int]
    as_of: date | None

    @property
    def total(self) -> int:
        """Rows of all pages."""
        return sum(self.reasons.values())


# Only clients without a score are looked at, and only in the days a score of them would rest on.
_UNSCORED: Final = f"""
    WITH unscored AS (
        SELECT clients.*, was.is_active AS was_active
        FROM {{clients}} JOIN {{clients_then}} AS was USING (organization) ANTI JOIN (
            SELECT organization FROM scores WHERE score_date = $as_of
        ) AS scored USING (organization)
        WHERE {{condition}}
    ),
    recent AS (
        SELECT organization, max(date) AS last_usage
        FROM usage_daily SEMI JOIN unscored USING (organization)
        WHERE date BETWEEN $first AND $as_of
        GROUP BY organization
    ),
    -- Of clients whose usage went on later: where it ended is not where it stood still.
    resumed AS (
        SELECT organization, max(date) AS last_usage
        FROM usage_daily SEMI JOIN (
            SELECT organization FROM unscored JOIN usage_span USING (organization)
            WHERE first_date < $first AND last_date > $as_of
        ) AS span USING (organization)
        WHERE date < $first
        GROUP BY organization
    ),
    waiting AS (
        SELECT DISTINCT organization FROM stale WHERE $as_of BETWEEN first_day AND last_day
    ),
    explained AS (
        SELECT organization_id, name AS organization_name,
            CASE
                WHEN NOT was_active THEN '{NotScoredReason.INACTIVE}'
                WHEN first_date IS NULL OR first_date > $as_of THEN '{NotScoredReason.NO_USAGE}'
                WHEN recent.organization IS NULL THEN '{NotScoredReason.FEED_STOPPED}'
                WHEN waiting.organization IS NOT NULL THEN '{NotScoredReason.NOT_CALCULATED}'
                WHEN scarce.organization IS NOT NULL THEN '{NotScoredReason.TOO_LITTLE}'
                ELSE '{NotScoredReason.NOT_ENOUGH}'
            END AS reason,
            coalesce(
                recent.last_usage,
                CASE WHEN last_date <= $as_of THEN last_date ELSE resumed.last_usage END
            ) AS last_usage,
            renewal_date, (renewal_date - $from_day::DATE)::INTEGER AS days_until_renewal,
            csm, industry, annual_value
        FROM unscored
        LEFT JOIN usage_span USING (organization)
        LEFT JOIN recent USING (organization)
        LEFT JOIN resumed USING (organization)
        LEFT JOIN waiting USING (organization)
        LEFT JOIN {{scarce}} AS scarce USING (organization)
    )
"""


def not_scored(reader: Reader, query: NotScoredQuery) -> NotScoredPage:
    """Return a page of the clients without a score that day, each with the reason.

    Raises :class:`UnknownOrganization` for an ``organization_id`` that is not on file.
    """
    query.check(reader)
    as_of = query.as_of or latest_day(reader)
    scheme = in_force(schemes(reader), as_of or FOR_EVER)
    window = timedelta(days=max(model.window_days for model in scheme.models) - 1)
    explained = _UNSCORED.format(
        clients=clients_as_of(reader, as_of),
        # A score of the day stays, whoever has left since then.
        clients_then=clients_sql("$as_of::DATE", ("is_active",))
        if has_scored_history(reader)
        else "clients",
        condition=query.client_condition,
        scarce=_scarce(reader, scheme),
    )
    parameters = query.client_parameters | {
        "as_of": as_of,
        "from_day": query.from_day or as_of,
        "first": None if as_of is None else as_of - window,
    }
    frame = reader.query(
        f"""{explained} SELECT * FROM explained ORDER BY lower(organization_name), organization_id
        LIMIT $limit OFFSET $offset""",
        parameters | {"limit": query.limit, "offset": (query.page - 1) * query.limit},
    )
    counts = reader.query(
        f"{explained} SELECT reason, count(*) AS clients FROM explained GROUP BY reason", parameters
    )
    amounts = dict(counts.iter_rows())
    return NotScoredPage(
        frame=frame,
        reasons={reason: amounts[reason] for reason in NotScoredReason if reason in amounts},
        as_of=as_of,
    )


def _scarce(reader: Reader, scheme: Scheme) -> str:
    """SQL of the clients that would have a score, were it not for the least coverage."""
    parts = ["SELECT NULL::INTEGER AS organization WHERE false"]
    for place, model in enumerate(scheme.models):
        if not model.least_coverage:
            continue
        own = "unscored"
        if scheme.segments:
            places = place_spans_sql(reader, scheme)
            own = f"""(SELECT organization FROM unscored JOIN {places} AS places
                USING (organization)
                WHERE place = {place} AND $as_of BETWEEN first_day AND last_day)"""
        lenient = replace(model, least_coverage=0)
        scores = scores_sql(lenient, own, has_history=has_scored_history(reader))
        parts.append(f"SELECT organization FROM ({scores.replace('$last', '$as_of')})")
    return f"({' UNION ALL '.join(parts)})"


def why_not_scored(reader: Reader, organization_id: str, as_of: date) -> NotScoredReason | None:
    """Return why a client has no score on a day; None where it has one.

    Raises :class:`UnknownOrganization`.
    """
    answer = not_scored(reader, NotScoredQuery(organization_id=organization_id, as_of=as_of))
    return NotScoredReason[answer.frame["reason"][0]] if answer.total else None
