"""Whether a database is sound: unique keys, ranges, references, and scores worth their data.

A :class:`Check` explains itself and finds defects with set-based SQL, for a range of clients at a
time where tables are large. Everything runs in a rehearsal: a check never changes data.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from health.scoring import formula, runs
from health.scoring.model import ScoringModel
from health.scoring.state import active_model, latest_day
from health.storage import engine
from health.storage.migrations import MIGRATIONS
from health.storage.schema import COMPONENT_COLUMNS, CONTRACT, METRIC_COLUMNS
from health.vocabulary import (
    MAXIMUM_VALUE,
    AlertLevel,
    FeatureName,
    FileKind,
    MetricType,
    Unit,
    Word,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date
    from enum import StrEnum

    from health.storage.database import Database, Reader, Writer

CHUNK: Final = 1_000_000
"""Client-days looked at in one go: under 1 GB while scores are recomputed."""

EXAMPLES: Final = 5
"""Defects told of each check; they are all counted."""


class State(Word):
    """How a check ended."""

    PASS = "PASS", "Passed", "Nothing is wrong."
    FAIL = "FAIL", "Failed", "Something is wrong with what is stored."
    SKIPPED = "SKIPPED", "Skipped", "There was nothing to look at."


@dataclass(frozen=True, kw_only=True)
class Clients:
    """The clients whose numbers lie from ``low`` to ``high``, looked at in one go."""

    low: int
    high: int


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that has to hold.

    name: for programs; label and description: for people.
    tables: the check is skipped where all of these are empty.
    defects: SQL relations with one text column ``example``, a row for each defect.
    client_defects: the same for the clients from ``$low`` to ``$high``.
    prepare: fills temporary tables that ``client_defects`` read.
    """

    name: str
    label: str
    description: str
    tables: tuple[str, ...]
    defects: tuple[str, ...] = ()
    client_defects: tuple[str, ...] = ()
    prepare: Callable[[Writer, Clients], None] | None = None


@dataclass(frozen=True, kw_only=True)
class Result:
    """How a check ended: the number of defects and the first of them in words."""

    check: Check
    state: State
    defects: int = 0
    examples: tuple[str, ...] = ()


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
        found_shape.add(_misshapen_tables(writer))
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
        {"chunk": CHUNK, "reach": active_model(reader).reach},
    )["high"].to_list()
    least, most = -(2**31), 2**31 - 1
    lows = [least, *(high + 1 for high in bounds[:-1])]
    return [
        Clients(low=low, high=high) for low, high in zip(lows, [*bounds[:-1], most], strict=True)
    ]


_CLIENT: Final = "coalesce(client_id, 'client number ' || organization)"
"""SQL of how a client is called in a defect, after :func:`_named`."""


def _named(relation: str) -> str:
    """A relation with ``organization``, and the client's id beside it where there is one."""
    return f"""({relation}) AS found LEFT JOIN (
        SELECT organization, any_value(organization_id) AS client_id
        FROM clients GROUP BY organization
    ) USING (organization)"""


def _of_clients(table: str) -> str:
    return f"FROM {table} WHERE organization BETWEEN $low AND $high"


def _twice(table: str, *key: str, of: str | None = None) -> str:
    words = " || ' ' || ".join(f"{name}::VARCHAR" for name in key)
    return f"""SELECT '{table} has ' || {words} || ' ' || count(*) || ' times' AS example
        {of or f"FROM {table}"} GROUP BY {", ".join(key)} HAVING count(*) > 1"""


def _twice_for_a_client(table: str, *key: str) -> str:
    words = "".join(f" || ', ' || {name}" for name in key)
    keys = "".join(f", {name}" for name in key)
    return f"""SELECT '{table} has ' || {_CLIENT}{words} || ' ' || rows || ' times' AS example
        FROM {
        _named(
            f"SELECT organization{keys}, count(*) AS rows {_of_clients(table)} "
            f"GROUP BY ALL HAVING count(*) > 1"
        )
    }"""


def _outside(table: str, column: str, low: int, high: int, where: str = "''") -> str:
    return f"""SELECT {_CLIENT} || {where} || ': {column} is ' || {column} AS example
        FROM {_named(f"{_of_clients(table)} AND {column} NOT BETWEEN {low} AND {high}")}"""


