"""``load``: check files, say what they change, store them together or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from health import formatting, imports
from health.cli.score import next_step
from health.errors import UnreadableFile
from health.files import Layout, read_file, rejects_to_csv, write_rejected_rows
from health.output.exports import whole_file
from health.vocabulary import FileKind

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from health.cli.terminal import Terminal
    from health.files import ParsedFile
    from health.imports import ImportOutcome
    from health.storage.database import Database

SHOWN_REJECTS: Final = 20
SHOWN_DOUBTS: Final = 3
"""Clients named with each warning."""

_LONGEST_VALUE: Final = 40


def run(arguments: argparse.Namespace, database: Database, terminal: Terminal) -> int:
    """Load ``arguments.files``; return 0 if they are stored (or would be), 1 if refused."""
    parsed = _read(arguments.files, arguments.today, terminal)
    if parsed is None:
        terminal.warn("Nothing was stored.")
        return 1
    with database.read() as reader:
        if reader.value("SELECT is_demo FROM state"):
            terminal.warn(
                "Take care: the clients in this database are made up, and these files mix with "
                "them. --database names another one."
            )
    outcomes, is_stored = _store(arguments, database, parsed, terminal)
    for file, outcome in zip(parsed, outcomes, strict=True):
        _describe(file, outcome, terminal)
    _tell_rejects(outcomes, arguments.rejects, terminal)
    if arguments.rejected_rows is not None:
        _write_rejected_rows(arguments, outcomes, terminal)
    is_refused = not arguments.valid_rows_only and any(o.rows_rejected for o in outcomes)
    if is_refused:
        terminal.warn(_refusal(outcomes))
        return 1
    if not is_stored:
        terminal.say("Nothing was stored, as this was a dry run. It would be stored.")
        return 0
    numbers = formatting.listing(
        [str(number) for number in sorted(o.import_id or 0 for o in outcomes)]
    )
    terminal.say(f"Stored as import{'s' if len(outcomes) > 1 else ''} {numbers}.")
    with database.read() as reader:
        terminal.say(next_step(reader))
    return 0


def _read(paths: Sequence[Path], today: date, terminal: Terminal) -> list[ParsedFile] | None:
    """Read every file, and complain of every one that cannot be read; None if there is one."""
    parsed = []
    for path in paths:
        try:
            with terminal.progress(f"Reading {path.name}") as tell:
                parsed.append(read_file(path, name=path.name, today=today, progress=tell))
        except UnreadableFile as error:
            terminal.warn(f"{path.name}: {error.title}. {error.message}")
    return parsed if len(parsed) == len(paths) else None


def _store(
    arguments: argparse.Namespace,
    database: Database,
    parsed: list[ParsedFile],
    terminal: Terminal,
) -> tuple[tuple[ImportOutcome, ...], bool]:
    """Return what the files do, and whether it was done."""
    if arguments.dry_run:
        with terminal.progress("Comparing with what is on file"):
            return imports.plan(database, parsed), False
    try:
        with terminal.progress("Storing"):
            stored = imports.store(
                database,
                parsed,
                by=arguments.by,
                valid_rows_only=arguments.valid_rows_only,
                undo_days=arguments.undo_days,
            )
    except imports.FilesRefused as refused:
        return refused.outcomes, False
    return stored, True


def _describe(parsed: ParsedFile, outcome: ImportOutcome, terminal: Terminal) -> None:
    layout = ""
    if outcome.kind is FileKind.USAGE:
        layout = f", one {'column' if parsed.layout is Layout.WIDE else 'row'} per metric"
    terminal.say(f"{outcome.name}: {outcome.kind.label.lower()}{layout}")
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
        changes += f"; days {outcome.first_date} to {outcome.last_date}"
    if outcome.scores_days:
        changes += f"; up to {formatting.count(outcome.scores_days, 'score')} out of date by it"
    terminal.say(changes)
    if outcome.same_as is not None:
        terminal.say(f"  Exactly this file was loaded before, as import {outcome.same_as}.")
    for doubt in outcome.warnings:
        terminal.say(f"  Warning: {doubt.sentence}")
        for example in doubt.told(SHOWN_DOUBTS):
            terminal.say(f"    {example}")
        if doubt.clients > SHOWN_DOUBTS:
            terminal.say(
                f"    … and {formatting.count(doubt.clients - SHOWN_DOUBTS, 'more client')}"
            )


def _tell_rejects(
    outcomes: Sequence[ImportOutcome], destination: Path | None, terminal: Terminal
) -> None:
    rejects = pl.concat(
        [o.rejects.select(pl.lit(o.name).alias("file"), pl.all()) for o in outcomes]
    )
    if destination is not None:
        with whole_file(destination) as sink:
            sink.write(rejects_to_csv(rejects))
        terminal.say(f"Rejected rows are in {destination}.")
    if rejects.is_empty():
        return
    rows = [("file", "line", "column", "value", "reason")]
    for file, line, column, value, reason, _ in rejects.head(SHOWN_REJECTS).iter_rows():
        rows.append((file, str(line), column or "", _shortened(value or ""), reason))
    terminal.table(rows, right=[1])
    if rejects.height > SHOWN_REJECTS:
        more = formatting.number(rejects.height - SHOWN_REJECTS)
        terminal.say(
            f"  … and {more} more"
            + ("" if destination else "; --rejects FILE writes them all, with what is accepted")
        )


def _write_rejected_rows(
    arguments: argparse.Namespace, outcomes: Sequence[ImportOutcome], terminal: Terminal
) -> None:
    """Write a file to mend for each file; one without rejected rows overwrites an old one too."""
    destinations = _named_apart(arguments.rejected_rows, arguments.files)
    for source, outcome, path in zip(arguments.files, outcomes, destinations, strict=True):
        with whole_file(path) as sink, terminal.progress(f"Reading {source.name} again"):
            number = write_rejected_rows(
                source, sink, today=arguments.today, refused=outcome.rejects
            )
        if number:
            terminal.say(
                f"{formatting.count(number, 'rejected row')} of {outcome.name} to mend and load "
                "again: "
                f"{path}"
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


def _refusal(outcomes: Sequence[ImportOutcome]) -> str:
    rejected = sum(outcome.rows_rejected for outcome in outcomes)
    return (
        f"Nothing was stored, because {formatting.count(rejected, 'row')} cannot be. Mend the "
        "file and "
        "load it again, or store the other rows with --valid-rows-only."
    )


def _shortened(value: str) -> str:
    plain = "".join(letter if letter.isprintable() else " " for letter in value)
    return plain if len(plain) <= _LONGEST_VALUE else f"{plain[:_LONGEST_VALUE]}…"
