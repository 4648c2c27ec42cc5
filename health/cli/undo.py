"""``undo``: everything an import changed gets its earlier value back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from health.cli import parameters
from health.cli.boundary import DONE
from health.cli.database_command import DatabaseCommand
from health.cli.score import next_step
from health.settings import PREFIX, Settings

if TYPE_CHECKING:
    from health.cli.database_command import Work


@click.command(
    cls=DatabaseCommand,
    short_help="Take an import back.",
    help="Give everything that an import changed its earlier value back. An import older than "
    f"{PREFIX}UNDO_DAYS days (default: {Settings.undo_days}) can no longer be undone.",
    examples=("undo 12", "undo 12 --anyway"),
)
@click.argument(
    "import_id",
    metavar="NUMBER",
    type=parameters.positive,
    help="Its number in client-health imports.",
)
@click.option(
    "--anyway",
    is_flag=True,
    help="Undo it even where later imports changed some of its values again; those stay.",
)
def undo(work: Work, *, import_id: int, anyway: bool) -> int:
    """Undo the import."""
    from health import imports

    with work.terminal.progress(f"Undoing import {import_id}"):
        imports.undo(work.database, import_id, by=work.caller.by, anyway=anyway)
    with work.database.read() as reader:
        work.terminal.say(f"Import {import_id} is undone. {next_step(reader)}")
    return DONE
