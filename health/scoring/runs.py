"""Which clients and days a run scores, in which steps, and how the scores are stored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from health import log
from health.clock import now
from health.errors import ArgumentError, Cancelled
from health.scoring import staleness
from health.scoring.computing import scores_by_model, scores_of
from health.scoring.formula import STORED
from health.scoring.publishing import Act, put_in_force
from health.scoring.schemes import models_in_force, periods, register_model, schemes
from health.storage import compaction
from health.vocabulary import ALWAYS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date, datetime

    from health.scoring.model import ScoringModel
    from health.scoring.schemes import Scheme
    from health.storage.database import Database, Reader, Writer

CHUNK: Final = 1_500_000
"""Client-days computed in one transaction: about 1 GB at most, 1 s of work between two steps."""


@dataclass(frozen=True, kw_only=True)
class ScoringRun:
    """What a run did.

    models: the models it scored with, in the order of their days; empty where it scored nothing.
    first_day, last_day: days looked at; None where nothing was out of date.
    scores: scores stored.
    started_at: when it was computed (UTC), the ``calculated_at`` of its scores.
    """

    models: tuple[ScoringModel, ...]
    first_day: date | None
    last_day: date | None
    scores: int
    started_at: datetime


@dataclass(frozen=True, kw_only=True)
class _Days:
    """The days a run replaces: out-of-date ones up to ``last``, or all from ``first``."""

    first: date | None
    last: date
    only_stale: bool


@dataclass(frozen=True, kw_only=True)
class _Chunk:
    """Clients and days computed in one transaction, with one scheme.

    low, high: between these lie the numbers of the clients.
    """

    scheme: Scheme
    low: int
    high: int
    weight: int
    first_day: date
    last_day: date
    is_one_day: bool


def use_model(database: Database, model: ScoringModel, *, by: str = "") -> None:
    """Score every day with ``model``; where that is a change, every score is out of date.

    Raises :class:`InvalidModel` where its version already means other numbers.
    """
    with database.read() as reader:
        if models_in_force(reader) == (model,):
            return
    with database.write() as writer:
        register_model(writer, model)
        put_in_force(writer, Act.RESTATED, model, ALWAYS, reason="", by=by)


def score(
    database: Database,
    *,
    as_of: date | None = None,
    from_day: date | None = None,
    everything: bool = False,
    requested_by: str = "",
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> ScoringRun:
    """Compute and store scores; without days, those that are missing or out of date.

    as_of: the last day to score; alone, the only one. Default: the latest usage date.
    from_day: the first day of a range.
    everything: every day from the first usage date on.
    progress: told the finished share, from 0 to 1, after each transaction.
    cancelled: asked before each transaction; what was finished before stays stored.

    Raises :class:`ArgumentError` where ``from_day`` is after the last day, and
    :class:`Cancelled` where ``cancelled`` said so or the model was changed meanwhile.
    """
    started_at = now()
    with database.read() as reader:
        in_force = schemes(reader)
        days = _resolve_days(reader, as_of, from_day, everything)
        chunks = _plan(reader, days, in_force) if days else []
    run = ScoringRun(
        models=(),
        first_day=min((chunk.first_day for chunk in chunks), default=None),
        last_day=days.last if days and chunks else None,
        scores=0,
        started_at=started_at,
    )
    if days is None or not chunks:
        return run
    total = sum(chunk.weight for chunk in chunks)
    finished = 0
    begun: dict[ScoringModel, _Begun] = {}
    for chunk in chunks:
        if cancelled is not None and cancelled():
            _tell("scoring cancelled", run, requested_by, begun)
            raise Cancelled(
                f"{finished * 100 // total} % was recalculated and is stored; the rest is still "
                "out of date, until scores are calculated again."
            )
        with database.write() as writer:
            if schemes(writer) != in_force:
                _tell("scoring cancelled", run, requested_by, begun)
                raise Cancelled(
                    "The scoring model was changed meanwhile; the rest is still out of date, until "
                    "scores are calculated again."
                )
            for model in chunk.scheme.models:
                if model not in begun:
                    begun[model] = _begin_run(writer, run, model, chunks, requested_by)
            _score_chunk(writer, days, chunk, begun)
            finished += chunk.weight
            for model in chunk.scheme.models:
                writer.execute(
                    """UPDATE scoring_runs SET scores = $scores, finished_at = $now
                    WHERE run_id = $run_id""",
                    {
                        "scores": begun[model].scores,
                        "now": now(),
                        "run_id": begun[model].run_id,
                    },
                )
            if chunk is chunks[-1]:
                compaction.compact(writer, compaction.SCORES, days.last)
        if progress is not None:
            progress(finished / total)
    _tell("scoring", run, requested_by, begun)
    return replace(run, models=tuple(begun), scores=sum(each.scores for each in begun.values()))


@dataclass(kw_only=True)
class _Begun:
    """What is stored so far by one model: the number of its run, and its scores."""

    run_id: int
    scores: int = 0


def _tell(event: str, run: ScoringRun, by: str, begun: Mapping[ScoringModel, _Begun]) -> None:
    log.event(
        event,
        run_id=min((each.run_id for each in begun.values()), default=None),
        by=by,
        model=", ".join(model.version for model in begun),
        first_day=run.first_day,
        last_day=run.last_day,
        scores=sum(each.scores for each in begun.values()),
        seconds=round((now() - run.started_at).total_seconds(), 1),
    )


def _resolve_days(
    reader: Reader, as_of: date | None, from_day: date | None, everything: bool
) -> _Days | None:
    usage = reader.record("SELECT min(first_date) AS first, max(last_date) AS last FROM usage_span")
    last = as_of or usage["last"]
    if last is None or usage["first"] is None:
        return None
    if everything:
        return _Days(first=min(usage["first"], last), last=last, only_stale=False)
    if from_day is not None:
        if from_day > last:
            raise ArgumentError("from_day", f"{from_day} is after the last day to score, {last}.")
        return _Days(first=from_day, last=last, only_stale=False)
    if as_of is not None:
        return _Days(first=as_of, last=as_of, only_stale=False)
    return _Days(first=None, last=last, only_stale=True)


def _targets(days: _Days) -> str:
    """SQL of the spans a run replaces, between days ``$first`` and ``$until``."""
    if days.only_stale:
        return f"""SELECT organization, greatest(first_day, $first) AS first_day, last_day
            FROM ({staleness.ALL_STALE}) WHERE last_day >= $first"""
    return """SELECT organization, $first::DATE AS first_day, $until::DATE AS last_day
        FROM clients"""


def _plan(reader: Reader, days: _Days, in_force: tuple[Scheme, ...]) -> list[_Chunk]:
    """Cut the work into transactions of about :data:`CHUNK` client-days each.

    Clients of whom only the last day is missing are apart: a day costs a fifth of a calendar.
    """
    return [
        chunk
        for scheme, last in periods(in_force)
        if scheme.from_day <= days.last and (days.first is None or days.first <= last)
        for chunk in _plan_scheme(
            reader,
            days,
            scheme,
            max(scheme.from_day, days.first or scheme.from_day),
            min(last, days.last),
        )
    ]


def _plan_scheme(
    reader: Reader, days: _Days, scheme: Scheme, first: date, last: date
) -> list[_Chunk]:
    found = reader.records(
        f"""
        SELECT is_one_day, min(organization) AS low, max(organization) AS high,
            sum(weight)::BIGINT AS weight, min(first_day) AS first_day
        FROM (
            SELECT *, (sum(weight) OVER (PARTITION BY is_one_day ORDER BY organization) - 1)
                // $chunk AS chunk
            FROM (
                SELECT organization, min(first_day) AS first_day,
                    min(first_day) = $until AS is_one_day,
                    sum(least(last_day - first_day, last_date - first_date + $reach)
                        + 1 + $reach) AS weight
                FROM ({_targets(days)}) JOIN usage_span USING (organization)
                GROUP BY organization
            )
        )
        GROUP BY is_one_day, chunk
        ORDER BY is_one_day, low""",
        {
            "first": first,
            "until": last,
            "chunk": CHUNK,
            "reach": max(model.reach for model in scheme.models),
        },
    )
    return [_Chunk(scheme=scheme, last_day=last, **row) for row in found]


def shares(reader: Reader, scheme: Scheme, first: date, last: date) -> list[tuple[int, int]]:
    """Return the numbers of clients, from and to, whose days are about one transaction of work."""
    days = _Days(first=first, last=last, only_stale=False)
    return [(chunk.low, chunk.high) for chunk in _plan_scheme(reader, days, scheme, first, last)]


def compute(writer: Writer, model: ScoringModel, first: date, last: date, spans: str) -> None:
    """Fill the temporary table ``computed`` with scores; nothing is stored.

    spans: a relation of (organization, first_day, last_day); the days lie between ``first`` and
    ``last`` and those of a client do not overlap. Columns: organization, score_date and
    :data:`STORED`.
    """
    source = scores_of(writer, model, spans, first, last)
    writer.execute(f"CREATE OR REPLACE TEMP TABLE computed AS {source.sql}", source.parameters)


def compute_scheme(writer: Writer, scheme: Scheme, first: date, last: date, spans: str) -> None:
    """Do the same with each client's own model of a scheme."""
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE computed AS
        SELECT organization, score_date, {", ".join(STORED)} FROM scores LIMIT 0"""
    )
    for _, source in scores_by_model(writer, scheme, spans, first, last):
        writer.execute(f"INSERT INTO computed BY NAME {source.sql}", source.parameters)


def _score_chunk(
    writer: Writer, days: _Days, chunk: _Chunk, begun: Mapping[ScoringModel, _Begun]
) -> None:
    found = writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE targets AS
        SELECT * FROM ({_targets(days)})
        WHERE organization BETWEEN $low AND $high
        QUALIFY (min(first_day) OVER (PARTITION BY organization) = $until) = $is_one_day""",
        {
            "first": chunk.first_day,
            "until": chunk.last_day,
            "low": chunk.low,
            "high": chunk.high,
            "is_one_day": chunk.is_one_day,
        },
    )
    if not found:
        return
    writer.execute(
        """DELETE FROM scores USING targets
        WHERE scores.score_date BETWEEN $first AND $last
            AND scores.organization = targets.organization
            AND scores.score_date BETWEEN targets.first_day AND targets.last_day""",
        {"first": chunk.first_day, "last": chunk.last_day},
    )
    for model, source in scores_by_model(
        writer, chunk.scheme, "targets", chunk.first_day, chunk.last_day
    ):
        begun[model].scores += writer.execute(
            f"""INSERT INTO scores BY NAME
            SELECT organization, score_date, {", ".join(STORED)},
                {begun[model].run_id:d} AS run_id
            FROM ({source.sql})""",
            source.parameters,
        )
    staleness.clear(writer, "targets")


def _begin_run(
    writer: Writer, run: ScoringRun, model: ScoringModel, chunks: Sequence[_Chunk], by: str
) -> _Begun:
    register_model(writer, model)
    own = [chunk for chunk in chunks if model in chunk.scheme.models]
    run_id = writer.value(
        """INSERT INTO scoring_runs (
            run_id, model_version, requested_by, started_at, first_day, last_day, scores)
        SELECT coalesce(max(run_id), 0) + 1, $version, $by, $started_at, $first, $last, 0
        FROM scoring_runs RETURNING run_id""",
        {
            "version": model.version,
            "by": by,
            "started_at": run.started_at,
            "first": min(chunk.first_day for chunk in own),
            "last": max(chunk.last_day for chunk in own),
        },
    )
    return _Begun(run_id=run_id)
