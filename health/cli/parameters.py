"""What options and arguments hold: paths, days and numbers, as a person writes them."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from health.errors import HealthError


def path(text: str) -> Path:
    """Return the path, so that it holds in any folder."""
    if not text:
        raise click.BadParameter("it is empty")
    return Path(text).expanduser().absolute()


def existing_file(text: str) -> Path:
    """Return the path of a file that is there."""
    file = path(text)
    if not file.is_file():
        raise click.BadParameter(f"there is no file {text}")
    return file


def day(text: str) -> date:
    """Return a day that is written as 2026-11-20."""
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise click.BadParameter(f"{text} is not a day such as 2026-11-20")


def number(text: str) -> int:
    """Return a whole number of 0 or more."""
    if not re.fullmatch(r"\d{1,18}", text, re.ASCII):
        raise click.BadParameter(f"{text} is not a whole number of 0 or more")
    return int(text)


def positive(text: str) -> int:
    """Return a whole number of 1 or more."""
    if (value := number(text)) < 1:
        raise click.BadParameter("it must be 1 or more")
    return value


def port(text: str) -> int:
    """Return the number of a port."""
    if not 1 <= (value := number(text)) <= 65535:
        raise click.BadParameter(f"{text} is not a port from 1 to 65535")
    return value


output: Final = click.option(
    "--output", metavar="FILE", type=path, help="Write to this file, not to standard output."
)


def text_of(file: Path, refusal: type[HealthError]) -> str:
    """Return the text of a file; raises ``refusal`` where it is not UTF-8."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise refusal(f"{file.name} is not UTF-8 text.") from error
