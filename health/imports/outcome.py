"""What an import does, or would do, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

from health.errors import ImportRefused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from health.imports.warnings import Doubt
    from health.vocabulary import FileKind

SHOWN_CHANGES: Final = 1_000
"""Changed values listed in a preview; the counts are of all."""

CHANGES: Final = pl.Schema(
    {
        "organization_id": pl.String(),
        "field": pl.String(),
        "date": pl.Date(),
        "old_value": pl.String(),
        "new_value": pl.String(),
    }
)
"""Columns of :attr:`ImportOutcome.changes`."""


@dataclass(frozen=True, kw_only=True)
class ImportOutcome:
    """What one file does to the data, row by row of the file.

    import_id: its number in the history, that of the earlier import where the file brings nothing
    new the second time; None where nothing was stored.
    rows_read: rows in the file = new + changed + unchanged + rejected.
    clients: clients whose data changes.
    first_date, last_date: days the accepted usage lies between; None for other kinds.
    scores_clients, scores_days: clients, and client-days up to the latest usage date, whose score
    becomes out of date.
    cleared: how many values of each field become empty; nothing does unless it was asked for.
    changes: the first :data:`SHOWN_CHANGES` values that replace another (:data:`CHANGES`); the
    date is that of the usage, or the day from which a value holds where it is not the import's.
    rejects: line, column, value, reason, accepted; one row for each defect.
    same_as: the number of an earlier import of exactly this file, if there is one.
    warnings: what is right by the rules and still looks wrong; it holds nothing back.
    """

    import_id: int | None
    name: str
    kind: FileKind
    size: int
    sha256: str
    rows_read: int
    rows_new: int
    rows_changed: int
    rows_unchanged: int
    rows_rejected: int
    clients: int
    first_date: date | None
    last_date: date | None
    scores_clients: int
    scores_days: int
    changes: pl.DataFrame
    rejects: pl.DataFrame
    same_as: int | None
    warnings: tuple[Doubt, ...] = ()
    cleared: Mapping[str, int] = field(default_factory=dict)


class FilesRefused(ImportRefused):
    """Files with rejected rows were not stored; ``outcomes`` says what each would have done."""

    def __init__(self, outcomes: Sequence[ImportOutcome]) -> None:
        rejected = [outcome for outcome in outcomes if outcome.rows_rejected]
        lines = "; ".join(
            f"{outcome.name}: {outcome.rows_rejected:,} of {outcome.rows_read:,} rows"
            for outcome in rejected
        )
        super().__init__(
            f"Nothing was stored, because rows were rejected ({lines}). "
            "Fix them and load again, or choose to store the valid rows only."
        )
        self.outcomes = tuple(outcomes)