def _unknown(table: str, column: str, accepted: type[StrEnum]) -> str:
    words = ", ".join(f"'{member}'" for member in accepted)
    return f"""SELECT '{table}: {column} is ' || {column} AS example
        FROM {table} WHERE {column} NOT IN ({words})"""


def _dangling(table: str, column: str, target: str) -> str:
    return f"""SELECT '{table}: {column} ' || {column} || ' is not in {target}' AS example
        FROM (SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL)
        ANTI JOIN {target} USING ({column})"""


def _shape_defects() -> tuple[str, ...]:
    """Each contract table has to be there with its columns, in their order."""
    return tuple(
        f"""SELECT '{table.name} has ' || coalesce(nullif(names, ''), 'no columns') AS example
        FROM (
            SELECT coalesce(string_agg(column_name, ', ' ORDER BY column_index), '') AS names
            FROM duckdb_columns() WHERE table_name = '{table.name}' AND NOT internal
        )
        WHERE names <> '{", ".join(table.column_names)}'"""
        for table in CONTRACT.values()
    )


_VOCABULARY_COLUMNS: Final = frozenset((*METRIC_COLUMNS, *COMPONENT_COLUMNS))


def _misshapen_tables(reader: Reader) -> list[str]:
    """Each table has to have its columns with their types, in their order.

    Those of metrics and of parts of the score may stand anywhere: an older database got the later
    ones at its end.
    """
    found: dict[str, list[str]] = {
        row["table_name"]: row["columns"] for row in reader.records(engine.COLUMNS)
    }
    defects = []
    for table, expected in engine.columns_of_new().items():
        columns = found.get(table, [])
        if not set(expected) <= set(columns) or _in_fixed_order(columns) != _in_fixed_order(
            expected
        ):
            defects.append(f"{table} has {', '.join(columns) or 'no columns'}")
    return defects


def _in_fixed_order(columns: Sequence[str]) -> list[str]:
    return [column for column in columns if column.split()[0] not in _VOCABULARY_COLUMNS]


def _impossible_imports() -> tuple[str, ...]:
    """Usage of which the import on file cannot be the one that made it, as after a shifted insert.

    What an import too old to be undone changed is forgotten, so its clients cannot be counted.
    """
    return (
        f"""SELECT 'usage_daily: import ' || import_id || ' cannot have made days from ' || first
            || ' to ' || last AS example
        FROM (
            SELECT import_id, min(date) AS first, max(date) AS last
            FROM usage_daily GROUP BY import_id
        ) JOIN imports USING (import_id)
        WHERE kind <> '{FileKind.USAGE}' OR undone_at IS NOT NULL
            OR first_date IS NULL OR first < first_date OR last > last_date""",
        f"""SELECT 'import ' || import_id || ' stored usage of ' || coalesce(found, 0)
            || ' clients instead of ' || clients AS example
        FROM imports LEFT JOIN (
            SELECT import_id, count(*) AS found FROM (
                SELECT import_id, organization FROM usage_daily UNION
                SELECT import_id, organization FROM usage_changes
            ) GROUP BY import_id
        ) USING (import_id)
        WHERE kind = '{FileKind.USAGE}' AND undone_at IS NULL AND settled_at IS NULL
            AND coalesce(found, 0) <> clients""",
    )


def _limit_of(metric: MetricType) -> int:
    return 100 if metric.unit is Unit.PERCENT else MAXIMUM_VALUE


