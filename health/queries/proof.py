"""What one stored score rests on, value by value, with where each came from, now and then.

Nothing is added up here: :mod:`health.explanation.proof` does that, apart from the SQL that scored.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import polars as pl

from health.queries.arguments import check_day, find_organization
from health.queries.client import ClientQuery, client
from health.queries.inputs import Window
from health.vocabulary import ALWAYS, IdentityChange

if TYPE_CHECKING:
    from datetime import date, datetime

    from health.queries.client import Client
    from health.storage.database import Reader

STANDING: Final = ("total_users", "is_active")
"""The values of a client, and below of a feature, that a score rests on."""

FEATURE: Final = ("is_enabled", "is_used", "first_used_at")


@dataclass(frozen=True, kw_only=True)
class ProofQuery:
    """The score of one client on one day; raises :class:`ArgumentError` where it is no day."""

    organization_id: str
    day: date

    def __post_init__(self) -> None:
        check_day("day", self.day)


@dataclass(frozen=True, kw_only=True)
class State:
    """The single values that a score rests on.

    usage: date, metric (its column), value, import_id (that wrote it), of the days that count.
    standing: feature_name (empty for a value of the client), field, valid_from, value (text),
    import_id (the last that changed it, else the one that made the record; null where that is no
    longer kept): whole histories.
    """

    usage: pl.DataFrame
    standing: pl.DataFrame


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All that a proof rests on.

    client: with its stored score, and the model which that names; without one, the model in use.
    windows: the days of the score, and those of the score it is compared with.
    now: the values as they are.
    then: the values when the score was computed, as far as imports are known; None without score.
    imports: import_id, name, imported_by, imported_at, is_settled (no longer to be undone).
    undone: sentences of imports undone, and of clients merged, since the score was computed.
    """

    client: Client
    windows: tuple[Window, Window]
    now: State
    then: State | None
    imports: pl.DataFrame
    undone: tuple[str, ...]


def evidence(reader: Reader, query: ProofQuery) -> Evidence:
    """Return what the score of a client on a day rests on; raises :class:`UnknownOrganization`."""
    organization = find_organization(reader, query.organization_id)
    found = client(reader, ClientQuery(organization_id=query.organization_id, as_of=query.day))
    model = found.model
    windows = (
        Window(query.day, model.window_days),
        Window(query.day - timedelta(days=model.trend_days), model.window_days),
    )
    asked = {"organization": organization, "first": windows[1].first, "last": windows[0].last}
    columns = [metric.column for metric in model.metrics]
    usage, written = _usage(reader, columns, asked)
    now = State(usage=_in(windows, usage), standing=_standing(reader, organization))
    then: State | None = None
    undone: tuple[str, ...] = ()
    if found.score is not None:
        since = found.score.calculated_at
        next_import = reader.value(
            "SELECT min(import_id) FROM imports WHERE imported_at > $since", {"since": since}
        )
        then = now
        if next_import is not None:
            then = State(
                usage=_in(windows, _usage_before(usage, written, next_import)),
                standing=_standing_before(reader, now.standing, organization, next_import),
            )
        undone = _undone(reader, organization, since)
    return Evidence(
        client=found,
        windows=windows,
        now=now,
        then=then,
        imports=reader.query(
            """SELECT import_id, name, imported_by, imported_at,
                settled_at IS NOT NULL AS is_settled
            FROM imports"""
        ),
        undone=undone,
    )


def _in(windows: tuple[Window, Window], usage: pl.DataFrame) -> pl.DataFrame:
    """The rows of the days that count, by metric and day."""
    counts = pl.any_horizontal(pl.col("date").is_between(w.first, w.last) for w in windows)
    return (
        usage.filter(counts).select("date", "metric", "value", "import_id").sort("metric", "date")
    )


