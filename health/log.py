"""The log: one line for each import, undo, scoring run, refusal at the door, and bug.

A line says what happened, when, by whom, and how much; never a row, a value, the name of a client
or of a file, or a secret. That holds whoever writes: only the facts of :func:`event` and
:func:`bug` are written as they are. Of any other message the line has where it comes from and its
words without what was filled in; all of it stands there only at the level ``debug``.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from health.errors import HealthError

if TYPE_CHECKING:
    from types import TracebackType

_LOG: Final = logging.getLogger("health")
_SIMPLE: Final = re.compile(r"[\w@.:+-]+", re.ASCII)
_STANDARD_ERROR: Final = "-"


class UnusableLog(HealthError):
    """The log cannot be written where it was told to."""

    title = "The log cannot be written"


def event(name: str, **facts: object) -> None:
    """Write down what happened; ``facts`` that are None are left out."""
    _LOG.info(name, extra={"facts": facts})


def bug(reference: str, error: BaseException) -> None:
    """Write down an error nobody expected: its kind and the way to it.

    Its message may quote a row, so the whole of it stands there only at the level ``debug``.
    """
    _LOG.error("bug", extra={"facts": {"reference": reference}}, exc_info=error)


def take_over(logger: str) -> None:
    """Let errors that another library writes down with all they quote become lines of ours."""
    logging.getLogger(logger).addFilter(_as_bug)


def _as_bug(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        return True
    bug(secrets.token_hex(4), error)
    return False


def set_up(where: str, *, form: str, level: str) -> None:
    """Send the log to a file, or to standard error where ``where`` is ``-``.

    Raises :class:`UnusableLog` where the file cannot be written.
    """
    handler: logging.Handler
    if where == _STANDARD_ERROR:
        handler = logging.StreamHandler(sys.stderr)
    else:
        try:
            handler = logging.FileHandler(where, encoding="utf-8")
        except OSError as error:
            raise UnusableLog(
                f"{where} cannot be written ({error.strerror}). Name another file in "
                "CLIENT_HEALTH_LOG, or - for standard error."
            ) from error
    handler.setFormatter(_Lines(as_json=form == "json"))
    for earlier in list(_LOG.handlers):
        if isinstance(earlier.formatter, _Lines):
            _LOG.removeHandler(earlier)
            earlier.close()
    _LOG.addHandler(handler)
    _LOG.setLevel(level.upper())
    _LOG.propagate = False
    # Whoever configures Python's logging may have silenced the loggers that were there before.
    _LOG.disabled = False


class _Lines(logging.Formatter):
    """One line a record, as ``key=value`` or as a JSON object; a line break is quoted."""

    def __init__(self, *, as_json: bool) -> None:
        super().__init__()
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        facts = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
        }
        is_debug = _LOG.isEnabledFor(logging.DEBUG)
        given = getattr(record, "facts", None)
        if given is not None or is_debug:
            facts["event"] = record.getMessage()
            facts |= {name: value for name, value in (given or {}).items() if value is not None}
        else:
            facts["event"] = "message"
            facts["from"] = f"{record.filename}:{record.lineno}:{record.funcName}"
            if record.args:  # without any, the text may have been put together before
                facts["text"] = str(record.msg)
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            facts |= {"kind": type(error).__name__, "at": _places(error.__traceback__)}
            if is_debug and record.exc_info:
                facts["trace"] = self.formatException(record.exc_info)
        if self._as_json:
            return json.dumps(facts, default=str)
        return " ".join(f"{name}={_quoted(value)}" for name, value in facts.items())


def _quoted(value: object) -> str:
    text = str(value)
    return text if _SIMPLE.fullmatch(text) else json.dumps(text)


def _places(trace: TracebackType | None) -> str:
    """The way to an error, nearest place last: file, line and function, and nothing of the data."""
    frames = traceback.extract_tb(trace)[-6:]
    return " > ".join(f"{Path(one.filename).name}:{one.lineno}:{one.name}" for one in frames)
