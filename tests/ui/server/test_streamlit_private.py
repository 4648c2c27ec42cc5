"""What leans on private parts of Streamlit stands in one module, made for one version."""

from __future__ import annotations

import ast
import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
import streamlit
from server_requests import run_in_own_loop
from streamlit import error_util
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import ScriptRunnerEvent
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.runtime.state.session_state import SessionState

from health.ui.server import streamlit_private

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[3]
ALONE = "health/ui/server/streamlit_private.py"
PUBLIC = ("streamlit", "streamlit.errors")


def private_imports(source: str) -> set[str]:
    """What of Streamlit a module imports when it runs, beside what is public."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "streamlit" or node.module not in PUBLIC:
                found |= {f"{node.module}.{one.name}" for one in node.names}
        elif isinstance(node, ast.Import):
            found |= {one.name for one in node.names if one.name not in PUBLIC}
    return {name for name in found if name.startswith("streamlit.")}


def test_the_private_parts_are_those_of_the_version_installed() -> None:
    installed = ".".join(streamlit.__version__.split(".")[:2])
    assert installed == streamlit_private.MADE_FOR, (
        f"Streamlit is {installed} now. Read every part of {ALONE} again: is it still needed, and "
        "does it still do what it says? Then set MADE_FOR."
    )


def test_nothing_else_imports_what_is_private() -> None:
    files = [ROOT / "app.py", *ROOT.glob("pages/**/*.py"), *ROOT.glob("health/**/*.py")]
    leaning = {
        f"{file.relative_to(ROOT)}: {name}"
        for file in files
        if str(file.relative_to(ROOT)) != ALONE
        for name in private_imports(file.read_text())
    }
    assert leaning == set()


@pytest.mark.parametrize(
    "source",
    [
        "from streamlit import config",
        "from streamlit.runtime.pages_manager import PagesManager",
        "import streamlit.web.bootstrap",
    ],
)
def test_an_import_of_a_private_part_is_seen(source: str) -> None:
    assert private_imports(source)
    assert not private_imports("import streamlit as st")


def test_the_folder_of_the_pages_is_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PagesManager, "uses_pages_directory", None)
    streamlit_private.use_navigation_only()
    PagesManager(str(ROOT / "app.py"))
    assert PagesManager.uses_pages_directory is False


def test_the_event_loop_is_woken_for_many_elements_at_once() -> None:
    async def run() -> list[int]:
        loop, done = asyncio.get_running_loop(), []
        woken = 0

        class Loop:
            def call_soon_threadsafe(self, callback: Callable[..., object], *rest: object) -> None:
                nonlocal woken
                woken += 1
                loop.call_soon_threadsafe(callback, *rest)

            def __getattr__(self, name: str) -> object:
                return getattr(loop, name)

        batch = streamlit_private.Batch(cast("asyncio.AbstractEventLoop", Loop()))
        ended = asyncio.Event()
        for number in range(50):
            batch.add(partial(done.append, number), at_once=False)
        batch.add(ended.set, at_once=True)
        await ended.wait()
        assert woken == 2
        return done

    assert run_in_own_loop(run()) == list(range(50))


def test_an_element_is_passed_on_though_none_follows() -> None:
    async def run() -> None:
        shown = asyncio.Event()
        streamlit_private.Batch(asyncio.get_running_loop()).add(shown.set, at_once=False)
        await asyncio.wait_for(shown.wait(), timeout=60)

    run_in_own_loop(run())


def test_what_a_session_shows_goes_through_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AppSession, "_on_scriptrunner_event", AppSession._on_scriptrunner_event)
    streamlit_private.show_in_batches()

    class Session:
        def __init__(self) -> None:
            self._event_loop = asyncio.get_running_loop()
            self.ended = asyncio.Event()
            self.done: list[object] = []

        def _handle_scriptrunner_event_on_event_loop(
            self, sender: object, event: ScriptRunnerEvent, forward_msg: object = None
        ) -> None:
            self.done.append((sender, event, forward_msg))
            if event is ScriptRunnerEvent.SCRIPT_STOPPED_WITH_SUCCESS:
                self.ended.set()

    async def run() -> list[object]:
        session, tell = Session(), cast("Any", AppSession._on_scriptrunner_event)
        tell(session, "run", event=ScriptRunnerEvent.ENQUEUE_FORWARD_MSG, forward_msg="element")
        tell(session, "run", event=ScriptRunnerEvent.SCRIPT_STOPPED_WITH_SUCCESS)
        await session.ended.wait()
        return session.done

    assert run_in_own_loop(run()) == [
        ("run", ScriptRunnerEvent.ENQUEUE_FORWARD_MSG, "element"),
        ("run", ScriptRunnerEvent.SCRIPT_STOPPED_WITH_SUCCESS, None),
    ]


def test_a_widget_finds_in_the_session_what_it_found_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state = SessionState()
    state["owner"], state["risk"] = "eve", None
    session = SafeSessionState(state, lambda: None)
    copied = dict(session.filtered_state)
    monkeypatch.setattr(SafeSessionState, "filtered_state", SafeSessionState.filtered_state)
    streamlit_private.look_up_state()
    looked_up = session.filtered_state
    assert dict(looked_up) == copied == {"owner": "eve", "risk": None}
    assert ("owner" in looked_up, "size" in looked_up) == (True, False)
    assert looked_up["risk"] is None


def test_no_file_waits_where_no_server_runs() -> None:
    assert streamlit_private.uploaded_sizes() == {}


def test_streamlit_does_not_print_what_a_script_raised(
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(error_util, "_log_uncaught_app_exception", None)
    streamlit_private.leave_script_errors_to_us()
    error_util.handle_user_script_exception(ValueError("a row"), lambda _: True)
    assert (caplog.text, capsys.readouterr()) == ("", ("", ""))
