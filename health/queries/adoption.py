"""Which features are enabled and used: for one client, and clients against features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from health.queries.arguments import as_member, check_day, check_range, find_organization
from health.queries.scores import ClientFilter
from health.state import latest_day
from health.vocabulary import FeatureName, Word

if TYPE_CHECKING:
    from datetime import date

    from health.database import Reader


class AdoptionState(Word):
    """What a feature is to a client."""

    NOT_ENABLED = "NOT_ENABLED", "Not enabled", "Not part of what the client has switched on."
    UNUSED = "UNUSED", "Enabled, not used", "Bought and switched on, but not used."
    USED = "USED", "Used", "Switched on and used."


class AdoptionOrder(Word):
    """In which order the clients of the matrix come."""

    LOWEST_RATE = "LOWEST_RATE", "Lowest rate first", "The smallest share of features used first."
    HIGHEST_RATE = "HIGHEST_RATE", "Highest rate first", "The largest share of features used first."
    MOST_UNUSED = "MOST_UNUSED", "Most unused first", "The most features enabled but unused first."
    NAME = "NAME", "By name", "From A to Z."


@dataclass(frozen=True, kw_only=True)
class FeatureAdoptionQuery:
    """One client's features.

    only_unused: list only those that are enabled and not used; the totals stay over all.
    as_of: a feature first used later does not count as used yet; None for all that is on file.
    """

    organization_id: str
    only_unused: bool = False
    as_of: date | None = None

    def __post_init__(self) -> None:
        if self.as_of is not None:
            check_day("as_of", self.as_of)


@dataclass(frozen=True, kw_only=True)
class FeatureUse:
    """One feature of one client; dates and count as on file, None where unknown."""

    feature_name: FeatureName
    is_enabled: bool
    is_used: bool
    usage_count: int | None
    first_used_at: date | None
    last_used_at: date | None

    @property
    def state(self) -> AdoptionState:
        """Used counts only where the feature is enabled, as in the score."""
        if not self.is_enabled:
            return AdoptionState.NOT_ENABLED
        return AdoptionState.USED if self.is_used else AdoptionState.UNUSED


@dataclass(frozen=True, kw_only=True)
class FeatureAdoptionSummary:
    """One client's features and how many of them are enabled and used.

    adoption_rate: used of enabled, in percent; None where no feature is enabled.
    features: in the order of the vocabulary.
    """

    total_features: int
    enabled_features: int
    used_features: int
    adoption_rate: float | None
    features: tuple[FeatureUse, ...]


def feature_adoption(reader: Reader, query: FeatureAdoptionQuery) -> FeatureAdoptionSummary:
    """Return the client's features; all zero where none is on file.

    Raises :class:`UnknownOrganization`.
    """
    frame = reader.query(
        """SELECT feature_name, is_enabled,
            is_used AND coalesce(first_used_at <= $as_of, true) AS is_used,
            usage_count, first_used_at, last_used_at
        FROM adoption WHERE organization = $organization""",
        {
            "organization": find_organization(reader, query.organization_id),
            "as_of": query.as_of,
        },
    )
    found = {
        row["feature_name"]: FeatureUse(**row | {"feature_name": FeatureName[row["feature_name"]]})
        for row in frame.iter_rows(named=True)
    }
    features = [found[feature] for feature in FeatureName if feature in found]
    enabled = sum(feature.is_enabled for feature in features)
    used = sum(feature.state is AdoptionState.USED for feature in features)
    return FeatureAdoptionSummary(
        total_features=len(features),
        enabled_features=enabled,
        used_features=used,
        adoption_rate=100 * used / enabled if enabled else None,
        features=tuple(
            feature
            for feature in features
            if not query.only_unused or feature.state is AdoptionState.UNUSED
        ),
    )


@dataclass(frozen=True, kw_only=True)
class AdoptionMatrixQuery(ClientFilter):
    """Active clients against features, a page of clients at a time.

    as_of: a feature first used later does not count as used yet; None for the latest day on file.
    only_unused: only clients with a feature that is enabled and not used.
    feature: only clients that have this feature enabled and do not use it.
    order: which clients come first; those without an enabled feature always come last.
    page, limit: the page, from 1, and clients a page, 1 to 1,000.
    """

    only_unused: bool = False
    feature: FeatureName | None = None
    order: AdoptionOrder = AdoptionOrder.LOWEST_RATE
    page: int = 1
    limit: int = 40

    def __post_init__(self) -> None:
        """Raise :class:`ArgumentError` for a page, limit, order or feature that does not exist."""
        super().__post_init__()
        check_range("page", self.page, 1, 1_000_000)
        check_range("limit", self.limit, 1, 1_000)
        as_member("order", AdoptionOrder, self.order)
        if self.feature is not None:
            as_member("feature", FeatureName, self.feature)


@dataclass(frozen=True, kw_only=True)
class AdoptionMatrix:
    """A page of clients against features, and the features over all clients found.

    clients: the page, in order: organization_id, name, enabled, used, rate (percent; null
        where nothing is enabled).
    cells: one row for each feature on file of these clients: organization_id, feature_name,
        state (an :class:`AdoptionState`), usage_count, first_used_at, last_used_at.
    features: all features of the vocabulary, over all clients found, best used first:
        feature_name, used, unused, not_enabled (clients), rate (percent of the clients with it
        enabled; null where none has).
    total: clients found, over all pages.
    without_features: active clients that pass the filters but have no feature on file.
    """

    clients: pl.DataFrame
    cells: pl.DataFrame
    features: pl.DataFrame
    total: int
    without_features: int


_CELLS: Final = """
    SELECT organization, feature_name, usage_count, first_used_at, last_used_at,
        CASE
            WHEN NOT is_enabled THEN 'NOT_ENABLED'
            WHEN is_used AND coalesce(first_used_at <= $as_of, true) THEN 'USED'
            ELSE 'UNUSED'
        END AS state
    FROM adoption"""
"""Each feature of each client and what it is to that client on day ``$as_of``."""

_ORDER: Final = {
    AdoptionOrder.LOWEST_RATE: "rate ASC NULLS LAST",
    AdoptionOrder.HIGHEST_RATE: "rate DESC NULLS LAST",
    AdoptionOrder.MOST_UNUSED: "enabled = 0, enabled - used DESC, rate ASC",
    AdoptionOrder.NAME: "enabled = 0",
}


def adoption_matrix(reader: Reader, query: AdoptionMatrixQuery) -> AdoptionMatrix:
    """Return a page of clients against features, and the features over all clients found.

    Raises :class:`UnknownOrganization` for an ``organization_id`` that is not on file.
    """
    query.check(reader)
    as_of = query.as_of or latest_day(reader)
    clients = _clients_sql(query)
    filters = query.client_parameters | {
        "as_of": as_of,
        "only_unused": query.only_unused,
        "feature": query.feature,
    }
    page = reader.query(
        f"""WITH {clients}
        SELECT organization, organization_id, name, enabled, used, rate
        FROM found
        ORDER BY {_ORDER[query.order]}, lower(name), organization_id
        LIMIT $limit OFFSET $offset""",
        filters | {"limit": query.limit, "offset": (query.page - 1) * query.limit},
    )
    features = reader.query(
        f"""WITH {clients}
        SELECT feature_name,
            count(*) FILTER (WHERE state = 'USED') AS used,
            count(*) FILTER (WHERE state = 'UNUSED') AS unused,
            (SELECT count(*) FROM found) AS total
        FROM cells WHERE organization IN (SELECT organization FROM found)
        GROUP BY feature_name""",
        filters,
    )
    return AdoptionMatrix(
        clients=page.drop("organization"),
        cells=_cells(reader, page, as_of),
        features=_feature_rates(features),
        total=_total(features),
        without_features=_without_features(reader, query, as_of),
    )


def _clients_sql(query: AdoptionMatrixQuery) -> str:
    """Clients that pass the filters, with a feature on file, and the state of each feature."""
    return f"""
    cells AS ({_CELLS}),
    counted AS (
        SELECT organization,
            count(*) FILTER (WHERE state <> 'NOT_ENABLED') AS enabled,
            count(*) FILTER (WHERE state = 'USED') AS used,
            coalesce(bool_or(feature_name = $feature AND state = 'UNUSED'), false) AS lacks
        FROM cells GROUP BY organization
    ),
    found AS (
        SELECT organization, organization_id, name, enabled, used,
            100.0 * used / nullif(enabled, 0) AS rate
        FROM clients JOIN counted USING (organization)
        WHERE is_active AND {query.client_condition}
            AND (NOT $only_unused OR used < enabled) AND ($feature IS NULL OR lacks)
    )"""


def _cells(reader: Reader, page: pl.DataFrame, as_of: date | None) -> pl.DataFrame:
    cells = reader.query(
        f"""SELECT cells.* FROM ({_CELLS}) AS cells
        WHERE organization IN (SELECT unnest($organizations::INTEGER[]))""",
        {"organizations": page["organization"].to_list(), "as_of": as_of},
    )
    return (
        page.select("organization", "organization_id")
        .join(cells, on="organization", maintain_order="left")
        .drop("organization")
    )


def _total(counted: pl.DataFrame) -> int:
    """Clients found; each has a feature on file, so without a row there is none."""
    return int(counted["total"][0]) if counted.height else 0


def _feature_rates(counted: pl.DataFrame) -> pl.DataFrame:
    """All features of the vocabulary; one that no client found has on file is not enabled."""
    total = _total(counted)
    enabled = pl.col("used") + pl.col("unused")
    return (
        pl.DataFrame({"feature_name": list(FeatureName)}, schema={"feature_name": pl.String})
        .with_row_index("place")
        .join(counted, on="feature_name", how="left", maintain_order="left")
        .with_columns(pl.col("used", "unused").fill_null(0))
        .with_columns(
            not_enabled=total - enabled,
            rate=pl.when(enabled > 0).then(100 * pl.col("used") / enabled),
        )
        .sort("rate", "place", descending=[True, False], nulls_last=True)
        .select("feature_name", "used", "unused", "not_enabled", "rate")
    )


def _without_features(reader: Reader, query: AdoptionMatrixQuery, as_of: date | None) -> int:
    """Count only where no filter asks for features: a client without any passes none of those."""
    if query.only_unused or query.feature is not None:
        return 0
    return int(
        reader.value(
            f"""SELECT count(*) FROM clients ANTI JOIN adoption USING (organization)
            WHERE is_active AND {query.client_condition}""",
            query.client_parameters
            | ({"as_of": as_of} if query.renewal_within is not None else {}),
        )
    )
