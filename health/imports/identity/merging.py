"""Two clients become one: usage, features, values and decisions of both under one id."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from health import formatting
from health.imports.identity import snapshot
from health.imports.identity.actions import IdentityRefused, client_of, write_down
from health.imports.outcomes.taken_over import take_over
from health.imports.records import marking
from health.scoring import staleness
from health.scoring.schemes import reach_in_force
from health.storage.record_kinds import KINDS
from health.storage.schema import HISTORY_FIELDS, METRIC_COLUMNS, ORGANIZATIONS
from health.vocabulary import FileKind, IdentityChange, MetricType

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from health.storage.database import Database, Reader, Writer

_SHOWN: Final = 10
"""Values named in a sentence where both clients have one for the same day."""

_LISTED: Final = 500
"""Such values that :attr:`MergeOutcome.differing` lists."""

_FILLED: Final = tuple(
    column.name
    for column in ORGANIZATIONS.columns
    if not column.required
    and column.name not in ("alert_level", "is_active", "created_at", "updated_at", "inactive_from")
)
"""The fields that the client that is kept takes over where it has none."""

_DROPPED: Final = (
    "adoption",
    "record_history",
    "scores",
    "stale",
    "usage_changes",
    "record_changes",
    "outcomes",
    "outcome_changes",
)
"""Tables whose rows of the other client are gone, but for what was taken over; an undo has them."""


class Preferred(StrEnum):
    """Whose usage counts on a day of which both clients have some."""

    KEEP = "keep"
    OTHER = "other"


class MergeConflict(IdentityRefused):
    """Both clients have another value for the same day and metric, and nobody said which counts."""

    title = "The clients were not merged"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A day and a metric of which both clients have a value, and not the same."""

    date: date
    metric: MetricType
    keep_value: int
    other_value: int


@dataclass(frozen=True, kw_only=True)
class MergeOutcome:
    """What merging two clients does, or would do.

    action_id: its number in the history of ids; None where nothing was stored.
    days: days of usage that go over; shared_days: of which the client that is kept has some too.
    conflicts: values of shared days that differ; differing: the first 500 of them.
    features: features that go over; fields: values of the client, by their columns, likewise.
    """

    action_id: int | None
    keep_id: str
    keep_name: str
    other_id: str
    other_name: str
    days: int
    shared_days: int
    conflicts: int
    features: int
    fields: tuple[str, ...]
    differing: tuple[Difference, ...] = ()

    @property
    def sentence(self) -> str:
        """What it does, in words."""
        parts = [formatting.count(self.days, "day") + " of usage"]
        if self.features:
            parts.append(formatting.count(self.features, "feature"))
        if self.fields:
            parts.append(", ".join(name.replace("_", " ") for name in self.fields))
        return (
            f"{self.other_name} ({self.other_id}) becomes part of {self.keep_name} "
            f"({self.keep_id}), with {formatting.listing(parts)}. "
            f"{self.other_id} stays an alias of {self.keep_id}."
        )

    @property
    def conflict_sentence(self) -> str:
        """How many values differ, and what to do; empty where none does."""
        if not self.conflicts:
            return ""
        return (
            f"Both have a different value {formatting.count(self.conflicts, 'time')} for the same "
            f"day ({told(self.differing, self.conflicts)}). Choose whose count."
        )


def plan_merge(
    database: Database, keep_id: str, other_id: str, *, prefer: Preferred | None = None
) -> MergeOutcome:
    """Say what :func:`merge_clients` would do, and store nothing."""
    with database.rehearse() as writer:
        return _merge(writer, keep_id, other_id, prefer or Preferred.KEEP, by=None)


def merge_clients(
    database: Database, keep_id: str, other_id: str, *, by: str, prefer: Preferred | None = None
) -> MergeOutcome:
    """Put two clients together under the id of the first.

    The first keeps its own values and features and takes over those it has none of. Its scores
    are out of date on the days that this touches. The other's id and aliases become its aliases.

    prefer: whose usage counts where both have a value for one day that differs.

    Raises :class:`UnknownOrganization`, :class:`MergeConflict` where ``prefer`` is needed, and
    :class:`IdentityRefused` where both are one client.
    """
    with database.write() as writer:
        return _merge(writer, keep_id, other_id, prefer, by=by)


