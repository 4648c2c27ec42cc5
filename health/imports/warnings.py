"""What is right by the rules and still looks wrong: said beside the counts, never in the way.

Runs inside the import's transaction, over its ``staged`` rows. What a value is held against is
read from the :data:`USUAL_DAYS` days before the file begins, so that the cost follows the file
and one month of usage, not the years on file. A gap and a missing client are looked for when all
files of a load are merged: one file may fill what another leaves open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from health import formatting
from health.imports.usage import ANY_VALUE
from health.vocabulary import MetricType, Word

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from health.storage.database import Writer

TIMES: Final = 10
"""From how many times the usual on a value is doubted."""

LEAST_USUAL: Final = 5
"""A usual value below this counts as this: from 1 to 10 is no alarm, from 5 to 50 is one."""

USUAL_DAYS: Final = 28
"""Days whose mean is usual: whole weeks, and short enough to be read every night."""

JUMP: Final = 5
"""What is less than so many times the day before the file, or a week before, is no surprise."""

LEAST_VALUES: Final = 5
"""With fewer values in those days nothing is usual."""

LOOK_BACK: Final = 60
"""A client that sent nothing for longer than this begins anew; it has no gap."""

RECENT_DAYS: Final = 7
"""A client that sent something so many days before the latest day on file belongs to the feed."""

MOST_MISSING: Final = 0.2
"""A load that brings nothing new for a larger share of the feed was never meant to."""

SHOWN_CLIENTS: Final = 20
"""Clients listed with each warning; the counts are of all."""

EXAMPLES: Final = pl.Schema(
    {
        "organization_id": pl.String(),
        "count": pl.Int64(),
        "metric": pl.String(),
        "date": pl.Date(),
        "value": pl.Int64(),
        "against": pl.Int64(),
    }
)
"""Columns of :attr:`Doubt.examples`."""


class WarningKind(Word):
    """What is doubted; ``label`` says it, ``description`` what to look at."""

    MORE_ACTIVE_THAN_LICENSED = (
        "MORE_ACTIVE_THAN_LICENSED",
        "More users active than licensed",
        "Compare the active users with total_users of the organization; one of them is wrong or "
        "out of date.",
    )
    MORE_ON_TIME_THAN_CLOSED = (
        "MORE_ON_TIME_THAN_CLOSED",
        "More cases closed on time than closed",
        "Compare CASES_CLOSED_ON_TIME with CASES_CLOSED of the day; the first is a part of the "
        "second.",
    )
    TEN_TIMES_THE_USUAL = (
        "TEN_TIMES_THE_USUAL",
        f"{TIMES} times the usual or more",
        f"Check the unit and the client; usual is the mean of the {USUAL_DAYS} days before.",
    )
    DAYS_MISSING = (
        "DAYS_MISSING",
        "Days missing in a daily feed",
        "Load the missing days; until then the scores of these clients rest on fewer days.",
    )
    CLIENT_MISSING = (
        "CLIENT_MISSING",
        "Clients that vanished from the feed",
        "Ask why nothing new came for them; set is_active to false for a client that has left.",
    )

    @property
    def against(self) -> str:
        """What the doubted value is held against, as the head of a column; empty for nothing."""
        return _AGAINST.get(self, "")


_AGAINST: Final = {
    WarningKind.MORE_ACTIVE_THAN_LICENSED: "licensed",
    WarningKind.MORE_ON_TIME_THAN_CLOSED: "closed",
    WarningKind.TEN_TIMES_THE_USUAL: "usual",
}


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """One kind of doubt about a file.

    count: doubted values, or gaps, or clients; clients: how many clients they belong to.
    examples: for the first :data:`SHOWN_CLIENTS` clients, the worst first, how many there are and
    the worst of them (:data:`EXAMPLES`). ``date`` is the day of the value, the first day of a gap,
    or the last day that came of a client; ``value`` the value, or the days missing.
    """

    kind: WarningKind
    count: int
    clients: int
    examples: pl.DataFrame

    @property
    def sentence(self) -> str:
        """What is doubted, how often, and what to look at."""
        of = f" of {formatting.count(self.clients, 'client')}" if self.count != self.clients else ""
        return f"{self.kind.label} ({formatting.number(self.count)}{of}). {self.kind.description}"

    def told(self, limit: int) -> tuple[str, ...]:
        """The first ``limit`` examples, a line each."""
        return tuple(self._told(**row) for row in self.examples.head(limit).iter_rows(named=True))

    def _told(
        self,
        *,
        organization_id: str,
        count: int,
        metric: str | None,
        date: date,
        value: int,
        against: int | None,
    ) -> str:
        day = formatting.day(date)
        if self.kind is WarningKind.CLIENT_MISSING:
            return f"{organization_id}: nothing after {day}"
        if self.kind is WarningKind.DAYS_MISSING:
            what = f"{formatting.count(value, 'day')} from {day} on"
        else:
            label = MetricType.of(metric or "").label.lower()
            what = f"{formatting.number(value)} {label} on {day}, {formatting.number(against)} "
            what += self.kind.against
        return f"{organization_id}: {what}" + (f", and {count - 1:,} more" if count > 1 else "")


def begin(writer: Writer) -> None:
    """Remember how far each client's usage goes, before the files of a load are merged."""
    writer.execute("CREATE OR REPLACE TEMP TABLE span_before AS FROM usage_span")
    writer.execute(
        """CREATE OR REPLACE TEMP TABLE arrived
        (organization INTEGER, first_date DATE, last_date DATE, days BIGINT)"""
    )


