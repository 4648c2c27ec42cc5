"""Which features are licensed and how much they are used, over many clients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from health.queries.adoption_levels import (
    USED_LEVELS,
    AdoptionLevel,
    LevelRule,
    feature_cells,
    level_rule,
)
from health.queries.arguments import as_member, check_range
from health.queries.filters import ClientFilter
from health.scoring.history import clients_as_of
from health.vocabulary import FeatureName, Word

if TYPE_CHECKING:
    from health.storage.database import Reader


class AdoptionOrder(Word):
    """In which order the clients of the matrix come."""

    LOWEST_RATE = "LOWEST_RATE", "Lowest rate first", "The smallest share of features used first."
    HIGHEST_RATE = "HIGHEST_RATE", "Highest rate first", "The largest share of features used first."
    MOST_UNUSED = "MOST_UNUSED", "Most unused first", "The most features enabled but unused first."
    NAME = "NAME", "By name", "From A to Z."


@dataclass(frozen=True, kw_only=True)
class AdoptionFilter(ClientFilter):
    """Which of the active clients that have a feature on file.

    as_of: a feature first used later does not count as used yet; None for the latest day on file.
    level: only clients with a feature at this level. A feature that is not on file for a client
        is not licensed.
    feature: that feature; without a level, only clients that are licensed for it.
    """

    level: AdoptionLevel | None = None
    feature: FeatureName | None = None

    def __post_init__(self) -> None:
        """Raise :class:`ArgumentError` for a feature or level that does not exist."""
        super().__post_init__()
        if self.level is not None:
            as_member("level", AdoptionLevel, self.level)
        if self.feature is not None:
            as_member("feature", FeatureName, self.feature)

    @property
    def asks_for_features(self) -> bool:
        """Whether it asks for more than clients."""
        return self.level is not None or self.feature is not None

    @property
    def having(self) -> str:
        """The filter as SQL over the features of one client."""
        asked = "true" if self.feature is None else "feature_name = $feature"
        licensed = f"count(*) FILTER ({asked} AND is_enabled)"
        if self.level is AdoptionLevel.NOT_LICENSED:
            return f"{licensed} < {len(FeatureName) if self.feature is None else 1}"
        if self.level is not None:
            return f"bool_or({asked} AND level = $level)"
        return "true" if self.feature is None else f"{licensed} > 0"

    @property
    def adoption_parameters(self) -> dict[str, object]:
        """The values that the filter binds, but for those of the :class:`LevelRule`."""
        asked = {"level": self.level, "feature": self.feature}
        if self.level is AdoptionLevel.NOT_LICENSED:
            del asked["level"]
        return self.client_parameters | {
            name: value for name, value in asked.items() if value is not None
        }


@dataclass(frozen=True, kw_only=True)
class AdoptionOverview:
    """The features over all clients found.

    features: all of the vocabulary, best used first: feature_name, how many clients are at which
        level (not_licensed, unused, light, active, power), used (the last three), rate (used of
        licensed, in percent; null where nobody is).
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

    def at(self, level: AdoptionLevel) -> int:
        """Features at a level, counted once for each client."""
        return int(self.features[level.lower()].sum())


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
        level (an :class:`AdoptionLevel`), is_idle, usage_count, first_used_at, last_used_at,
        uses_per_user, low, high (as in
        :class:`health.queries.client_features.FeatureUse`).
    """

    clients: pl.DataFrame
    cells: pl.DataFrame


_ORDER: Final = {
    AdoptionOrder.LOWEST_RATE: "rate ASC NULLS LAST",
    AdoptionOrder.HIGHEST_RATE: "rate DESC NULLS LAST",
    AdoptionOrder.MOST_UNUSED: "enabled = 0, enabled - used DESC, rate ASC",
    AdoptionOrder.NAME: "enabled = 0",
}


def adoption_overview(
    reader: Reader, query: AdoptionFilter, rule: LevelRule | None = None
) -> AdoptionOverview:
    """Return how many of the clients found are at which level of each feature.

    rule: what :func:`level_rule` says of the same day, where it is known already.

    Raises :class:`UnknownOrganization` for an ``organization_id`` that is not on file.
    """
    query.check(reader)
    rule = rule or level_rule(reader, query.as_of)
    clients = _clients(reader, query, rule)
    found = "SELECT organization FROM clients SEMI JOIN cells USING (organization)"
    if query.asks_for_features:
        found = f"SELECT organization FROM cells GROUP BY organization HAVING {query.having}"
    counted = reader.query(
        f"""WITH clients AS MATERIALIZED ({clients}),
        cells AS ({rule.cells_sql(reader, "clients")}),
        found AS MATERIALIZED ({found})
        SELECT feature_name, level, count(*) AS amount,
            (SELECT count(*) FROM found) AS found, (SELECT count(*) FROM clients) AS searched
        FROM cells {"SEMI JOIN found USING (organization)" * query.asks_for_features}
        GROUP BY feature_name, level""",
        query.adoption_parameters | rule.parameters,
    )
    # Each client found has a feature on file, so without a row there is none.
    amount = int(counted["found"][0]) if counted.height else 0
    searched = _searched(reader, query, rule) if not counted.height else counted["searched"][0]
    return AdoptionOverview(
        features=_feature_rates(counted, amount),
        clients=amount,
        without_features=0 if query.asks_for_features else int(searched) - amount,
    )


def adoption_matrix(
    reader: Reader, query: AdoptionMatrixQuery, rule: LevelRule | None = None
) -> AdoptionMatrix:
    """Return a page of the clients found, and what each of their features is to them.

    rule: what :func:`level_rule` says of the same day, where it is known already.

    Raises :class:`UnknownOrganization` for an ``organization_id`` that is not on file.
    """
    query.check(reader)
    rule = rule or level_rule(reader, query.as_of)
    # Only who asks for a level pays for the levels of all clients.
    cells = (
        feature_cells(reader, rule.as_of)
        if query.level is None
        else rule.cells_sql(reader, clients_as_of(reader, rule.as_of))
    )
    page = reader.query(
        f"""WITH cells AS ({cells}),
        counted AS (
            SELECT organization, count(*) FILTER (is_enabled) AS enabled,
                count(*) FILTER (is_used) AS used
            FROM cells GROUP BY organization HAVING {query.having}
        )
        SELECT organization, organization_id, name, enabled, used,
            100.0 * used / nullif(enabled, 0) AS rate
        FROM ({_clients(reader, query, rule)}) JOIN counted USING (organization)
        ORDER BY {_ORDER[query.order]}, lower(name), organization_id
        LIMIT $limit OFFSET $offset""",
        query.adoption_parameters
        | (rule.parameters if query.level is not None else {"as_of": rule.as_of})
        | {"limit": query.limit, "offset": (query.page - 1) * query.limit},
    )
    # A constant takes DuckDB straight to the rows: half the time of a list.
    numbers = ", ".join(map(str, page["organization"])) or "NULL"
    of_page = (
        f"(SELECT organization, total_users FROM {clients_as_of(reader, rule.as_of)} "
        f"WHERE organization IN ({numbers}))"
    )
    cells_of_page = reader.query(
        f"""SELECT * EXCLUDE (is_enabled, is_used) FROM ({rule.cells_sql(reader, of_page)})
        WHERE organization IN ({numbers})""",
        rule.parameters,
    )
    return AdoptionMatrix(
        clients=page.drop("organization"),
        cells=page.select("organization", "organization_id")
        .join(cells_of_page, on="organization", maintain_order="left")
        .drop("organization"),
    )


def _clients(reader: Reader, query: AdoptionFilter, rule: LevelRule) -> str:
    """SQL of the active clients that pass what is asked about clients, features or not."""
    return f"""SELECT organization, organization_id, name, total_users
        FROM {clients_as_of(reader, rule.as_of)} WHERE is_active AND {query.client_condition}"""


def _feature_rates(counted: pl.DataFrame, clients: int) -> pl.DataFrame:
    """All features of the vocabulary; one that no client found has on file is not licensed.

    counted: feature_name, level and amount.
    """
    amounts = counted.select("feature_name", pl.col("level").str.to_lowercase(), "amount").pivot(
        "level",
        on_columns=[level.lower() for level in _LICENSED],
        index="feature_name",
        values="amount",
    )
    licensed = pl.sum_horizontal(level.lower() for level in _LICENSED)
    return (
        pl.DataFrame({"feature_name": list(FeatureName)}, schema={"feature_name": pl.String})
        .with_row_index("place")
        .join(amounts, on="feature_name", how="left", maintain_order="left")
        .with_columns(pl.col(level.lower()).fill_null(0).cast(pl.Int64) for level in _LICENSED)
        .with_columns(
            not_licensed=clients - licensed,
            used=pl.sum_horizontal(level.lower() for level in USED_LEVELS),
        )
        .with_columns(rate=pl.when(licensed > 0).then(100 * pl.col("used") / licensed))
        .sort("rate", "place", descending=[True, False], nulls_last=True)
        .select("feature_name", *(level.lower() for level in AdoptionLevel), "used", "rate")
    )


_LICENSED: Final = tuple(AdoptionLevel)[1:]


def _searched(reader: Reader, query: AdoptionFilter, rule: LevelRule) -> int:
    """Count the clients searched."""
    day = {} if query.renewal_within is None else {"as_of": rule.as_of}
    return int(
        reader.value(
            f"SELECT count(*) FROM ({_clients(reader, query, rule)})", query.client_parameters | day
        )
    )
