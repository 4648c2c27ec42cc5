"""Outcomes of a file, held against usage and the outcomes on file, into their table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from health.files import RejectReason
from health.imports.staging import ACCEPTED, Merged, refuse, refuse_unknown_clients
from health.storage.outcome_laws import KEY, before_usage_sql, left_twice_sql, with_stored

if TYPE_CHECKING:
    from datetime import datetime

    from health.files import ParsedFile
    from health.storage.database import Writer

_VALUES: Final = {"value_change": "DECIMAL(18,2)", "reason": "VARCHAR"}


def merge_outcomes(
    writer: Writer, parsed: ParsedFile, import_id: int, at: datetime, *, empty_clears: bool
) -> Merged:
    """Merge the accepted outcomes, registered as ``incoming``; an empty cell keeps what is there.

    empty_clears: it empties it, where the file has the column.
    """
    refuse_unknown_clients(writer)
    _refuse_conflicts(writer)
    _stage(writer, parsed)
    _refuse_impossible(writer)
    write(writer, import_id, at, empty=parsed.columns if empty_clears else ())
    return Merged(
        **writer.record(
            """SELECT count(*) FILTER (old_import_id IS NULL) AS rows_new,
                count(old_import_id) AS rows_changed, count(DISTINCT organization) AS clients
            FROM outcome_changes WHERE import_id = $id""",
            {"id": import_id},
        )
    )


def write(writer: Writer, import_id: int, at: datetime, *, empty: tuple[str, ...] = ()) -> None:
    """Store the rows of ``staged`` (:data:`KEY`, value_change, reason) that say something new.

    empty: the columns in which an empty cell empties what is on file.
    """
    new = {
        name: f"staged.{name}" if name in empty else f"coalesce(staged.{name}, stored.{name})"
        for name in _VALUES
    }
    differ = " OR ".join(f"stored.{name} IS DISTINCT FROM {sql}" for name, sql in new.items())
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE written AS
        SELECT {KEY}, {", ".join(f"{sql} AS {name}" for name, sql in new.items())},
            {", ".join(f"stored.{name} AS old_{name}" for name in _VALUES)},
            stored.import_id AS old_import_id, stored.recorded_at AS old_recorded_at
        FROM staged LEFT JOIN outcomes AS stored USING ({KEY})
        WHERE stored.import_id IS NULL OR {differ}"""
    )
    writer.execute(
        f"""INSERT INTO outcome_changes BY NAME
        SELECT {import_id:d} AS import_id, * EXCLUDE (value_change, reason) FROM written"""
    )
    writer.execute(f"DELETE FROM outcomes WHERE ({KEY}) IN (SELECT ({KEY}) FROM written)")
    writer.execute(
        f"""INSERT INTO outcomes BY NAME
        SELECT {KEY}, value_change, reason, {import_id:d} AS import_id, $at AS recorded_at
        FROM written ORDER BY {KEY}""",
        {"at": at},
    )


def _refuse_conflicts(writer: Writer) -> None:
    """Refuse rows of one outcome that say different things of it."""
    key = "client, date, outcome"
    refuse(
        writer,
        RejectReason.KEY_TWICE,
        f"""SELECT line, 'outcome', outcome::VARCHAR,
            coalesce(lag(line) OVER same, lead(line) OVER same)
        FROM incoming SEMI JOIN (
            SELECT {key} FROM (SELECT DISTINCT * EXCLUDE (line) FROM {ACCEPTED})
            GROUP BY {key} HAVING count(*) > 1
        ) USING ({key})
        WINDOW same AS (PARTITION BY {key} ORDER BY line)""",
        names_other_line=True,
    )


def _stage(writer: Writer, parsed: ParsedFile) -> None:
    """Fill ``staged``: a row an outcome, with the columns that the file may lack."""
    values = ", ".join(
        f"any_value({name}) AS {name}" if name in parsed.columns else f"NULL::{kind} AS {name}"
        for name, kind in _VALUES.items()
    )
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE staged AS
        SELECT organization, date, outcome::VARCHAR AS outcome, {values}
        FROM {ACCEPTED} JOIN named USING (client) GROUP BY ALL"""
    )


def _refuse_impossible(writer: Writer) -> None:
    """Refuse what cannot be, and leave it out of ``staged``."""
    for reason, column, faults in (
        (RejectReason.BEFORE_FIRST_USAGE, "date", before_usage_sql("staged")),
        (RejectReason.LEFT_TWICE, "outcome", left_twice_sql(with_stored("staged"))),
    ):
        writer.execute(
            f"""CREATE OR REPLACE TEMP TABLE impossible AS
            SELECT {KEY} FROM ({faults}) SEMI JOIN staged USING ({KEY})"""
        )
        refuse(
            writer,
            reason,
            f"""SELECT line, '{column}', {column}::VARCHAR
            FROM incoming JOIN named USING (client)
            SEMI JOIN impossible ON impossible.organization = named.organization
                AND impossible.date = incoming.date
                AND impossible.outcome = incoming.outcome::VARCHAR""",
        )
        writer.execute(f"DELETE FROM staged WHERE ({KEY}) IN (SELECT ({KEY}) FROM impossible)")