def of_usage(writer: Writer) -> tuple[Doubt, ...]:
    """Doubt the values of a usage file that was just merged from ``staged``."""
    writer.execute(
        f"""INSERT INTO arrived (organization, first_date, last_date, days)
        SELECT organization, min(date), max(date), count(*) FROM staged WHERE {ANY_VALUE}
        GROUP BY organization"""
    )
    _begin_doubts(writer)
    return _found(writer, _more_active(writer) + _more_on_time(writer) + _ten_times(writer))


def of_organizations(writer: Writer, columns: Sequence[str]) -> tuple[Doubt, ...]:
    """Doubt licences of an organizations file, merged from ``staged``, below the users on file."""
    _begin_doubts(writer)
    latest = writer.value("SELECT max(last_date) FROM usage_span")
    number = 0
    if "total_users" in columns and latest is not None:
        number = _doubt(
            writer,
            WarningKind.MORE_ACTIVE_THAN_LICENSED,
            "\nUNION ALL\n".join(
                f"""SELECT organization, '{metric}' AS metric, date, {metric.column} AS value,
                    total_users AS against, value / total_users AS weight
                FROM usage_daily JOIN staged USING (organization)
                WHERE date BETWEEN $latest::DATE - {USUAL_DAYS - 1} AND $latest
                    AND {metric.column} > total_users"""
                for metric in _ACTIVE
            ),
            {"latest": latest},
        )
    return _found(writer, number)


def of_feed(writer: Writer) -> tuple[Doubt, ...]:
    """Doubt what did not come, when every usage file of a load is merged."""
    _begin_doubts(writer)
    return _found(writer, _days_missing(writer) + _client_missing(writer))


_LEAST_DOUBTED: Final = TIMES * LEAST_USUAL
_ACTIVE: Final = (MetricType.DAILY_ACTIVE_USERS, MetricType.MONTHLY_ACTIVE_USERS)


def _begin_doubts(writer: Writer) -> None:
    writer.execute(
        """CREATE OR REPLACE TEMP TABLE doubts (kind VARCHAR, organization INTEGER,
            metric VARCHAR, date DATE, value BIGINT, against BIGINT, weight DOUBLE)"""
    )


def _doubt(
    writer: Writer, kind: WarningKind, findings: str, parameters: dict[str, Any] | None = None
) -> int:
    """Note a relation of (organization, metric, date, value, against, weight); heavy is worse."""
    return writer.execute(
        f"""INSERT INTO doubts BY NAME
        SELECT '{kind}' AS kind, organization, metric, date, value, against, weight
        FROM ({findings})""",
        parameters,
    )


def _more_active(writer: Writer) -> int:
    return _doubt(
        writer,
        WarningKind.MORE_ACTIVE_THAN_LICENSED,
        "\nUNION ALL\n".join(
            f"""SELECT organization, '{metric}' AS metric, date, {metric.column} AS value,
                total_users AS against, value / total_users AS weight
            FROM staged JOIN clients USING (organization)
            WHERE {metric.column} > total_users"""
            for metric in _ACTIVE
        ),
    )


