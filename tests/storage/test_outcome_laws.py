"""Which outcomes are impossible: the SQL against a plain reading of the same rule."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from health.storage import outcome_laws
from health.storage.database import Database
from health.vocabulary import Outcome

Row = tuple[int, int, Outcome, bool]
"""Organization, day, outcome, and whether it is new."""

START = date(2026, 1, 1)

rows = st.lists(
    st.tuples(
        st.integers(1, 2),
        st.integers(0, 9),
        st.sampled_from([Outcome.CHURNED, Outcome.CHURNED, Outcome.REACTIVATED, Outcome.RENEWED]),
        st.booleans(),
    ),
    unique_by=lambda row: row[:3],
    max_size=12,
)


def left_twice(told: list[Row]) -> set[tuple[int, int]]:
    """Of each absence, one departure counts: the one on file, else the first."""
    refused = set()
    for client in {row[0] for row in told}:
        returns = [day for one, day, what, _ in told if (one, what) == (client, "REACTIVATED")]
        left = [(day, new) for one, day, what, new in told if (one, what) == (client, "CHURNED")]
        absences: list[list[tuple[bool, int]]] = []
        last = None
        for day, is_new in sorted(left):
            if last is None or any(last <= back <= day for back in returns):
                absences.append([])
            absences[-1].append((is_new, day))
            last = day
        for absence in absences:
            refused |= {(client, day) for _, day in sorted(absence)[1:]}
    return refused


@given(told=rows)
def test_a_client_leaves_once_in_each_absence(shared_database: Database, told: list[Row]) -> None:
    frame = pl.DataFrame(
        [(one, START + timedelta(day), str(what), new) for one, day, what, new in told],
        schema={
            "organization": pl.Int32,
            "date": pl.Date,
            "outcome": pl.String,
            "is_new": pl.Boolean,
        },
        orient="row",
    )
    with shared_database.write() as writer:
        writer.register("told", frame)
        found = writer.query(outcome_laws.left_twice_sql("told"))
    refused = {
        (one, (day - START).days) for one, day in found.select("organization", "date").rows()
    }
    assert refused == left_twice(told)
