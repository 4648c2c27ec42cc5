"""``review``: a client on one sheet of paper, as an HTML file to be printed or sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from health.cli import parameters
from health.cli.boundary import DONE
from health.cli.database_command import DatabaseCommand
from health.cli.export import day_of

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from health.cli.database_command import Work


@click.command(
    cls=DatabaseCommand,
    short_help="Write a client's review, to be printed.",
    help="Write what the Client page says on one page of paper: score and risk, what changed in "
    "30 days, a year of scores, adoption, renewal, and what would help. An HTML file that needs "
    "nothing else; print it from the browser, or save it as PDF there.",
    examples=(
        "review ORG-0004 --output review.html",
        "review ORG-0004 --as-of 2026-10-31 > review.html",
    ),
)
@click.argument("client", metavar="CLIENT", help="Its organization_id.")
@click.option(
    "--as-of",
    metavar="DAY",
    type=parameters.day,
    help="The day of the review.  [default: the latest day with usage]",
)
@parameters.output
def review(work: Work, *, client: str, as_of: date | None, output: Path | None) -> int:
    """Write the review of a client."""
    from health.output import review
    from health.output.exports import whole_file
    from health.queries.client import ClientQuery

    with work.database.read() as reader:
        day = day_of(reader, as_of)
        query = ClientQuery(organization_id=client, as_of=day)
        sheet = review.review(reader, query, work.caller.currency)
        content = review.print_ready(sheet).encode()
    if output is None:
        work.terminal.data.write(content)
        work.terminal.data.flush()
    else:
        with whole_file(output) as sink:
            sink.write(content)
        work.terminal.say(f"The review of {client} as of {day} is in {output}.")
    return DONE