def _merge(
    writer: Writer, keep_id: str, other_id: str, prefer: Preferred | None, *, by: str | None
) -> MergeOutcome:
    keep, other = client_of(writer, keep_id), client_of(writer, other_id)
    if keep == other:
        raise IdentityRefused(f"“{keep_id}” is one client; name two.")
    conflicts = _conflicts(writer, keep, other)
    differing = _differing(writer) if conflicts else ()
    if conflicts and prefer is None:
        raise MergeConflict(
            f"{keep_id} and {other_id} have different values for the same day "
            f"({told(differing, conflicts)}). Say whose count: --prefer keep or --prefer other."
        )
    action_id = None
    if by is not None:
        action_id = write_down(
            writer, IdentityChange.MERGE, client=keep, other=other, other_id=other_id, by=by
        )
        snapshot.keep(writer, action_id, (keep, other))
    both = {"keep": keep, "other": other}
    names = writer.record(
        """SELECT max(name) FILTER (organization = $keep) AS keep_name,
            max(name) FILTER (organization = $other) AS other_name FROM clients""",
        both,
    )
    _move_usage(writer, both, prefer or Preferred.KEEP)
    staleness.mark_values(
        writer,
        f"(SELECT {keep:d}::INTEGER AS organization, date FROM taken_over WHERE is_changed)",
        reach_in_force(writer),
    )
    own, kind = f"SELECT {keep:d}::INTEGER AS organization", KINDS[FileKind.FEATURES]
    marking.remember(
        writer, kind, f"{own}, feature_name FROM adoption WHERE organization = {other:d}"
    )
    features = _move_features(writer, both)
    marking.mark(writer, kind)
    marking.remember(writer, KINDS[FileKind.ORGANIZATIONS], own)
    fields = _fill_fields(writer, both)
    marking.mark(writer, KINDS[FileKind.ORGANIZATIONS])
    counts = writer.record(
        "SELECT count(*) AS days, count(*) FILTER (is_shared) AS shared_days FROM taken_over"
    )
    _move_the_rest(writer, both, other_id)
    return MergeOutcome(
        action_id=action_id,
        keep_id=keep_id,
        other_id=other_id,
        conflicts=conflicts,
        features=features,
        fields=fields,
        differing=differing,
        **names,
        **counts,
    )


