"""Rows of a usage file as anybody may have written them, right and wrong."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from typing import Any

from hypothesis import strategies as st

from health.vocabulary import MAXIMUM_VALUE, MetricType

HEADER = ("organization_id", "metric_type", "date", "value")
Row = tuple[str, str, str, str]

ids = st.sampled_from(["ORG-1", "org 1", "Zürich", "x^1", "x" * 200, '5" & more', "a;b,c", "😀"])
metrics = st.sampled_from([metric.value for metric in MetricType] + ["Api calls", "sso"])
days = st.dates(date(1890, 1, 1), date(2026, 12, 1)).map(str)
numbers = st.integers(-2, MAXIMUM_VALUE + 2).map(str)
anything = st.text(st.sampled_from(list("0519+-.,;\t\"'=@ \nüß€😀\u200b\x07xX_^")), max_size=8)


def cells(usual: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(usual, usual, usual, anything, usual.map(" {} ".format))


rows = st.lists(st.tuples(cells(ids), cells(metrics), cells(days), cells(numbers)), max_size=12)


def written(table: Sequence[Row], **dialect: Any) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, **{"lineterminator": "\n", **dialect})
    writer.writerow(HEADER)
    writer.writerows(table)
    return text.getvalue()
