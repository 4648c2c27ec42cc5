"""Where every error ends: in its own words, or as a reference to the log."""

from __future__ import annotations

from pathlib import Path

import pytest
from log_lines import logged
from streamlit.runtime.scriptrunner import StopException
from streamlit.testing.v1 import AppTest

from health.errors import HealthError, UndoRefused
from health.ui.session.error_boundary import ErrorBoundary


def ended(error: BaseException) -> HealthError:
    """What is told of an error inside a boundary."""
    told: list[HealthError] = []
    with ErrorBoundary(told.append, title="No page.", advice="Try again"):
        raise error
    return told[0]


def test_a_condition_keeps_its_own_words() -> None:
    condition = UndoRefused("Undo the later one first.")
    assert ended(condition) is condition


def test_a_bug_is_told_by_a_reference_alone(tmp_path: Path) -> None:
    with logged(tmp_path) as lines:
        told = ended(KeyError("the row of a client"))
    (line,) = lines
    assert (line["event"], line["kind"]) == ("bug", "KeyError")
    assert line["reference"] in told.message
    assert told.message.startswith("Try again; if it stays like this")
    assert "client" not in f"{told} {line}"


def test_the_end_of_a_script_is_no_error() -> None:
    with pytest.raises(StopException):
        ended(StopException())


def test_what_a_fragment_or_a_callback_raises_is_told_alike(tmp_path: Path) -> None:
    def script() -> None:
        from health.errors import UndoRefused
        from health.ui.session.error_boundary import show_script_error

        show_script_error(UndoRefused("Undo the later one first."))
        show_script_error(ValueError("the row of a client"))

    with logged(tmp_path) as lines:
        page = AppTest.from_function(script).run()
    condition, bug = (error.value for error in page.error)
    assert condition.endswith("Undo the later one first\\.")
    (line,) = lines
    assert line["reference"] in bug
    assert "client" not in f"{bug} {line}"
