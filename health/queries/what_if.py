"""What a draft of the scoring model would do to all clients on one day; nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import polars as pl

from health import formatting
from health.queries.arguments import check_day
from health.queries.extra_points import extra_points
from health.scoring.active_model import latest_day
from health.scoring.components import Component
from health.scoring.day import scores_sql
from health.scoring.formula import STORED
from health.scoring.history import clients_as_of, has_scored_history
from health.scoring.model import STANDARD, ScoringModel, parts_by_value
from health.scoring.placing import place_spans_sql
from health.scoring.schemes import FOR_EVER, Scheme, in_force, schemes, stored_models
from health.vocabulary import RiskLevel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from health.scoring.components import Part
    from health.scoring.segments import Segment
    from health.storage.database import Reader

_GRAVITY: Final = {level.value: number for number, level in enumerate(RiskLevel)}
"""The risk levels from the lowest to the highest."""

_SHOWN: Final = tuple(name for name in STORED if name != "previous_score")


@dataclass(frozen=True, kw_only=True)
class WhatIfQuery:
    """A draft against what is in force on a day, by default the latest with usage.

    against: another draft or version to compare it with; None for what is in force.
    segments: in order, the clients that are scored with a model of their own and not the draft.

    Raises :class:`ArgumentError` for what is no day.
    """

    draft: ScoringModel
    as_of: date | None = None
    against: ScoringModel | None = None
    segments: tuple[Segment, ...] = ()

    def __post_init__(self) -> None:
        """Raise :class:`ArgumentError` for what is no day."""
        if self.as_of is not None:
            check_day("as_of", self.as_of)


@dataclass(frozen=True, kw_only=True)
class WhatIf:
    """What the draft changes.

    frame: a row for each client with a score by either: organization_id, organization_name,
    annual_value, drafted and in_force (versions of the model tried and of the one compared with)
    and change (points, null unless scored by both); score, risk_level, trend and coverage, each
    with ``_before`` by that and ``_after`` by the draft, null where there is no score; part (key of
    the component that moved the score most, null where it stays) with its points_before and
    points_after. Who changes most is first.
    drafts, in_force: the models tried, and those compared with, by version.
    as_of: the day; None where no usage is on file.
    """

    frame: pl.DataFrame
    drafts: Mapping[str, ScoringModel]
    in_force: Mapping[str, ScoringModel]
    as_of: date | None

    @cached_property
    def compared(self) -> pl.DataFrame:
        """The clients with a score by both."""
        return self.frame.drop_nulls("change")

    @property
    def compared_with(self) -> str:
        """The names of the models compared with."""
        return formatting.listing(
            list(dict.fromkeys(model.label for model in self.in_force.values()))
        )

    def behind(self, before: RiskLevel | None, after: RiskLevel | None) -> pl.DataFrame:
        """The clients that go from one level to another; None is no score."""
        return self.frame.filter(
            pl.col("risk_level_before").eq_missing(before),
            pl.col("risk_level_after").eq_missing(after),
        )

    @cached_property
    def moves(self) -> Mapping[tuple[str | None, str | None], int]:
        """How many clients go from one risk level to another; None is no score."""
        counted = self.frame.group_by("risk_level_before", "risk_level_after").len()
        return {(before, after): clients for before, after, clients in counted.iter_rows()}

    @property
    def to_another_level(self) -> pl.DataFrame:
        """The clients at another risk level by the draft, or without a score by one of the two."""
        return self.frame.filter(pl.col("risk_level_before").ne_missing(pl.col("risk_level_after")))

    @cached_property
    def to_higher_risk(self) -> pl.DataFrame:
        """The clients at a higher risk by the draft."""
        return self.compared.filter(_gravity("after") > _gravity("before"))

    @cached_property
    def to_lower_risk(self) -> pl.DataFrame:
        """The clients at a lower risk by the draft."""
        return self.compared.filter(_gravity("after") < _gravity("before"))

    def mean(self, column: str) -> float | None:
        """The average of a column over the clients with a score by both; None without any."""
        average = self.compared[column].mean()
        return average if isinstance(average, float) else None


def what_if(reader: Reader, query: WhatIfQuery) -> WhatIf:
    """Return what the draft would change; see :class:`WhatIf`.

    What is in force are the stored scores; where one of the day is missing or out of date, all
    are computed anew, as the draft is.
    """
    as_of = query.as_of or latest_day(reader)
    day = as_of or FOR_EVER
    has_history = has_scored_history(reader)
    tried = Scheme(publication_id=0, from_day=day, model=query.draft, segments=query.segments)
    draft = _scores_sql(reader, tried, "drafted", has_history=has_history)
    if query.against or _is_out_of_date(reader, as_of):
        scheme = in_force(schemes(reader), day)
        if query.against:
            scheme = replace(tried, model=query.against, segments=())
        present = _scores_sql(reader, scheme, "in_force", has_history=has_history)
    else:
        present = """SELECT scores.*, model_version AS in_force
            FROM scores JOIN scoring_runs USING (run_id) WHERE score_date = $last"""
    both = ", ".join(
        f"present.{name} AS {name}_before, draft.{name} AS {name}_after" for name in _SHOWN
    )
    frame = reader.query(
        f"""SELECT organization_id, name AS organization_name, annual_value, drafted, in_force,
            {both}
        FROM ({draft}) AS draft
        FULL JOIN ({present}) AS present USING (organization)
        JOIN {clients_as_of(reader, as_of)} USING (organization)""",
        {"last": as_of},
    )
    versions = frame["in_force"].drop_nulls().unique().sort().to_list()
    known = stored_models(reader)
    if query.against:
        known = {**known, query.against.version: query.against}
    drafts = {model.version: model for model in tried.models}
    models = {version: known.get(version, STANDARD) for version in versions}
    explained = _explained(frame, drafts, models)
    return WhatIf(frame=explained, drafts=drafts, in_force=models, as_of=as_of)


def _scores_sql(reader: Reader, scheme: Scheme, name: str, *, has_history: bool) -> str:
    """SQL of the scores of ``$last``, with the version of the model of each as ``name``."""
    parts = [(scheme.model, "clients")]
    if len(scheme.models) > 1:
        places = place_spans_sql(reader, scheme)
        parts = [
            (
                model,
                f"""(SELECT organization FROM {places}
                WHERE place = {place} AND $last BETWEEN first_day AND last_day)""",
            )
            for place, model in enumerate(scheme.models)
        ]
    return " UNION ALL ".join(
        f"""SELECT *, '{model.version.replace("'", "''")}' AS {name}
        FROM ({scores_sql(model, clients, has_history=has_history)})"""
        for model, clients in parts
    )


def _is_out_of_date(reader: Reader, as_of: date | None) -> bool:
    return bool(
        reader.value(
            "SELECT 1 FROM stale WHERE $last BETWEEN first_day AND last_day LIMIT 1",
            {"last": as_of},
        )
    )


def _explained(
    frame: pl.DataFrame, drafts: Mapping[str, ScoringModel], in_force: Mapping[str, ScoringModel]
) -> pl.DataFrame:
    """The frame with the change and the part that moved the score most, in order."""
    parts = list(parts_by_value((*drafts.values(), *in_force.values())).values())
    extra = [part for part in parts if not isinstance(part, Component)]
    sides = {"before": (in_force, "in_force"), "after": (drafts, "drafted")}
    frame = frame.with_columns(
        extra_points(part, models, pl.col(version), pl.col(f"extra_points_{when}")).alias(
            f"{part.column}_{when}"
        )
        for part in extra
        for when, (models, version) in sides.items()
    )
    before, after = (
        {part: _weight(part, when, models, pl.col(version)) for part in parts}
        for when, (models, version) in sides.items()
    )
    frame = frame.with_columns(
        pl.col("overall_score_after")
        .cast(pl.Int16)
        .sub(pl.col("overall_score_before"))
        .alias("change"),
        _average("before", before).alias("old"),
        pl.sum_horizontal(before.values()).alias("known_before"),
        pl.sum_horizontal(after.values()).alias("known_after"),
    )
    # Measured from the old score, the shares of the parts add up to the change: a part that counts
    # more pulls the score to its own points.
    pulls = frame.select(
        (after[part] * (pl.col(f"{part.column}_after") - pl.col("old")) / pl.col("known_after"))
        .fill_null(0)
        .sub(
            (
                before[part]
                * (pl.col(f"{part.column}_before") - pl.col("old"))
                / pl.col("known_before")
            ).fill_null(0)
        )
        .mul(pl.col("change").sign())
        .alias(part.value)
        for part in parts
    )
    pulls = pulls.with_columns(pl.max_horizontal(pl.all()).alias("most"))
    most = pulls.select(
        pl.coalesce(
            pl.when(pl.col(key) == pl.col("most")).then(pl.lit(key))
            for key in (part.value for part in parts)
        )
    ).to_series()
    return (
        frame.with_columns(
            pl.when(pl.col("change") != 0).then(most).alias("part"),
        )
        .select(
            "organization_id",
            "organization_name",
            "annual_value",
            "drafted",
            "in_force",
            "change",
            *(
                pl.col(f"{column}_{when}").alias(f"{name}_{when}")
                for column, name in (
                    ("overall_score", "score"),
                    ("risk_level", "risk_level"),
                    ("trend", "trend"),
                    ("coverage", "coverage"),
                )
                for when in ("before", "after")
            ),
            "part",
            *(
                pl.coalesce(
                    pl.when(pl.col("part") == part.value).then(pl.col(f"{part.column}_{when}"))
                    for part in parts
                ).alias(f"points_{when}")
                for when in ("before", "after")
            ),
        )
        .sort(
            pl.col("change").abs(),
            _moved(),
            "annual_value",
            "organization_id",
            descending=[True, True, True, False],
            nulls_last=True,
        )
    )


def _weight(part: Part, when: str, models: Mapping[str, ScoringModel], version: pl.Expr) -> pl.Expr:
    """The weight of a part in the model of a row; null where it has no points."""
    weights = {name: model.weight(part) for name, model in models.items()}
    known = pl.col(f"{part.column}_{when}").is_not_null()
    return pl.when(known).then(
        version.replace_strict(weights or {"": 0}, default=None, return_dtype=pl.Int64)
    )


def _average(when: str, weights: Mapping[Part, pl.Expr]) -> pl.Expr:
    points = pl.sum_horizontal(
        weight * pl.col(f"{part.column}_{when}") for part, weight in weights.items()
    )
    return points / pl.sum_horizontal(weights.values())


def _gravity(when: str) -> pl.Expr:
    return pl.col(f"risk_level_{when}").cast(pl.String).replace_strict(_GRAVITY, default=None)


def _moved() -> pl.Expr:
    return pl.col("risk_level_before") != pl.col("risk_level_after")
