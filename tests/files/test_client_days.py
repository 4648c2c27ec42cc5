"""Usage of a file by client and day, held against a grouping by hand."""

from __future__ import annotations

from datetime import date
from unittest.mock import patch

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_files import table, usage

from health.files import ParsedFile
from health.files.client_days import ClientDays, client_days
from health.vocabulary import MetricType

Row = tuple[str, str, date, int]
Key = tuple[str, str, date]

some_rows = st.lists(
    st.tuples(
        st.sampled_from(["A", "B", "Zürich", "org-1"]),
        st.sampled_from([metric.value for metric in MetricType]),
        st.dates(date(1900, 1, 1), date(2026, 11, 1)) | st.just(date(2026, 10, 1)),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=30,
)


def long_values(found: ClientDays) -> dict[Key, int]:
    """The values of ``days`` by id, metric and date; fails where a client-day is there twice."""
    assert not found.days.select("client", "date").is_duplicated().any()
    columns = [name for name in found.days.columns if name not in {"client", "date"}]
    rows = found.days.join(found.clients, on="client").unpivot(
        columns, index=["organization_id", "date"]
    )
    return {
        (key, metric.upper(), day): value
        for key, day, metric, value in rows.drop_nulls("value").rows()
    }


def lines(found: pl.DataFrame) -> list[int]:
    return found["line"].to_list()


@pytest.mark.parametrize("roomy", [0, 4, 1_000_000], ids=["sorted", "as it is", "a grid"])
@given(rows=some_rows)
def test_each_value_stands_once_and_those_that_clash_are_left_out(
    roomy: int, rows: list[Row]
) -> None:
    by_key: dict[Key, set[int]] = {}
    for *key, value in rows:
        by_key.setdefault((key[0], key[1], key[2]), set()).add(value)
    with patch("health.files.client_days._ROOMY", roomy):
        found = client_days(usage(*rows).rows)
    assert long_values(found) == {
        key: max(values) for key, values in by_key.items() if len(values) == 1
    }
    assert lines(found.conflicts) == [
        line
        for line, (client, metric, day, _) in enumerate(rows, start=2)
        if len(by_key[client, metric, day]) > 1
    ]
    assert lines(found.lines) == list(range(2, len(rows) + 2))


@given(rows=some_rows)
def test_a_wide_file_with_the_same_values_gives_the_same_days(rows: list[Row]) -> None:
    once = {(client, metric, day): value for client, metric, day, value in rows}
    wide = [
        {"organization_id": client, "date": day, **dict.fromkeys(_columns()), metric.lower(): value}
        for (client, metric, day), value in once.items()
    ]
    found = table(wide).client_days
    assert long_values(found) == once
    assert found.conflicts.is_empty()


def test_a_wide_client_day_with_two_values_of_a_metric_is_left_out_whole() -> None:
    found = table(
        [
            {"organization_id": "A", "date": date(2026, 1, 1), "api_calls": 1, "cases_closed": 5},
            {"organization_id": "A", "date": date(2026, 1, 1), "api_calls": 2, "cases_closed": 5},
            {"organization_id": "B", "date": date(2026, 1, 1), "api_calls": 1, "cases_closed": 0},
        ]
    ).client_days
    assert long_values(found) == {
        ("B", "API_CALLS", date(2026, 1, 1)): 1,
        ("B", "CASES_CLOSED", date(2026, 1, 1)): 0,
    }
    assert found.conflicts.drop("client").rows() == [
        (2, "date", "2026-01-01", 3),
        (3, "date", "2026-01-01", 2),
    ]


def test_a_file_is_grouped_once_however_often_it_is_asked_for() -> None:
    file: ParsedFile = usage(("A", "API_CALLS", date(2026, 1, 1), 1))
    assert file.client_days is file.client_days


def _columns() -> list[str]:
    return [metric.column for metric in MetricType]
