"""``prove``: a stored score computed once more, with every step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from health.cli import parameters
from health.cli.boundary import DONE, REFUSED
from health.cli.database_command import DatabaseCommand

if TYPE_CHECKING:
    from datetime import date

    import polars as pl

    from health.cli.database_command import Work
    from health.cli.terminal import Terminal
    from health.explanation.proof import Half, Proof


@click.command(
    cls=DatabaseCommand,
    short_help="Prove a stored score, step by step.",
    help="Compute the score of a client on a day once more, apart from what stored it: from the "
    "values that were in force that day and the model that the score names. Every step shows its "
    "numbers, and the import each came from. Exit 1 where the stored score is not what comes out; "
    "then the values that changed since are named.",
    examples=(
        "prove ORG-0004 2026-10-31",
        "prove ORG-0004 2026-10-31 --rows",
        "prove ORG-0004 2026-10-31 --json > proof.json",
    ),
)
@click.argument("client", metavar="CLIENT", help="Its organization_id.")
@click.argument("day", metavar="DAY", type=parameters.day, help="The day of the score.")
@click.option("--rows", is_flag=True, help="List every value of usage with its day and its file.")
@click.option("--json", "as_json", is_flag=True, help="Write everything as JSON.")
def prove(work: Work, *, client: str, day: date, rows: bool, as_json: bool) -> int:
    """Print the proof of a score."""
    from health.explanation import proof as explanation
    from health.output import proof as words
    from health.queries.proof import ProofQuery, evidence

    with work.database.read() as reader:
        found = explanation.prove(evidence(reader, ProofQuery(organization_id=client, day=day)))
    if as_json:
        work.terminal.say(words.as_json(found))
    else:
        _tell(work.terminal, found, with_rows=rows)
    return DONE if found.is_equal else REFUSED


def _tell(terminal: Terminal, proof: Proof, *, with_rows: bool) -> None:
    from health.output import proof as words

    terminal.say(words.verdict(proof))
    for sentence in words.about(proof):
        terminal.say(sentence)
    if proof.changes.height:
        _table(terminal, "Changed since", words.changes(proof))
    recomputed = proof.recomputed
    for half in (recomputed.now, recomputed.earlier):
        terminal.say()
        terminal.say(words.headline(proof, half))
        _tell_half(terminal, proof, half)
    if recomputed.trend_rule:
        terminal.say()
        terminal.say(f"Trend: {recomputed.trend_rule}")
        terminal.say(f"Risk: {recomputed.risk_rule}")
        terminal.say(words.coverage(recomputed.now))
    _table(terminal, "Stored and computed", words.compared(proof))
    if with_rows:
        _table(terminal, "Every value of usage that counts", words.rows(proof))


def _tell_half(terminal: Terminal, proof: Proof, half: Half) -> None:
    from health.output import proof as words

    for table in (words.values, words.standing, words.parts):
        _table(terminal, "", table(proof, half))
    terminal.say()
    terminal.say(words.mean(half))


def _table(terminal: Terminal, title: str, rows: pl.DataFrame) -> None:
    terminal.say()
    if title:
        terminal.say(f"{title}:")
    terminal.table([rows.columns, *([str(cell) for cell in row] for row in rows.iter_rows())])
