"""``imports``: what was loaded, the newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from health import formatting
from health.queries.imports import ImportsQuery, list_imports

if TYPE_CHECKING:
    import argparse

    from health.cli.terminal import Terminal
    from health.storage.database import Database

_SHORT: Final = 12
"""Digits of a hash that tell files apart at a glance."""


def run(arguments: argparse.Namespace, database: Database, terminal: Terminal) -> int:
    """List the latest imports; return 0."""
    with database.read() as reader:
        page = list_imports(reader, ImportsQuery(limit=arguments.limit))
    if not page.rows:
        terminal.say("Nothing was loaded yet.")
        return 0
    names = ("number", "stored (UTC)", "by", "file", "size", "SHA-256", "new", "changed")
    rows = [(*names, "unchanged", "rejected", "")]
    rows += [
        (
            str(stored.import_id),
            f"{stored.imported_at:%Y-%m-%d %H:%M}",
            stored.imported_by,
            stored.name,
            formatting.size(stored.size),
            stored.sha256 if arguments.long else stored.sha256[:_SHORT],
            formatting.number(stored.rows_new),
            formatting.number(stored.rows_changed),
            formatting.number(stored.rows_unchanged),
            formatting.number(stored.rows_rejected),
            stored.fate,
        )
        for stored in page.rows
    ]
    terminal.table(rows, right=[0, 4, 6, 7, 8, 9])
    if page.total > len(page.rows):
        terminal.say(f"  {formatting.number(page.total)} in all; --limit N shows more")
    return 0