def _more_on_time(writer: Writer) -> int:
    """Where a file has only one of the two, the other is looked up on file."""
    on_time, closed = (
        MetricType.CASES_CLOSED_ON_TIME.column,
        MetricType.CASES_CLOSED.column,
    )
    days = writer.record(
        f"""SELECT min(date) AS first, max(date) AS last FROM staged
        WHERE ({on_time} IS NULL) <> ({closed} IS NULL)"""
    )
    sources = ["staged"]
    if days["first"] is not None:
        sources.append(
            f"""(SELECT stored.organization, stored.date, stored.{on_time}, stored.{closed}
            FROM usage_daily AS stored SEMI JOIN (
                FROM staged WHERE ({on_time} IS NULL) <> ({closed} IS NULL)
            ) AS half USING (organization, date)
            WHERE stored.date BETWEEN $first AND $last)"""
        )
    return _doubt(
        writer,
        WarningKind.MORE_ON_TIME_THAN_CLOSED,
        "\nUNION ALL\n".join(
            f"""SELECT organization, '{MetricType.CASES_CLOSED_ON_TIME}' AS metric, date,
                {on_time} AS value, {closed} AS against, value - against AS weight
            FROM {source} WHERE {on_time} > {closed}"""
            for source in sources
        ),
        days if len(sources) > 1 else None,
    )


def _ten_times(writer: Writer) -> int:
    """Hold each value against the mean of the stretch of days before the one it lies in.

    Stretches of :data:`USUAL_DAYS` days are counted from the file's first day; before it lies what
    is on file. Without enough values there, against the other values of its own stretch.
    """
    highest = writer.record(
        f"""SELECT min(date) AS first, max(date) AS last,
            {", ".join(f"max({metric.column}) AS {metric.column}" for metric in MetricType)}
        FROM staged"""
    )
    days = {"first": highest["first"]}
    names = [
        metric.column for metric in MetricType if (highest[metric.column] or 0) >= _LEAST_DOUBTED
    ]
    if not names:
        return 0
    has_jumps = _find_jumps(writer, names, days)
    if not has_jumps and (highest["last"] - highest["first"]).days < LEAST_VALUES:
        return 0
    sums = ", ".join(f"sum({name}) AS sum_{name}, count({name}) AS n_{name}" for name in names)
    stretch = f"(date - $first::DATE) // {USUAL_DAYS}"
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE stretches AS
        SELECT organization, {stretch} AS stretch, {sums} FROM staged GROUP BY ALL
        UNION ALL
        SELECT organization, -1, {sums} FROM usage_daily
        WHERE date BETWEEN $first::DATE - {USUAL_DAYS} AND $first::DATE - 1
            AND organization IN (SELECT organization FROM jumps)
        GROUP BY organization""",
        days,
    )
    writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE suspects AS
        SELECT staged.organization, staged.date,
            {", ".join(f"staged.{name}, {_usual(name)} AS usual_{name}" for name in names)}
        FROM staged
        JOIN stretches AS own
            ON own.organization = staged.organization AND own.stretch = {stretch}
        LEFT JOIN stretches AS past
            ON past.organization = staged.organization AND past.stretch = {stretch} - 1
        WHERE {
            " OR ".join(
                f"(staged.{name} >= {_LEAST_DOUBTED} AND staged.{name} >= {TIMES} * {_usual(name)})"
                for name in names
            )
        }""",
        days,
    )
    return _doubt(
        writer,
        WarningKind.TEN_TIMES_THE_USUAL,
        "\nUNION ALL\n".join(
            f"""SELECT organization, '{name.upper()}' AS metric, date, {name} AS value,
                round(usual_{name}) AS against,
                value / greatest(usual_{name}, {LEAST_USUAL}) AS weight
            FROM suspects WHERE value >= {TIMES} * greatest(usual_{name}, {LEAST_USUAL})"""
            for name in names
        ),
    )


def _find_jumps(writer: Writer, names: Sequence[str], days: dict[str, Any]) -> int:
    """Fill ``jumps``: the clients whose usual values on file have to be read; count them.

    Those with a value :data:`JUMP` times that of the day before the file and of a week before it.
    Reading two days in place of :data:`USUAL_DAYS` halves what the warnings of a night cost.
    """
    return writer.execute(
        f"""CREATE OR REPLACE TEMP TABLE jumps AS
        SELECT DISTINCT organization
        FROM staged LEFT JOIN (
            SELECT organization, {", ".join(f"max({name}) AS last_{name}" for name in names)}
            FROM usage_daily
            WHERE date BETWEEN $first::DATE - 7 AND $first::DATE - 1
                AND date IN ($first::DATE - 7, $first::DATE - 1)
            GROUP BY organization
        ) USING (organization)
        WHERE date < $first::DATE + {USUAL_DAYS} AND ({
            " OR ".join(
                f"({name} >= {_LEAST_DOUBTED} AND {name} >= {JUMP} * coalesce(last_{name}, 0))"
                for name in names
            )
        })""",
        days,
    )


