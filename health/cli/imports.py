"""``imports``: what was loaded, the newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from health import formatting
from health.cli import parameters
from health.cli.boundary import DONE
from health.cli.database_command import DatabaseCommand

if TYPE_CHECKING:
    from health.cli.database_command import Work

_SHORT: Final = 12
"""Digits of a hash that tell files apart at a glance."""


@click.command(
    cls=DatabaseCommand,
    short_help="List what was loaded.",
    help="List what was loaded: when, by whom, from which file, by which feed, and what it "
    "changed. What was done about ids of clients stands between them (“ids 3” is undone by "
    "client-health ids undo 3).",
    examples=("imports", "imports --limit 100 --long"),
)
@click.option(
    "--limit",
    metavar="N",
    type=parameters.positive,
    default="20",
    help="How many to list.  [default: 20]",
)
@click.option("--long", is_flag=True, help="Show the whole SHA-256 of each file.")
def imports(work: Work, *, limit: int, long: bool) -> int:
    """List the latest imports."""
    from health.imports.identity import list_actions
    from health.output.import_history import with_actions
    from health.queries.imports import Import, ImportsQuery, list_imports

    with work.database.read() as reader:
        page = list_imports(reader, ImportsQuery(limit=limit))
        actions = list_actions(reader)
    if not page.rows:
        work.terminal.say("Nothing was loaded yet.")
        return DONE
    names = ("number", "stored (UTC)", "by", "file", "size", "SHA-256", "new", "changed")
    rows = [(*names, "unchanged", "rejected", "read by feed", "")]
    shown = with_actions(page.rows, actions, is_last=page.total <= limit)
    rows += [
        (
            str(stored.import_id),
            f"{stored.imported_at:%Y-%m-%d %H:%M}",
            stored.imported_by,
            stored.name,
            formatting.size(stored.size),
            stored.sha256 if long else stored.sha256[:_SHORT],
            formatting.number(stored.rows_new),
            formatting.number(stored.rows_changed),
            formatting.number(stored.rows_unchanged),
            formatting.number(stored.rows_rejected),
            stored.read_by,
            stored.fate,
        )
        if isinstance(stored, Import)
        else (
            f"ids {stored.action_id}",
            f"{stored.done_at:%Y-%m-%d %H:%M}",
            stored.done_by,
            stored.sentence,
            *("", "", "", "", "", "", ""),
            stored.fate,
        )
        for stored in shown
    ]
    work.terminal.table(rows, right=[0, 4, 6, 7, 8, 9])
    if page.total > len(page.rows):
        work.terminal.say(f"  {formatting.number(page.total)} in all; --limit N shows more")
    return DONE
