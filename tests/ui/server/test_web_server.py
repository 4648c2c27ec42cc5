from __future__ import annotations

import asyncio
import socket

from health.ui.server import web_server


def test_what_is_sent_does_not_wait_for_what_was_sent_before() -> None:
    # As Streamlit opens it: without a word of TCP, so that Python leaves it as it is.
    with socket.socket(family=socket.AF_INET) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        async def start() -> None:
            async with web_server.lifespan(None):
                pass

        asyncio.run(start())
        with (
            socket.create_connection(listener.getsockname()),
            listener.accept()[0] as accepted,
        ):
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
