"""Whether a database is sound: unique keys, ranges, references, and scores worth their data.

A :class:`Check` explains itself and finds defects with set-based SQL, for a range of clients at a
time where tables are large. Everything runs in a rehearsal: a check never changes data.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from health.maintenance.check import Check, Clients, Result, State
from health.maintenance.defects import (
    CLIENT,
    dangling,
    duplicates,
    duplicates_of_a_client,
    impossible_imports,
    limit_of,
    misshapen_tables,
    named,
    of_clients,
    out_of_range,
    shape_defects,
    unknown_words,
    unreadable,
)
from health.maintenance.history_defects import history_defects
from health.maintenance.score_defects import differing_scores, missing_scores, recompute
from health.scoring.schemes import reach_in_force
from health.storage.outcome_laws import IMPOSSIBLE_SQL
from health.storage.schema import COMPONENT_COLUMNS, WORK
from health.vocabulary import (
    MAXIMUM_VALUE,
    AlertLevel,
    CallOutcome,
    CallSound,
    FeatureName,
    FileKind,
    IdentityChange,
    MetricType,
    Outcome,
    PulseLevel,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from health.storage.database import Database, Reader, Writer

CHUNK: Final = 1_000_000
"""Client-days looked at in one go: under 1 GB while scores are recomputed."""

EXAMPLES: Final = 5
"""Defects told of each check; they are all counted."""


@dataclass(kw_only=True)
class _Findings:
    """What a check has found so far."""

    number: int = 0
    examples: list[str] = field(default_factory=list)

    def look(
        self, writer: Writer, defects: Iterable[str], parameters: dict[str, object] | None = None
    ) -> None:
        for sql in defects:
            found = writer.record(
                f"""SELECT count(*) AS number, min(example, {EXAMPLES}) AS examples
                FROM ({sql}) WHERE example IS NOT NULL""",
                parameters,
            )
            self.number += found["number"]
            self.examples += found["examples"] or []

    def add(self, examples: Sequence[str]) -> None:
        self.number += len(examples)
        self.examples += examples


def run(
    database: Database,
    *,
    progress: Callable[[float], None] | None = None,
    only: Sequence[Check] | None = None,
) -> tuple[Result, ...]:
    """Look at everything; the data stays as it is.

    progress: told the finished share, from 0 to 1, after each range of clients.
    only: leave out the other checks, but for that of the tables.

    Raises :class:`DatabaseUnusable` where a part of the file is damaged.
    """
    checks = CHECKS if only is None else only
    with database.rehearse() as writer:
        found_shape = _examine(writer, [SHAPE], None)[SHAPE.name]
        found_shape.add(misshapen_tables(writer))
        shape = _result(writer, SHAPE, found_shape)
        if shape.state is State.FAIL:
            return (shape, *(Result(check=check, state=State.SKIPPED) for check in checks))
        found = _examine(writer, checks, progress)
        results = (shape, *(_result(writer, check, found[check.name]) for check in checks))
    return results if only is not None else (*results, _receipts(database))


def _receipts(database: Database) -> Result:
    """Compare with what is written down outside of the database."""
    if not database.has_receipts:
        return Result(check=RECEIPTS, state=State.SKIPPED)
    missing = [one.sentence for one in database.missing]
    return Result(
        check=RECEIPTS,
        state=State.FAIL if missing else State.PASS,
        defects=len(missing),
        examples=tuple(missing[:EXAMPLES]),
    )


def _examine(
    writer: Writer, checks: Sequence[Check], progress: Callable[[float], None] | None
) -> dict[str, _Findings]:
    found = {check.name: _Findings() for check in checks}
    for check in checks:
        found[check.name].look(writer, check.defects)
    by_client = [check for check in checks if check.client_defects]
    ranges = _ranges(writer) if by_client else []
    for number, clients in enumerate(ranges, start=1):
        for check in by_client:
            if check.prepare is not None:
                check.prepare(writer, clients)
            found[check.name].look(
                writer, check.client_defects, {"low": clients.low, "high": clients.high}
            )
        if progress is not None:
            progress(number / len(ranges))
    return found


def _result(reader: Reader, check: Check, found: _Findings) -> Result:
    if found.number:
        examples = tuple(sorted(found.examples)[:EXAMPLES])
        return Result(check=check, state=State.FAIL, defects=found.number, examples=examples)
    filled = [f"EXISTS (FROM {table})" for table in check.tables]
    if filled and not reader.value(f"SELECT {' OR '.join(filled)}"):
        return Result(check=check, state=State.SKIPPED)
    return Result(check=check, state=State.PASS)


def _ranges(reader: Reader) -> list[Clients]:
    """Cut all numbers, also those no client has, into ranges of about :data:`CHUNK` days."""
    bounds = reader.query(
        """SELECT max(organization) AS high FROM (
            SELECT organization, (sum(last_date - first_date + $reach) OVER (
                ORDER BY organization) - 1) // $chunk AS chunk
            FROM usage_span
        )
        GROUP BY chunk ORDER BY high""",
        {"chunk": CHUNK, "reach": reach_in_force(reader)},
    )["high"].to_list()
    least, most = -(2**31), 2**31 - 1
    lows = [least, *(high + 1 for high in bounds[:-1])]
    return [
        Clients(low=low, high=high) for low, high in zip(lows, [*bounds[:-1], most], strict=True)
    ]


SHAPE: Final = Check(
    name="tables",
    label="The tables are there",
    description="Every table has its columns with their types in their order, and every table of "
    "the contract can be read.",
    tables=(),
    defects=shape_defects(),
)

READABLE: Final = Check(
    name="readable",
    label="Everything can be read",
    description="Every value of every table is read, and every block fits its checksum.",
    tables=("clients",),
    defects=unreadable(),
)

RECEIPTS: Final = Check(
    name="receipts",
    label="Nothing that was stored is missing",
    description="Every import and undo that has a receipt beside the database is in it.",
    tables=(),
)

CHECKS: Final = (
    READABLE,
    Check(
        name="unique_keys",
        label="Keys are unique",
        description="No client, day of usage, feature, score, outcome, import, run or alias is "
        "there twice.",
        tables=("clients",),
        defects=(
            duplicates("clients", "organization"),
            duplicates("clients", "organization_id"),
            duplicates("usage_span", "organization"),
            duplicates("imports", "import_id"),
            duplicates("scoring_runs", "run_id"),
            duplicates("scoring_models", "model_version"),
            duplicates("decisions", "decision_id"),
            duplicates("viewers", "viewer"),
            duplicates("people_at_browsers", "viewer"),
            *(duplicates(inside, table.key[-1]) for inside, table in WORK.items()),
            duplicates("aliases", "alias"),
            duplicates("identity_actions", "action_id"),
        ),
        client_defects=(
            duplicates_of_a_client("usage_daily", "date"),
            duplicates_of_a_client("adoption", "feature_name"),
            duplicates_of_a_client("scores", "score_date"),
            duplicates_of_a_client("outcomes", "date", "outcome"),
        ),
    ),
    Check(
        name="ranges",
        label="Numbers are within their range",
        description="Counts are 0 or more, percentages and scores 0 to 100, coverage 1 to 100.",
        tables=("clients",),
        client_defects=(
            *(
                out_of_range("usage_daily", metric.column, 0, limit_of(metric), "', ' || date")
                for metric in MetricType
            ),
            *(
                out_of_range("scores", column, 0, 100, "', ' || score_date")
                for column in (*COMPONENT_COLUMNS, "overall_score", "previous_score")
            ),
            out_of_range("scores", "coverage", 1, 100, "', ' || score_date"),
            out_of_range("clients", "total_users", 0, MAXIMUM_VALUE),
            out_of_range("clients", "employee_count", 0, MAXIMUM_VALUE),
            out_of_range("adoption", "usage_count", 0, MAXIMUM_VALUE, "', ' || feature_name"),
        ),
    ),
    Check(
        name="words",
        label="Words are those of the contract",
        description="Levels, trends, features and kinds of files have names that are known.",
        tables=("clients",),
        defects=(
            unknown_words("clients", "alert_level", AlertLevel),
            unknown_words("adoption", "feature_name", FeatureName),
            unknown_words("imports", "kind", FileKind),
            unknown_words("identity_actions", "action", IdentityChange),
            unknown_words("usage_changes", "metric", MetricType),
            unknown_words("account_calls", "outcome", CallOutcome),
            unknown_words("account_calls", "sound", CallSound),
            unknown_words("account_pulses", "level", PulseLevel),
            unknown_words("outcomes", "outcome", Outcome),
        ),
    ),
    Check(
        name="references",
        label="Everything belongs to something",
        description="Usage, features, scores, changes and what was logged name clients, imports, "
        "runs, models and calls that are on file.",
        tables=("clients",),
        defects=(
            dangling("usage_daily", "organization", "clients"),
            dangling("usage_daily", "import_id", "imports"),
            dangling("usage_span", "organization", "clients"),
            dangling("adoption", "organization", "clients"),
            dangling("scores", "organization", "clients"),
            dangling("scores", "run_id", "scoring_runs"),
            dangling("scoring_runs", "model_version", "scoring_models"),
            dangling("stale", "organization", "clients"),
            dangling("decisions", "organization", "clients"),
            dangling("aliases", "organization", "clients"),
            *(dangling(inside, "organization", "clients") for inside in WORK),
            dangling("account_tasks", "call_id", "account_calls"),
            dangling("decisions", "call_id", "account_calls"),
            dangling("outcomes", "organization", "clients"),
            dangling("outcomes", "import_id", "imports"),
            dangling("identity_rows", "action_id", "identity_actions"),
            dangling("usage_changes", "import_id", "imports"),
            dangling("record_changes", "import_id", "imports"),
            dangling("outcome_changes", "import_id", "imports"),
            dangling("import_warnings", "import_id", "imports"),
        ),
    ),
    Check(
        name="histories",
        label="Histories are whole",
        description="Each value that changed has a first one and no two of a day, and the newest "
        "is the one on file.",
        tables=("clients",),
        defects=history_defects(),
    ),
    Check(
        name="outcomes",
        label="Outcomes are possible",
        description="No outcome is before its client's first usage, and nobody leaves twice "
        "without coming back.",
        tables=("clients",),
        defects=(
            f"""SELECT {CLIENT} || ': ' || outcome || ' on ' || date || ' ' || fault AS example
            FROM {named(IMPOSSIBLE_SQL)}""",
        ),
    ),
    Check(
        name="writers",
        label="Usage fits the import that made it",
        description="Each day of usage names an import of usage of these days, and each import has "
        "stored usage of as many clients as it said.",
        tables=("usage_daily",),
        defects=impossible_imports(),
    ),
    Check(
        name="spans",
        label="First and last days are right",
        description="What is remembered of each client's first and last day of usage is so.",
        tables=("usage_daily", "usage_span"),
        client_defects=(
            f"""SELECT {CLIENT} || ': first and last day are not those of its usage' AS example
            FROM {
                named(
                    f'''SELECT organization FROM (
                        SELECT organization, first_date, last_date {of_clients("usage_span")}
                    ) AS span
                    FULL JOIN (
                        SELECT organization, min(date) AS first_used, max(date) AS last_used
                        {of_clients("usage_daily")} GROUP BY organization
                    ) AS used USING (organization)
                    WHERE first_date IS DISTINCT FROM first_used
                        OR last_date IS DISTINCT FROM last_used'''
                )
            }""",
        ),
    ),
    Check(
        name="scores",
        label="Scores equal a recomputation",
        description="Every day has the score that the data on file gives under the model it came "
        "from, or is marked as out of date.",
        tables=("scores",),
        prepare=recompute,
        client_defects=(differing_scores(), missing_scores()),
    ),
)
"""The checks in the order in which they are told."""
