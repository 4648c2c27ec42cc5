"""What a check of the database is, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from health.vocabulary import Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from health.storage.database import Writer


class State(Word):
    """How a check ended."""

    PASS = "PASS", "Passed", "Nothing is wrong."
    FAIL = "FAIL", "Failed", "Something is wrong with what is stored."
    SKIPPED = "SKIPPED", "Skipped", "There was nothing to look at."


@dataclass(frozen=True, kw_only=True)
class Clients:
    """The clients whose numbers lie from ``low`` to ``high``, looked at in one go."""

    low: int
    high: int


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that has to hold.

    name: for programs; label and description: for people.
    tables: the check is skipped where all of these are empty.
    defects: SQL relations with one text column ``example``, a row for each defect.
    client_defects: the same for the clients from ``$low`` to ``$high``.
    prepare: fills temporary tables that ``client_defects`` read.
    """

    name: str
    label: str
    description: str
    tables: tuple[str, ...]
    defects: tuple[str, ...] = ()
    client_defects: tuple[str, ...] = ()
    prepare: Callable[[Writer, Clients], None] | None = None


@dataclass(frozen=True, kw_only=True)
class Result:
    """How a check ended: the number of defects and the first of them in words."""

    check: Check
    state: State
    defects: int = 0
    examples: tuple[str, ...] = ()