def _usage(
    reader: Reader, columns: list[str], asked: dict[str, object]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The values of metrics, with the imports that made and last wrote them; and the writes."""
    written = reader.query(
        """SELECT date, lower(metric) AS metric, import_id, old_value
        FROM usage_changes
        WHERE organization = $organization AND date BETWEEN $first AND $last
        ORDER BY import_id""",
        asked,
    )
    days = reader.query(
        f"""SELECT date, import_id AS made_by, {", ".join(columns)}
        FROM usage_daily WHERE organization = $organization AND date BETWEEN $first AND $last""",
        asked,
    )
    key = ["date", "metric"]
    usage = (
        days.unpivot(columns, index=["date", "made_by"], variable_name="metric")
        .drop_nulls("value")
        .join(written.group_by(key).agg(pl.col("import_id").last()), on=key, how="left")
        .with_columns(pl.coalesce("import_id", "made_by").alias("import_id"))
    )
    return usage, written


def _usage_before(usage: pl.DataFrame, written: pl.DataFrame, next_import: int) -> pl.DataFrame:
    """The values before ``next_import`` and all later ones."""
    changed = written.filter(pl.col("import_id") >= next_import)
    first = changed.group_by("date", "metric", maintain_order=True).agg(
        pl.col("old_value").first(), pl.lit(True).alias("is_changed")
    )
    before = (
        usage.filter(pl.col("made_by") < next_import)
        .join(first, on=["date", "metric"], how="left")
        .with_columns(
            value=pl.when(pl.col("is_changed")).then("old_value").otherwise("value"),
            import_id=pl.when(pl.col("is_changed").is_null()).then("import_id"),
        )
    )
    return before.drop_nulls("value")


def _standing(reader: Reader, organization: int) -> pl.DataFrame:
    """The whole histories of what a score rests on beside usage, as :class:`State` has them."""
    newest = " UNION ALL ".join(
        f"SELECT {feature} AS feature_name, '{field}' AS field, {field}::VARCHAR AS value "
        f"FROM {table} WHERE organization = $organization"
        for table, feature, fields in (
            ("clients", "''", STANDING),
            ("adoption", "feature_name", FEATURE),
        )
        for field in fields
    )
    return reader.query(
        f"""SELECT feature_name, field, coalesce(said.valid_from, DATE '{ALWAYS}') AS valid_from,
            CASE WHEN said.field IS NULL THEN newest.value ELSE said.value END AS value,
            coalesce(changed_by, made_by) AS import_id
        FROM ({newest}) AS newest
        LEFT JOIN (
            SELECT coalesce(feature_name, '') AS feature_name, field, valid_from, value
            FROM record_history WHERE organization = $organization
        ) AS said USING (feature_name, field)
        LEFT JOIN (
            SELECT coalesce(feature_name, '') AS feature_name, field, max(import_id) AS changed_by
            FROM record_changes WHERE organization = $organization GROUP BY ALL
        ) AS changed USING (feature_name, field)
        LEFT JOIN (
            SELECT coalesce(feature_name, '') AS feature_name, max(import_id) AS made_by
            FROM record_changes WHERE organization = $organization AND field = '' GROUP BY ALL
        ) AS made USING (feature_name)
        ORDER BY feature_name, field, valid_from""",
        {"organization": organization},
    )


def _standing_before(
    reader: Reader, standing: pl.DataFrame, organization: int, next_import: int
) -> pl.DataFrame:
    """The same before ``next_import`` and all later ones."""
    changed = reader.query(
        f"""SELECT coalesce(feature_name, '') AS feature_name, field,
            unnest(coalesce(old_history,
                [{{'valid_from': DATE '{ALWAYS}', 'value': old_value}}])) AS entry
        FROM record_changes
        WHERE organization = $organization AND import_id >= $next_import
        QUALIFY import_id = min(import_id) OVER (PARTITION BY feature_name, field)""",
        {"organization": organization, "next_import": next_import},
    ).unnest("entry")
    is_record = pl.col("field") == ""
    kept = standing.join(changed, on=["feature_name", "field"], how="anti").join(
        changed.filter(is_record), on="feature_name", how="anti"
    )
    known = changed.filter(pl.col("field").is_in([*STANDING, *FEATURE])).with_columns(
        import_id=pl.lit(None, dtype=pl.Int32)
    )
    known = known.join(changed.filter(is_record), on="feature_name", how="anti")
    return pl.concat([kept, known.select(kept.columns)]).sort("feature_name", "field", "valid_from")


def _undone(reader: Reader, organization: int, since: datetime) -> tuple[str, ...]:
    """What happened since that the history of imports does not keep, a sentence each."""
    imports = reader.query(
        """SELECT 'Import ' || import_id || ', ' || name || ', was undone by ' || undone_by
            || ': what it had said is no longer kept.' AS sentence
        FROM imports WHERE undone_at > $since AND imported_at <= $since ORDER BY import_id""",
        {"since": since},
    )["sentence"]
    actions = reader.query(
        """SELECT action, client_id, other_id, undone_at IS NOT NULL AS is_undone
        FROM identity_actions
        WHERE client = $organization AND action = $merge
            AND (done_at > $since OR undone_at > $since)
        ORDER BY action_id""",
        {"organization": organization, "since": since, "merge": IdentityChange.MERGE.value},
    )
    merged = [
        f"{IdentityChange.MERGE.label.format(client=client_id, other=other)}"
        f"{', and that was undone' if is_undone else ''}."
        for _, client_id, other, is_undone in actions.iter_rows()
    ]
    return (*imports, *merged)
