"""How clients and features are stored: their tables, keys and fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from health.storage.schema import FEATURE_ADOPTION, HISTORY_FIELDS, ORGANIZATIONS, Table
from health.vocabulary import AlertLevel, FileKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from health.files import ParsedFile


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How records of a kind are stored.

    contract: the table as the contract has it.
    table: the table inside; ``key`` names a record in it.
    identity: the columns that a new record is given once and for all.
    file_key: the columns of ``incoming`` that name a record; shown: the one shown in a reject.
    defaults: SQL for fields that a new record must have and a file may leave empty.
    """

    contract: Table
    table: str
    key: tuple[str, ...]
    identity: tuple[str, ...]
    file_key: tuple[str, ...]
    shown: str
    defaults: Mapping[str, str]

    @property
    def history_fields(self) -> tuple[str, ...]:
        """The fields whose values have a history."""
        return HISTORY_FIELDS[self.table]

    @property
    def kept_if_empty(self) -> set[str]:
        """The fields that a record must have: an empty cell never clears them."""
        return {*self.defaults, *(c.name for c in self.contract.columns if c.required)}

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields a file can change, in the contract's order."""
        apart = {*self.contract.key, "inactive_from", "created_at", "updated_at"}
        return tuple(name for name in self.contract.column_names if name not in apart)

    def sql_type(self, field: str) -> str:
        """The SQL type of a field."""
        return next(c.sql_type for c in self.contract.columns if c.name == field)

    def same(self, left: str, right: str) -> str:
        """SQL that is true where two relations speak of one record."""
        return " AND ".join(f"{left}.{name} = {right}.{name}" for name in self.key)


KINDS: Final[Mapping[FileKind, Kind]] = {
    FileKind.ORGANIZATIONS: Kind(
        contract=ORGANIZATIONS,
        table="clients",
        key=("organization",),
        identity=("organization", "organization_id"),
        file_key=("client",),
        shown="organization_id",
        defaults={"alert_level": f"'{AlertLevel.DASHBOARD_ONLY}'", "is_active": "true"},
    ),
    FileKind.FEATURES: Kind(
        contract=FEATURE_ADOPTION,
        table="adoption",
        key=("organization", "feature_name"),
        identity=("organization", "feature_name"),
        file_key=("client", "feature"),
        shown="feature",
        defaults={"is_enabled": "false", "is_used": "false"},
    ),
}


def has_empty_cells(parsed: ParsedFile) -> bool:
    """Whether a file of clients or features has empty cells that keep what is on file, or clear it.

    A cell of what a record must have never clears, and a feed may say already that the others do.
    """
    kind, use = KINDS.get(parsed.kind), parsed.feed_use
    if kind is None or (use is not None and use.feed.empty_clears):
        return False
    able = [
        name for name in kind.fields if name in parsed.columns and name not in kind.kept_if_empty
    ]
    return any(parsed.rows[name].has_nulls() for name in able)


SCORED_FIELDS: Final = "('', 'total_users', 'is_active', 'is_enabled', 'is_used', 'first_used_at')"
"""Fields whose change moves scores; a new record has the entry of no field."""
