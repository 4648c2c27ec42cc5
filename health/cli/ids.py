"""``ids``, ``merge`` and ``rename``: one client, many ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from health.cli import parameters
from health.cli.boundary import DONE
from health.cli.command import Group
from health.cli.database_command import DatabaseCommand
from health.cli.score import next_step

if TYPE_CHECKING:
    from health.cli.database_command import Work

_alias = click.argument(
    "alias", metavar="ALIAS", help="An id, a name or an e-mail domain that a source uses."
)
_client = click.argument("client", metavar="CLIENT", help="The id of a client on file.")


@click.command(
    "list",
    cls=DatabaseCommand,
    short_help="List aliases and what was done about ids.",
    help="List the aliases of clients, and what was done about ids, the newest first.",
    examples=("ids list",),
)
def list_(work: Work) -> int:
    """List them."""
    from health.imports import identity

    with work.database.read() as reader:
        aliases = identity.list_aliases(reader)
        actions = identity.list_actions(reader)
    if aliases.is_empty():
        work.terminal.say("No client has an alias.")
    else:
        work.terminal.table([("alias", "client", "name"), *aliases.rows()])
    if actions:
        work.terminal.say()
        rows = [("number", "done (UTC)", "by", "what", "")]
        rows += [
            (
                str(one.action_id),
                f"{one.done_at:%Y-%m-%d %H:%M}",
                one.done_by,
                one.sentence,
                f"undone by {one.undone_by}" if one.undone_at else "",
            )
            for one in actions
        ]
        work.terminal.table(rows, right=[0])
    return DONE


@click.command(
    cls=DatabaseCommand,
    short_help="Let another id mean a client.",
    help="Let another id mean a client: files that use it find the client from now on.",
    examples=("ids alias 0015e00002AbCdE 0015e00002AbCdEAAF", "ids alias ACME acme.example"),
)
@_client
@_alias
def alias(work: Work, *, client: str, alias: str) -> int:
    """Add the alias."""
    from health.imports import identity

    number = identity.add_alias(work.database, client, alias, by=work.caller.by)
    work.terminal.say(
        f"{alias} is another id of {client} now. Undo: client-health ids undo {number}"
    )
    return DONE


@click.command(
    cls=DatabaseCommand,
    short_help="Let an alias mean nobody.",
    help="Let an alias mean nobody any more. What was stored by it stays.",
    examples=("ids unalias 0015e00002AbCdEAAF",),
)
@_alias
def unalias(work: Work, *, alias: str) -> int:
    """Remove the alias."""
    from health.imports import identity

    identity.remove_alias(work.database, alias, by=work.caller.by)
    work.terminal.say(f"{alias} means no client any more.")
    return DONE


@click.command(
    cls=DatabaseCommand,
    short_help="Undo an alias, a new id or a merge.",
    help="Undo an alias, a new id or a merge: every client is what it was before.",
    examples=("ids undo 3",),
)
@click.argument(
    "number",
    metavar="NUMBER",
    type=parameters.positive,
    help="Its number in client-health ids list.",
)
def undo(work: Work, *, number: int) -> int:
    """Undo it."""
    from health.imports import identity

    identity.undo_action(work.database, number, by=work.caller.by)
    with work.database.read() as reader:
        work.terminal.say(f"Change {number} is undone. {next_step(reader)}")
    return DONE


ids = Group(
    "ids",
    short_help="Other ids of clients, and their undo.",
    help="Other ids of clients: what files may call them, and what was done about ids.",
    commands=(list_, alias, unalias, undo),
)


@click.command(
    cls=DatabaseCommand,
    short_help="Put two clients together.",
    help="Put two clients together under the id of the first. It keeps its own values and takes "
    "over what it has none of; the other's id becomes its alias.",
    examples=("merge ACME ACME-OLD --dry-run", "merge ACME ACME-OLD --prefer keep"),
)
@click.argument("keep", metavar="KEEP", help="The id of the client that stays.")
@click.argument("other", metavar="OTHER", help="The id of the client that becomes part of it.")
@click.option(
    "--prefer",
    type=click.Choice(["keep", "other"]),
    help="Whose usage counts where both have a different value for one day.",
)
@click.option("--dry-run", is_flag=True, help="Say what would change and store nothing.")
def merge(work: Work, *, keep: str, other: str, prefer: str | None, dry_run: bool) -> int:
    """Merge the clients."""
    from health.imports import identity

    preferred = identity.Preferred(prefer) if prefer else None
    if dry_run:
        planned = identity.plan_merge(work.database, keep, other, prefer=preferred)
        work.terminal.say(planned.sentence)
        if planned.conflicts:
            work.terminal.say(planned.conflict_sentence)
        work.terminal.say("Nothing was stored.")
        return DONE
    done = identity.merge_clients(work.database, keep, other, by=work.caller.by, prefer=preferred)
    work.terminal.say(done.sentence)
    with work.database.read() as reader:
        work.terminal.say(f"Undo: client-health ids undo {done.action_id}. {next_step(reader)}")
    return DONE


@click.command(
    cls=DatabaseCommand,
    short_help="Give a client another id.",
    help="Give a client another id. The id before stays its alias, so older files still find it.",
    examples=("rename ACME-OLD ACME",),
)
@click.argument("old", metavar="OLD", help="Its id on file.")
@click.argument("new", metavar="NEW", help="Its id from now on.")
def rename(work: Work, *, old: str, new: str) -> int:
    """Rename the client."""
    from health.imports import identity

    number = identity.rename_client(work.database, old, new, by=work.caller.by)
    work.terminal.say(f"{old} is now called {new}. Undo: client-health ids undo {number}")
    return DONE
