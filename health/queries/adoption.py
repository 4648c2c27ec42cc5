"""Which features are enabled and used: for one client, and clients against features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from health.queries.arguments import as_member, check_day, check_range, find_organization
from health.queries.filters import ClientFilter
from health.scoring.active_model import latest_day
from health.scoring.history import clients_as_of, features_as_of
from health.vocabulary import FeatureName, Word

if TYPE_CHECKING:
    from datetime import date

    from health.storage.database import Reader


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

    def was_used_by(self, day: date) -> bool:
        """Whether there was any use up to a day, also of one that is no longer enabled."""
        return self.is_used or (self.first_used_at is not None and self.first_used_at <= day)


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
        f"""SELECT feature_name, is_enabled,
            is_used AND coalesce(first_used_at <= $as_of, true) AS is_used,
            usage_count, first_used_at, last_used_at
        FROM {features_as_of(reader, query.as_of)} WHERE organization = $organization""",
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
class AdoptionFilter(ClientFilter):
    """Which of the active clients that have a feature on file.

    as_of: a feature first used later does not count as used yet; None for the latest day on file.
    only_unused: only clients with a feature that is enabled and not used.
    feature: only clients that have this feature enabled and do not use it.
    """

    only_unused: bool = False
    feature: FeatureName | None = None

    def __post_init__(self) -> None:
        """Raise :class:`ArgumentError` for a feature that does not exist."""
        super().__post_init__()
        if self.feature is not None:
            as_member("feature", FeatureName, self.feature)

    @property
    def adoption_condition(self) -> str:
        """The filter as SQL over ``clients`` and :attr:`counted`."""
        return f"""is_active AND {self.client_condition}
            AND (NOT $only_unused OR used < enabled) {"AND idles" * (self.feature is not None)}"""

    @property
    def counted(self) -> str:
        """SQL of the clients with a feature on file: how many they have and use.

        Where a feature is asked for, also whether it idles: names cost more than the two counts.
        """
        idles = """,
            coalesce(bool_or(feature_name = $feature AND is_enabled AND NOT is_used), false)
                AS idles"""
        return f"""
        SELECT organization,
            count(*) FILTER (WHERE is_enabled) AS enabled,
            count(*) FILTER (WHERE is_used) AS used
            {idles * (self.feature is not None)}
        FROM cells GROUP BY organization"""

    @property
    def adoption_parameters(self) -> dict[str, object]:
        """The values that :attr:`adoption_condition` binds, but for ``as_of``."""
        asked = {} if self.feature is None else {"feature": self.feature}
        return self.client_parameters | {"only_unused": self.only_unused} | asked


@dataclass(frozen=True, kw_only=True)
class AdoptionOverview:
    """The features over all clients found.

    features: all of the vocabulary, best used first: feature_name, used, unused, not_enabled
        (clients), rate (percent of the clients with it enabled; null where none has).
    clients: how many were found.
    without_features: active clients about whom no feature is on file; 0 where a filter asks for
        features, as they pass none of those.
    """

    features: pl.DataFrame
    clients: int
    without_features: int

    @property
    def used(self) -> int:
        """Enabled features in use, counted once for each client."""
        return int(self.features["used"].sum())

    @property
    def unused(self) -> int:
        """Enabled features not in use, counted once for each client."""
        return int(self.features["unused"].sum())

    @property
    def rate(self) -> float | None:
        """Used of enabled, in percent; None where nothing is enabled."""
        enabled = self.used + self.unused
        return 100 * self.used / enabled if enabled else None


@dataclass(frozen=True, kw_only=True)
class AdoptionMatrixQuery(AdoptionFilter):
    """A page of the clients found, against features.

    order: which clients come first; those without an enabled feature always come last.
    page, limit: the page, from 1, and clients a page, 1 to 1,000.
    """

    order: AdoptionOrder = AdoptionOrder.LOWEST_RATE
    page: int = 1
    limit: int = 40

    def __post_init__(self) -> None:
        """Raise :class:`ArgumentError` for a page, limit or order that does not exist."""
        super().__post_init__()
        check_range("page", self.page, 1, 1_000_000)
        check_range("limit", self.limit, 1, 1_000)
        as_member("order", AdoptionOrder, self.order)


@dataclass(frozen=True, kw_only=True)
class AdoptionMatrix:
    """A page of clients against features.

    clients: in order: organization_id, name, enabled, used, rate (percent; null where nothing
        is enabled).
    cells: one row for each feature on file of these clients: organization_id, feature_name,
        state (an :class:`AdoptionState`), usage_count, first_used_at, last_used_at.
    """

    clients: pl.DataFrame
    cells: pl.DataFrame


_CELLS: Final = """
    SELECT organization, feature_name, usage_count, first_used_at, last_used_at, is_enabled,
        is_enabled AND is_used AND coalesce(first_used_at <= $as_of, true) AS is_used
    FROM {features}"""
"""Each feature of each client; used counts only where it is enabled, and on day ``$as_of``."""


def _cells(reader: Reader, as_of: date | None) -> str:
    return _CELLS.format(features=features_as_of(reader, as_of))


_ORDER: Final = {
    AdoptionOrder.LOWEST_RATE: "rate ASC NULLS LAST",
    AdoptionOrder.HIGHEST_RATE: "rate DESC NULLS LAST",
    AdoptionOrder.MOST_UNUSED: "enabled = 0, enabled - used DESC, rate ASC",
    AdoptionOrder.NAME: "enabled = 0",
}


def adoption_overview(reader: Reader, query: AdoptionFilter) -> AdoptionOverview:
    """Return how many of the clients found have and use each feature.

    Raises :class:`UnknownOrganization` for an ``organization_id`` that is not on file.
    """
    query.check(reader)
    as_of = query.as_of or latest_day(reader)
    clients, cells = clients_as_of(reader, as_of), _cells(reader, as_of)
    counted = reader.query(
        f"""WITH cells AS ({cells}),
        found AS (
            SELECT organization FROM {clients} JOIN ({query.counted}) USING (organization)
            WHERE {query.adoption_condition}
        )
        SELECT feature_name,
            count(*) FILTER (WHERE is_used) AS used,
            count(*) FILTER (WHERE is_enabled AND NOT is_used) AS unused,
            (SELECT count(*) FROM found) AS clients
        FROM cells SEMI JOIN found USING (organization)
        GROUP BY feature_name""",
        query.adoption_parameters | {"as_of": as_of},
    )
    # Each client found has a feature on file, so without a row there is none.
    found = int(counted["clients"][0]) if counted.height else 0
    asks_for_features = query.only_unused or query.feature is not None
    return AdoptionOverview(
        features=_feature_rates(counted, found),
        clients=found,
        without_features=0 if asks_for_features else _searched(reader, query, as_of) - found,
    )


def adoption_matrix(reader: Reader, query: AdoptionMatrixQuery) -> AdoptionMatrix:
    """Return a page of the clients found, and what each of their features is to them.

    Raises :class:`UnknownOrganization` for an ``organization_id`` that is not on file.
    """
    query.check(reader)
    as_of = query.as_of or latest_day(reader)
    page = reader.query(
        f"""WITH cells AS ({_cells(reader, as_of)})
        SELECT organization, organization_id, name, enabled, used,
            100.0 * used / nullif(enabled, 0) AS rate
        FROM {clients_as_of(reader, as_of)} JOIN ({query.counted}) USING (organization)
        WHERE {query.adoption_condition}
        ORDER BY {_ORDER[query.order]}, lower(name), organization_id
        LIMIT $limit OFFSET $offset""",
        query.adoption_parameters
        | {"as_of": as_of, "limit": query.limit, "offset": (query.page - 1) * query.limit},
    )
    # A constant takes DuckDB straight to the rows: half the time of a list.
    numbers = ", ".join(map(str, page["organization"])) or "NULL"
    cells = reader.query(
        f"""SELECT * EXCLUDE (is_enabled, is_used),
            CASE
                WHEN is_used THEN '{AdoptionState.USED}'
                WHEN is_enabled THEN '{AdoptionState.UNUSED}'
                ELSE '{AdoptionState.NOT_ENABLED}'
            END AS state
        FROM ({_cells(reader, as_of)})
        WHERE organization IN ({numbers})""",
        {"as_of": as_of},
    )
    return AdoptionMatrix(
        clients=page.drop("organization"),
        cells=page.select("organization", "organization_id")
        .join(cells, on="organization", maintain_order="left")
        .drop("organization"),
    )


def _feature_rates(counted: pl.DataFrame, clients: int) -> pl.DataFrame:
    """All features of the vocabulary; one that no client found has on file is not enabled."""
    enabled = pl.col("used") + pl.col("unused")
    return (
        pl.DataFrame({"feature_name": list(FeatureName)}, schema={"feature_name": pl.String})
        .with_row_index("place")
        .join(counted, on="feature_name", how="left", maintain_order="left")
        .with_columns(pl.col("used", "unused").fill_null(0))
        .with_columns(
            not_enabled=clients - enabled,
            rate=pl.when(enabled > 0).then(100 * pl.col("used") / enabled),
        )
        .sort("rate", "place", descending=[True, False], nulls_last=True)
        .select("feature_name", "used", "unused", "not_enabled", "rate")
    )


def _searched(reader: Reader, query: AdoptionFilter, as_of: date | None) -> int:
    """Count the active clients that pass what is asked about clients, features or not."""
    day = {} if query.renewal_within is None else {"as_of": as_of}
    return int(
        reader.value(
            f"""SELECT count(*) FROM {clients_as_of(reader, as_of)}
            WHERE is_active AND {query.client_condition}""",
            query.client_parameters | day,
        )
    )
