"""One frozen :class:`Settings`, read once: argument over environment over default.

Every field can be given as ``CLIENT_HEALTH_<FIELD>`` in the environment.
"""

from __future__ import annotations

import getpass
import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from health.errors import HealthError

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "CLIENT_HEALTH_"
LEAST_UNDO_DAYS = 90


class InvalidSetting(HealthError):
    """A setting has a value that cannot be used."""

    title = "A setting is not valid"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How this installation runs.

    database: path of the database file, relative to the working directory.
    host, port: where the dashboard listens; loopback unless told otherwise.
    currency: ISO code shown with contract values.
    allow_anonymous: let others than this machine in without sign-in.
    allowed_users: addresses and @domains that may sign in, with commas between; empty for all.
    sign_in_hours: how long a sign-in lasts.
    max_upload_mb: largest file accepted, in megabytes.
    max_upload_files: how many files a visitor may hold ready at once.
    max_upload_total_mb: megabytes of files that all visitors together may hold ready at once.
    log: file that a line for each import, undo, run and refusal goes to, ``-`` for standard error;
    empty for standard error of the dashboard and nowhere for a command.
    log_format: ``text`` or ``json``. log_level: ``info``, or ``debug`` for whole error reports.
    memory_limit: most memory the engine may take, such as ``4GB``; empty for its own default.
    threads: engine threads; 0 for one a core.
    wait: seconds a command waits for another process that holds the database.
    user: who is written into the import history.
    undo_days: days for which an import can be undone, at least 90.
    alert_…: from which values on an alert is raised; see
    :class:`health.queries.alert_rules.Thresholds`.
    """

    database: Path = Path("data/health.duckdb")
    host: str = "127.0.0.1"
    port: int = 8501
    currency: str = "USD"
    allow_anonymous: bool = False
    allowed_users: str = ""
    sign_in_hours: int = 12
    max_upload_mb: int = 200
    max_upload_files: int = 20
    max_upload_total_mb: int = 1000
    log: str = ""
    log_format: str = "text"
    log_level: str = "info"
    memory_limit: str = ""
    threads: int = 0
    wait: int = 60
    user: str = ""
    undo_days: int = 400
    alert_score_points: int = 10
    alert_slide_points: int = 9
    alert_users_percent: int = 30
    alert_quiet_percent: int = 15
    alert_quiet_tickets: int = 1
    alert_tickets_times: int = 3
    alert_least_tickets: int = 3
    alert_feed_days: int = 7
    alert_renewal_days: int = 90
    alert_renewal_near_days: int = 60
    alert_renewal_due_days: int = 30
    alert_licences_percent: int = 50
    alert_feature_days: int = 30
    alert_least_users: int = 5

    def __post_init__(self) -> None:
        """Raise :class:`InvalidSetting` for a way back that is too short."""
        if self.undo_days < LEAST_UNDO_DAYS:
            raise InvalidSetting(
                f"{PREFIX}UNDO_DAYS is {self.undo_days}, but an import must stay undoable for at "
                f"least {LEAST_UNDO_DAYS} days."
            )

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None, **arguments: Any) -> Self:
        """Return the settings; an argument that is None counts as not given.

        Raises :class:`InvalidSetting` for a number that is none or too small, or a word that is not
        known.
        """
        environment = os.environ if environment is None else environment
        values: dict[str, Any] = {}
        for field in fields(cls):
            given = arguments.get(field.name)
            if given is None:
                given = environment.get(PREFIX + field.name.upper()) or None
            if given is not None:
                values[field.name] = _convert(field.name, field.type, given)
        values.setdefault("user", _login_name())
        return cls(**values)


_WORDS: Final = {"log_format": ("text", "json"), "log_level": ("info", "debug")}
_YES, _NO = ("1", "true", "yes"), ("0", "false", "no")


def _convert(name: str, kind: object, value: object) -> object:
    if kind == "Path":
        return Path(str(value)).expanduser()
    if kind == "bool":
        return _choice(name, value, (*_YES, *_NO)) in _YES
    if name in _WORDS:
        return _choice(name, value, _WORDS[name])
    if kind == "int":
        try:
            return int(str(value))
        except ValueError:
            raise InvalidSetting(
                f"{PREFIX}{name.upper()} is “{value}”, but it must be a whole number."
            ) from None
    return str(value)


def _choice(name: str, value: object, choices: tuple[str, ...]) -> str:
    word = str(value).lower()
    if word not in choices:
        raise InvalidSetting(
            f"{PREFIX}{name.upper()} is “{value}”, but it must be one of {', '.join(choices)}."
        )
    return word


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
