"""Every condition the product reports, as one class each.

A message says what is wrong and what to do; a page or the command line shows ``title`` and
``message`` as they are. Anything that is not a :class:`HealthError` is a bug.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class HealthError(Exception):
    """A condition a user can understand: a short ``title`` and a ``message`` with the way out."""

    title = "Something went wrong"

    def __init__(self, message: str, *, title: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if title is not None:
            self.title = title

    def __str__(self) -> str:
        return f"{self.title}: {self.message}"


class ArgumentError(HealthError):
    """A question or record was asked with a wrong argument; ``argument`` names it."""

    title = "Wrong argument"

    def __init__(self, argument: str, message: str) -> None:
        super().__init__(f"{argument}: {message}")
        self.argument = argument


class UnknownOrganization(HealthError):
    """No client has this ``organization_id``."""

    title = "Unknown client"

    def __init__(self, organization_id: str) -> None:
        super().__init__(
            f"No client with the id “{organization_id}” is on file. "
            "Load it with an organizations file first, or check the spelling."
        )
        self.organization_id = organization_id


class InvalidModel(HealthError):
    """A scoring model breaks its own rules; ``faults`` has a sentence for each number at fault.

    A number is named as in a file of a model: ``weights``, ``targets.login``, ``low_from``.
    """

    title = "The scoring model is not valid"

    def __init__(self, message: str = "", *, faults: Mapping[str, str] | None = None) -> None:
        """``message`` is for what is wrong with no number; else ``faults`` say it."""
        self.faults = dict(faults or {})
        super().__init__(message or " ".join(dict.fromkeys(self.faults.values())))


class PublishingRefused(HealthError):
    """A model cannot be put in force, or taken back, as asked for.

    argument: what was asked for wrongly, as ``from_day``; empty where it is all of it.
    """

    title = "Nothing was changed"

    def __init__(self, message: str, *, argument: str = "") -> None:
        super().__init__(message)
        self.argument = argument


class UnreadableFile(HealthError):
    """A file cannot be read as a table at all; nothing of it was looked at row by row."""

    title = "The file cannot be read"


class UnclearFile(UnreadableFile):
    """A table is there, but it is not clear how it is read; a feed that states it helps."""


class TablesRefused(UnclearFile):
    """Of a file that holds several tables, some cannot be read; ``readable`` names the others."""

    title = "Not every table in the file can be loaded"

    def __init__(self, message: str, *, readable: tuple[str, ...]) -> None:
        super().__init__(message)
        self.readable = readable


class ImportRefused(HealthError):
    """A file was refused whole; nothing was stored."""

    title = "The file was refused"


class UndoRefused(HealthError):
    """An import cannot be undone as asked; nothing was changed."""

    title = "The import was not undone"


class UndoHeld(UndoRefused):
    """Later imports rest on what it changed; undone anyway, what they changed stays."""


class DatabaseInUse(HealthError):
    """Another process holds the database file."""

    title = "The database is in use"


class DatabaseUnusable(HealthError):
    """The database file cannot be opened: damaged, not a database, or from a newer version."""

    title = "The database cannot be opened"


class BackupFailed(HealthError):
    """A backup could not be written or put back; the database is as it was."""

    title = "Nothing was copied"


class DatabaseBusy(HealthError):
    """DuckDB or the disk could not finish a change, or a question; nothing was stored."""

    title = "The change was not stored"


class NothingToScore(HealthError):
    """There is no usage on file, so there is no day to score."""

    title = "Nothing to score"


class Cancelled(HealthError):
    """The user stopped a long piece of work; what was finished is stored and consistent."""

    title = "Stopped"


class JudgeMissing(HealthError):
    """SciPy is not installed, without which no back-test can be computed."""

    title = "A back-test needs one more package"

    def __init__(self) -> None:
        super().__init__("Install it with: pip install 'client-health[judge]'")


class NothingToJudge(HealthError):
    """No bad outcome is on file, so no score can be held against one."""

    title = "Nothing to judge"


class InvalidFeed(HealthError):
    """The description of a source contradicts itself or lacks something."""

    title = "The feed is not valid"


class FeedChanged(UnclearFile):
    """The columns of a file are not those of the feed it should be read by."""

    title = "The columns of the source changed"

    def __init__(self, message: str, *, title: str | None = None, feed: str | None = None) -> None:
        """``feed``: the name of the feed that the file is likely of."""
        super().__init__(message, title=title)
        self.feed = feed


class UnknownFeed(HealthError):
    """No feed has this name."""

    title = "Unknown feed"
