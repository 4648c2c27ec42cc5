"""A visitor without a browser: speaks Streamlit's own protocol, and draws nothing.

Beside a click in a browser it tells what the server takes from what the drawing takes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

PATIENCE = 60  # seconds


@dataclass
class Visitor:
    """A session; ``pages`` has the script of each page of the navigation by its title."""

    connection: ClientConnection
    pages: dict[str, str] = field(default_factory=dict)

    def run(self, title: str = "", *, query: str = "") -> float:
        """Seconds until all of a page has arrived: the one it is on, or another by its title."""
        message = BackMsg()
        message.rerun_script.page_script_hash = self.pages.get(title, "")
        message.rerun_script.query_string = query
        start = time.perf_counter()
        self.connection.send(message.SerializeToString())
        while True:
            answer = ForwardMsg.FromString(self.connection.recv(timeout=PATIENCE))
            kind = answer.WhichOneof("type")
            if kind == "navigation":
                found = answer.navigation.app_pages
                self.pages = {page.page_name: page.page_script_hash for page in found}
            if kind == "script_finished":
                return time.perf_counter() - start


@contextmanager
def visiting(url: str) -> Iterator[Visitor]:
    """A session that has seen the first page."""
    address = f"{url.replace('http', 'ws', 1)}/_stcore/stream"
    with connect(address, subprotocols=[Subprotocol("streamlit")], max_size=None) as connection:
        visitor = Visitor(connection)
        visitor.run()
        yield visitor