def _conflicts(writer: Writer, keep: int, other: int) -> int:
    """Fill ``conflicts``: the values of one day and metric that differ; return how many."""
    differing = "\nUNION ALL\n".join(
        f"""SELECT date, '{metric}' AS metric, own.{metric.column} AS own_value,
            others.{metric.column} AS other_value
        FROM own JOIN others USING (date) WHERE own.{metric.column} <> others.{metric.column}"""
        for metric in MetricType
    )
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE conflicts AS
        WITH own AS (FROM usage_daily WHERE organization = {keep:d}),
            others AS (FROM usage_daily WHERE organization = {other:d})
        {differing}"""
    )
    return int(writer.value("SELECT count(*) FROM conflicts"))


def _differing(reader: Reader) -> tuple[Difference, ...]:
    rows = reader.records(f"FROM conflicts ORDER BY date, metric LIMIT {_LISTED}")
    return tuple(
        Difference(
            date=row["date"],
            metric=MetricType.of(row["metric"]),
            keep_value=row["own_value"],
            other_value=row["other_value"],
        )
        for row in rows
    )


def told(differing: Sequence[Difference], conflicts: int) -> str:
    """The first days with both values, and how many more there are of ``conflicts``."""
    values = "; ".join(
        f"{formatting.day(one.date)} {one.metric.label}: {formatting.number(one.keep_value)} and "
        f"{formatting.number(one.other_value)}"
        for one in differing[:_SHOWN]
    )
    more = f"; and {formatting.number(conflicts - _SHOWN)} more" if conflicts > _SHOWN else ""
    return f"{values}{more}"


def _move_usage(writer: Writer, both: dict[str, int], prefer: Preferred) -> None:
    """Fill ``taken_over``, the days of the other as they become, and let the client have them."""
    first, second = ("own", "others") if prefer is Preferred.KEEP else ("others", "own")
    new = {name: f"coalesce({first}.{name}, {second}.{name})" for name in METRIC_COLUMNS}
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE taken_over AS
        SELECT others.date, own.date IS NOT NULL AS is_shared,
            {" OR ".join(f"{new[n]} IS DISTINCT FROM own.{n}" for n in new)} AS is_changed,
            {", ".join(f"{new[n]} AS {n}" for n in new)}
        FROM (FROM usage_daily WHERE organization = $other) AS others
        LEFT JOIN (FROM usage_daily WHERE organization = $keep) AS own USING (date)""",
        both,
    )
    writer.execute(
        f"""UPDATE usage_daily SET {", ".join(f"{n} = taken_over.{n}" for n in new)}
        FROM taken_over
        WHERE organization = $keep AND usage_daily.date = taken_over.date AND is_changed""",
        {"keep": both["keep"]},
    )
    writer.execute(
        """DELETE FROM usage_daily
        WHERE organization = $other AND date IN (SELECT date FROM taken_over WHERE is_shared)""",
        {"other": both["other"]},
    )
    writer.execute("UPDATE usage_daily SET organization = $keep WHERE organization = $other", both)
    span = writer.record(
        """SELECT min(first_date) AS first, max(last_date) AS last FROM usage_span
        WHERE organization IN ($keep, $other)""",
        both,
    )
    writer.execute("DELETE FROM usage_span WHERE organization IN ($keep, $other)", both)
    if span["first"] is not None:
        writer.execute(
            """INSERT INTO usage_span (organization, first_date, last_date)
            SELECT $keep, $first, $last""",
            {"keep": both["keep"], **span},
        )


def _move_features(writer: Writer, both: dict[str, int]) -> int:
    """Take over the features that the client that is kept has nothing on file of."""
    writer.execute(
        """CREATE OR REPLACE TEMP TABLE own_features AS
        SELECT feature_name FROM adoption WHERE organization = $keep""",
        {"keep": both["keep"]},
    )
    moved = [
        writer.execute(
            f"""UPDATE {table} SET organization = $keep
            WHERE organization = $other AND feature_name IS NOT NULL
                AND feature_name NOT IN (SELECT feature_name FROM own_features)""",
            both,
        )
        for table in ("record_history", "adoption")
    ]
    return moved[-1]


def _fill_fields(writer: Writer, both: dict[str, int]) -> tuple[str, ...]:
    """Take over the values that the client that is kept never had; return their columns."""
    filled = [
        name
        for name in _FILLED
        if writer.value(
            f"""SELECT own.{name} IS NULL AND others.{name} IS NOT NULL AND NOT EXISTS (
                FROM record_history WHERE organization = $keep AND field = '{name}')
            FROM clients AS own, clients AS others
            WHERE own.organization = $keep AND others.organization = $other""",
            both,
        )
    ]
    for name in filled:
        writer.execute(
            f"""UPDATE clients SET {name} = others.{name}
            FROM (FROM clients WHERE organization = $other) AS others
            WHERE clients.organization = $keep""",
            both,
        )
        if name in HISTORY_FIELDS["clients"]:
            writer.execute(
                f"""UPDATE record_history SET organization = $keep
                WHERE organization = $other AND feature_name IS NULL AND field = '{name}'""",
                both,
            )
    return tuple(filled)


def _move_the_rest(writer: Writer, both: dict[str, int], other_id: str) -> None:
    """Let what was decided, and the ids, go along; what only the other had is gone."""
    for table in (*snapshot.MOVED, "aliases"):
        writer.execute(f"UPDATE {table} SET organization = $keep WHERE organization = $other", both)
    take_over(writer, both)
    for table in (*_DROPPED, "clients"):
        writer.execute(f"DELETE FROM {table} WHERE organization = $other", {"other": both["other"]})
    writer.execute(
        "INSERT INTO aliases (organization, alias) SELECT $keep, $alias",
        {"keep": both["keep"], "alias": other_id},
    )
