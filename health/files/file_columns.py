"""What the columns of each kind of file may be."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Final

from health.files.reasons import ID_LENGTH, TEXT_LENGTH, RejectReason
from health.files.rules import Amount, Choice, Day, Integer, Rule, Start, Text, YesNo
from health.vocabulary import AlertLevel, FeatureName, FileKind, MetricType, Outcome, Unit

WHAT_IS_WRONG: Final = "what_is_wrong"
"""The column that marks a file of rejected rows, fixed or not; it is left out."""

_METRIC_COLUMNS: Final = frozenset(metric.column for metric in MetricType)

PERCENTAGE: Final = Integer(maximum=100, above=RejectReason.ABOVE_100_PERCENT)
"""The rule of a metric in percent."""


class Layout(StrEnum):
    """One row per client, metric and day (long), or one column per metric (wide)."""

    LONG = "long"
    WIDE = "wide"


@dataclass(frozen=True, kw_only=True)
class FileColumn:
    """A column of the contract: its ``header`` in files and its ``name`` in the typed rows."""

    header: str
    name: str
    rule: Rule
    required: bool


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The columns of one kind of file, in the contract's order.

    ``ignored`` are columns that our own exports carry and a load sets itself.
    """

    kind: FileKind
    layout: Layout
    label: str
    columns: tuple[FileColumn, ...]
    ignored: tuple[str, ...]

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header accepted in such a file."""
        return (*(column.header for column in self.columns), *self.ignored)

    @cached_property
    def keys(self) -> frozenset[str]:
        """The headers accepted, squeezed."""
        return frozenset(squeeze(header) for header in self.headers)

    def missing(self, squeezed: Iterable[str]) -> list[str]:
        """What a file with these headers (see :func:`squeeze`) lacks to be of this shape."""
        present = set(squeezed)
        lacks = [
            f"“{column.header}”"
            for column in self.columns
            if column.required and squeeze(column.header) not in present
        ]
        if self.layout is Layout.WIDE and not present & {squeeze(name) for name in _METRIC_COLUMNS}:
            lacks.append("a column named after a metric, such as “daily_active_users”")
        return lacks


def squeeze(name: str) -> str:
    """A header without case, blanks, hyphens and underscores: organizationid."""
    return re.sub(r"[\s_\-]+", "", name).casefold()


def shapes(today: date) -> tuple[Shape, ...]:
    """The five shapes a file can have; nothing may have happened after the day after ``today``."""
    tomorrow = Day(latest=today + timedelta(days=1))
    organization = _required("organization_id", Text(longest=ID_LENGTH, is_name=True))
    text = Text(longest=TEXT_LENGTH)
    return (
        Shape(
            kind=FileKind.ORGANIZATIONS,
            layout=Layout.LONG,
            label="an organizations file",
            columns=(
                organization,
                _required("name", Text(longest=TEXT_LENGTH, is_name=True)),
                _optional("total_users", Integer()),
                _optional("renewal_date", Day()),
                _optional("industry", text),
                _optional("employee_count", Integer()),
                _optional("csm", text),
                _optional("annual_value", Amount()),
                _optional("alert_level", Choice(AlertLevel, RejectReason.UNKNOWN_ALERT_LEVEL)),
                _optional("is_active", YesNo()),
                _optional("inactive_from", Day()),
                _optional("valid_from", Start()),
            ),
            ignored=("created_at", "updated_at", WHAT_IS_WRONG),
        ),
        Shape(
            kind=FileKind.USAGE,
            layout=Layout.LONG,
            label="a usage file with one row per metric",
            columns=(
                organization,
                _required(
                    "metric_type", Choice(MetricType, RejectReason.UNKNOWN_METRIC), name="metric"
                ),
                _required("date", tomorrow),
                _required("value", Integer()),
            ),
            ignored=("created_at", WHAT_IS_WRONG),
        ),
        Shape(
            kind=FileKind.USAGE,
            layout=Layout.WIDE,
            label="a usage file with one column per metric",
            columns=(
                organization,
                _required("date", tomorrow),
                *(_optional(metric.column, _rule_of(metric)) for metric in MetricType),
            ),
            ignored=("created_at", WHAT_IS_WRONG),
        ),
        Shape(
            kind=FileKind.FEATURES,
            layout=Layout.LONG,
            label="a feature adoption file",
            columns=(
                organization,
                _required(
                    "feature_name",
                    Choice(FeatureName, RejectReason.UNKNOWN_FEATURE),
                    name="feature",
                ),
                _optional("is_enabled", YesNo()),
                _optional("is_used", YesNo()),
                _optional("first_used_at", tomorrow),
                _optional("last_used_at", tomorrow),
                _optional("usage_count", Integer()),
                _optional("valid_from", Start()),
            ),
            ignored=("created_at", "updated_at", WHAT_IS_WRONG),
        ),
        Shape(
            kind=FileKind.OUTCOMES,
            layout=Layout.LONG,
            label="a file of outcomes",
            columns=(
                organization,
                _required("date", tomorrow),
                _required("outcome", Choice(Outcome, RejectReason.UNKNOWN_OUTCOME)),
                _optional("value_change", Amount(is_change=True)),
                _optional("reason", text),
            ),
            ignored=("recorded_at", WHAT_IS_WRONG),
        ),
    )


def _required(header: str, rule: Rule, *, name: str | None = None) -> FileColumn:
    return FileColumn(header=header, name=name or header, rule=rule, required=True)


def _optional(header: str, rule: Rule) -> FileColumn:
    return FileColumn(header=header, name=header, rule=rule, required=False)


def _rule_of(metric: MetricType) -> Rule:
    return PERCENTAGE if metric.unit is Unit.PERCENT else Integer()
