"""One frozen :class:`Settings`, read once: argument over environment over default.

A setting is described where it is declared; :func:`table` lists all of them.
"""

from __future__ import annotations

import getpass
import os
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from health.errors import HealthError

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX: Final = "CLIENT_HEALTH_"
ALERT_PREFIX: Final = f"{PREFIX}ALERT_"
LEAST_UNDO_DAYS: Final = 90

_YES, _NO = ("1", "true", "yes"), ("0", "false", "no")


class InvalidSetting(HealthError):
    """A setting has a value that cannot be used."""

    title = "A setting is not valid"


def _described(description: str, words: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"description": description, "words": words}


def _setting(default: Any, description: str, *, words: tuple[str, ...] = ()) -> Any:
    """Declare a setting; ``words`` are the only values it can have."""
    return field(default=default, metadata=_described(description, words))


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """From which values on an alert is raised: ``CLIENT_HEALTH_ALERT_<FIELD>``."""

    score_points: int = _setting(10, "points lost in 7 days")
    slide_points: int = _setting(9, "points lost in 90 or 270 days, too slowly for a decline")
    users_percent: int = _setting(30, "percent of the active users lost in 30 days")
    quiet_percent: int = _setting(15, "percent of the active users lost without complaints")
    quiet_tickets: int = _setting(1, "tickets in 30 days that still count as no complaints")
    tickets_times: int = _setting(3, "how many times the usual number of tickets")
    least_tickets: int = _setting(3, "the fewest tickets that can be many")
    feed_days: int = _setting(7, "days without usage")
    renewal_days: int = _setting(90, "days to the renewal, when it comes into sight")
    renewal_near_days: int = _setting(60, "days to the renewal, when it is near")
    renewal_due_days: int = _setting(30, "days to the renewal, when it is due")
    licences_percent: int = _setting(50, "percent of the licences in use; fewer raise it")
    feature_days: int = _setting(30, "days since a feature was last used")
    least_users: int = _setting(5, "the fewest users of whom a share counts: 1 of 2 is no crash")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How this installation runs: ``CLIENT_HEALTH_<FIELD>``."""

    database: Path = field(
        default=Path("data/health.duckdb"),
        metadata=_described("the database file, relative to the working directory"),
    )
    host: str = _setting("127.0.0.1", "the address on which the dashboard listens")
    port: int = _setting(8501, "the port on which the dashboard listens")
    currency: str = _setting("USD", "ISO code of the currency of contract values")
    allow_anonymous: bool = _setting(
        False, "let others than this machine in without sign-in", words=(*_YES, *_NO)
    )
    allowed_users: str = _setting(
        "", "who may sign in, such as ada@example.org,@example.com; empty for everybody who can"
    )
    sign_in_hours: int = _setting(12, "how many hours a sign-in lasts")
    max_upload_mb: int = _setting(200, "megabytes of the largest file that is accepted")
    max_upload_files: int = _setting(20, "uploaded files of one visitor that may wait at once")
    max_upload_total_mb: int = _setting(
        1000, "megabytes of uploaded files of all visitors that may wait at once"
    )
    log: str = _setting(
        "",
        "the file of the log, - for standard error; empty for standard error of the dashboard and "
        "no log of a command",
    )
    log_format: str = _setting("text", "how a line of the log is written", words=("text", "json"))
    log_level: str = _setting(
        "info", "debug for whole reports of errors, which may quote data", words=("info", "debug")
    )
    memory_limit: str = _setting(
        "", "the most memory DuckDB may take, such as 4GB; empty for its own default"
    )
    threads: int = _setting(0, "threads of DuckDB; 0 for one a core")
    wait: int = _setting(60, "seconds a command waits for another one that holds the database")
    user: str = _setting(
        "", "who is written into the history by the command; empty for the login name"
    )
    undo_days: int = _setting(
        400, f"days for which an import can be undone, at least {LEAST_UNDO_DAYS}"
    )
    alerts: Thresholds = Thresholds()

    def __post_init__(self) -> None:
        """Raise :class:`InvalidSetting` where an import could not be undone for long enough."""
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
        values = _values(cls, PREFIX, environment, arguments)
        values.setdefault("user", _login_name())
        thresholds = _values(Thresholds, ALERT_PREFIX, environment, {})
        return cls(alerts=Thresholds(**thresholds), **values)


@dataclass(frozen=True, kw_only=True)
class Described:
    """A setting as documents show it: its variable of the environment, default and meaning."""

    variable: str
    default: str
    description: str
    words: tuple[str, ...]


def table() -> tuple[Described, ...]:
    """Return every setting with its description, the thresholds of alerts last."""
    return tuple(
        Described(
            variable=prefix + one.name.upper(),
            default=str(one.default).lower() if one.type == "bool" else str(one.default),
            description=one.metadata["description"],
            words=one.metadata["words"],
        )
        for kind, prefix in ((Settings, PREFIX), (Thresholds, ALERT_PREFIX))
        for one in _declared(kind)
    )


def _declared(kind: type[Settings | Thresholds]) -> list[Field[Any]]:
    return [one for one in fields(kind) if one.metadata]


def _values(
    kind: type[Settings | Thresholds],
    prefix: str,
    environment: Mapping[str, str],
    arguments: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the values that are given, by the name of the field."""
    values: dict[str, Any] = {}
    for one in _declared(kind):
        variable = prefix + one.name.upper()
        given = arguments.get(one.name)
        if given is None:
            given = environment.get(variable) or None
        if given is not None:
            values[one.name] = _convert(one, variable, given)
    return values


def _convert(one: Field[Any], variable: str, given: object) -> object:
    words = one.metadata["words"]
    if words:
        word = str(given).lower()
        if word not in words:
            raise InvalidSetting(
                f"{variable} is “{given}”, but it must be one of {', '.join(words)}."
            )
        return word in _YES if one.type == "bool" else word
    if one.type == "Path":
        return Path(str(given)).expanduser()
    if one.type == "int":
        try:
            return int(str(given))
        except ValueError:
            raise InvalidSetting(
                f"{variable} is “{given}”, but it must be a whole number."
            ) from None
    return str(given)


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
