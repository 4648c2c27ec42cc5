"""``review``: the business review of a client, as an HTML file to be printed or sent."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from health.cli import parameters
from health.cli.boundary import DONE
from health.cli.database_command import DatabaseCommand
from health.cli.export import day_of
from health.errors import ArgumentError

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from health.cli.database_command import Work


@click.command(
    cls=DatabaseCommand,
    short_help="Write a client's business review, to be printed.",
    help="Write the review of a client for a month, a quarter or any span: its score and what "
    "changed, what was done with the product, adoption, peers and what would help. Without "
    "--internal it is for the client: without risk, contract value, calls and notes. An HTML file "
    "that needs nothing else; print it from the browser, or save it as PDF there.",
    examples=(
        "review ORG-0004 --period 2026-Q3 --output .",
        "review ORG-0004 --internal --output review.html",
        "review ORG-0004 --from 2026-10-01 --to 2026-10-31 > review.html",
    ),
)
@click.argument("client", metavar="CLIENT", help="Its organization_id.")
@click.option(
    "--period", metavar="PERIOD", help="A month, quarter or year: 2026-10, 2026-Q3, 2026."
)
@click.option(
    "--from",
    "first",
    metavar="DAY",
    type=parameters.day,
    help="The first day.  [default: 30 days before the last one]",
)
@click.option(
    "--to",
    "--as-of",
    "last",
    metavar="DAY",
    type=parameters.day,
    help="The last day.  [default: the latest day with usage]",
)
@click.option("--internal", is_flag=True, help="All that is known, not for the client.")
@click.option(
    "--output",
    metavar="FILE",
    type=parameters.path,
    help="Write to this file, or into this folder under the name of the client and the days.",
)
def review(
    work: Work,
    *,
    client: str,
    period: str | None,
    first: date | None,
    last: date | None,
    internal: bool,
    output: Path | None,
) -> int:
    """Write the review of a client."""
    from health.output import review
    from health.queries.status import freshness

    if period and (first or last):
        raise ArgumentError("--period", "leave it out, or --from and --to.")
    audience = review.Audience.INTERNAL if internal else review.Audience.CLIENT
    with work.database.read() as reader:
        if period:
            span = review.period(period)
            # A period that is not over ends with the data.
            span = span._replace(last=min(span.last, day_of(reader, None)))
        else:
            end = day_of(reader, last)
            span = review.Span(first or end - timedelta(days=30), end)
        now = freshness(reader, span.last)
        is_present = span.last >= day_of(reader, None) and not now.is_demo
        query = review.ReviewQuery(
            organization_id=client,
            start_date=span.first,
            end_date=span.last,
            from_day=work.caller.today if is_present else None,
        )
        sheet = review.review(reader, query, work.caller.currency, work.caller.idle_days)
        content = review.print_ready(sheet, audience)
    if output is not None and output.is_dir():
        output /= review.file_name(sheet.client.name, client, span, audience)
    work.terminal.write(content, output, f"The review of {client}, {span.name}, is in {output}.")
    return DONE
