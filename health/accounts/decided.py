"""What is decided about clients, and what a viewer has seen before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from health.vocabulary import RiskLevel

if TYPE_CHECKING:
    from datetime import date

    import polars as pl

    from health.storage.database import Reader


def decisions(reader: Reader, as_of: date) -> pl.DataFrame:
    """Return the decisions that stand on ``as_of``, the newest first.

    Columns: organization_id, organization_name, until_day (null where dismissed), reason,
    decided_by, decided_at (UTC), overall_score and risk_level of the day (null without a score).
    """
    return reader.query(
        """SELECT organization_id, name AS organization_name, until_day, reason, decided_by,
            decided_at, overall_score, risk_level
        FROM decisions JOIN clients USING (organization)
        LEFT JOIN (SELECT * FROM scores WHERE score_date = $as_of) AS scores USING (organization)
        WHERE revoked_at IS NULL AND coalesce(until_day > $as_of, true)
        ORDER BY decision_id DESC""",
        {"as_of": as_of},
    )


def last_look(reader: Reader, viewer: str) -> tuple[date | None, date | None]:
    """Return the latest day a viewer has seen, and the one seen before it; None where none."""
    row = reader.record(
        "SELECT day, day_before FROM viewers WHERE viewer = $viewer", {"viewer": viewer}
    )
    return row.get("day"), row.get("day_before")


def left_high_risk(reader: Reader, as_of: date, before: date, csm: str | None) -> pl.DataFrame:
    """Return who was at high risk on ``before`` and is at a lower one now, by name.

    Columns: organization_id, organization_name, risk_level, overall_score, change.
    """
    return reader.query(
        f"""SELECT organization_id, name AS organization_name, now.risk_level, now.overall_score,
            now.overall_score::INTEGER - earlier.overall_score AS change
        FROM (SELECT * FROM scores WHERE score_date = $as_of) AS now
        JOIN (SELECT * FROM scores WHERE score_date = $before) AS earlier USING (organization)
        JOIN clients USING (organization)
        WHERE earlier.risk_level = '{RiskLevel.HIGH}' AND now.risk_level <> '{RiskLevel.HIGH}'
            AND ($csm IS NULL OR csm = $csm)
        ORDER BY lower(name), organization_id""",
        {"as_of": as_of, "before": before, "csm": csm},
    )
