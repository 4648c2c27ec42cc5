"""The command line: every subcommand with its options, and help that teaches.

Nothing heavy is imported here, so that help and a mistyped option answer at once.
"""

from __future__ import annotations

import argparse
import re
import textwrap
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from health.scoring.model import BUILT_IN
from health.settings import PREFIX, Settings

if TYPE_CHECKING:
    from collections.abc import Callable

EXPORTS: Final = (
    "organizations",
    "usage_metrics",
    "feature_adoption",
    "tenant_health_scores",
    "scores",
)
FORMATS: Final = ("csv", "parquet", "json", "spreadsheet")

_FIRST_STEPS: Final = """\
first steps:
  client-health serve --demo          look around with made-up clients
  client-health load organizations.csv usage.csv features.csv
  client-health score                 compute what is missing or out of date
  client-health serve                 open the dashboard

every night, from cron:
  client-health load today.csv && client-health score

The options of a command: client-health COMMAND --help
"""


@dataclass(frozen=True, kw_only=True)
class Command:
    """A subcommand: its line in the list, its help, and what adds its options."""

    name: str
    summary: str
    description: str
    examples: tuple[str, ...]
    options: Callable[[argparse.ArgumentParser], None]


def parser() -> argparse.ArgumentParser:
    """Return the parser of ``client-health``; ``command`` in its result names the subcommand."""
    top = argparse.ArgumentParser(
        prog="client-health",
        description="Which clients are at risk, why, and whom to call first.",
        epilog=_FIRST_STEPS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_database(top, default=None)
    subparsers = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS:
        lines = "".join(f"  client-health {line}\n" for line in command.examples)
        subparser = subparsers.add_parser(
            command.name,
            help=command.summary,
            description="\n\n".join(map(textwrap.fill, command.description.split("\n\n"))),
            epilog=f"examples:\n{lines}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        command.options(subparser)
        # Not given after the subcommand, it must not undo what was given before it.
        _add_database(subparser, default=argparse.SUPPRESS)
    return top


def _add_database(to: argparse.ArgumentParser, default: str | None) -> None:
    to.add_argument(
        "--database",
        metavar="PATH",
        type=_path,
        default=default,
        help=f"the database file (default: {PREFIX}DATABASE, else {Settings.database})",
    )


def _serve(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "--demo",
        action="store_true",
        help="first make a demo database if there is none; without --database it is "
        "data/demo.duckdb, so that made-up clients never mix with yours",
    )
    to.add_argument(
        "--port",
        type=_port,
        metavar="N",
        help=f"the port to listen on (default: {PREFIX}PORT, else {Settings.port})",
    )
    to.add_argument(
        "--host",
        metavar="H",
        help=f"the address to listen on (default: {PREFIX}HOST, else {Settings.host}: this "
        "machine alone); another one needs sign-in set up",
    )
    to.add_argument(
        "--allow-anonymous",
        action="store_true",
        default=None,
        help="let everyone in who can reach that address, without sign-in",
    )


def _demo(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "--organizations", type=_number, metavar="N", help="how many clients (default: 200)"
    )
    to.add_argument("--days", type=_number, metavar="N", help="days of usage (default: 400)")
    to.add_argument("--seed", type=_number, metavar="N", help="which made-up data (default: 7)")
    to.add_argument(
        "--output", type=_path, metavar="DIR", help="write three CSV files into this folder instead"
    )


def _load(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "files",
        nargs="+",
        type=_existing_file,
        metavar="FILE",
        help="CSV (also gzip), Excel or Parquet; what it holds is seen from its header",
    )
    to.add_argument(
        "--dry-run", action="store_true", help="say what loading would change, and store nothing"
    )
    to.add_argument(
        "--valid-rows-only",
        action="store_true",
        help="store the good rows of files that have bad ones",
    )
    to.add_argument(
        "--rejects", type=_path, metavar="FILE", help="list what is wrong in this CSV file"
    )
    to.add_argument(
        "--rejected-rows",
        type=_path,
        metavar="FILE",
        help="write the rejected rows themselves to this CSV file, to be mended and loaded; with "
        "several files, one for each, named after it",
    )


def _score(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "--as-of",
        type=_day,
        metavar="DAY",
        help="the last day to score; alone, the only one (default: the latest day with usage)",
    )
    to.add_argument("--from", dest="from_day", type=_day, metavar="DAY", help="the first day")
    to.add_argument(
        "--all", action="store_true", help="every day from the first usage on, whatever is stored"
    )
    to.add_argument(
        "--model",
        choices=tuple(BUILT_IN),
        metavar="NAME",
        help=f"score with this model from now on: {' or '.join(BUILT_IN)}; after a change of "
        "model every score is out of date",
    )


def _export(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "table",
        choices=EXPORTS,
        metavar="TABLE",
        help=f"{', '.join(EXPORTS[:-1])}, or scores: the scores of one day",
    )
    to.add_argument(
        "--as-of",
        type=_day,
        metavar="DAY",
        help="the day of the scores (default for scores: the latest day with usage)",
    )
    to.add_argument(
        "--format",
        choices=FORMATS,
        default=FORMATS[0],
        help="how it is written (default: csv); spreadsheet is CSV without a text that would run",
    )
    to.add_argument(
        "--output", type=_path, metavar="FILE", help="write to this file, not to standard output"
    )


def _review(to: argparse.ArgumentParser) -> None:
    to.add_argument("client", metavar="CLIENT", help="its organization_id")
    to.add_argument(
        "--as-of", type=_day, metavar="DAY", help="the day (default: the latest day with usage)"
    )
    to.add_argument(
        "--output", type=_path, metavar="FILE", help="write to this file, not to standard output"
    )


def _imports(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "--limit", type=_positive, default=20, metavar="N", help="how many (default: 20)"
    )
    to.add_argument("--long", action="store_true", help="the SHA-256 of each file whole")


def _undo(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "import_id", type=_positive, metavar="NUMBER", help="its number in client-health imports"
    )
    to.add_argument(
        "--anyway",
        action="store_true",
        help="also where later imports changed some of its values again; those stay",
    )


def _check(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "--accept-missing",
        action="store_true",
        help="let go what the receipts beside the database tell of and it lacks",
    )


def _backup(to: argparse.ArgumentParser) -> None:
    to.add_argument("file", type=_path, metavar="FILE", help="the copy; one there is replaced")


def _restore(to: argparse.ArgumentParser) -> None:
    to.add_argument("file", type=_existing_file, metavar="FILE", help="a copy made by backup")


COMMANDS: Final = (
    Command(
        name="serve",
        summary="open the dashboard",
        description="Open the dashboard and keep it running until Ctrl-C.",
        examples=("serve --demo", "serve --port 8600", "serve --database clients.duckdb"),
        options=_serve,
    ),
    Command(
        name="demo",
        summary="make demo data",
        description="Load made-up clients into an empty database and score them, or write them as "
        "CSV files. The same options always give the same data.",
        examples=(
            "demo --output demo-files",
            "demo --organizations 2000 --days 730 --database large.duckdb",
        ),
        options=_demo,
    ),
    Command(
        name="load",
        summary="check files and store them",
        description="Check files and store them: new rows are added, changed ones updated, and "
        "loading a file twice changes nothing. All files are stored together, or, with a single "
        "bad row, none.\n\nExit status: 0 stored, 1 refused (nothing stored), 2 wrong usage. With "
        "--dry-run: 0 if it would be stored, 1 if not.",
        examples=(
            "load organizations.csv usage.csv features.csv",
            "load usage.csv.gz --dry-run",
            "load usage.xlsx --valid-rows-only --rejects rejects.csv",
            "load usage.csv --valid-rows-only --rejected-rows to-mend.csv",
        ),
        options=_load,
    ),
    Command(
        name="score",
        summary="compute scores",
        description="Compute scores and store them. Without options: every day and client whose "
        "score is missing or out of date, up to the latest day with usage.",
        examples=(
            "score",
            "score --as-of 2026-11-20",
            "score --from 2026-01-01 --as-of 2026-03-31",
            "score --model targets",
        ),
        options=_score,
    ),
    Command(
        name="export",
        summary="write a table as CSV, Parquet or JSON",
        description="Write a table exactly as it is stored: columns in a fixed order, null as the "
        "empty field, ISO dates. Only data goes to standard output.",
        examples=(
            "export scores > scores.csv",
            "export scores --as-of 2026-10-31 --format json",
            "export usage_metrics --format parquet --output usage.parquet",
        ),
        options=_export,
    ),
    Command(
        name="review",
        summary="write a client's review, to be printed",
        description="Write what the Client page says on one page of paper: score and risk, what "
        "changed in 30 days, a year of scores, adoption, renewal, and what would help. An HTML "
        "file that needs nothing else; print it from the browser, or save it as PDF there.",
        examples=(
            "review ORG-0004 --output review.html",
            "review ORG-0004 --as-of 2026-10-31 > review.html",
        ),
        options=_review,
    ),
    Command(
        name="check",
        summary="verify the database",
        description="Read everything, verify keys, ranges and references, compare every score with "
        "a recomputation, and what is on file with the receipts beside the database. No data is "
        "changed. Exit status: 0 sound, 1 with what is wrong.",
        examples=("check", "check --database backup.duckdb", "check --accept-missing"),
        options=_check,
    ),
    Command(
        name="backup",
        summary="copy the database while it is in use",
        description="Write a whole copy of the database, and read it back. The dashboard may be "
        "open and loads may run: the copy is the data of one moment.",
        examples=("backup /srv/backup/monday.duckdb",),
        options=_backup,
    ),
    Command(
        name="restore",
        summary="put a backup in the place of the database",
        description="Look at a backup, and put it in the place of the database, which is kept "
        "under another name. The dashboard has to be stopped. What was loaded after the backup is "
        "named, to be loaded again.",
        examples=("restore /srv/backup/monday.duckdb",),
        options=_restore,
    ),
    Command(
        name="imports",
        summary="list what was loaded",
        description="List what was loaded: when, by whom, from which file, and what it changed.",
        examples=("imports", "imports --limit 100 --long"),
        options=_imports,
    ),
    Command(
        name="undo",
        summary="take an import back",
        description="Give everything that an import changed its earlier value back. An import "
        f"older than {PREFIX}UNDO_DAYS (default: {Settings.undo_days}) can no longer be undone.",
        examples=("undo 12", "undo 12 --anyway"),
        options=_undo,
    ),
)
"""Every subcommand, in the order of the help."""


def _path(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("it is empty")
    return Path(text).expanduser().absolute()


def _existing_file(text: str) -> Path:
    path = _path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text}")
    return path


def _day(text: str) -> date:
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{text} is not a day such as 2026-11-20")


def _number(text: str) -> int:
    if not re.fullmatch(r"\d{1,18}", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"{text} is not a whole number of 0 or more")
    return int(text)


def _positive(text: str) -> int:
    if (number := _number(text)) < 1:
        raise argparse.ArgumentTypeError("it must be 1 or more")
    return number


def _port(text: str) -> int:
    if not 1 <= (number := _number(text)) <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port from 1 to 65535")
    return number
