"""One value on file, and from where and whom it came: what a form shows before it is changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from health import formatting
from health.vocabulary import MetricType

if TYPE_CHECKING:
    from datetime import date, datetime

    from health.storage.database import Reader


@dataclass(frozen=True, kw_only=True)
class UsageValueQuery:
    """Which value is meant: a client, a metric and a day."""

    organization_id: str
    metric_type: MetricType
    date: date


@dataclass(frozen=True, kw_only=True)
class RecordedValue:
    """A value on file; imported_at (UTC), imported_by and name are of the import that wrote it."""

    value: int
    imported_at: datetime
    imported_by: str
    name: str

    @property
    def sentence(self) -> str:
        """The value and where it came from."""
        by = f" by {self.imported_by}" if self.imported_by else ""
        return (
            f"On file: {formatting.number(self.value)}, stored "
            f"{formatting.moment(self.imported_at)} UTC{by} from {self.name}."
        )


def recorded_value(reader: Reader, query: UsageValueQuery) -> RecordedValue | None:
    """Return the value on file, None where there is none."""
    row = reader.record(
        f"""SELECT value, imported_at, imported_by, name
        FROM (
            SELECT stored.{query.metric_type.column} AS value, coalesce((
                SELECT max(import_id) FROM usage_changes AS changes
                WHERE changes.organization = stored.organization AND changes.date = $day
                    AND changes.metric = $metric), stored.import_id) AS import_id
            FROM usage_daily AS stored JOIN clients USING (organization)
            WHERE organization_id = $client AND stored.date = $day
        ) JOIN imports USING (import_id)
        WHERE value IS NOT NULL""",
        {"client": query.organization_id, "day": query.date, "metric": query.metric_type.value},
    )
    return RecordedValue(**row) if row else None
