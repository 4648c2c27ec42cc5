"""``feeds``: how the exports of other systems are read, stated once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from health import formatting
from health.cli import parameters
from health.cli.boundary import DONE, REFUSED
from health.cli.command import Command, Group
from health.cli.database_command import DatabaseCommand
from health.errors import ArgumentError, InvalidFeed, UnreadableFile

if TYPE_CHECKING:
    from pathlib import Path

    from health.cli.command import Call
    from health.cli.database_command import Work
    from health.cli.terminal import Terminal
    from health.files import ParsedFile
    from health.files.feeds import Feed

_SHOWN_ROWS = 5

_name = click.argument("name", metavar="NAME", help="The name of a feed.")
_file = click.argument(
    "file", metavar="FILE", type=parameters.existing_file, help="A file as the source exports it."
)


@click.command(
    "list",
    cls=DatabaseCommand,
    short_help="List the feeds.",
    help="List the feeds: what each reads, its version, and how many imports it made.",
    examples=("feeds list", "feeds list --retired"),
)
@click.option("--retired", is_flag=True, help="List those that were removed too.")
def list_(work: Work, *, retired: bool) -> int:
    """List the feeds."""
    from health.imports.feeds import list_feeds

    with work.database.read() as reader:
        stored = list_feeds(reader, retired=retired)
    if not stored:
        work.terminal.say(
            "No feed is on file. client-health feeds propose FILE describes how a file is read."
        )
        return DONE
    rows = [("feed", "version", "kind", "stated by", "on (UTC)", "imports", "")]
    rows += [
        (
            one.feed.name,
            str(one.feed.version),
            one.feed.kind.label,
            one.created_by,
            f"{one.created_at:%Y-%m-%d %H:%M}",
            formatting.number(one.imports),
            f"removed by {one.retired_by}" if one.is_retired else "",
        )
        for one in stored
    ]
    work.terminal.table(rows, right=[1, 5])
    return DONE


@click.command(
    cls=DatabaseCommand,
    short_help="Show a feed.",
    help="Show a feed as TOML and its versions.",
    examples=('feeds show "Ticket desk"', 'feeds show "Ticket desk" --version 1'),
)
@_name
@click.option(
    "--version",
    metavar="N",
    type=parameters.positive,
    help="Show this version.  [default: the latest]",
)
def show(work: Work, *, name: str, version: int | None) -> int:
    """Show the feed."""
    from health.files.feeds import feed_to_toml
    from health.imports.feeds import feed_named, versions

    with work.database.read() as reader:
        stored = versions(reader, feed_named(reader, name).name)
    shown = next((one for one in stored if version in (None, one.feed.version)), None)
    if shown is None:
        work.terminal.warn(
            f"“{name}” has no version {version}; the latest is {stored[0].feed.version}."
        )
        return REFUSED
    work.terminal.say(feed_to_toml(shown.feed).rstrip())
    work.terminal.say()
    for one in stored:
        work.terminal.say(
            f"# version {one.feed.version}: stated by {one.created_by} on "
            f"{one.created_at:%Y-%m-%d %H:%M} UTC, "
            f"{formatting.count(one.imports, 'import')}"
        )
    return DONE


@click.command(
    cls=DatabaseCommand,
    short_help="Say how a file would be read.",
    help="Say by which feed a file would be read, and show what is read: the first rows, the least "
    "and greatest value of each column, how many are empty, and what is ignored. Nothing is "
    "stored.\n\nExit status: 0 every row can be read, 1 not.",
    examples=("feeds check tickets.csv", 'feeds check tickets.csv --feed "Ticket desk"'),
)
@_file
@click.option("--feed", metavar="NAME", help="Read it by this feed.")
def check(work: Work, *, file: Path, feed: str | None) -> int:
    """Show how the file would be read."""
    from health.imports.recognition import read_recognized

    try:
        with work.terminal.progress(f"Reading {file.name}") as tell:
            tables = read_recognized(
                work.database,
                file,
                name=file.name,
                today=work.caller.today,
                feed=feed,
                progress=tell,
            )
    except UnreadableFile as error:
        work.terminal.warn(f"{file.name}: {error.title}. {error.message}")
        return REFUSED
    for parsed in tables:
        _say_how(work, parsed)
    rejected = sum(parsed.rejected_rows for parsed in tables)
    if rejected:
        work.terminal.warn(f"Rejected: {formatting.count(rejected, 'row')}.")
        return REFUSED
    return DONE


@click.command(
    cls=DatabaseCommand,
    short_help="Write a feed as TOML.",
    help="Write a feed as TOML, to keep it in a repository or to change it.",
    examples=('feeds export "Ticket desk" --output tickets.toml',),
)
@_name
@parameters.output
def export(work: Work, *, name: str, output: Path | None) -> int:
    """Write the feed."""
    from health.files.feeds import feed_to_toml
    from health.imports.feeds import feed_named

    with work.database.read() as reader:
        text = feed_to_toml(feed_named(reader, name))
    work.terminal.write(text, output, f"The feed is in {output}.")
    return DONE


@click.command(
    "import",
    cls=DatabaseCommand,
    makes_database=True,
    short_help="Store a feed from TOML.",
    help="Store a feed from TOML, as the next version of its name. One that says what the latest "
    "version says is not stored again.",
    examples=("feeds import tickets.toml",),
)
@click.argument("file", metavar="FILE", type=parameters.existing_file, help="A feed as TOML.")
def import_(work: Work, *, file: Path) -> int:
    """Store the feed."""
    from health.files.feeds import feed_from_toml
    from health.imports.feeds import save_feed

    feed = feed_from_toml(parameters.text_of(file, InvalidFeed))
    feed = save_feed(work.database, feed, by=work.caller.by)
    work.terminal.say(
        f"Files with its columns are now read by the feed “{feed.name}”, version {feed.version}."
    )
    return DONE


@click.command(
    cls=DatabaseCommand,
    short_help="Use a feed no longer.",
    help="Use a feed no longer. Its versions stay on file, as do the imports that it read.",
    examples=('feeds remove "Ticket desk"',),
)
@_name
def remove(work: Work, *, name: str) -> int:
    """Retire the feed."""
    from health.imports.feeds import retire_feed

    feed = retire_feed(work.database, name, by=work.caller.by)
    work.terminal.say(f"The feed “{feed.name}” is used no longer. Importing it brings it back.")
    return DONE


@click.command(
    cls=Command,
    short_help="Propose how a file is read.",
    help="Propose how a file is read: its kind, columns, days and numbers, each with its evidence, "
    "as TOML to be looked at and imported. What the file alone cannot decide is marked with a "
    "question mark; it cannot be imported before you decide. Nothing is stored.",
    examples=("feeds propose tickets.csv --output tickets.toml",),
)
@_file
@click.option("--name", metavar="NAME", help="What to call the feed.  [default: as the file]")
@click.option("--sheet", metavar="NAME", help="The sheet of a workbook, or file of an archive.")
@parameters.output
def propose(
    call: Call, *, file: Path, name: str | None, sheet: str | None, output: Path | None
) -> int:
    """Write a proposal."""
    from health.files.feeds.proposal import propose as proposal_of
    from health.files.feeds.sample import sample

    text = proposal_of(sample(file, sheet=sheet), name or file.name.partition(".")[0]).toml
    said = ""
    if output is not None:
        if output.resolve() == file.resolve():
            raise ArgumentError("output", f"{output} would be lost, as it is read here.")
        said = f"The proposal is in {output}. Look at it, then: "
        said += f"client-health feeds import {output.name}"
    call.terminal.write(text, output, said)
    return DONE


def _say_how(work: Work, parsed: ParsedFile) -> None:
    from health.imports.feeds import feed_named

    of = f", {parsed.part}" if parsed.part else ""
    if parsed.feed_use is None:
        kind = parsed.kind.label.lower()
        work.terminal.say(f"{parsed.name}{of} is read as it stands: {kind}.")
        return
    with work.database.read() as reader:
        used = feed_named(reader, parsed.feed_use.name)
    for sentence in (*parsed.notes, *parsed.feed_use.sentences):
        work.terminal.say(sentence)
    _show_preview(parsed, used, work.terminal)


def _show_preview(parsed: ParsedFile, feed: Feed, terminal: Terminal) -> None:
    from health.files.feeds.preview import preview, shown

    seen = preview(parsed, feed)
    rows = [("column", "read from", "least", "greatest", "empty")]
    rows += [
        (one.name, one.source, one.least, one.greatest, formatting.number(one.empty))
        for one in seen.columns
    ]
    terminal.table(rows, right=[4])
    if seen.ignored:
        terminal.say(f"Ignored columns: {', '.join(seen.ignored)}.")
    if seen.rows.height:
        terminal.say("The first rows:")
        terminal.table(
            [
                tuple(seen.rows.columns),
                *(tuple(map(shown, row)) for row in seen.rows.head(_SHOWN_ROWS).iter_rows()),
            ]
        )


feeds = Group(
    "feeds",
    commands=(list_, show, propose, check, import_, export, remove),
    short_help="Say how exports of other systems are read.",
    help="A feed states once how the export of another system is read. From then on, a file with "
    "its columns is read by it, in the browser and by load.",
)
