"""A visitor without a browser: speaks Streamlit's own protocol, and draws nothing.

Beside a click in a browser it tells what the server takes from what the drawing takes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.benchmarks import generating

PATIENCE = 60  # seconds
QUERIES = {"Client": f"client={generating.organization_id(7)}"}
"""What the address of a page says, where it has to say something."""

FINISHED_EARLY = ForwardMsg.ScriptFinishedStatus.FINISHED_EARLY_FOR_RERUN


@dataclass
class Visitor:
    """A session; ``pages`` has the script of each page of the navigation by its title.

    errors: what the page seen last showed as wrong; shown: everything on it.
    messages, size: that the last run sent, and their bytes.
    """

    connection: ClientConnection
    pages: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    shown: list[Element] = field(default_factory=list)
    messages: int = 0
    size: int = 0

    def run(self, title: str = "", *, query: str = "") -> float:
        """Seconds until all of a page has arrived: the one it is on, or another by its title."""
        start = time.perf_counter()
        self.ask(title, query=query)
        self.wait()
        return time.perf_counter() - start

    def ask(self, title: str = "", *, query: str = "") -> None:
        """Ask for a page, without waiting for it."""
        message = BackMsg()
        message.rerun_script.page_script_hash = self.pages.get(title, "")
        message.rerun_script.query_string = query
        self.messages = self.size = 0
        self.connection.send(message.SerializeToString())

    def wait(self) -> None:
        """Wait until all of the page asked for last has arrived."""
        while True:
            content = self.connection.recv(timeout=PATIENCE, decode=False)
            self.messages, self.size = self.messages + 1, self.size + len(content)
            answer = ForwardMsg.FromString(content)
            kind = answer.WhichOneof("type")
            if kind == "new_session":  # a page that begins again takes everything back
                self.errors, self.shown = [], []
            if kind == "navigation":
                found = answer.navigation.app_pages
                self.pages = {page.page_name: page.page_script_hash for page in found}
            if kind == "delta":
                self._note(answer.delta.new_element)
            if kind == "script_finished" and answer.script_finished != FINISHED_EARLY:
                return

    def click(self, title: str) -> float:
        """Seconds until all of a page has arrived, by its title."""
        return self.run(title, query=QUERIES.get(title, ""))

    def _note(self, element: Element) -> None:
        self.shown.append(element)
        kind = element.WhichOneof("type")
        if kind == "exception":
            self.errors.append(element.exception.message)
        elif kind == "alert" and element.alert.format == Alert.ERROR:
            self.errors.append(element.alert.body)


@contextmanager
def visiting(url: str) -> Iterator[Visitor]:
    """A session that has seen the first page."""
    address = f"{url.replace('http', 'ws', 1)}/_stcore/stream"
    with connect(address, subprotocols=[Subprotocol("streamlit")], max_size=None) as connection:
        visitor = Visitor(connection)
        visitor.run()
        yield visitor
