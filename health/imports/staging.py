"""What usage, organizations and features have in common on their way in.

A file's accepted rows are registered as ``incoming``, with a number in place of each client's id;
``named`` has the id of each number, and the client's surrogate where it is on file. What only the
database can see is wrong with the rows (an unknown client, a key twice with different values) goes
into the temporary table ``refused``, and their lines are left out of what is merged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from health.files import RejectReason
from health.imports.identity.suggestions import suggestions
from health.vocabulary import FileKind

if TYPE_CHECKING:
    from health.files import ParsedFile
    from health.storage.database import Writer

ACCEPTED: Final = "(FROM incoming ANTI JOIN refused USING (line))"
"""The rows of the file that nothing is wrong with."""


@dataclass(frozen=True, kw_only=True)
class Merged:
    """What merging a file changed: rows of the file that were new or changed, and clients."""

    rows_new: int
    rows_changed: int
    clients: int


def begin(writer: Writer, parsed: ParsedFile) -> None:
    """Let the statements of this transaction see the rows of a file; nothing is refused yet.

    Ids and metrics go in as numbers: joining 5 million rows by the text of an id takes as long as
    reading the file. Of usage ``incoming`` has the lines alone; its values come by client and day.
    """
    if parsed.kind is FileKind.USAGE:
        clients, rows = parsed.client_days.clients, parsed.client_days.lines
    else:
        client = parsed.rows["organization_id"].cast(pl.Categorical).to_physical().alias("client")
        rows = parsed.rows.with_columns(client)
        clients = rows.select("client", "organization_id").unique("client")
        rows = rows.drop("organization_id")
    writer.register("ids", clients)
    writer.execute(
        """CREATE OR REPLACE TEMP TABLE named AS
        SELECT client, organization_id, organization
        FROM ids LEFT JOIN clients USING (organization_id)"""
    )
    writer.register("incoming", rows)
    writer.execute(
        """CREATE OR REPLACE TEMP TABLE refused
        (line BIGINT, "column" VARCHAR, value VARCHAR, reason VARCHAR, other BIGINT)"""
    )


def refuse(
    writer: Writer, reason: RejectReason, defects: str, *, names_other_line: bool = False
) -> int:
    """Refuse the lines of a relation of (line, column, value); return how many there are.

    ``names_other_line``: the relation has a fourth column, the line that each clashes with.
    """
    other = "other" if names_other_line else "NULL"
    columns = "(line, shown, value, other)" if names_other_line else "(line, shown, value)"
    return writer.execute(
        f"""INSERT INTO refused (line, "column", value, reason, other)
        SELECT line, shown, value, '{reason}', {other} FROM ({defects}) AS defects {columns}""",
    )


def refuse_unknown_clients(writer: Writer) -> int:
    """Refuse the rows of clients that are not on file; return how many there are."""
    return refuse(
        writer,
        RejectReason.UNKNOWN_ORGANIZATION,
        "SELECT line, 'organization_id', organization_id "
        "FROM incoming JOIN named USING (client) WHERE organization IS NULL",
    )


def refused_rows(writer: Writer) -> int:
    """How many rows are refused."""
    return int(writer.value("SELECT count(*) FROM incoming SEMI JOIN refused USING (line)"))


def refused(writer: Writer) -> pl.DataFrame:
    """The refused rows as :attr:`~health.files.ParsedFile.rejects` has them."""
    # A line of the file that became several rows is named once.
    frame = writer.query(
        """SELECT DISTINCT line, "column", value, reason, other FROM refused ORDER BY ALL"""
    )
    label = {reason.value: reason.label for reason in RejectReason}
    description = {reason.value: reason.description for reason in RejectReason}
    other = pl.format(" Line {} has the same key.", "other").fill_null("")
    return frame.with_columns(_hint(writer, frame)).select(
        *("line", "column", "value"),
        reason=pl.col("reason").replace_strict(label, return_dtype=pl.String),
        accepted=pl.coalesce(
            "hint", pl.col("reason").replace_strict(description, return_dtype=pl.String) + other
        ),
    )


def _hint(writer: Writer, refused: pl.DataFrame) -> pl.Series:
    """What an unknown id may mean, for each refused row; null where nothing is known."""
    reason = RejectReason.UNKNOWN_ORGANIZATION.value
    if not (refused["reason"] == reason).any():
        return pl.Series("hint", [None] * refused.height, pl.String)
    meant = suggestions(writer, f"(FROM refused WHERE reason = '{reason}')")
    hints = refused["value"].replace_strict(
        meant["value"], meant["hint"], default=None, return_dtype=pl.String
    )
    return hints.set(refused["reason"] != reason, None).alias("hint")
