"""The back-test: how well the scores of a model told bad outcomes apart, days before they came."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import polars as pl

from health.backtest import cases, past_scores
from health.backtest.area import CHANCE, Area, Cases, area, caught_by_worst, chance, science
from health.errors import ArgumentError, Cancelled, NothingToJudge
from health.scoring.model import parts_by_value
from health.scoring.schemes import Scheme
from health.vocabulary import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import date

    from health.backtest.past_scores import PastScores
    from health.scoring.components import Part
    from health.scoring.model import ScoringModel
    from health.storage.database import Database, Reader, Writer

HORIZONS: Final = (30, 60, 90, 180)
"""Days before an outcome on which the score is judged."""

MAIN_HORIZON: Final = 90
"""The horizon the first sentence is about, chosen beforehand: the best of several would flatter."""

LEAST_OUTCOMES: Final = 20
"""Fewer show nothing."""

WORST: Final = 0.1
_SCORING: Final = 0.6
"""Share of the time that the scores take."""

_FAR: Final = 1000
"""Days to a renewal from which on all are alike."""


class Verdict(StrEnum):
    """What the outcomes show of a score."""

    PREDICTS = "predicts"
    TOO_FEW = "too few"
    CHANCE = "chance"
    WRONG_WAY = "wrong way"


@dataclass(frozen=True, kw_only=True)
class Horizon:
    """What the score said so many ``days`` before bad outcomes.

    area: how well it ranks; None where nothing can be compared. chance: between which areas 95 of
    100 lie if the outcomes are dealt out by lot. parts, renewal: how well each part of the score
    ranks by itself, and the days to the renewal.
    outcomes: bad ones on file; scored: those with a score that day. coverage: percent of their
    weights that had data, on average.
    churned_value: yearly value of the clients that left; churned_value_high: that at high risk.
    lift: how many times more outcomes the worst tenth of the clients had than a tenth would.
    alarms: clients at high risk on a day judged. false_alarms: those of them without a bad outcome
    after any of these days: organization_id, name, days (judged at high risk), first_day, last_day,
    lowest (score).
    losses: each outcome, see :func:`~health.backtest.cases.find_losses`.
    """

    days: int
    area: Area | None
    chance: tuple[float, float] | None
    parts: Mapping[Part, Area | None]
    renewal: Area | None
    outcomes: int
    scored: int
    coverage: float | None
    churned_value: Decimal
    churned_value_high: Decimal
    lift: float | None
    alarms: int
    false_alarms: pl.DataFrame
    losses: pl.DataFrame

    @property
    def misses(self) -> pl.DataFrame:
        """The outcomes that had a score, and not at high risk; the most value first."""
        return self.losses.filter(~pl.col("is_high")).sort(
            "value", "day", descending=True, nulls_last=True
        )

    @property
    def median_lead(self) -> float | None:
        """Days before the outcome of the first high risk, of the outcomes that had one."""
        median = self.losses["lead_days"].median()
        return None if median is None else float(str(median))

    @property
    def verdict(self) -> Verdict:
        """What these outcomes show: a ranking better than by lot, or nothing."""
        if self.area is None or self.area.outcomes < LEAST_OUTCOMES:
            return Verdict.TOO_FEW
        if self.area.high < CHANCE:
            return Verdict.WRONG_WAY
        by_lot = self.chance[1] if self.chance else CHANCE
        if self.area.low > CHANCE and self.area.value > by_lot:
            return Verdict.PREDICTS
        return Verdict.CHANCE


@dataclass(frozen=True, kw_only=True)
class Backtest:
    """What the scores of a model, or of those of a scheme, were worth.

    first_day, last_day: those of the outcomes.
    """

    scheme: Scheme
    first_day: date
    last_day: date
    horizons: tuple[Horizon, ...]

    @property
    def model(self) -> ScoringModel:
        """The model of the clients that fit no segment."""
        return self.scheme.model

    @property
    def main(self) -> Horizon:
        """The horizon the verdict is about."""
        return min(self.horizons, key=lambda one: abs(one.days - MAIN_HORIZON))


def backtest(
    database: Database,
    models: ScoringModel | Scheme,
    *,
    horizons: Collection[int] = HORIZONS,
    first: date | None = None,
    last: date | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Backtest:
    """Hold the scores a model gives against the bad outcomes on file; nothing is stored.

    Only what was on file for a day counts: usage up to it, and what was in force on it. With
    segments, each client is judged by the model of the one it was in on the day scored.

    first, last: the days between which outcomes count, both in. progress: told the finished share.
    cancelled: asked between two steps: there are 61 for 10,000 clients and three years.

    Raises :class:`NothingToJudge` without outcomes, :class:`JudgeMissing` without SciPy,
    :class:`ArgumentError` for horizons that are none, and :class:`Cancelled`.
    """
    if not horizons or not all(1 <= one <= 366 for one in horizons):
        raise ArgumentError("horizons", "Days before an outcome must be from 1 to 366.")
    science("special")
    reached, scheme = stoppable(progress, cancelled), Scheme.of(models)
    with database.read() as reader:
        writer = reader.scratch()
        if not cases.find_outcomes(writer, first, last):
            is_part = first is not None or last is not None
            raise NothingToJudge(
                "No client left or was downgraded between these days." if is_part else cases.NOTHING
            )
        span = writer.record("SELECT min(day) AS first, max(day) AS last FROM bad_outcomes")
        past = past_scores.compute(
            writer,
            scheme,
            back=max(*horizons, cases.LEAD),
            progress=lambda share: reached(share * _SCORING),
        )
        judged = []
        asked = sorted(set(horizons))
        for place, days in enumerate(asked):
            step = in_turn(
                lambda share: reached(_SCORING + (1 - _SCORING) * share), place, len(asked)
            )
            judged.append(_judge(writer, past, scheme, days, step))
    return Backtest(
        scheme=scheme, first_day=span["first"], last_day=span["last"], horizons=tuple(judged)
    )


def stoppable(
    progress: Callable[[float], None] | None, cancelled: Callable[[], bool] | None
) -> Callable[[float], None]:
    """Return what tells how far the work is, and raises :class:`Cancelled` where it is to stop."""

    def reached(share: float) -> None:
        if cancelled is not None and cancelled():
            raise Cancelled("The back-test was stopped. Nothing was changed.")
        if progress is not None:
            progress(share)

    return reached


def in_turn(tell: Callable[[float], None], place: int, of: int) -> Callable[[float], None]:
    """Return what tells how far one of several parts is as how far the whole is, from 0 to 1."""
    return lambda share: tell((place + share) / of)


def _judge(
    writer: Writer,
    past: PastScores,
    scheme: Scheme,
    days: int,
    reached: Callable[[float], None],
) -> Horizon:
    found = cases.find_cases(writer, past, days)
    reached(0.3)
    losses = cases.find_losses(writer, past, days)
    reached(0.4)
    ranked = _cases(found, "overall_score")
    churned = losses.filter(pl.col("outcome") == Outcome.CHURNED, pl.col("is_high").is_not_null())
    high = found.filter("is_high")
    seen = high.filter("is_bad")["client"].unique()
    false = high.filter(~pl.col("client").is_in(seen.implode()))
    caught = caught_by_worst(ranked, WORST)
    overall, by_lot = area(ranked), chance(ranked)
    parts: dict[Part, Area | None] = {}
    judged = parts_by_value(scheme.models).values()
    for place, part in enumerate(judged):
        reached(0.5 + 0.4 * place / len(judged))
        parts[part] = area(_cases(found, part.column))
    reached(0.9)
    far = found.with_columns(pl.col("days_to_renewal").clip(upper_bound=_FAR))
    renewal = area(_cases(far, "days_to_renewal"))
    reached(1.0)
    return Horizon(
        days=days,
        area=overall,
        chance=by_lot,
        parts=parts,
        renewal=renewal,
        outcomes=losses.height,
        scored=losses.height - losses["is_high"].null_count(),
        coverage=_mean(losses["coverage"]),
        churned_value=_total(churned),
        churned_value_high=_total(churned.filter("is_high")),
        lift=None if caught is None else caught / WORST,
        alarms=high["client"].n_unique(),
        false_alarms=_false_alarms(writer, false),
        losses=losses,
    )


def _cases(found: pl.DataFrame, column: str) -> Cases:
    known = found.select("day", "client", "is_bad", pl.col(column).cast(pl.Int64)).drop_nulls()
    return Cases(
        day=known["day"].to_numpy(),
        client=known["client"].to_numpy(),
        score=known[column].to_numpy(),
        is_bad=known["is_bad"].to_numpy(),
    )


def _false_alarms(reader: Reader, high: pl.DataFrame) -> pl.DataFrame:
    """See :class:`Horizon`; the longest first."""
    names = reader.query(
        "SELECT organization::BIGINT AS client, organization_id, name FROM clients"
    )
    return (
        high.group_by("client")
        .agg(
            days=pl.len(),
            first_day=pl.col("score_date").min(),
            last_day=pl.col("score_date").max(),
            lowest=pl.col("overall_score").min(),
        )
        .join(names, on="client")
        .sort("days", "organization_id", descending=[True, False])
        .select("organization_id", "name", "days", "first_day", "last_day", "lowest")
    )


def _mean(numbers: pl.Series) -> float | None:
    mean = numbers.mean()
    return None if mean is None else float(str(mean))


def _total(losses: pl.DataFrame) -> Decimal:
    return Decimal(str(losses["value"].sum() or 0))