def _recompute(writer: Writer, clients: Clients) -> None:
    """Fill ``expected`` with the scores that the data gives, by each model that has scores.

    The present model is asked for every day up to the latest, so that a missing score is seen.
    """
    names = ", ".join(formula.STORED)
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE expected AS
        SELECT organization, score_date, {names}, NULL::VARCHAR AS model_version
        FROM scores LIMIT 0"""
    )
    active = active_model(writer)
    models = writer.query(
        """SELECT DISTINCT model_version, definition
        FROM scores JOIN scoring_runs USING (run_id) JOIN scoring_models USING (model_version)
        WHERE organization BETWEEN $low AND $high AND model_version <> $active""",
        {"low": clients.low, "high": clients.high, "active": active.version},
    )
    for model in (active, *map(ScoringModel.from_json, models["definition"])):
        _expect(writer, model, clients, every_day=model is active)


def _expect(writer: Writer, model: ScoringModel, clients: Clients, *, every_day: bool) -> None:
    days = "SELECT organization, first_date AS first_day, $latest::DATE AS last_day FROM usage_span"
    stored = """SELECT organization, min(score_date) AS first_day, max(score_date) AS last_day
        FROM scores JOIN scoring_runs USING (run_id) WHERE model_version = $version
        GROUP BY organization"""
    latest = latest_day(writer)
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE checked AS
        SELECT organization, min(first_day) AS first_day, max(last_day) AS last_day
        FROM ({stored}{f" UNION ALL {days}" if every_day else ""})
        WHERE organization BETWEEN $low AND $high GROUP BY organization""",
        {"low": clients.low, "high": clients.high, "version": model.version}
        | ({"latest": latest} if every_day else {}),
    )
    span = writer.record("SELECT min(first_day) AS first, max(last_day) AS last FROM checked")
    first: date | None = span["first"]
    if first is None:
        return
    runs.compute(writer, model, first, span["last"], "checked")
    names = ", ".join(formula.STORED)
    writer.execute(
        f"""INSERT INTO expected BY NAME
        SELECT organization, score_date, {names}, $version AS model_version FROM computed""",
        {"version": model.version},
    )


def _current(relation: str) -> str:
    """Rows of (organization, score_date) that are not marked out of date."""
    return f"""(SELECT * FROM ({relation}) AS dated ANTI JOIN stale
        ON dated.organization = stale.organization
        AND dated.score_date BETWEEN stale.first_day AND stale.last_day)"""


def _differing_scores() -> str:
    """Stored scores that the data does not give; those of an unknown model are another check's."""
    names = ", ".join(formula.STORED)
    pairs = " || ', ' || ".join(
        f"CASE WHEN stored.{name} IS DISTINCT FROM expected.{name} "
        f"THEN '{name} ' || coalesce(stored.{name}::VARCHAR, 'no data') || ' instead of ' "
        f"|| coalesce(expected.{name}::VARCHAR, 'no data') ELSE '' END"
        for name in ("overall_score", "previous_score")
    )
    relation = f"""
        SELECT stored.organization, CASE WHEN expected.organization IS NULL
            THEN stored.score_date || ': there should be no score'
            ELSE stored.score_date || ': ' || coalesce(nullif(trim({pairs}, ', '), ''),
                'its parts differ') END AS defect
        FROM {
        _current(
            f'''SELECT organization, score_date, {names}, model_version
            FROM scores JOIN scoring_runs USING (run_id) SEMI JOIN scoring_models
            USING (model_version) WHERE organization BETWEEN $low AND $high'''
        )
    } AS stored
        LEFT JOIN expected USING (organization, score_date, model_version)
        WHERE expected.organization IS NULL OR {
        " OR ".join(f"stored.{name} IS DISTINCT FROM expected.{name}" for name in formula.STORED)
    }"""
    return f"SELECT {_CLIENT} || ', ' || defect AS example FROM {_named(relation)}"


def _missing_scores() -> str:
    """Days that have to have a score and have none, without being marked out of date."""
    due = """SELECT organization, score_date FROM expected
        WHERE organization BETWEEN $low AND $high
            AND model_version = (SELECT model_version FROM state)
            AND score_date <= (SELECT max(last_date) FROM usage_span)"""
    relation = f"""SELECT organization, score_date FROM {_current(due)}
        ANTI JOIN scores USING (organization, score_date)"""
    return f"""SELECT {_CLIENT} || ', ' || score_date || ': a score is missing' AS example
        FROM {_named(relation)}"""


SHAPE: Final = Check(
    name="tables",
    label="The tables are there",
    description="Every table has its columns with their types in their order, and every table of "
    "the contract can be read.",
    tables=(),
    defects=_shape_defects(),
)

_STEPS: Final = " ".join(MIGRATIONS.values())
_DROPPED: Final = frozenset(re.findall(r"DROP TABLE (\w+)", _STEPS))
_TABLES: Final = tuple(
    name for name in re.findall(r"CREATE TABLE (\w+)", _STEPS) if name not in _DROPPED
)


