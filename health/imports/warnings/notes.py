"""The doubts of an import while they are collected, in the temporary table ``doubts``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from health.imports.warnings.doubts import EXAMPLES, SHOWN_CLIENTS, Doubt, WarningKind

if TYPE_CHECKING:
    from health.storage.database import Writer


def begin_doubts(writer: Writer) -> None:
    """Begin with no doubts."""
    writer.execute(
        """CREATE OR REPLACE TEMP TABLE doubts (kind VARCHAR, organization INTEGER,
            metric VARCHAR, date DATE, value BIGINT, against BIGINT, weight DOUBLE)"""
    )


def doubt(
    writer: Writer, kind: WarningKind, findings: str, parameters: dict[str, Any] | None = None
) -> int:
    """Note a relation of (organization, metric, date, value, against, weight); heavy is worse."""
    return writer.execute(
        f"""INSERT INTO doubts BY NAME
        SELECT '{kind}' AS kind, organization, metric, date, value, against, weight
        FROM ({findings})""",
        parameters,
    )


def found(writer: Writer, number: int) -> tuple[Doubt, ...]:
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
