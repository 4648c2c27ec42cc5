"""One frozen :class:`Settings`, read once: argument over environment over default.

Every field can be given as ``CLIENT_HEALTH_<FIELD>`` in the environment.
"""

from __future__ import annotations

import getpass
import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

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
    max_upload_mb: largest file accepted, in megabytes.
    memory_limit: most memory the engine may take, such as ``4GB``; empty for its own default.
    threads: engine threads; 0 for one a core.
    wait: seconds a command waits for another process that holds the database.
    user: who is written into the import history.
    undo_days: days for which an import can be undone, at least 90.
    alert_…: from which values on an alert is raised; see :class:`health.alerts.Thresholds`.
    """

    database: Path = Path("data/health.duckdb")
    host: str = "127.0.0.1"
    port: int = 8501
    currency: str = "USD"
    max_upload_mb: int = 200
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

        Raises :class:`InvalidSetting` for a number that is none or too small.
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


def _convert(name: str, kind: object, value: object) -> object:
    if kind == "Path":
        return Path(str(value)).expanduser()
    if kind == "int":
        try:
            return int(str(value))
        except ValueError:
            raise InvalidSetting(
                f"{PREFIX}{name.upper()} is “{value}”, but it must be a whole number."
            ) from None
    return str(value)


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
