"""The scores of the days before outcomes, by any models, in memory; nothing is stored.

The scorer reads no usage after the day scored, and takes what was in force on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from health.scoring import runs
from health.scoring.components import Component
from health.scoring.model import parts_by_value
from health.vocabulary import RiskLevel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date

    import numpy.typing as npt

    from health.scoring.model import ScoringModel
    from health.scoring.schemes import Scheme
    from health.storage.database import Writer

    Whole = npt.NDArray[np.int64]

CLIENT_DAYS: Final = 500_000
"""Client-days scored between two looks at whether to stop: half a second and some 350 MB."""

CLIENTS: Final = "backtest_clients"
"""Table of the clients: organization and nth, its row in the arrays."""

NONE: Final = 255
"""No data, in the arrays."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PastScores:
    """Scores by client and day.

    first: the day of the first column. columns: overall_score, coverage, is_high and the points
    of each part; arrays of (clients + 1, days) with :data:`NONE` for no data. The last row is that
    of a client without any. organizations: the number of each client.
    """

    first: date
    columns: Mapping[str, npt.NDArray[np.uint8]]
    organizations: Whole

    def place(self, days: pl.Series) -> Whole:
        """Return the columns of days."""
        found: Whole = (days - self.first).dt.total_days().to_numpy()
        return found

    def at(self, names: Iterable[str], row: Whole, place: Whole) -> list[pl.Series]:
        """Return what is at places in the arrays, by name; null for no data."""
        flat = row * self.columns["overall_score"].shape[1] + place
        found = [pl.Series(name, self.columns[name].take(flat)) for name in names]
        return [
            one.set(one == NONE, None).cast(pl.Boolean if one.name == "is_high" else pl.UInt8)
            for one in found
        ]


def compute(
    writer: Writer,
    scheme: Scheme,
    *,
    back: int,
    progress: Callable[[float], None],
) -> PastScores:
    """Score the days before ``bad_outcomes``, and fill :data:`CLIENTS`.

    back: how many days before the first of them to begin. progress: told the finished
    share between two steps; what it raises ends the work.
    """
    span = writer.record(
        f"SELECT min(day) - {back:d} AS first, max(day) - 1 AS last FROM bad_outcomes"
    )
    first: date = span["first"]
    last: date = span["last"]
    days = (last - first).days + 1
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE {CLIENTS} AS
        SELECT organization, row_number() OVER (ORDER BY organization) - 1 AS nth
        FROM usage_span WHERE first_date <= $last""",
        {"last": last},
    )
    organizations = writer.query(
        f"SELECT organization::BIGINT AS number FROM {CLIENTS} ORDER BY nth"
    )
    clients = organizations.height
    names = [part.column for part in parts_by_value(scheme.models).values()]
    names += ["overall_score", "coverage", "is_high"]
    columns = {name: np.full((clients + 1, days), NONE, dtype=np.uint8) for name in names}
    step = max(CLIENT_DAYS // (days + max(model.reach for model in scheme.models)), 1)
    for begin in range(0, clients, step):
        writer.execute(
            f"""CREATE OR REPLACE TEMP TABLE backtest_spans AS
            SELECT organization, $first::DATE AS first_day, $last::DATE AS last_day
            FROM {CLIENTS} WHERE nth >= $begin AND nth < $begin + $step""",
            {"first": first, "last": last, "begin": begin, "step": step},
        )
        # A range of one day is scored another way, which knows no spans.
        before = first - timedelta(days=1)
        for model, scores in runs.scores_by_model(writer, scheme, "backtest_spans", before, last):
            found = writer.query(
                f"""SELECT nth * {days:d} + (score_date - DATE '{first}') AS place,
                    {_columns(model)}
                FROM ({scores.sql}) JOIN {CLIENTS} USING (organization)""",
                scores.parameters,
            )
            place = found["place"].to_numpy()
            for name in found.columns[1:]:
                columns[name].ravel()[place] = found[name].fill_null(NONE).to_numpy()
            progress(min((begin + step) / clients, 1.0))
    return PastScores(
        first=first, columns=columns, organizations=organizations["number"].to_numpy()
    )


def _columns(model: ScoringModel) -> str:
    parts = [component.column for component in Component]
    parts += [
        f"extra_points[{at}] AS {part.column}" for at, part in enumerate(model.extra_parts, start=1)
    ]
    high = f"(risk_level = '{RiskLevel.HIGH}')::UTINYINT AS is_high"
    return f"{', '.join(parts)}, overall_score, coverage, {high}"
