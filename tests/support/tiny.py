"""A database written row by row, for answers worked out by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from health.scoring.model import STANDARD, ScoringModel

if TYPE_CHECKING:
    from datetime import date

    from health.storage.database import Database

LOADED_AT = datetime(2026, 11, 20, 6, 0, tzinfo=UTC).replace(tzinfo=None)


@dataclass(frozen=True)
class Tiny:
    """Puts rows straight into the tables; ``number`` is the client's number inside."""

    database: Database

    def client(self, number: int, organization_id: str, **columns: object) -> None:
        """Add a client; what is not given is empty."""
        self._insert(
            "clients",
            {
                "organization": number,
                "organization_id": organization_id,
                "name": f"Client {organization_id}",
                "alert_level": "DASHBOARD_ONLY",
                "is_active": True,
                "created_at": LOADED_AT,
                "updated_at": LOADED_AT,
                **columns,
            },
        )

    def usage(self, number: int, day: date, **metrics: int) -> None:
        """Add one day of usage; a metric that is not given has no row."""
        self._insert(
            "usage_daily", {"organization": number, "date": day, "import_id": 1, **metrics}
        )

    def span(self, number: int, first: date, last: date) -> None:
        """Say between which days the usage of a client lies, as an import does."""
        self._insert("usage_span", {"organization": number, "first_date": first, "last_date": last})

    def feature(self, number: int, feature: str, **columns: object) -> None:
        """Add a feature, enabled and used unless said otherwise."""
        self._insert(
            "adoption",
            {
                "organization": number,
                "feature_name": feature,
                "is_enabled": True,
                "is_used": True,
                "created_at": LOADED_AT,
                "updated_at": LOADED_AT,
                **columns,
            },
        )

    def run(self, model: ScoringModel = STANDARD) -> None:
        """Add scoring run 1 and its model."""
        self._insert(
            "scoring_models",
            {
                "model_version": model.version,
                "label": model.label,
                "definition": model.to_json(),
                "created_at": LOADED_AT,
            },
        )
        self._insert(
            "scoring_runs",
            {
                "run_id": 1,
                "model_version": model.version,
                "requested_by": "test",
                "started_at": LOADED_AT,
                "scores": 0,
            },
        )

    def run_by(self, number: int, model: ScoringModel) -> None:
        """Store a model, and a run by it beside run 1."""
        with self.database.write() as writer:
            writer.execute(
                """INSERT INTO scoring_models
                SELECT * REPLACE ($version AS model_version, $label AS label,
                    $definition AS definition)
                FROM scoring_models LIMIT 1""",
                {
                    "version": model.version,
                    "label": model.label,
                    "definition": model.to_json(),
                },
            )
            writer.execute(
                """INSERT INTO scoring_runs
                SELECT $number, $version, 'test', started_at, NULL, NULL, NULL, 0
                FROM scoring_runs LIMIT 1""",
                {"number": number, "version": model.version},
            )

    def score(self, number: int, day: date, overall: int, **columns: object) -> None:
        """Add a score of run 1; low risk, stable and fully covered unless said otherwise."""
        self._insert(
            "scores",
            {
                "organization": number,
                "score_date": day,
                "overall_score": overall,
                "coverage": 100,
                "trend": "STABLE",
                "risk_level": "LOW",
                "run_id": 1,
                **columns,
            },
        )

    def stale(self, number: int, first: date, last: date) -> None:
        """Say that the scores of a client are out of date on the days between, both in."""
        self._insert("stale", {"organization": number, "first_day": first, "last_day": last})

    def _insert(self, table: str, values: dict[str, object]) -> None:
        names = ", ".join(values)
        places = ", ".join(f"${name}" for name in values)
        with self.database.write() as writer:
            writer.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", values)