def _unreadable() -> tuple[str, ...]:
    """Read every value: the engine compares each block with its checksum as it reads it."""
    return tuple(
        f"""SELECT CASE WHEN count(*) > 0 AND bit_xor(hash(stored)) IS NULL
            THEN '{table} cannot be read' END AS example FROM {table} AS stored"""
        for table in _TABLES
    )


READABLE: Final = Check(
    name="readable",
    label="Everything can be read",
    description="Every value of every table is read, and every block fits its checksum.",
    tables=("clients",),
    defects=_unreadable(),
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
        description="No client, day of usage, feature, score, import or run is there twice.",
        tables=("clients",),
        defects=(
            _twice("clients", "organization"),
            _twice("clients", "organization_id"),
            _twice("usage_span", "organization"),
            _twice("imports", "import_id"),
            _twice("scoring_runs", "run_id"),
            _twice("scoring_models", "model_version"),
            _twice("decisions", "decision_id"),
            _twice("viewers", "viewer"),
        ),
        client_defects=(
            _twice_for_a_client("usage_daily", "date"),
            _twice_for_a_client("adoption", "feature_name"),
            _twice_for_a_client("scores", "score_date"),
        ),
    ),
    Check(
        name="ranges",
        label="Numbers are within their range",
        description="Counts are 0 or more, percentages and scores 0 to 100, coverage 1 to 100.",
        tables=("clients",),
        client_defects=(
            *(
                _outside("usage_daily", metric.column, 0, _limit_of(metric), "', ' || date")
                for metric in MetricType
            ),
            *(
                _outside("scores", column, 0, 100, "', ' || score_date")
                for column in (*COMPONENT_COLUMNS, "overall_score", "previous_score")
            ),
            _outside("scores", "coverage", 1, 100, "', ' || score_date"),
            _outside("clients", "total_users", 0, MAXIMUM_VALUE),
            _outside("clients", "employee_count", 0, MAXIMUM_VALUE),
            _outside("adoption", "usage_count", 0, MAXIMUM_VALUE, "', ' || feature_name"),
        ),
    ),
    Check(
        name="words",
        label="Words are those of the contract",
        description="Levels, trends, features and kinds of files have names that are known.",
        tables=("clients",),
        defects=(
            _unknown("clients", "alert_level", AlertLevel),
            _unknown("adoption", "feature_name", FeatureName),
            _unknown("imports", "kind", FileKind),
            _unknown("usage_changes", "metric", MetricType),
        ),
    ),
    Check(
        name="references",
        label="Everything belongs to something",
        description="Usage, features, scores and changes name clients, imports, runs and models "
        "that are on file.",
        tables=("clients",),
        defects=(
            _dangling("usage_daily", "organization", "clients"),
            _dangling("usage_daily", "import_id", "imports"),
            _dangling("usage_span", "organization", "clients"),
            _dangling("adoption", "organization", "clients"),
            _dangling("scores", "organization", "clients"),
            _dangling("scores", "run_id", "scoring_runs"),
            _dangling("scoring_runs", "model_version", "scoring_models"),
            _dangling("stale", "organization", "clients"),
            _dangling("decisions", "organization", "clients"),
            _dangling("usage_changes", "import_id", "imports"),
            _dangling("record_changes", "import_id", "imports"),
        ),
    ),
    Check(
        name="writers",
        label="Usage fits the import that made it",
        description="Each day of usage names an import of usage of these days, and each import has "
        "stored usage of as many clients as it said.",
        tables=("usage_daily",),
        defects=_impossible_imports(),
    ),
    Check(
        name="spans",
        label="First and last days are right",
        description="What is remembered of each client's first and last day of usage is so.",
        tables=("usage_daily", "usage_span"),
        client_defects=(
            f"""SELECT {_CLIENT} || ': first and last day are not those of its usage' AS example
            FROM {
                _named(
                    f'''SELECT organization FROM (
                        SELECT organization, first_date, last_date {_of_clients("usage_span")}
                    ) AS span
                    FULL JOIN (
                        SELECT organization, min(date) AS first_used, max(date) AS last_used
                        {_of_clients("usage_daily")} GROUP BY organization
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
        prepare=_recompute,
        client_defects=(_differing_scores(), _missing_scores()),
    ),
)
"""The checks in the order in which they are told."""
