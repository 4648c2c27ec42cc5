"""``imports``: what was loaded, the newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from health import words
from health.queries.imports import ImportsQuery, list_imports

if TYPE_CHECKING:
    import argparse

    from health.cli.terminal import Terminal
    from health.database import Database


def run(arguments: argparse.Namespace, database: Database, terminal: Terminal) -> int:
    """List the latest imports; return 0."""
    with database.read() as reader:
        page = list_imports(reader, ImportsQuery(limit=arguments.limit))
    if not page.rows:
        terminal.say("Nothing was loaded yet.")
        return 0
    rows = [("number", "stored (UTC)", "by", "file", "new", "changed", "rejected", "")]
    rows += [
        (
            str(stored.import_id),
            f"{stored.imported_at:%Y-%m-%d %H:%M}",
            stored.imported_by,
            stored.name,
            words.number(stored.rows_new),
            words.number(stored.rows_changed),
            words.number(stored.rows_rejected),
            f"undone by {stored.undone_by}" if stored.is_undone else "",
        )
        for stored in page.rows
    ]
    terminal.table(rows, right=[0, 4, 5, 6])
    if page.total > len(page.rows):
        terminal.say(f"  {words.number(page.total)} in all; --limit N shows more")
    return 0
