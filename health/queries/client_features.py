"""Which features one client has and how much it uses them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from health.queries.adoption_levels import AdoptionLevel, level_rule
from health.queries.arguments import check_day, find_organization
from health.scoring.history import clients_as_of
from health.vocabulary import FeatureName

if TYPE_CHECKING:
    from datetime import date

    from health.queries.adoption_levels import LevelRule
    from health.storage.database import Reader


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
    """One feature of one client; dates and count as on file, None where unknown.

    is_used: as in the score: enabled, and used up to the day asked about.
    is_idle: used, and last used so long ago that it is not used recently.
    level: how much it is used, against the client's peers.
    uses_per_user: uses per licensed user; low, high: a quarter of the peers are below the one, a
    quarter above the other. None where unknown, and with too few peers.
    """

    feature_name: FeatureName
    is_enabled: bool
    is_used: bool
    usage_count: int | None
    first_used_at: date | None
    last_used_at: date | None
    is_idle: bool
    level: AdoptionLevel
    uses_per_user: float | None
    low: float | None
    high: float | None

    def was_used_by(self, day: date) -> bool:
        """Whether there was any use up to a day, also of one that is no longer enabled."""
        return self.is_used or (self.first_used_at is not None and self.first_used_at <= day)


@dataclass(frozen=True, kw_only=True)
class FeatureAdoptionSummary:
    """One client's features and how many of them are enabled and used.

    idle_features: those of the used that were not used recently.
    adoption_rate: used of enabled, in percent; None where no feature is enabled.
    features: in the order of the vocabulary.
    """

    total_features: int
    enabled_features: int
    used_features: int
    idle_features: int
    adoption_rate: float | None
    features: tuple[FeatureUse, ...]


def feature_adoption(
    reader: Reader, query: FeatureAdoptionQuery, rule: LevelRule | None = None
) -> FeatureAdoptionSummary:
    """Return the client's features; all zero where none is on file.

    rule: what :func:`level_rule` says of the same day, where it is known already.

    Raises :class:`UnknownOrganization`.
    """
    organization = find_organization(reader, query.organization_id)
    rule = rule or level_rule(reader, query.as_of)
    clients = (
        f"(SELECT organization, total_users FROM {clients_as_of(reader, query.as_of)} "
        "WHERE organization = $organization)"
    )
    frame = reader.query(
        rule.cells_sql(reader, clients), rule.parameters | {"organization": organization}
    ).drop("organization")
    found = {row["feature_name"]: _feature_use(row) for row in frame.iter_rows(named=True)}
    features = [found[feature] for feature in FeatureName if feature in found]
    enabled = sum(feature.is_enabled for feature in features)
    used = sum(feature.is_used for feature in features)
    return FeatureAdoptionSummary(
        total_features=len(features),
        enabled_features=enabled,
        used_features=used,
        idle_features=sum(feature.is_idle for feature in features),
        adoption_rate=100 * used / enabled if enabled else None,
        features=tuple(
            feature
            for feature in features
            if not query.only_unused or feature.level is AdoptionLevel.UNUSED
        ),
    )


def _feature_use(row: dict[str, Any]) -> FeatureUse:
    named = {
        "feature_name": FeatureName[row["feature_name"]],
        "level": AdoptionLevel[row["level"]],
    }
    return FeatureUse(**row | named)
