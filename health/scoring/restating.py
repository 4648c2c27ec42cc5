"""What restating the past would change; nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from health.errors import PublishingRefused
from health.scoring import runs
from health.scoring.publishing import last_scored_day
from health.scoring.schemes import schemes

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from health.storage.database import Database


@dataclass(frozen=True, kw_only=True)
class Restatement:
    """What happens to the scores of the days restated.

    scores: how many are stored. changed: how many would have another number.
    levels: how many another risk level. gone: how many would be no more.
    """

    scores: int
    changed: int
    levels: int
    gone: int


def preview_restatement(
    database: Database, from_day: date, *, progress: Callable[[float], None] | None = None
) -> Restatement:
    """Compare the stored scores from a day on with those by the model published last.

    Raises :class:`PublishingRefused` for a day on which that is in force already.
    """
    with database.rehearse() as writer:
        newest, scored = schemes(writer)[-1], last_scored_day(writer)
        if newest.from_day <= from_day:
            raise PublishingRefused(f"“{newest.model.label}” is in force on that day already.")
        total = dict.fromkeys(Restatement.__annotations__, 0)
        if scored is None or scored < from_day:
            return Restatement(**total)
        last = min(scored, newest.from_day - timedelta(days=1))
        shares = runs.shares(writer, newest, from_day, last)
        for number, (low, high) in enumerate(shares, start=1):
            bounds = {"low": low, "high": high, "first": from_day, "last": last}
            writer.execute(
                """CREATE OR REPLACE TEMP TABLE restated AS
                SELECT organization, $first::DATE AS first_day, $last::DATE AS last_day
                FROM clients WHERE organization BETWEEN $low AND $high""",
                bounds,
            )
            runs.compute_scheme(writer, newest, from_day, last, "restated")
            found = writer.record(
                """SELECT count(*) AS scores,
                    count(*) FILTER (was.overall_score <> computed.overall_score) AS changed,
                    count(*) FILTER (was.risk_level <> computed.risk_level) AS levels,
                    count(*) FILTER (computed.organization IS NULL) AS gone
                FROM (
                    SELECT * FROM scores WHERE organization BETWEEN $low AND $high
                        AND score_date BETWEEN $first AND $last
                ) AS was
                LEFT JOIN computed USING (organization, score_date)""",
                bounds,
            )
            total = {name: total[name] + found[name] for name in total}
            if progress is not None:
                progress(number / len(shares))
    return Restatement(**total)
