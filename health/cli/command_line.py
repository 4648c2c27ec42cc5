"""The commands of ``client-health``, in the order of its help."""

from __future__ import annotations

from typing import Final

import click

from health.cli.backtest import backtest
from health.cli.backup import backup
from health.cli.check import check
from health.cli.command import database_option
from health.cli.demo import demo
from health.cli.export import export
from health.cli.feeds import feeds
from health.cli.ids import ids, merge, rename
from health.cli.imports import imports
from health.cli.load import load
from health.cli.models import models
from health.cli.prove import prove
from health.cli.restore import restore
from health.cli.review import review
from health.cli.score import score
from health.cli.serve import serve
from health.cli.undo import undo

COMMANDS: Final = (
    serve,
    demo,
    load,
    feeds,
    ids,
    merge,
    rename,
    score,
    models,
    export,
    review,
    prove,
    backtest,
    check,
    backup,
    restore,
    imports,
    undo,
)

# \b keeps the lines of the paragraph after it as they are.
_FIRST_STEPS: Final = """\
\b
First steps:
  client-health serve --demo          look around with made-up clients
  client-health load organizations.csv usage.csv features.csv
  client-health score                 compute what is missing or out of date
  client-health serve                 open the dashboard

\b
Every night, from cron:
  client-health load today.csv && client-health score

The options of a command: client-health COMMAND --help
"""


class _Commands(click.Group):
    def list_commands(self, _: click.Context) -> list[str]:
        return list(self.commands)


client_health: Final = _Commands(
    "client-health",
    help="Which clients are at risk, why, and whom to call first.",
    epilog=_FIRST_STEPS,
    params=[database_option()],
    commands={command.name or "": command for command in COMMANDS},
    subcommand_metavar="COMMAND [OPTIONS]",
)
