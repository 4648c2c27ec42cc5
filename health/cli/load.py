"""``load``: check files, say what they change, store them together or not at all."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from health import formatting
from health.cli import import_report, parameters
from health.cli.boundary import DONE, HELD, REFUSED
from health.cli.database_command import DatabaseCommand
from health.cli.score import next_step
from health.errors import TablesRefused, UnclearFile, UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from health.cli.database_command import Work
    from health.cli.terminal import Terminal
    from health.files import ParsedFile
    from health.imports import ImportOutcome


@click.command(
    cls=DatabaseCommand,
    makes_database=True,
    short_help="Check files and store them.",
    help="Check files and store them: new rows are added, changed ones updated, and loading a "
    "file twice changes nothing. All files are stored together or, with a single bad row, none."
    "\n\nA file is also compared with what is on file: a day on which everyone is at 0, or "
    "everyone falls by half at once, a feed without many of its clients and the like. What looks "
    "wrong is said; with --hold it is not stored."
    "\n\nExit status: 0 stored, 1 refused or nothing in a file to store (nothing stored), 2 wrong "
    "usage, 3 held (nothing stored): something looks wrong as a whole. With --dry-run the same, 0 "
    "if it would be stored.",
    examples=(
        "load organizations.csv usage.csv features.csv",
        "load usage.csv.gz --dry-run",
        "load organizations.csv --dry-run --list-new",
        'load tickets.csv --feed "Ticket desk"',
        'load book.xlsx --sheet "Clients" --sheet "Usage"',
        "load usage.xlsx --valid-rows-only --rejects rejects.csv",
        "load usage.csv --valid-rows-only --rejected-rows to-fix.csv",
        "load usage.csv --valid-rows-only --hold",
    ),
)
@click.argument(
    "files",
    metavar="FILE...",
    nargs=-1,
    required=True,
    type=parameters.existing_file,
    help="CSV (also gzip), Excel, OpenDocument, Parquet, JSON lines, or a ZIP of these; the header "
    "tells what each table holds.",
)
@click.option(
    "--feed",
    metavar="NAME",
    help="Read the files by this feed. Without it, a file is read by the feed whose columns it "
    "has, if there is one.",
)
@click.option(
    "--sheet",
    "sheets",
    metavar="NAME",
    multiple=True,
    help="Load only this sheet of a workbook, or this file of an archive. Can be given again.",
)
@click.option("--dry-run", is_flag=True, help="Say what loading would change, and store nothing.")
@click.option(
    "--list-new",
    is_flag=True,
    help=f"Name every new client, and not only the first {import_report.NEW_CLIENTS}.",
)
@click.option(
    "--valid-rows-only", is_flag=True, help="Store the good rows of files that have bad ones."
)
@click.option(
    "--empty-clears",
    is_flag=True,
    help="An empty cell empties the value on file; else it keeps it.",
)
@click.option(
    "--hold",
    is_flag=True,
    help="Store nothing where a file looks wrong as a whole, so that a person can look first.",
)
@click.option(
    "--rejects", metavar="FILE", type=parameters.path, help="List what is wrong in this CSV file."
)
@click.option(
    "--rejected-rows",
    metavar="FILE",
    type=parameters.path,
    help="Write the rejected rows themselves to this CSV file, so that you can fix and load them. "
    "With several files, one for each, named after it.",
)
def load(
    work: Work,
    *,
    files: Sequence[Path],
    feed: str | None,
    sheets: Sequence[str],
    dry_run: bool,
    list_new: bool,
    valid_rows_only: bool,
    empty_clears: bool,
    hold: bool,
    rejects: Path | None,
    rejected_rows: Path | None,
) -> int:
    """Load the files; return 0 if they are stored (or would be), 1 if refused, 3 if held."""
    terminal = work.terminal
    read = _read(work, files, feed, sheets)
    if read is None:
        terminal.warn("Nothing was stored.")
        return REFUSED
    parsed = [table for _, table in read]
    with work.database.read() as reader:
        if reader.value("SELECT is_demo FROM state"):
            terminal.warn(
                "Take care: the clients in this database are made up, and these files mix with "
                "them. --database names another one."
            )
    outcomes, is_stored = _store(
        work,
        parsed,
        dry_run=dry_run,
        valid_rows_only=valid_rows_only,
        empty_clears=empty_clears,
        hold=hold,
    )
    for file, outcome in zip(parsed, outcomes, strict=True):
        import_report.describe(file, outcome, terminal, every_client=list_new)
    import_report.tell_rejects(outcomes, rejects, terminal)
    if rejected_rows is not None:
        _write_rejected_rows(work, read, outcomes, rejected_rows)
    status = _refused(outcomes, terminal, valid_rows_only=valid_rows_only, hold=hold)
    if status != DONE:
        return status
    if not is_stored:
        terminal.say(f"Nothing was stored, as this was a dry run. {_would_be(outcomes)}")
        return DONE
    numbers = formatting.listing(
        [str(number) for number in sorted(o.import_id or 0 for o in outcomes)]
    )
    terminal.say(f"Stored as import{'s' if len(outcomes) > 1 else ''} {numbers}.")
    with work.database.read() as reader:
        terminal.say(next_step(reader))
    return DONE


def _would_be(outcomes: Sequence[ImportOutcome]) -> str:
    """What a load without --hold, and one with it, would do with files that nothing refuses."""
    held = sum(len(outcome.holds) for outcome in outcomes)
    if not held:
        return "It would be stored."
    return (
        "Without --hold it would be stored; with --hold it would be held, because "
        f"{formatting.count(held, 'thing')} above (“Held”) should be looked at first."
    )


def _refused(
    outcomes: Sequence[ImportOutcome], terminal: Terminal, *, valid_rows_only: bool, hold: bool
) -> int:
    """Say why nothing is stored, and return the exit status; 0 where nothing is in the way."""
    nothing = [outcome.nothing for outcome in outcomes if outcome.has_nothing]
    rejected = sum(outcome.rows_rejected for outcome in outcomes)
    if nothing:
        terminal.warn(f"Nothing was stored. {' '.join(nothing)}")
        return REFUSED
    if rejected and not valid_rows_only:
        terminal.warn(
            f"Nothing was stored, because {formatting.count(rejected, 'row')} cannot be. Fix the "
            "file and load it again, or store the other rows with --valid-rows-only."
        )
        return REFUSED
    held = [found for outcome in outcomes for found in outcome.holds]
    if any(found.kind.is_final for found in held):
        terminal.warn("Nothing was stored: the numbers would be wrong, see “Held” above.")
        return HELD
    if hold and held:
        terminal.warn(
            f"Nothing was stored, because {formatting.count(len(held), 'thing')} above (“Held”) "
            "should be looked at first. If it is right, load the file again without --hold."
        )
        return HELD
    return DONE


def _read(
    work: Work, paths: Sequence[Path], feed: str | None, sheets: Sequence[str]
) -> list[tuple[Path, ParsedFile]] | None:
    """Read every table of every file, each with its file; None if one cannot be read.

    Complains of each file that cannot be read.
    """
    from health.imports.recognition import read_recognized

    parsed = []
    refused = False
    for path in paths:
        try:
            with work.terminal.progress(f"Reading {path.name}") as tell:
                tables = read_recognized(
                    work.database,
                    path,
                    name=path.name,
                    today=work.caller.today,
                    feed=feed,
                    only=sheets,
                    progress=tell,
                )
        except UnreadableFile as error:
            work.terminal.warn(f"{path.name}: {error.title}. {error.message}")
            _tell_way_out(error, path, feed, work.terminal)
            refused = True
        else:
            parsed += [(path, table) for table in tables]
    return None if refused else parsed


def _tell_way_out(error: UnreadableFile, path: Path, feed: str | None, terminal: Terminal) -> None:
    """Say how the rest of a file is loaded, or how a file is stated once."""
    if isinstance(error, TablesRefused) and error.readable:
        chosen = " ".join(f"--sheet {shlex.quote(name)}" for name in error.readable)
        terminal.warn(
            f"To load only {formatting.listing([f'“{name}”' for name in error.readable])}: "
            f"client-health load {shlex.quote(path.name)} {chosen}"
        )
    elif feed is None and isinstance(error, UnclearFile):
        terminal.warn(
            "To state once how such a file is read: "
            f"client-health feeds propose {shlex.quote(path.name)}"
        )


def _store(
    work: Work,
    parsed: list[ParsedFile],
    *,
    dry_run: bool,
    valid_rows_only: bool,
    empty_clears: bool,
    hold: bool,
) -> tuple[tuple[ImportOutcome, ...], bool]:
    """Return what the files do, and whether it was done."""
    from health import imports

    if dry_run:
        with work.terminal.progress("Comparing with what is on file"):
            return imports.plan(work.database, parsed, empty_clears=empty_clears), False
    try:
        with work.terminal.progress("Storing"):
            stored = imports.store(
                work.database,
                parsed,
                by=work.caller.by,
                valid_rows_only=valid_rows_only,
                empty_clears=empty_clears,
                hold=hold,
                undo_days=work.caller.undo_days,
            )
    except (imports.FilesRefused, imports.FilesHeld) as refused:
        return refused.outcomes, False
    return stored, True


def _write_rejected_rows(
    work: Work,
    read: Sequence[tuple[Path, ParsedFile]],
    outcomes: Sequence[ImportOutcome],
    destination: Path,
) -> None:
    """Write a file to fix for each table; one without rejected rows overwrites an old one too."""
    from health.files import write_rejected_rows
    from health.output.exports import whole_file

    destinations = _named_apart(destination, [source for source, _ in read])
    for (source, table), outcome, path in zip(read, outcomes, destinations, strict=True):
        use = table.feed_use
        if use is not None and use.is_counted:
            work.terminal.say(
                f"Fix the rejected rows of {outcome.name} in the file itself: they are counted "
                "with the others of their day."
            )
            continue
        with whole_file(path) as sink, work.terminal.progress(f"Reading {source.name} again"):
            number = write_rejected_rows(
                source,
                sink,
                today=work.caller.today,
                refused=outcome.rejects,
                sheet=table.part,
                feed=use.feed if use else None,
            )
        if number:
            work.terminal.say(
                f"{formatting.count(number, 'rejected row')} of {outcome.name} to fix and load "
                f"again: {path}"
            )


def _named_apart(destination: Path, sources: Sequence[Path]) -> list[Path]:
    """A path for each source: the one given, or with several the names of the sources in it."""
    if len(sources) == 1:
        return [destination]
    stems = [source.name.partition(".")[0] for source in sources]
    return [
        destination.with_stem(
            f"{destination.stem}-{stem}" + (f"-{place}" if stems.count(stem) > 1 else "")
        )
        for place, stem in enumerate(stems, start=1)
    ]
