"""What the checks of single values and clients find, collected in the temporary ``findings``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from health import formatting
from health.imports.warnings.finding import EXAMPLES, SHOWN_CLIENTS, Finding, WarningKind

if TYPE_CHECKING:
    from health.storage.database import Writer


def begin(writer: Writer) -> None:
    """Begin with nothing found."""
    writer.execute(
        """CREATE OR REPLACE TEMP TABLE findings (kind VARCHAR, organization INTEGER,
            metric VARCHAR, date DATE, value BIGINT, against BIGINT, weight DOUBLE)"""
    )


def collect(
    writer: Writer, kind: WarningKind, relation: str, parameters: dict[str, Any] | None = None
) -> int:
    """Add a relation of (organization, metric, date, value, against, weight); heavy is worse."""
    return writer.execute(
        f"""INSERT INTO findings BY NAME
        SELECT '{kind}' AS kind, organization, metric, date, value, against, weight
        FROM ({relation})""",
        parameters,
    )


def collected(
    writer: Writer, number: int, statements: dict[WarningKind, str] | None = None
) -> tuple[Finding, ...]:
    """The ``number`` of rows collected, as findings in the order of the kinds.

    statements: what is said of a kind in place of its label and counts; such a kind holds.
    """
    if not number:
        return ()
    said = statements or {}
    frame = writer.query(
        f"""SELECT kind, organization_id, name, count, worst.metric, worst.date, worst.value,
            worst.against, values, clients
        FROM (
            SELECT *, sum(count) OVER one_kind AS values, count(*) OVER one_kind AS clients,
                row_number() OVER (
                    PARTITION BY kind ORDER BY heaviest DESC, organization) AS place
            FROM (
                SELECT kind, organization, count(*) AS count, max(weight) AS heaviest,
                    arg_max({{metric: metric, date: date, value: value, against: against}}, weight)
                        AS worst
                FROM findings GROUP BY kind, organization
            )
            WINDOW one_kind AS (PARTITION BY kind)
        ) JOIN clients USING (organization)
        WHERE place <= {SHOWN_CLIENTS} ORDER BY kind, place"""
    )
    parts = {str(kind): part for (kind,), part in frame.group_by("kind", maintain_order=True)}
    found = []
    for kind in WarningKind:
        if kind not in parts:
            continue
        count, clients = int(parts[kind]["values"][0]), int(parts[kind]["clients"][0])
        of = f" of {formatting.count(clients, 'client')}" if count != clients else ""
        found.append(
            Finding(
                kind=kind,
                holds=kind in said,
                statement=said.get(kind, f"{kind.label} ({formatting.number(count)}{of})"),
                count=count,
                clients=clients,
                examples=parts[kind].select(EXAMPLES.names()).cast(EXAMPLES),
            )
        )
    return tuple(found)
