"""What every command has: examples in its help, ``--database``, and the call it answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import click

from health import log
from health.cli import parameters
from health.settings import PREFIX, Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from health.cli.terminal import Terminal

_DATABASE: Final = "database"


@dataclass(frozen=True, kw_only=True)
class Call:
    """Where a command answers, what day it is there, and the database named beside it."""

    terminal: Terminal
    today: date
    database: Path | None = None

    def settings(self, **options: Any) -> Settings:
        """Return the settings; ``options`` of the command line go before the environment."""
        return Settings.read(database=self.database, **options)


class Command(click.Command):
    """A command whose help ends with examples; its function gets the :class:`Call` first.

    path: its name, behind that of the group it is in.
    """

    def __init__(self, name: str | None, *, examples: tuple[str, ...], **attributes: Any) -> None:
        lines = "".join(f"  client-health {line}\n" for line in examples)
        super().__init__(name, epilog=f"\b\nExamples:\n{lines}", **attributes)
        self.examples = examples
        self.path = name or ""
        self.params.append(database_option())

    def invoke(self, ctx: click.Context) -> int:
        """Do the command and return its exit status."""
        call: Call = replace(ctx.obj, database=ctx.meta.get(_DATABASE))
        settings = call.settings()
        if settings.log:
            log.set_up(settings.log, form=settings.log_format, level=settings.log_level)
        return self.run(call, ctx.params)

    def run(self, call: Call, options: dict[str, Any]) -> int:
        """Call the function of the command."""
        assert self.callback is not None
        status: int = self.callback(call, **options)
        return status


class Group(click.Group):
    """Commands about one thing, listed in their own order, such as ``feeds list``."""

    def __init__(self, name: str, *, commands: Sequence[Command], **attributes: Any) -> None:
        for command in commands:
            command.path = f"{name} {command.name}"
        self.listed = tuple(commands)
        super().__init__(
            name,
            commands={command.name or "": command for command in commands},
            params=[database_option()],
            subcommand_metavar="COMMAND [OPTIONS]",
            **attributes,
        )

    def list_commands(self, _: click.Context) -> list[str]:
        """Return the names of the commands in the order of the help."""
        return list(self.commands)


def leaves(commands: Iterable[Command | Group]) -> Iterator[Command]:
    """Return the commands themselves, those of a group in its place."""
    for one in commands:
        yield from one.listed if isinstance(one, Group) else (one,)


def command_at(group: click.Group, path: str) -> click.Command:
    """Return the command at a path such as ``feeds list``."""
    name, _, rest = path.partition(" ")
    found = group.commands[name]
    return command_at(found, rest) if isinstance(found, click.Group) and rest else found


def database_option() -> click.Option:
    """Return ``--database``, which stands before or after the name of a command."""
    return click.Option(
        ["--database"],
        metavar="PATH",
        type=parameters.path,
        expose_value=False,
        callback=_note_database,
        help=f"The database file.  [default: {PREFIX}DATABASE, else {Settings.database}]",
    )


def _note_database(ctx: click.Context, _: click.Parameter, value: Path | None) -> None:
    if value is not None:
        ctx.meta[_DATABASE] = value
