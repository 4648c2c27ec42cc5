"""Whatever leans on parts of Streamlit that are not public, each with what would let it go.

Made for Streamlit 1.67; ``owner/name#1`` is an issue on GitHub.
``tests/ui/server/test_streamlit_private.py`` fails when Streamlit's minor version moves on: read
each part again then, and raise :data:`MADE_FOR`.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import json
import socket
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Final

import streamlit
from streamlit import auth_util, config, error_util, runtime

# How sign-in is set up. Goes when Streamlit checks its section [auth] by a public function.
from streamlit.auth_util import encode_provider_token as encode_provider_token
from streamlit.auth_util import get_origin_from_redirect_uri as get_origin_from_redirect_uri
from streamlit.auth_util import get_validated_redirect_uri as get_validated_redirect_uri
from streamlit.auth_util import is_authlib_installed as is_authlib_installed
from streamlit.auth_util import validate_auth_credentials as validate_auth_credentials
from streamlit.errors import FragmentHandledException
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.runtime import Runtime
from streamlit.runtime.runtime_util import MESSAGE_FLUSH_INTERVAL_SECS
from streamlit.runtime.scriptrunner import RerunException, StopException, get_script_run_ctx
from streamlit.runtime.scriptrunner.script_runner import ScriptRunnerEvent
from streamlit.runtime.secrets import secrets_singleton
from streamlit.runtime.session_manager import SessionClient, SessionClientDisconnectedError
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.web import bootstrap
from streamlit.web.server.server_util import get_cookie_secret as get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME
from streamlit.web.server.starlette.starlette_websocket import StarletteSessionClient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.websockets import WebSocket

MADE_FOR: Final = "1.67"

COOKIE: Final = USER_COOKIE_NAME
"""How the names of all cookies of a sign-in begin."""

CUT_OFF: Final = RerunException
"""Ends a run that the next one cuts off. Goes when a script can ask whether its run was whole."""

CONTROL_FLOW: Final = (RerunException, StopException, FragmentHandledException)
"""What Streamlit raises to end a run, and a fragment whose error was shown already."""

STATIC_FILES: Final = Path(streamlit.__file__).parent / "static"
"""The first page, and in a folder ``static`` the scripts and styles it loads.

