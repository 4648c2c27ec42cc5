"""Clients whose score tells as much of their end as was chosen, so that the truth is known.

A score is nothing but the share of 100 licensed users who were active, drawn from a bell curve.
For 120 days before a bad outcome it is drawn from a curve further down. Outcomes lie 120 days
apart, so that nobody they are compared with is on the way down as well.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import polars as pl

from health.storage.database import Database, Writer

FIRST = date(2024, 1, 1)
DAYS = 500
ENDS = (240, 360, 480)
"""Days from the first on which outcomes can be."""
MEAN, SPREAD = 60.0, 12.0


def true_area(shift: float) -> float:
    """The area under the curve of two bell curves that lie ``shift`` of their widths apart."""
    return 0.5 * (1 + math.erf(shift / 2))


def fill(
    database: Database,
    *,
    clients: int,
    outcomes: int,
    shift: float,
    seed: int = 0,
    ends: Sequence[int] = ENDS,
) -> pl.DataFrame:
    """Fill an empty database, the first ``outcomes`` clients with one; return organization, date.

    shift: how many widths of the curve those lie lower before it.
    """
    random = np.random.default_rng(seed)

    def levels(mean: float) -> np.ndarray:
        return np.clip(np.rint(random.normal(mean, SPREAD, clients)), 0, 100).astype(np.int64)

    made = pl.DataFrame(
        {
            "number": np.arange(1, clients + 1),
            "level": levels(MEAN),
            "low": levels(MEAN - shift * SPREAD),
            "end": [FIRST + timedelta(ends[n % len(ends)]) for n in range(clients)],
        }
    )
    bad = made.head(outcomes).select(
        pl.col("number").cast(pl.Int32).alias("organization"), pl.col("end").alias("date")
    )
    with database.write() as writer:
        writer.register("levels", made)
        writer.register("ends", bad)
        writer.execute(
            """INSERT INTO clients BY NAME SELECT number::INTEGER AS organization,
                'C' || number AS organization_id, 'Client ' || number AS name,
                100 AS total_users, 1000 * number AS annual_value, 'NONE' AS alert_level,
                true AS is_active, now()::TIMESTAMP AS created_at, now()::TIMESTAMP AS updated_at
            FROM levels"""
        )
        writer.execute(
            f"""INSERT INTO usage_daily BY NAME SELECT number::INTEGER AS organization,
                DATE '{FIRST}' + day::INTEGER AS date, 1 AS import_id,
                CASE WHEN number <= {outcomes} AND DATE '{FIRST}' + day::INTEGER
                    BETWEEN levels.end - 120 AND levels.end - 1 THEN low ELSE level END
                    AS monthly_active_users
            FROM levels, range(0, {DAYS}, 25) AS days(day)"""
        )
        writer.execute(
            """INSERT INTO usage_span SELECT organization, min(date), max(date) FROM usage_daily
            GROUP BY organization"""
        )
        put_outcomes(writer, "ends")
    return bad


def put_outcomes(writer: Writer, ends: str, outcome: str = "CHURNED") -> None:
    """Store an outcome for each row of a relation of (organization, date)."""
    writer.execute(
        f"""INSERT INTO outcomes BY NAME SELECT organization, date, '{outcome}' AS outcome,
            1 AS import_id, now()::TIMESTAMP AS recorded_at FROM {ends}"""
    )
