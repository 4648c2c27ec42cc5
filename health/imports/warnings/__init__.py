"""What is right by the rules and still looks wrong, in two grades.

A warning is said beside the counts. A finding that holds is about the file as a whole: where a
load is to hold, nothing is stored until a person has looked.

Runs inside the import's transaction, over its ``staged`` rows. What a value is held against is
read from the :data:`USUAL_DAYS` days before the file begins, so that the cost follows the file
and one month of usage, not the years on file. A gap and a missing client are looked for when all
files of a load are merged: one file may fill what another leaves open.
"""

from __future__ import annotations

from health.imports.warnings.cells import of_cells
from health.imports.warnings.feed import begin, of_feed
from health.imports.warnings.finding import Finding, WarningKind
from health.imports.warnings.kept import keep
from health.imports.warnings.lookalikes import new_clients, of_identity
from health.imports.warnings.outcomes import of_outcomes
from health.imports.warnings.values import of_organizations, of_usage

__all__ = [
    "Finding",
    "WarningKind",
    "begin",
    "keep",
    "new_clients",
    "of_cells",
    "of_feed",
    "of_identity",
    "of_organizations",
    "of_outcomes",
    "of_usage",
]
