"""Which features the demo clients have enabled and used, as the rows of a feature adoption file."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from health.maintenance.demo.companies import NEVER, lean
from health.maintenance.demo.draws import FeatureNoise, Integers, Trait
from health.maintenance.demo.stories import Campaigns, organization_id
from health.vocabulary import FeatureName

if TYPE_CHECKING:
    from health.maintenance.demo.companies import Companies
    from health.maintenance.demo.draws import Draws

_POPULARITY: Final = {
    FeatureName.CASE_MANAGEMENT: 100,
    FeatureName.ANONYMOUS_REPORTING: 90,
    FeatureName.EMPLOYEE_PORTAL: 82,
    FeatureName.SSO: 76,
    FeatureName.CAMPAIGN_MANAGEMENT: 74,
    FeatureName.POLICY_MANAGEMENT: 62,
    FeatureName.COI_DISCLOSURES: 56,
    FeatureName.INVESTIGATION_CHECKLISTS: 50,
    FeatureName.SCHEDULED_REPORTS: 44,
    FeatureName.HRIS_INTEGRATION: 36,
    FeatureName.CUSTOM_DASHBOARDS: 30,
    FeatureName.AI_ASSISTANT: 24,
}
"""How early a feature is enabled, and used, against the others; chance shifts it by up to 30."""


def _evidence(companies: Companies) -> Integers:
    """Per client and feature: 1 where usage data proves it used, −1 where not used, else 0."""
    has_rows = {
        FeatureName.CASE_MANAGEMENT: companies.cases_begin != NEVER,
        FeatureName.CAMPAIGN_MANAGEMENT: ~companies.asks(Campaigns.NONE)[:, 0],
    }
    nothing = np.zeros(len(companies.numbers), dtype=np.int64)
    return np.stack(
        [
            np.where(has_rows[feature], 1, -1) if feature in has_rows else nothing
            for feature in FeatureName
        ],
        axis=1,
    )


def _places(companies: Companies, draws: Draws) -> Integers:
    """Each feature's place in its client's order of preference, from 0."""
    popularity = np.array([_POPULARITY[feature] for feature in FeatureName])
    preference = popularity + draws.feature(FeatureNoise.RANK, -30, 30)
    preference = preference + 200 * _evidence(companies)
    order = np.argsort(-preference, axis=1, kind="stable")
    return np.argsort(order, axis=1, kind="stable")


def _first_use(companies: Companies, draws: Draws) -> Integers:
    """Days back of the first use: for some features within the last year, else long before."""
    recent = draws.feature(FeatureNoise.FIRST_USE, 0, 99) < companies.each(
        lambda life: life.recent_features
    )
    recent &= _evidence(companies) != 1
    day = draws.feature(FeatureNoise.FIRST_USE_DAY, 0, 999_999)
    first = np.where(recent, 8 + day * 383 // 1_000_000, 400 + day * 1_100 // 1_000_000)
    begins = companies.begins[:, None]
    after_start = np.maximum(begins * (100 - day % 40) // 100, 1)
    first = np.where(first > begins, after_start, first)
    return np.maximum(first, companies.ends[:, None] + 3)


def _last_use(companies: Companies, draws: Draws, first: Integers) -> Integers:
    """Days back of the last use: within ten days for most, over a month ago for one in seven."""
    forgotten = draws.feature(FeatureNoise.LAST_USE, 0, 6) == 0
    last = np.where(
        forgotten,
        draws.feature(FeatureNoise.LAST_USE_DAY, 31, 140),
        draws.feature(FeatureNoise.LAST_USE_DAY, 0, 9),
    )
    return np.minimum(last + companies.ends[:, None], first)


def _counts(companies: Companies, draws: Draws, days_used: Integers) -> Integers:
    """How often a feature was used in so many days; more where more people work with it."""
    a_month = companies.users[:, None] * draws.feature(FeatureNoise.COUNT, 5, 60) // 100 + 2
    counts: Integers = np.maximum(days_used * a_month // 30, 1)
    return counts


def features_frame(companies: Companies, draws: Draws, end: date) -> pl.DataFrame:
    """The rows of a feature adoption file, by client and in the contract's order of features.

    A client has a row for every feature, or none at all before it has sent anything.
    """
    places = _places(companies, draws)
    fewest = companies.each(lambda life: life.enabled[0])
    most = companies.each(lambda life: life.enabled[1])
    enabled_count = (
        fewest + draws.trait(Trait.FEATURES_ENABLED, 0, 99)[:, None] * (most - fewest + 1) // 100
    )
    adoption = companies.each(lambda life: life.adoption) * 100
    adoption = np.clip(adoption + lean(companies, draws, Trait.ADOPTION), 0, 10_000)
    is_enabled = places < enabled_count
    is_used = places < (enabled_count * adoption + 5_000) // 10_000
    first = _first_use(companies, draws)
    last = _last_use(companies, draws, first)
    counts = np.where(is_used, _counts(companies, draws, first - last + 1), 0)
    ids = [organization_id(number) for number in companies.numbers]
    epoch_day = (end - date(1970, 1, 1)).days
    used = pl.col("is_used")
    frame = pl.DataFrame(
        {
            "organization_id": np.repeat(np.array(ids, dtype=np.str_), len(FeatureName)).tolist(),
            "feature_name": [feature.value for feature in FeatureName] * len(ids),
            "is_enabled": is_enabled.ravel(),
            "is_used": is_used.ravel(),
            "first_used_at": pl.Series((epoch_day - first).ravel(), dtype=pl.Int32).cast(pl.Date),
            "last_used_at": pl.Series((epoch_day - last).ravel(), dtype=pl.Int32).cast(pl.Date),
            "usage_count": counts.ravel(),
        }
    ).with_columns(
        pl.when(used).then(pl.col("first_used_at")), pl.when(used).then(pl.col("last_used_at"))
    )
    has_data = [life.has_data for life in companies.lives for _ in FeatureName]
    return frame.filter(pl.Series(has_data))