Goes when Streamlit sends them packed.
"""

_HOURS_OF_A_DAY: Final = 24
_TRY_AGAIN_LATER: Final = 1013  # of WebSockets: why a connection is closed


def use_navigation_only() -> None:
    """Keep Streamlit from looking for pages in the folder ``pages``.

    A cold server would look there first and open a link to any page with "Page not found" above
    it. Goes when ``st.navigation`` comes first
    (streamlit/streamlit#8860).
    """
    PagesManager.uses_pages_directory = False


def set_script(script: str) -> None:
    """Tell Streamlit which script it serves, unless it knows one.

    It looks for .streamlit/config.toml and secrets.toml beside the script as well, from another
    folder only when it knows it. Goes when the folder can be given
    (streamlit/streamlit#8463).
    """
    if config._main_script_path is None:
        config._main_script_path = script


def run_app(script: str, options: dict[str, Any]) -> None:
    """Serve ``app`` of a script until the process is told to stop.

    What was read of the settings before is forgotten: Streamlit would warn that the options of
    the command are an update. Goes when ``st.App`` can be given a script and options and run from
    a command of ours.
    """
    config._config_options = None
    bootstrap.load_config_options(flag_options=options)
    bootstrap.run_asgi_app(script, "app:app", [], options)


def uploaded_sizes() -> dict[str, list[int]]:
    """Return the sizes of the uploaded files that wait in memory, by session.

    Goes when Streamlit bounds their number and their sum itself
    (streamlit/streamlit#3401).
    """
    if not runtime.exists():
        return {}
    manager: Any = runtime.get_instance().uploaded_file_mgr
    stored: dict[str, dict[str, Any]] = manager.file_storage
    return {
        session: [len(file.data) for file in list(files.values())]
        for session, files in list(stored.items())
    }


def secrets_can_be_read() -> bool:
    """Read secrets.toml; return whether there is one that can be read.

    ``st.secrets`` says the same of a file that is missing and of one that is broken.
    """
    return secrets_singleton.load_if_toml_exists()


def user_info() -> Mapping[str, Any]:
    """Return what a sign-in says of who looks; empty without one.

    ``st.user`` looks for secrets.toml on the disk each time it is asked. Goes when it does not.
    """
    context = get_script_run_ctx()
    return context.user_info if context is not None else {}


def auth_section() -> Mapping[str, Any]:
    """Return the section ``[auth]`` of secrets.toml; empty where there is none."""
    section: Mapping[str, Any] = auth_util.get_secrets_auth_section()
    return section


def claims(cookies: Mapping[str, str], *, hours: int) -> Mapping[str, Any]:
    """Return what the cookies of a sign-in of the last ``hours`` say; empty where it does not hold.

    Streamlit reads them once, when a session opens, and only for its own script. Goes when it
    offers them to a middleware, and lets the hours be set
    (streamlit/streamlit#10161).
    """
    secret = get_cookie_secret()

    def signed(name: str) -> bytes | None:
        value = cookies.get(name, "").encode("latin-1", errors="replace")
        return decode_signed_value(secret, name, value, hours / _HOURS_OF_A_DAY)

    found = auth_util.get_cookie_with_chunks(signed, USER_COOKIE_NAME)
    try:
        content = json.loads(found or b"null")
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def first_page() -> str:
    """Return the HTML that every browser gets first; a policy has to name the scripts in it.

    Goes when Streamlit sends a Content-Security-Policy of its own
    (streamlit/streamlit#9160).
    """
    return (STATIC_FILES / "index.html").read_text(encoding="utf-8")


def send_at_once() -> None:
    """Let no part of a page wait for the browser to acknowledge the part before: 40 ms each time.

    Python does so with sockets that say they speak TCP; the one Streamlit opens does not. Goes
    when it opens one with ``proto=IPPROTO_TCP``, as is asked of uvicorn
    (Kludex/uvicorn#3149).
    """
    for one in gc.get_objects():
        if type(one) is socket.socket and one.family in {socket.AF_INET, socket.AF_INET6}:
            with contextlib.suppress(OSError):  # closed meanwhile
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


REHEARSAL: Final = "is_rehearsal"
"""What ``st.user`` has for a visitor that nobody sees."""


class Rehearsal(SessionClient):
    """A visitor that nobody sees: pages run as for any other, and what they show is dropped.

    For the event loop alone. Goes when Streamlit runs a page of a server without a browser.
    """

    client_context = None

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self._ended = asyncio.Event()
        self._runtime = runtime.get_instance()
        self._session = self._runtime.connect_session(self, {"is_logged_in": True, REHEARSAL: True})

    def write_forward_msg(self, msg: ForwardMsg) -> None:
        """Note which pages there are, and the end of a run."""
        kind = msg.WhichOneof("type")
        if kind == "navigation":
            found = msg.navigation.app_pages
            self.pages = {page.page_name: page.page_script_hash for page in found}
        early = ForwardMsg.ScriptFinishedStatus.FINISHED_EARLY_FOR_RERUN
        if kind == "script_finished" and msg.script_finished != early:
            self._ended.set()

    def begin(self, page: str = "", *, scheme: str = "light") -> None:
        """Run a page by its title; none is the first one. scheme: ``light`` or ``dark``."""
        self._ended.clear()
        asked = BackMsg()
        asked.rerun_script.page_script_hash = self.pages.get(page, "")
        asked.rerun_script.context_info.color_scheme = scheme
        self._runtime.handle_backmsg(self._session, asked)

    async def has_ended(self, *, within: float) -> bool:
        """Wait for the end of the run, ``within`` seconds at most; return whether it has come."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), within)
        return self._ended.is_set()

    def close(self) -> None:
        """End the run where it can be ended, and the visit."""
        self._runtime.close_session(self._session)


class _State(Mapping[str, Any]):
    """What a session holds, each value looked up when it is asked for."""

    def __init__(self, state: Any) -> None:
        self._state = state

    def __getitem__(self, key: str) -> Any:
        with self._state._lock:
            return self._state._state[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._whole())

    def __len__(self) -> int:
        return len(self._whole())

    def _whole(self) -> dict[str, Any]:
        with self._state._lock:
            state: dict[str, Any] = self._state._state.filtered_state
            return state


def look_up_state() -> None:
    """Let a select box, a row of choices or a field look up its own value in the session.

    Each copies all that the session holds to look at one of it: a tenth of a click on Portfolio.
    Goes when they ask for that one
    (streamlit/streamlit#8529).
    """
    SafeSessionState.filtered_state = property(_State)  # type: ignore[assignment,method-assign]


def tell_theme_once() -> None:
    """Put the colours of the settings together once, not at the begin of each run: 1.6 ms.

    Goes when Streamlit sends a browser its theme once.
    """
    fill = app_session._populate_theme_msg

    @functools.cache
    def made(section: str) -> CustomThemeConfig:
        theme = CustomThemeConfig()
        fill(theme, section)
        return theme

    def copy(msg: CustomThemeConfig, section: str = "theme") -> None:
        if made(section).ByteSize():  # an empty one would say that there is one
            msg.MergeFrom(made(section))

    app_session._populate_theme_msg = copy


def wake_from_other_threads_only() -> None:
    """Keep the event loop from waking itself, by a system call, for each element of a page.

    It is awake when it notes that there is something to send. That took a tenth of a click. Goes
    when Streamlit wakes it from other threads only.
    """
    wake = Runtime._enqueued_some_message

    def mark(self: Runtime) -> None:
        objects = self._get_async_objs()
        try:
            is_awake = asyncio.get_running_loop() is objects.eventloop
        except RuntimeError:  # another thread
            is_awake = False
        if is_awake:
            objects.need_send_data.set()
        else:
            wake(self)

    Runtime._enqueued_some_message = mark  # type: ignore[method-assign]


def close_slow_connections() -> None:
    """Close the connection of a browser that does not keep up: it connects again and goes on.

    Streamlit ends its session and leaves the connection open, so the page would stand still until
    somebody loads it anew. Goes when Streamlit closes it.
    """
    write = StarletteSessionClient.write_forward_msg
    closing = set[asyncio.Task[None]]()

    def write_or_close(self: StarletteSessionClient, msg: ForwardMsg) -> None:
        try:
            write(self, msg)
        except SessionClientDisconnectedError:
            self._sender_task.cancel()
            task = asyncio.get_running_loop().create_task(_close(self._websocket))
            closing.add(task)
            task.add_done_callback(closing.discard)
            raise

    StarletteSessionClient.write_forward_msg = write_or_close  # type: ignore[method-assign]


async def _close(connection: WebSocket) -> None:
    """Close it below Streamlit, which reads on until it hears of it and then ends cleanly."""
    with contextlib.suppress(OSError, RuntimeError):  # it is closed already
        await connection._send({"type": "websocket.close", "code": _TRY_AGAIN_LATER, "reason": ""})


_HELD_AT_MOST: Final = 0.05
"""Seconds: who waits for the answer to a question sees what is there."""


@contextlib.contextmanager
def drawn_first() -> Iterator[None]:
    """Send what is shown in the block in one piece, and what follows a moment later.

    A browser draws all that has come until it has time, and shows it then: what lies below the
    first screen came in time to hold it up. Goes when a script can say what is to be drawn first
    (streamlit/streamlit#14788).
    """
    context: Any = get_script_run_ctx()
    enqueue, held = context._enqueue, deque[ForwardMsg]()
    runner, until = enqueue.__self__, monotonic() + _HELD_AT_MOST

    def send_held() -> None:
        while held:
            runner.on_event.send(
                runner, event=ScriptRunnerEvent.ENQUEUE_FORWARD_MSG, forward_msg=held.popleft()
            )

    def hold(message: ForwardMsg) -> None:
        runner._maybe_handle_execution_control_request()  # a run can be cut off here, as ever
        held.append(message)
        if monotonic() > until:
            send_held()

    context._enqueue = hold
    try:
        yield
    finally:
        context._enqueue = enqueue
        send_held()
    # What is enqueued is sent in rounds: what follows must miss this one.
    sleep(2 * MESSAGE_FLUSH_INTERVAL_SECS)


def leave_script_errors_to_us() -> None:
    """Keep what a page, a fragment or a callback raises out of Streamlit's own log.

    It prints the message, which may quote a row, before it calls ``on_script_error``, which logs
    the same without. Goes when ``on_script_error`` comes first
    (streamlit/streamlit#3426).
    """
    error_util._log_uncaught_app_exception = _print_nothing


def _print_nothing(ex: BaseException) -> None:
    """Take the place of what prints an error."""
