"""``load``: check files, say what they change, store them together or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from health import formatting
from health.cli import parameters
from health.cli.boundary import DONE, HELD, REFUSED
from health.cli.database_command import DatabaseCommand
from health.cli.score import next_step
from health.errors import UnclearFile, UnreadableFile
from health.vocabulary import FileKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from health.cli.database_command import Work
    from health.cli.terminal import Terminal
    from health.files import ParsedFile
    from health.imports import ImportOutcome

SHOWN_REJECTS: Final = 20
SHOWN_CLIENTS: Final = 3
"""Clients named with each warning."""

_LONGEST_VALUE: Final = 40


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
        'load tickets.csv --feed "Ticket desk"',
        "load usage.xlsx --valid-rows-only --rejects rejects.csv",
        "load usage.csv --valid-rows-only --rejected-rows to-mend.csv",
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
@click.option("--dry-run", is_flag=True, help="Say what loading would change, and store nothing.")
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
    dry_run: bool,
    valid_rows_only: bool,
    empty_clears: bool,
    hold: bool,
    rejects: Path | None,
    rejected_rows: Path | None,
) -> int:
    """Load the files; return 0 if they are stored (or would be), 1 if refused, 3 if held."""
    terminal = work.terminal
    read = _read(work, files, feed)
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
        _describe(file, outcome, terminal)
    _tell_rejects(outcomes, rejects, terminal)
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
    work: Work, paths: Sequence[Path], feed: str | None
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
                    progress=tell,
                )
        except UnreadableFile as error:
            work.terminal.warn(f"{path.name}: {error.title}. {error.message}")
            if feed is None and isinstance(error, UnclearFile):
                work.terminal.warn(
                    "To state once how such a file is read: "
                    f"client-health feeds propose {path.name}"
                )
            refused = True
        else:
            parsed += [(path, table) for table in tables]
    return None if refused else parsed


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


def _say_how_read(parsed: ParsedFile, terminal: Terminal) -> None:
    if parsed.feed_use is not None:
        terminal.say(f"  {' '.join(parsed.feed_use.sentences)}")
    for note in parsed.notes:
        terminal.say(f"  Note: {note}")


def _describe(parsed: ParsedFile, outcome: ImportOutcome, terminal: Terminal) -> None:
    from health.files import Layout

    layout = ""
    if outcome.kind is FileKind.USAGE:
        layout = f", one {'column' if parsed.layout is Layout.WIDE else 'row'} per metric"
    terminal.say(f"{outcome.name}: {outcome.kind.label.lower()}{layout}")
    _say_how_read(parsed, terminal)
    counts = {
        "new": outcome.rows_new,
        "changed": outcome.rows_changed,
        "unchanged": outcome.rows_unchanged,
        "rejected": outcome.rows_rejected,
    }
    listed = ", ".join(f"{formatting.number(count)} {name}" for name, count in counts.items())
    terminal.say(f"  {formatting.count(outcome.rows_read, 'row')}: {listed}")
    changes = f"  Changes {formatting.count(outcome.clients, 'client')}"
    if outcome.first_date is not None:
        changes += f"; days {formatting.span(outcome.first_date, outcome.last_date)}"
    if outcome.scores_days:
        changes += f"; makes up to {formatting.count(outcome.scores_days, 'score')} out of date"
    terminal.say(changes)
    if not outcome.new_clients.is_empty():
        named = [
            name if name == own else f"{name} ({own})"
            for own, name in outcome.new_clients.head(SHOWN_CLIENTS).iter_rows()
        ]
        more = outcome.new_clients.height - len(named)
        named += [f"{formatting.number(more)} more"] if more else []
        terminal.say(f"  New clients: {formatting.listing(named)}")
    if outcome.cleared:
        cleared = formatting.listing(
            [f"{formatting.number(times)} of {field}" for field, times in outcome.cleared.items()]
        )
        terminal.say(f"  Becomes empty: {cleared}")
    if outcome.same_as is not None:
        terminal.say(f"  Exactly this file was loaded before, as import {outcome.same_as}.")
    _tell_warnings(outcome, terminal)


def _tell_warnings(outcome: ImportOutcome, terminal: Terminal) -> None:
    for found in outcome.beside_cleared:
        terminal.say(f"  {'Held' if found.holds else 'Warning'}: {found.sentence}")
        told = found.told(SHOWN_CLIENTS)
        for example in told:
            terminal.say(f"    {example}")
        if told and found.clients > len(told):
            terminal.say(f"    … and {formatting.count(found.clients - len(told), 'more client')}")


def _tell_rejects(
    outcomes: Sequence[ImportOutcome], destination: Path | None, terminal: Terminal
) -> None:
    import polars as pl

    from health.files import rejects_to_csv
    from health.output.exports import whole_file

    rejects = pl.concat(
        [o.rejects.select(pl.lit(o.name).alias("file"), pl.all()) for o in outcomes]
    )
    if destination is not None:
        with whole_file(destination) as sink:
            sink.write(rejects_to_csv(rejects))
        terminal.say(f"Rejected rows are in {destination}.")
    if rejects.is_empty():
        return
    rows = [("file", "line", "column", "value", "reason", "would be accepted")]
    for file, line, column, value, reason, accepted in rejects.head(SHOWN_REJECTS).iter_rows():
        rows.append((file, str(line), column or "", _shortened(value or ""), reason, accepted))
    terminal.table(rows, right=[1])
    if rejects.height > SHOWN_REJECTS:
        more = formatting.number(rejects.height - SHOWN_REJECTS)
        terminal.say(
            f"  … and {more} more"
            + ("" if destination else "; --rejects FILE writes them all, with what is accepted")
        )


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


def _shortened(value: str) -> str:
    plain = "".join(letter if letter.isprintable() else " " for letter in value)
    return plain if len(plain) <= _LONGEST_VALUE else f"{plain[:_LONGEST_VALUE]}…"
