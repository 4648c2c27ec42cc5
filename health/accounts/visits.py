"""What a viewer has seen before, and what happened since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from health.clock import now
from health.scoring.history import clients_as_of
from health.vocabulary import RiskLevel

if TYPE_CHECKING:
    from datetime import date

    import polars as pl

    from health.storage.database import Database, Reader


def remember_visit(database: Database, viewer: str, day: date) -> int:
    """Remember that a viewer has seen ``day``; the day seen before it stays to compare with.

    Returns the version of the data it makes, which differs from the one before in nothing else.
    """
    with database.write() as writer:
        last, earlier = last_visit(writer, viewer)
        before = earlier if last == day else last
        writer.execute("DELETE FROM viewers WHERE viewer = $viewer", {"viewer": viewer})
        writer.execute(
            """INSERT INTO viewers (viewer, day, day_before, data_version, looked_at)
            SELECT $viewer, $day, $before, data_version, $now FROM state""",
            {"viewer": viewer, "day": day, "before": before, "now": now()},
        )
        return writer.next_version()


def last_visit(reader: Reader, viewer: str) -> tuple[date | None, date | None]:
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
        JOIN {clients_as_of(reader, as_of)} USING (organization)
        WHERE earlier.risk_level = '{RiskLevel.HIGH}' AND now.risk_level <> '{RiskLevel.HIGH}'
            AND ($csm IS NULL OR csm = $csm)
        ORDER BY lower(name), organization_id""",
        {"as_of": as_of, "before": before, "csm": csm},
    )
