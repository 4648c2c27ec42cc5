"""Why a row is rejected, and the list of rejects that people get to see."""

from __future__ import annotations

from typing import Final

import polars as pl

from health.files.formulas import neutralize
from health.vocabulary import MAXIMUM_VALUE, Word

TEXT_LENGTH: Final = 500
"""The most characters of a name, an industry or another text."""

ID_LENGTH: Final = 200
"""The most characters of an organization's id."""

SHOWN_LENGTH: Final = 200
"""The most characters of a refused cell that are kept to show; the rest becomes “…”."""

REJECTS: Final[dict[str, pl.DataType]] = {
    "line": pl.Int64(),
    "column": pl.String(),
    "value": pl.String(),
    "reason": pl.String(),
    "accepted": pl.String(),
}
"""The columns of a list of rejects.

``reason`` is the label of a :class:`RejectReason`, ``accepted`` what would have been accepted;
``column`` is the contract's name of the column, empty where the whole row is at fault.
"""


class RejectReason(Word):
    """Why a row is not stored; ``label`` says what is wrong, ``description`` what is accepted."""

    FIELD_COUNT = (
        "FIELD_COUNT",
        "not as many fields as the header",
        "As many fields as the header has; text that holds the delimiter in quotation marks.",
    )
    UNNAMED_COLUMN = (
        "UNNAMED_COLUMN",
        "stands in a column without a name",
        "Nothing below an empty header cell; or a column name above it.",
    )
    MISSING_COLUMN = (
        "MISSING_COLUMN",
        "missing column",
        "Add the column to the first line of the file, whatever its place among the others.",
    )
    EMPTY_REQUIRED = ("EMPTY_REQUIRED", "empty required cell", "A value; this cell must be filled.")
    NOT_AN_INTEGER = (
        "NOT_AN_INTEGER",
        "not an integer",
        "A whole number in plain digits such as 1250, without sign or separators.",
    )
    NEGATIVE = ("NEGATIVE", "negative", "A number of 0 or more.")
    TOO_LARGE = ("TOO_LARGE", "too large", f"A number of at most {MAXIMUM_VALUE}.")
    ABOVE_100_PERCENT = (
        "ABOVE_100_PERCENT",
        "percentage above 100",
        "A whole percentage from 0 to 100.",
    )
    NOT_AN_AMOUNT = (
        "NOT_AN_AMOUNT",
        "not an amount",
        "An amount such as 1250 or 1250.50: digits, a dot, at most two decimals, no currency.",
    )
    NOT_A_DATE = (
        "NOT_A_DATE",
        "not an ISO date",
        "A date as year-month-day, such as 2026-11-23; a time may follow.",
    )
    YEAR_OUT_OF_RANGE = (
        "YEAR_OUT_OF_RANGE",
        "date outside the years 1900 to 2200",
        "A date from 1900-01-01 to 2200-12-31.",
    )
    AFTER_TOMORROW = (
        "AFTER_TOMORROW",
        "date later than tomorrow",
        "A day that is over, today or tomorrow.",
    )
    NOT_YES_OR_NO = ("NOT_YES_OR_NO", "not yes or no", "true or false, yes or no, 1 or 0.")
    UNKNOWN_METRIC = (
        "UNKNOWN_METRIC",
        "unknown metric",
        "The name of a metric, such as DAILY_ACTIVE_USERS.",
    )
    UNKNOWN_FEATURE = (
        "UNKNOWN_FEATURE",
        "unknown feature",
        "The name of a feature, such as CASE_MANAGEMENT.",
    )
    UNKNOWN_ALERT_LEVEL = (
        "UNKNOWN_ALERT_LEVEL",
        "unknown alert level",
        "NONE, DASHBOARD_ONLY or PROACTIVE.",
    )
    TOO_LONG = (
        "TOO_LONG",
        "too long",
        f"At most {ID_LENGTH} characters for an organization_id, {TEXT_LENGTH} for other text.",
    )
    UNPRINTABLE = (
        "UNPRINTABLE",
        "holds a line break or an invisible character",
        "Text on one line without control characters or invisible ones.",
    )
    TOTAL_ROW = (
        "TOTAL_ROW",
        "a row of totals, not a client",
        "Rows of clients only; remove this one from the file.",
    )
    PLACEHOLDER = (
        "PLACEHOLDER",
        "a word that stands for no value",
        "The client's own id or name; remove the row if there is none.",
    )
    SPREADSHEET_ERROR = (
        "SPREADSHEET_ERROR",
        "an error value of a spreadsheet",
        "The value that the formula should have given, or an empty cell.",
    )
    UNKNOWN_ORGANIZATION = (
        "UNKNOWN_ORGANIZATION",
        "unknown organization",
        "The organization_id of a client on file; load it with an organizations file first.",
    )
    UNKNOWN_OUTCOME = (
        "UNKNOWN_OUTCOME",
        "unknown outcome",
        "CHURNED, DOWNGRADED, RENEWED, EXPANDED or REACTIVATED.",
    )
    BEFORE_FIRST_USAGE = (
        "BEFORE_FIRST_USAGE",
        "before the first usage of the client",
        "A day on or after the first usage on file; load the earlier usage first.",
    )
    LEFT_TWICE = (
        "LEFT_TWICE",
        "a second time that the client left, without a return between",
        "One CHURNED for each time; a REACTIVATED on the day the client came back.",
    )
    NOT_A_START = (
        "NOT_A_START",
        "not an ISO date or “always”",
        "The day from which the values hold, such as 2026-11-23; always, where they replace all "
        "earlier ones.",
    )
    WITHOUT_START = (
        "WITHOUT_START",
        "no day beside rows that have one",
        "A day in each row of a client or feature that has several, or in none.",
    )
    LEFT_AND_ACTIVE = (
        "LEFT_AND_ACTIVE",
        "left, and active",
        "is_active false with the day on which the client left, or true without such a day.",
    )
    KEY_TWICE = (
        "KEY_TWICE",
        "key twice in the file with different values",
        "One row for each key, or the same values in all of them.",
    )


