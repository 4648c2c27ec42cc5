"""Everything that happened to a client, newest first: what people did, and what changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from health.queries.alerts.raised import raised, scores_of, usage_of
from health.queries.arguments import as_member, check_day, check_range, find_organization
from health.scoring.active_model import latest_day
from health.scoring.schemes import FOR_EVER
from health.settings import Thresholds
from health.vocabulary import ALWAYS, TimelineKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from health.storage.database import Reader

GAP_DAYS: Final = 7
"""Days without usage from which on data counts as stopped."""


@dataclass(frozen=True, kw_only=True)
class TimelineQuery:
    """What happened to a client up to a day; ``until`` None for all there is.

    kinds: of :class:`TimelineKind`; empty for every kind. limit: the most that is returned.
    thresholds: from which values on an alert is raised.
    """

    organization_id: str
    kinds: tuple[str, ...] = ()
    until: date | None = None
    limit: int = 100
    thresholds: Thresholds = field(default_factory=Thresholds)

    def __post_init__(self) -> None:
        """Raise :class:`ArgumentError` that names the argument."""
        for kind in self.kinds:
            as_member("kinds", TimelineKind, kind)
        if self.until is not None:
            check_day("until", self.until)
        check_range("limit", self.limit, 1, 10_000)


def timeline(reader: Reader, query: TimelineQuery) -> pl.DataFrame:
    """Return what happened to a client, the newest first.

    Columns: day, kind (a :class:`TimelineKind`), what (which event of its kind, or the field that
    changed), subject (a feature, a sound, a level or a person), before, after, text (as somebody
    wrote it, or the score), who, number (of what people wrote, to remove it), written_at (UTC; null
    where only the day is known). :mod:`health.explanation.timeline_wording` says a row in words.

    Alerts are those of all rules, raised or over in the last ``SPAN`` days.
    Raises :class:`UnknownOrganization`.
    """
    number = find_organization(reader, query.organization_id)
    kinds = [kind for kind in TimelineKind if not query.kinds or kind in query.kinds]
    found = [pl.DataFrame(schema=_COLUMNS)]
    if chosen := [_EVENTS[kind] for kind in kinds if kind in _EVENTS]:
        found.append(
            reader.query(
                f"SELECT {', '.join(_COLUMNS)} FROM ({' UNION ALL BY NAME '.join(chosen)})",
                {"organization": number},
            )
        )
    found += [
        _TOLD[kind](reader, number, query).with_columns(kind=pl.lit(kind.value))
        for kind in kinds
        if kind in _TOLD
    ]
    by = {"day": True, "written_at": True, "kind": False, "what": False, "subject": False}
    return (
        pl.concat(found, how="diagonal")
        .filter(pl.col("day") <= (query.until or FOR_EVER))
        .sort(list(by), descending=list(by.values()), nulls_last=True)
        .head(query.limit)
    )


_COLUMNS: Final[Mapping[str, Any]] = {
    "day": pl.Date,
    **dict.fromkeys(("kind", "what", "subject", "before", "after", "text", "who"), pl.String),
    "number": pl.Int32,
    "written_at": pl.Datetime("us"),
}


def _event(kind: TimelineKind, source: str, **columns: str) -> str:
    """SQL of the events of a source, each column given as SQL."""
    named = {
        **dict.fromkeys(("subject", "before", "after", "text", "who"), "NULL::VARCHAR"),
        "number": "NULL::INTEGER",
        "written_at": "NULL::TIMESTAMP",
        **columns,
    }
    values = ", ".join(f"{sql} AS {name}" for name, sql in named.items())
    return f"SELECT '{kind}' AS kind, {values} FROM {source}"


def _written(kind: TimelineKind, table: str, number: str, **columns: str) -> str:
    """SQL of the events that people wrote."""
    source = f"{table} WHERE organization = $organization AND removed_at IS NULL"
    signed = {"day": "day", "who": "created_by", "written_at": "created_at", "number": number}
    return _event(kind, source, **signed | columns)


def _history(kind: TimelineKind, which: str) -> str:
    """SQL of the values that changed, with who said so in which import."""
    return _event(
        kind,
        f"""(
            SELECT *, lag(value) OVER (
                PARTITION BY feature_name, field ORDER BY valid_from) AS was
            FROM record_history WHERE organization = $organization AND {which}
        ) LEFT JOIN (
            SELECT feature_name AS of_feature, field AS of_field, valid_from AS since,
                max_by(imported_by, import_id) AS said_by, max(imported_at) AS said_at
            FROM record_changes JOIN imports USING (import_id)
            WHERE organization = $organization AND undone_at IS NULL AND valid_from IS NOT NULL
            GROUP BY ALL
        ) ON of_feature IS NOT DISTINCT FROM feature_name AND of_field = field
            AND since = valid_from
        WHERE valid_from > DATE '{ALWAYS}' AND was IS DISTINCT FROM value""",
        day="valid_from",
        what="field",
        subject="feature_name",
        before="was",
        after="value",
        who="said_by",
    )


def _alerts(reader: Reader, organization: int, query: TimelineQuery) -> pl.DataFrame:
    """The alerts that were raised and over."""
    found = raised(reader, organization, query.thresholds, query.until)
    return found.select("day", "what", subject="name", text=pl.col("score").cast(pl.String))


def _risk(reader: Reader, organization: int, _: TimelineQuery) -> pl.DataFrame:
    """The days on which the risk became another."""
    return _changed(scores_of(reader, organization), "risk_level")


def _model(reader: Reader, organization: int, _: TimelineQuery) -> pl.DataFrame:
    """The days on which another model scored, each by its label."""
    runs = reader.query(
        "SELECT run_id, model_version, label FROM scoring_runs JOIN scoring_models "
        "USING (model_version)"
    )
    scores = scores_of(reader, organization).join(runs, on="run_id", maintain_order="left")
    return _changed(scores, "model_version", "label")


def _changed(scores: pl.DataFrame, column: str, said: str | None = None) -> pl.DataFrame:
    """The days on which something about the score became another.

    said: the column of what is told of it in its place.
    """
    told = pl.col(said or column)
    return (
        scores.with_columns(before=told.shift(1))
        .filter(pl.col(column) != pl.col(column).shift(1))
        .select(
            "day",
            "before",
            what=pl.lit(column),
            after=told,
            text=pl.col("overall_score").cast(pl.String),
        )
    )


def _data(reader: Reader, organization: int, _: TimelineQuery) -> pl.DataFrame:
    """The days on which usage stopped arriving, and on which it came back."""
    usage = usage_of(reader, organization)
    latest = latest_day(reader)
    if latest is None or usage.is_empty():
        return pl.DataFrame(schema={"day": pl.Date})
    back = pl.col("day").shift(-1)
    missing = (back.fill_null(latest + timedelta(days=1)) - pl.col("day")).dt.total_days() - 1
    gaps = usage.select("day", back=back, before=missing.cast(pl.String), days=missing).filter(
        pl.col("days") >= GAP_DAYS
    )
    stopped = gaps.select(pl.col("day") + timedelta(days=1), "before", what=pl.lit("stopped"))
    came = gaps.select(day="back", before="before", what=pl.lit("came back")).drop_nulls("day")
    return pl.concat((stopped, came))


_TOLD: Final[Mapping[TimelineKind, Callable[[Reader, int, TimelineQuery], pl.DataFrame]]] = {
    TimelineKind.ALERT: _alerts,
    TimelineKind.RISK: _risk,
    TimelineKind.MODEL: _model,
    TimelineKind.DATA: _data,
}
"""What happened of itself, each read out of all days of the client."""

_EVENTS: Final[Mapping[TimelineKind, str]] = {
    TimelineKind.CALL: _written(
        TimelineKind.CALL,
        "account_calls",
        "call_id",
        what="outcome",
        subject="sound",
        text="note",
    ),
    TimelineKind.NOTE: _written(
        TimelineKind.NOTE, "account_notes", "note_id", what="'note'", text="note"
    ),
    TimelineKind.TASK: " UNION ALL BY NAME ".join(
        (
            _written(
                TimelineKind.TASK,
                "account_tasks",
                "task_id",
                what="CASE WHEN done_day IS NULL THEN 'open' ELSE 'added' END",
                subject="person",
                after="due_day::VARCHAR",
                text="task",
            ),
            _event(
                TimelineKind.TASK,
                """account_tasks WHERE organization = $organization AND removed_at IS NULL
                    AND done_day IS NOT NULL""",
                day="done_day",
                what="'done'",
                text="task",
                who="done_by",
                number="task_id",
            ),
        )
    ),
    TimelineKind.PULSE: " UNION ALL BY NAME ".join(
        (
            _written(
                TimelineKind.PULSE,
                "account_pulses",
                "pulse_id",
                what="'set'",
                subject="level",
                after="until_day::VARCHAR",
                text="reason",
            ),
            _event(
                TimelineKind.PULSE,
                """account_pulses WHERE organization = $organization AND removed_at IS NULL
                    AND ended_day IS NOT NULL""",
                day="ended_day",
                what="'ended'",
                subject="level",
                who="ended_by",
            ),
        )
    ),
    TimelineKind.OUTCOME: _event(
        TimelineKind.OUTCOME,
        """(SELECT * FROM outcomes WHERE organization = $organization)
            JOIN (SELECT import_id, imported_by FROM imports) USING (import_id)""",
        day="date",
        what="outcome",
        after="value_change::VARCHAR",
        text="reason",
        who="imported_by",
        written_at="recorded_at",
    ),
    TimelineKind.CHANGE: _history(TimelineKind.CHANGE, "feature_name IS NULL"),
    TimelineKind.FEATURE: _history(TimelineKind.FEATURE, "feature_name IS NOT NULL"),
}
