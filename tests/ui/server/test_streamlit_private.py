"""What leans on private parts of Streamlit stands in one module, made for one version."""

from __future__ import annotations

import ast
import asyncio
from pathlib import Path
from typing import Any

import pytest
import streamlit
from server_requests import run_in_own_loop
from streamlit import config, error_util
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.runtime import Runtime
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.runtime.state.session_state import SessionState
from streamlit.testing.v1 import AppTest

from health.ui.server import streamlit_private

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


def test_the_theme_told_is_that_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    def told() -> list[CustomThemeConfig]:
        themes = [CustomThemeConfig() for _ in range(3)]
        for theme in themes:
            for section, part in (
                ("theme", theme),
                ("theme.light", theme.light),
                ("theme.dark", theme.dark),
                ("theme.dark.sidebar", theme.dark.sidebar),
            ):
                app_session._populate_theme_msg(part, section)
        return themes

    # Put back when the test ends.
    monkeypatch.setattr(app_session, "_populate_theme_msg", app_session._populate_theme_msg)
    monkeypatch.setattr(
        config,
        "get_options_for_section",
        {
            "theme": {"base": "dark", "primaryColor": "#123456", "font": None},
            "theme.light": {"headingFontSizes": ["2rem"], "textColor": "#000000"},
            "theme.dark": {"textColor": None},
            "theme.dark.sidebar": {"showWidgetBorder": True},
        }.__getitem__,
    )
    before = told()
    streamlit_private.tell_theme_once()
    assert told() == before
    assert (before[0].primary_color, before[0].HasField("light")) == ("#123456", True)


@pytest.mark.parametrize(("seconds", "sent_inside"), [(60, 0), (-1, 1)])
def test_what_is_drawn_first_is_sent_in_one_piece_unless_it_is_late(
    monkeypatch: pytest.MonkeyPatch, seconds: float, sent_inside: int
) -> None:
    def script() -> None:
        import streamlit as st
        from streamlit.runtime.scriptrunner import get_script_run_ctx

        from health.ui.server.streamlit_private import drawn_first

        context = get_script_run_ctx()
        assert context is not None
        messages = context._enqueue.__self__.forward_msg_queue._queue  # type: ignore[attr-defined]
        before = len(messages)
        with drawn_first():
            st.text("above")
            inside = len(messages) - before
        st.session_state["sent"] = inside, len(messages) - before
        with drawn_first():
            st.text("still")
            st.stop()

    monkeypatch.setattr(streamlit_private, "_HELD_AT_MOST", seconds)
    page = AppTest.from_function(script, default_timeout=60).run()
    assert page.session_state["sent"] == (sent_inside, 1)
    assert [text.value for text in page.text] == ["above", "still"]


def test_no_file_waits_where_no_server_runs() -> None:
    assert streamlit_private.uploaded_sizes() == {}


def test_the_event_loop_is_woken_by_other_threads_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Runtime, "_enqueued_some_message", Runtime._enqueued_some_message)
    streamlit_private.wake_from_other_threads_only()

    async def marked(way: str) -> tuple[bool, bool]:
        loop, woken = asyncio.get_running_loop(), []
        wake = loop.call_soon_threadsafe

        def woken_by(callback: Any, *arguments: Any) -> Any:
            woken.append(callback)
            return wake(callback, *arguments)

        monkeypatch.setattr(loop, "call_soon_threadsafe", woken_by)
        objects = type("Objects", (), {"eventloop": loop, "need_send_data": asyncio.Event()})()
        runtime: Any = type("Server", (), {"_get_async_objs": lambda _: objects})()
        if way == "here":
            Runtime._enqueued_some_message(runtime)
            is_woken = bool(woken)
        else:
            await asyncio.to_thread(Runtime._enqueued_some_message, runtime)
            is_woken = objects.need_send_data.set in woken
        await asyncio.wait_for(objects.need_send_data.wait(), 10)
        return objects.need_send_data.is_set(), is_woken

    assert run_in_own_loop(marked("here")) == (True, False)
    assert run_in_own_loop(marked("in a thread")) == (True, True)


def test_streamlit_does_not_print_what_a_script_raised(
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(error_util, "_log_uncaught_app_exception", None)
    streamlit_private.leave_script_errors_to_us()
    error_util.handle_user_script_exception(ValueError("a row"), lambda _: True)
    assert (caplog.text, capsys.readouterr()) == ("", ("", ""))
