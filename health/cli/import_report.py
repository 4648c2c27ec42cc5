"""What ``load`` says of each file: how it was read, what it changes, and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from health import formatting
from health.vocabulary import FileKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from health.cli.terminal import Terminal
    from health.files import ParsedFile
    from health.imports import ImportOutcome

NEW_CLIENTS: Final = 20
"""New clients named without --list-new."""

SHOWN_REJECTS: Final = 20
SHOWN_CLIENTS: Final = 3
"""Clients named with each warning."""

_LONGEST_VALUE: Final = 40


def _say_how_read(parsed: ParsedFile, terminal: Terminal) -> None:
    if parsed.feed_use is not None:
        terminal.say(f"  {' '.join(parsed.feed_use.sentences)}")
    for note in parsed.notes:
        terminal.say(f"  Note: {note}")


def describe(
    parsed: ParsedFile, outcome: ImportOutcome, terminal: Terminal, *, every_client: bool = False
) -> None:
    """Say how a file was read, what it changes, and what looks wrong; maybe every new client."""
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
    _tell_new_clients(outcome, terminal, every=every_client)
    if outcome.cleared:
        cleared = formatting.listing(
            [f"{formatting.number(times)} of {field}" for field, times in outcome.cleared.items()]
        )
        terminal.say(f"  Becomes empty: {cleared}")
    if outcome.same_as is not None:
        terminal.say(f"  Exactly this file was loaded before, as import {outcome.same_as}.")
    _tell_warnings(outcome, terminal)


def _tell_new_clients(outcome: ImportOutcome, terminal: Terminal, *, every: bool) -> None:
    """Name them one by one, before they are stored."""
    new = outcome.new_clients
    if new.is_empty():
        return
    from health.imports.warnings.finding import client

    terminal.say(f"  {formatting.count(new.height, 'new client')}:")
    shown = new if every else new.head(NEW_CLIENTS)
    for own, name in shown.iter_rows():
        terminal.say(f"    {client(name, own)}")
    if shown.height < new.height:
        terminal.say(
            f"    … and {formatting.number(new.height - shown.height)} more; load the file with "
            "--dry-run --list-new to see them all"
        )


def _tell_warnings(outcome: ImportOutcome, terminal: Terminal) -> None:
    for found in outcome.beside_cleared:
        terminal.say(f"  {'Held' if found.holds else 'Warning'}: {found.sentence}")
        told = found.told(SHOWN_CLIENTS)
        for example in told:
            terminal.say(f"    {example}")
        if told and found.clients > len(told):
            terminal.say(f"    … and {formatting.count(found.clients - len(told), 'more client')}")


def tell_rejects(
    outcomes: Sequence[ImportOutcome], destination: Path | None, terminal: Terminal
) -> None:
    """Show the first rejected rows, and write all of them to ``destination``."""
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


def _shortened(value: str) -> str:
    plain = "".join(letter if letter.isprintable() else " " for letter in value)
    return plain if len(plain) <= _LONGEST_VALUE else f"{plain[:_LONGEST_VALUE]}…"
