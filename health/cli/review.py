"""``review``: a client on one sheet of paper, as an HTML file to be printed or sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from health.errors import ArgumentError
from health.output.exports import whole_file
from health.output.review import print_ready, review
from health.queries.client import ClientQuery
from health.scoring.state import latest_day

if TYPE_CHECKING:
    import argparse

    from health.cli.terminal import Terminal
    from health.storage.database import Database


def run(arguments: argparse.Namespace, database: Database, terminal: Terminal) -> int:
    """Write the review of ``arguments.client``; return 0."""
    with database.read() as reader:
        day = arguments.as_of or latest_day(reader)
        if day is None:
            raise ArgumentError(
                "--as-of", "there is no usage on file, so there is no latest day; name one."
            )
        query = ClientQuery(organization_id=arguments.client, as_of=day)
        content = print_ready(review(reader, query, arguments.currency)).encode()
    if arguments.output is None:
        terminal.data.write(content)
        terminal.data.flush()
    else:
        with whole_file(arguments.output) as sink:
            sink.write(content)
        terminal.say(f"The review of {arguments.client} as of {day} is in {arguments.output}.")
    return 0
