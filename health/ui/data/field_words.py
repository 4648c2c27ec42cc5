"""Fields on file, and their values, as people read them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from health.files.feeds.feed import CLIENT
from health.files.feeds.preview import shown
from health.storage.schema import FEATURE_ADOPTION, ORGANIZATIONS, OUTCOMES
from health.vocabulary import FeatureName, MetricType, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

_LABELS: Final = {
    CLIENT: "Client",
    "csm": "Owner (CSM)",
    "metric_type": "Metric",
    "value": "Value of the metric",
    "is_active": "Active",
    "is_enabled": "Enabled",
    "is_used": "Used",
    **{metric.column: metric.label for metric in MetricType},
    **{metric.value: metric.label for metric in MetricType},
}
_READ: Final[dict[str, Callable[[str], object]]] = {
    "BIGINT": int,
    "DATE": date.fromisoformat,
    "BOOLEAN": lambda text: text == "true",
    "DECIMAL(18,2)": Decimal,
}
_TYPES: Final = {
    **{
        column.name: column.sql_type
        for table in (ORGANIZATIONS, FEATURE_ADOPTION, OUTCOMES)
        for column in table.columns
    },
    **{metric.value: "BIGINT" for metric in MetricType},
}


def label(field: str) -> str:
    """What a column of the contract, or a field of an import, is called on the page.

    A field of a feature or an outcome has its name in front: ``SSO is_used`` is “SSO: used”.
    """
    feature, _, own = field.rpartition(" ")
    if feature in FeatureName.__members__:
        return f"{FeatureName[feature].label}: {label(own).lower()}"
    if feature in Outcome.__members__:
        return f"{Outcome[feature].label}: {label(own).lower()}"
    return _LABELS.get(field, field.replace("_", " ").capitalize())


def value(field: str, text: str | None) -> str:
    """A value of a field, given as the database writes it, as people read it."""
    if text is None:
        return "empty"
    read = _READ.get(_TYPES.get(field.rpartition(" ")[2], ""))
    return shown(text if read is None else read(text))
