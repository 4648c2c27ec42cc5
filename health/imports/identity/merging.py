"""Two clients become one: usage, features, values and decisions of both under one id."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from health import formatting
from health.imports.identity import snapshot
from health.imports.identity.actions import IdentityRefused, client_of, write_down
from health.scoring import staleness
from health.scoring.active_model import active_model
from health.storage.schema import HISTORY_FIELDS, METRIC_COLUMNS, ORGANIZATIONS
from health.vocabulary import IdentityChange, MetricType

if TYPE_CHECKING:
    from health.storage.database import Database, Reader, Writer

_SHOWN: Final = 10
"""Values named where both clients have one for the same day."""

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
class MergeOutcome:
    """What merging two clients does, or would do.

    action_id: its number in the history of ids; None where nothing was stored.
    days: days of usage that go over; shared_days: of which the client that is kept has some too.
    conflicts: values of shared days that differ.
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
            "day. Choose whose count."
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
    are out of date afterwards. The other's id and aliases become aliases of the first.

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
    if conflicts and prefer is None:
        raise MergeConflict(_told(writer, keep_id, other_id, conflicts))
    action_id = None
    if by is not None:
        action_id = write_down(
            writer, IdentityChange.MERGE, client=keep, other=other, other_id=other_id, by=by
        )
        snapshot.keep(writer, action_id, (keep, other))
    both = {"keep": keep, "other": other}
    counts = writer.record(
        """SELECT count(*) AS days, count(*) FILTER (date IN (
                SELECT date FROM usage_daily WHERE organization = $keep)) AS shared_days
        FROM usage_daily WHERE organization = $other""",
        both,
    )
    names = writer.record(
        """SELECT max(name) FILTER (organization = $keep) AS keep_name,
            max(name) FILTER (organization = $other) AS other_name FROM clients""",
        both,
    )
    _move_usage(writer, both, prefer or Preferred.KEEP)
    features = _move_features(writer, both)
    fields = _fill_fields(writer, both)
    _move_the_rest(writer, both, other_id)
    staleness.mark_clients(
        writer, f"(SELECT {keep:d} AS organization, NULL::DATE AS first_day)", _reach(writer)
    )
    return MergeOutcome(
        action_id=action_id,
        keep_id=keep_id,
        other_id=other_id,
        conflicts=conflicts,
        features=features,
        fields=fields,
        **names,
        **counts,
    )


def _reach(reader: Reader) -> int:
    return active_model(reader).reach


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


def _told(reader: Reader, keep_id: str, other_id: str, conflicts: int) -> str:
    shown = reader.records(f"FROM conflicts ORDER BY date, metric LIMIT {_SHOWN}")
    values = "; ".join(
        f"{formatting.day(row['date'])} {MetricType.of(row['metric']).label}: "
        f"{formatting.number(row['own_value'])} and {formatting.number(row['other_value'])}"
        for row in shown
    )
    more = f"; and {formatting.number(conflicts - _SHOWN)} more" if conflicts > _SHOWN else ""
    return (
        f"{keep_id} and {other_id} have different values for the same day ({values}{more}). "
        "Say whose count: --prefer keep or --prefer other."
    )


def _move_usage(writer: Writer, both: dict[str, int], prefer: Preferred) -> None:
    first, second = ("own", "others") if prefer is Preferred.KEEP else ("others", "own")
    values = ", ".join(
        f"coalesce({first}.{name}, {second}.{name}) AS {name}" for name in METRIC_COLUMNS
    )
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE shared AS
        SELECT date, {values}
        FROM (FROM usage_daily WHERE organization = $keep) AS own
        JOIN (FROM usage_daily WHERE organization = $other) AS others USING (date)""",
        both,
    )
    writer.execute(
        f"""UPDATE usage_daily SET {", ".join(f"{n} = shared.{n}" for n in METRIC_COLUMNS)}
        FROM shared WHERE organization = $keep AND usage_daily.date = shared.date""",
        {"keep": both["keep"]},
    )
    writer.execute(
        """DELETE FROM usage_daily
        WHERE organization = $other AND date IN (SELECT date FROM shared)""",
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
    for table in (*_DROPPED, "clients"):
        writer.execute(f"DELETE FROM {table} WHERE organization = $other", {"other": both["other"]})
    writer.execute(
        "INSERT INTO aliases (organization, alias) SELECT $keep, $alias",
        {"keep": both["keep"], "alias": other_id},
    )
