"""The sentences of an import's findings, kept with it for the history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from health.imports.warnings.finding import Finding
    from health.storage.database import Writer

KEPT_EXAMPLES: Final = 3
"""Clients named in a sentence that is kept."""


def keep(writer: Writer, import_id: int, findings: Sequence[Finding]) -> None:
    """Write down what was found, with the worst clients; it stays when the import is undone."""
    for place, found in enumerate(findings, start=1):
        writer.execute(
            """INSERT INTO import_warnings (import_id, place, kind, is_hold, sentence, examples)
            SELECT $import_id, $place, $kind, $is_hold, $sentence, $examples""",
            {
                "import_id": import_id,
                "place": place,
                "kind": found.kind.value,
                "is_hold": found.holds,
                "sentence": found.sentence,
                "examples": "\n".join(found.told(KEPT_EXAMPLES)),
            },
        )
