"""What an import does, or would do, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

from health import formatting
from health.errors import ImportRefused
from health.imports.warnings import WarningKind
from health.vocabulary import FileKind, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from health.imports.warnings import Finding

SHOWN_CHANGES: Final = 1_000
"""Changed values listed in a preview; the counts are of all."""

CHANGES: Final = pl.Schema(
    {
        "organization_id": pl.String(),
        "field": pl.String(),
        "date": pl.Date(),
        "old_value": pl.String(),
        "new_value": pl.String(),
        "name": pl.String(),
    }
)
"""Columns of :attr:`ImportOutcome.changes`."""

NEW_CLIENTS: Final = pl.Schema({"organization_id": pl.String(), "name": pl.String()})
"""Columns of :attr:`ImportOutcome.new_clients`."""


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
    outcomes: how many of each outcome an edit of a client's status writes beside it.
    cleared: how many values of each field become empty; nothing does unless it was asked for.
    changes: the first :data:`SHOWN_CHANGES` values that replace another (:data:`CHANGES`); the
    date is that of the usage, or the day from which a value holds where it is not the import's.
    rejects: line, column, value, reason, accepted; one row for each defect.
    same_as: the number of an earlier import of exactly this file, if there is one.
    new_clients: organization_id and name of every client that was not on file
    (:data:`NEW_CLIENTS`).
    warnings: what is right by the rules and still looks wrong; see :attr:`holds`.
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
    warnings: tuple[Finding, ...] = ()
    cleared: Mapping[str, int] = field(default_factory=dict)
    outcomes: Mapping[Outcome, int] = field(default_factory=dict)
    new_clients: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=NEW_CLIENTS))

    @property
    def holds(self) -> tuple[Finding, ...]:
        """What a person should look at before the file is stored."""
        return tuple(found for found in self.warnings if found.holds)

    @property
    def beside_cleared(self) -> tuple[Finding, ...]:
        """The warnings to show where ``cleared`` is: emptied cells are told twice only if held."""
        emptied = WarningKind.CELLS_EMPTIED
        return tuple(one for one in self.warnings if one.holds or one.kind is not emptied)

    @property
    def has_nothing(self) -> bool:
        """Whether the file has no row, or no value, that could be stored."""
        is_usage = self.kind is FileKind.USAGE
        return self.rows_read == self.rows_rejected or (is_usage and self.first_date is None)

    @property
    def nothing(self) -> str:
        """Why there is nothing to store in it, as a sentence; empty where there is something."""
        if not self.has_nothing:
            return ""
        if not self.rows_read:
            return f"{self.name} has a header and no rows."
        rows = formatting.count(self.rows_read, "row")
        is_one = self.rows_read == 1
        if self.rows_rejected:
            said = "its only row cannot" if is_one else f"none of its {rows} can"
            return f"{self.name}: {said} be stored."
        said = "its only row holds" if is_one else f"its {rows} hold"
        return f"{self.name}: {said} no value."


class FilesRefused(ImportRefused):
    """Files with rejected rows, or with nothing in them, were not stored; ``outcomes`` says why."""

    def __init__(self, outcomes: Sequence[ImportOutcome]) -> None:
        nothing = [outcome.nothing for outcome in outcomes if outcome.has_nothing]
        rejected = "; ".join(
            f"{outcome.name}: {formatting.number(outcome.rows_rejected)} of "
            f"{formatting.count(outcome.rows_read, 'row')}"
            for outcome in outcomes
            if outcome.rows_rejected
        )
        super().__init__(
            f"Nothing was stored. {' '.join(nothing)}"
            if nothing
            else f"Nothing was stored, because rows were rejected ({rejected}). "
            "Fix them and load again, or choose to store the valid rows only."
        )
        self.outcomes = tuple(outcomes)


class FilesHeld(ImportRefused):
    """Files that look wrong as a whole were not stored; ``outcomes`` says what each would do."""

    def __init__(self, outcomes: Sequence[ImportOutcome]) -> None:
        said = " ".join(
            f"{outcome.name}: {found.sentence}" for outcome in outcomes for found in outcome.holds
        )
        super().__init__(f"Nothing was stored, because a person should look first. {said}")
        self.outcomes = tuple(outcomes)