def rejects_of(
    reason: RejectReason,
    *,
    column: str,
    lines: pl.Series,
    values: pl.Series,
    accepted: pl.Series | None = None,
) -> pl.DataFrame:
    """A list of rejects (columns of :data:`REJECTS`) that share a reason and a column.

    ``lines`` are line numbers and ``values`` the refused cells as text, in the same order;
    ``accepted`` replaces the reason's own sentence where a row can be told more.
    """
    fixed = {"column": column, "reason": reason.label, "accepted": reason.description}
    frame = pl.DataFrame({"line": lines, "value": values}).with_columns(
        pl.lit(text).alias(name) for name, text in fixed.items()
    )
    if accepted is not None:
        frame = frame.with_columns(accepted.alias("accepted"))
    return frame.select(pl.col(name).cast(dtype) for name, dtype in REJECTS.items()).with_columns(
        _shortened("value")
    )


def _shortened(column: str) -> pl.Expr:
    """Long text cut, so that a list of rejects stays small whatever was in the file."""
    text = pl.col(column)
    shown = pl.concat_str(text.str.head(SHOWN_LENGTH), pl.lit("…"))
    return pl.when(text.str.len_chars() > SHOWN_LENGTH).then(shown).otherwise(text).alias(column)


def rejects_to_csv(rejects: pl.DataFrame) -> bytes:
    """The rejects as CSV (UTF-8) that a spreadsheet can open without running anything.

    A text that starts like a formula (``=``, ``+``, ``-``, ``@``, tab, carriage return) gets an
    apostrophe in front.
    """
    return rejects.with_columns(neutralize(pl.col(pl.String))).write_csv().encode()
