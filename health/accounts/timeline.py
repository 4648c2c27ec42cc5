"""Everything that happened to a client, newest first: what people did, and what changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from health.queries.alerts.raised import raised_parameters, raised_sql
from health.queries.arguments import as_member, check_day, check_range, find_organization
from health.settings import Thresholds
from health.vocabulary import ALWAYS, TimelineKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import polars as pl

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
    chosen = [_EVENTS[kind] for kind in kinds if kind in _EVENTS]
    parameters: dict[str, object] = {}
    if TimelineKind.ALERT in kinds:
        chosen.append(_alerts(reader, number))
        parameters = raised_parameters(reader, query.thresholds, query.until)
    return reader.query(
        f"""SELECT day, kind, what, subject, before, after, text, who, number, written_at
        FROM ({" UNION ALL BY NAME ".join(chosen)})
        WHERE $until IS NULL OR day <= $until
        ORDER BY day DESC, written_at DESC NULLS LAST, kind, what, subject
        LIMIT $limit""",
        {
            "organization": number,
            "until": query.until,
            "limit": query.limit,
            **parameters,
        },
    )


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


def _alerts(reader: Reader, organization: int) -> str:
    """SQL of the alerts that were raised and over."""
    return _event(
        TimelineKind.ALERT,
        raised_sql(reader, organization),
        day="day",
        what="what",
        subject="name",
        text="score::VARCHAR",
    )


def _score(kind: TimelineKind, column: str, *, said: str = "", join: str = "") -> str:
    """SQL of the days on which something about the score became another.

    said: what is told of it in its place, from the table that ``join`` adds.
    """
    said = said or column
    return _event(
        kind,
        f"""(
            SELECT score_date, overall_score, {column} AS now, {said} AS said,
                lag({column}) OVER past AS was, lag({said}) OVER past AS said_before
            FROM scores JOIN scoring_runs USING (run_id) {join}
            WHERE organization = $organization
            WINDOW past AS (ORDER BY score_date)
        ) WHERE was <> now""",
        day="score_date",
        what=f"'{column}'",
        before="said_before::VARCHAR",
        after="said::VARCHAR",
        text="overall_score::VARCHAR",
    )


_LATEST: Final = "(SELECT max(last_date) FROM usage_span)"

_DATA: Final = _event(
    TimelineKind.DATA,
    f"""(
        SELECT unnest([
            {{day: last + 1, what: 'stopped', ended: false}},
            {{day: next, what: 'came back', ended: true}}], recursive := true),
            last, next
        FROM (
            SELECT date AS last, lead(date) OVER (ORDER BY date) AS next
            FROM usage_daily WHERE organization = $organization
        ) WHERE coalesce(next, {_LATEST} + 1) - last > {GAP_DAYS}
    ) WHERE day IS NOT NULL""",
    day="day",
    what="what",
    before=f"(coalesce(next, {_LATEST} + 1) - last - 1)::VARCHAR",
)

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
    TimelineKind.RISK: _score(TimelineKind.RISK, "risk_level"),
    TimelineKind.MODEL: _score(
        TimelineKind.MODEL,
        "model_version",
        said="label",
        join="JOIN scoring_models USING (model_version)",
    ),
    TimelineKind.DATA: _DATA,
}
