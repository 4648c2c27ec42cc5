"""Recording one value, feature or client by hand: a file of one row, same rules and history."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import TYPE_CHECKING

from health import clock, formatting
from health.errors import ArgumentError, UnknownOrganization
from health.files import RejectReason, read_file
from health.imports.editing import named, update_organizations
from health.imports.outcome import FilesRefused
from health.imports.store import store
from health.vocabulary import FeatureName, MetricType, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from health.imports.outcome import ImportOutcome
    from health.storage.database import Database


def record_usage(
    database: Database,
    organization_id: str,
    metric_type: MetricType | str,
    value: int,
    date: date,
    *,
    by: str = "",
    today: date | None = None,
) -> ImportOutcome:
    """Store one usage value: a whole number in the metric's unit, for one client and day.

    today: the day after which the next one is the last that is accepted; where it is not given,
    the calendar day of this machine.

    Raises :class:`UnknownOrganization`, or :class:`ArgumentError` naming what is wrong.
    """
    row = {
        "organization_id": organization_id,
        "metric_type": str(metric_type),
        "date": date.isoformat(),
        "value": str(value),
    }
    what = f"{_label(MetricType, metric_type)} on {formatting.day(date)}"
    return _store_row(database, row, what=what, by=by, today=today or clock.today())


def update_feature_adoption(
    database: Database,
    organization_id: str,
    feature_name: FeatureName | str,
    is_enabled: bool,
    is_used: bool,
    usage_count: int | None = None,
    *,
    by: str = "",
    valid_from: date | None = None,
    today: date | None = None,
) -> ImportOutcome:
    """Store whether a client has a feature and uses it; first and last use stay as they are.

    valid_from: the day since which it is so; today where it is not given. Days before keep what
    was in force on them; the first that is ever recorded of a feature holds for all time before.
    today: where it is not given, the calendar day of this machine.

    Raises :class:`UnknownOrganization`, or :class:`ArgumentError` naming what is wrong.
    """
    row = {
        "organization_id": organization_id,
        "feature_name": str(feature_name),
        "is_enabled": str(is_enabled).lower(),
        "is_used": str(is_used).lower(),
    }
    if usage_count is not None:
        row["usage_count"] = str(usage_count)
    if valid_from is not None:
        row["valid_from"] = valid_from.isoformat()
    what = _label(FeatureName, feature_name)
    return _store_row(database, row, what=what, by=by, today=today or clock.today())


def update_organization(
    database: Database,
    organization_id: str,
    changes: Mapping[str, object],
    *,
    valid_from: date | None = None,
    reason: str = "",
    by: str = "",
    today: date | None = None,
) -> ImportOutcome:
    """Store other values of one client; see :func:`~health.imports.editing.update_organizations`.

    today: where it is not given, the calendar day of this machine.
    """
    return update_organizations(
        database,
        [organization_id],
        changes,
        today=today or clock.today(),
        valid_from=valid_from,
        reason=reason,
        by=by,
    )


def record_outcome(
    database: Database,
    organization_id: str,
    outcome: Outcome | str,
    date: date,
    *,
    value_change: Decimal | int | None = None,
    reason: str = "",
    by: str = "",
    today: date | None = None,
) -> ImportOutcome:
    """Store what became of a client on a day; what is on file of it and not given stays.

    value_change: by how much the yearly value changed; below 0 where it fell.
    today: the day after which the next one is the last that is accepted; where it is not given,
    the calendar day of this machine.

    Raises :class:`UnknownOrganization`, or :class:`ArgumentError` naming what is wrong: a day
    before the first usage, or a client that leaves twice without coming back between.
    """
    row = {
        "organization_id": organization_id,
        "date": date.isoformat(),
        "outcome": str(outcome),
        "value_change": "" if value_change is None else f"{Decimal(value_change):f}",
        "reason": " ".join(reason.split()),
    }
    what = f"{_label(Outcome, outcome).lower()} on {formatting.day(date)}"
    return _store_row(database, row, what=what, by=by, today=today or clock.today())


def _label(words: type[MetricType | FeatureName | Outcome], value: str) -> str:
    """The label of a word; the word itself where it is none, which is refused later on."""
    return next((word.label for word in words if word.value == value), str(value))


def _name(database: Database, organization_id: str, what: str) -> str:
    """What the history calls it: whose value it is, and that it was recorded by hand."""
    with database.read() as reader:
        name = reader.value(
            "SELECT any_value(name) FROM clients WHERE organization_id = $id",
            {"id": organization_id},
        )
    return f"By hand: {named(organization_id, name)}, {what}"


def _store_row(
    database: Database, row: dict[str, str], *, what: str, by: str, today: date
) -> ImportOutcome:
    name = _name(database, row["organization_id"], what)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(row)
    writer.writerow(row.values())
    parsed = read_file(text.getvalue().encode(), name=name, today=today)
    try:
        return store(database, [parsed], by=by)[0]
    except FilesRefused as refused:
        defect = refused.outcomes[0].rejects.row(0, named=True)
        if defect["reason"] == RejectReason.UNKNOWN_ORGANIZATION.label:
            raise UnknownOrganization(row["organization_id"]) from None
        raise ArgumentError(
            defect["column"], f"“{defect['value']}” is {defect['reason']}. {defect['accepted']}"
        ) from None