def _usual(name: str) -> str:
    """SQL of what is usual for a value of ``staged``; null where nothing is."""
    return f"""CASE
        WHEN past.n_{name} >= {LEAST_VALUES} THEN past.sum_{name} / past.n_{name}
        WHEN own.n_{name} > {LEAST_VALUES}
            THEN (own.sum_{name} - staged.{name}) / (own.n_{name} - 1) END"""


def _days_missing(writer: Writer) -> int:
    """Find gaps that end in or with the days that came, of clients that sent something daily.

    Daily is 13 of 14 days up to the gap, so a feed without weekends has none. Only clients that
    can have a gap are looked at day by day.
    """
    writer.execute(
        """CREATE OR REPLACE TEMP TABLE suspects AS
        SELECT organization, min(arrived.first_date) AS first_date,
            max(arrived.last_date) AS last_date
        FROM arrived LEFT JOIN span_before USING (organization)
        WHERE days < arrived.last_date - arrived.first_date + 1
            OR span_before.last_date < arrived.first_date - 1
        GROUP BY organization"""
    )
    days = writer.record(
        f"""SELECT min(first_date) - {LOOK_BACK + 14} AS first, max(last_date) AS last
        FROM suspects"""
    )
    if days["last"] is None:
        return 0
    return _doubt(
        writer,
        WarningKind.DAYS_MISSING,
        f"""SELECT organization, NULL AS metric, before + 1 AS date,
            date - before - 1 AS value, NULL AS against, value AS weight
        FROM (
            SELECT *, lag(date) OVER earlier AS before, lag(date, 13) OVER earlier AS fortnight
            FROM (
                SELECT stored.organization, date, first_date, last_date
                FROM usage_daily AS stored JOIN suspects USING (organization)
                WHERE date BETWEEN $first AND $last
                    AND date BETWEEN first_date - {LOOK_BACK + 14} AND last_date
            )
            WINDOW earlier AS (PARTITION BY organization ORDER BY date)
        )
        WHERE date BETWEEN first_date AND last_date
            AND before BETWEEN date - {LOOK_BACK} AND date - 2 AND before - fortnight <= 13""",
        days,
    )


def _client_missing(writer: Writer) -> int:
    """Find active clients of the feed that got no new day while most of the others did."""
    feed = f"""
        SELECT clients.organization, span_before.last_date,
            usage_span.last_date > span_before.last_date AS has_moved
        FROM span_before JOIN usage_span USING (organization) JOIN clients USING (organization)
        WHERE clients.is_active AND span_before.last_date >=
            (SELECT max(last_date) FROM span_before) - {RECENT_DAYS}"""
    row = writer.record(
        f"""SELECT count(*) AS clients, count(*) FILTER (NOT has_moved) AS missing,
            (SELECT max(last_date) FROM usage_span) AS last,
            (SELECT max(last_date) FROM span_before) AS last_before
        FROM ({feed})"""
    )
    has_new_day = row["last_before"] is not None and row["last"] > row["last_before"]
    if not has_new_day or not 0 < row["missing"] <= MOST_MISSING * row["clients"]:
        return 0
    return _doubt(
        writer,
        WarningKind.CLIENT_MISSING,
        f"""SELECT organization, NULL AS metric, last_date AS date,
            $last::DATE - last_date AS value, NULL AS against, value AS weight
        FROM ({feed}) WHERE NOT has_moved""",
        {"last": row["last"]},
    )


def _found(writer: Writer, number: int) -> tuple[Doubt, ...]:
    """The ``number`` of doubts noted, in the order of the kinds."""
    if not number:
        return ()
    frame = writer.query(
        f"""SELECT kind, organization_id, count, worst.metric, worst.date, worst.value,
            worst.against, values, clients
        FROM (
            SELECT *, sum(count) OVER one_kind AS values, count(*) OVER one_kind AS clients,
                row_number() OVER (
                    PARTITION BY kind ORDER BY heaviest DESC, organization) AS place
            FROM (
                SELECT kind, organization, count(*) AS count, max(weight) AS heaviest,
                    arg_max({{metric: metric, date: date, value: value, against: against}}, weight)
                        AS worst
                FROM doubts GROUP BY kind, organization
            )
            WINDOW one_kind AS (PARTITION BY kind)
        ) JOIN clients USING (organization)
        WHERE place <= {SHOWN_CLIENTS} ORDER BY kind, place"""
    )
    parts = {str(kind): part for (kind,), part in frame.group_by("kind", maintain_order=True)}
    return tuple(
        Doubt(
            kind=kind,
            count=int(parts[kind]["values"][0]),
            clients=int(parts[kind]["clients"][0]),
            examples=parts[kind].select(EXAMPLES.names()).cast(EXAMPLES),
        )
        for kind in WarningKind
        if kind in parts
    )
