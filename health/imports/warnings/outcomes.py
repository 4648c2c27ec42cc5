"""Outcomes whose change of value goes the other way than their word says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from health import formatting
from health.imports.warnings.finding import EXAMPLES, Finding, WarningKind, client
from health.vocabulary import Outcome

if TYPE_CHECKING:
    from health.storage.database import Writer

LEAST_WRONG: Final = 3
"""From so many on the whole file is doubted, where none of its changes has the right sign."""

_IS_WRONG: Final = f"""CASE
    WHEN outcome IN ('{Outcome.CHURNED}', '{Outcome.DOWNGRADED}') THEN value_change > 0
    WHEN outcome IN ('{Outcome.EXPANDED}', '{Outcome.REACTIVATED}') THEN value_change < 0 END"""
"""SQL of whether a change goes the other way; null where both are possible, or nothing changed."""


def of_outcomes(writer: Writer) -> tuple[Finding, ...]:
    """Find changes of value in ``staged`` that rise where value was lost, or fall where it rose."""
    found = writer.record(
        f"""SELECT count(*) FILTER (is_wrong) AS wrong, count(*) AS changes,
            count(DISTINCT organization) FILTER (is_wrong) AS clients,
            min(organization_id) FILTER (is_wrong) AS organization_id,
            arg_min(name, organization_id) FILTER (is_wrong) AS name
        FROM (
            SELECT organization, {_IS_WRONG} AS is_wrong FROM staged WHERE value_change <> 0
        ) JOIN clients USING (organization)
        WHERE is_wrong IS NOT NULL"""
    )
    wrong = int(found["wrong"])
    if not wrong:
        return ()
    return (
        Finding(
            kind=WarningKind.SIGN_OF_VALUE,
            holds=wrong == found["changes"] and wrong >= LEAST_WRONG,
            statement=f"{WarningKind.SIGN_OF_VALUE.label} ({formatting.number(wrong)}, first of "
            f"{client(found['name'], found['organization_id'])})",
            count=wrong,
            clients=found["clients"],
            examples=pl.DataFrame(schema=EXAMPLES),
        ),
    )
