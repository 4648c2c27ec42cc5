"""Where the server listens, and for whom."""

from __future__ import annotations

import socket

import pytest
from server_requests import ORIGIN, run_in_own_loop

from health.settings import Settings
from health.ui.server import web_server


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "health.example", None])
def test_without_sign_in_nothing_is_served_to_others(host: str | None) -> None:
    with pytest.raises(web_server.OpenToOthers, match="--allow-anonymous"):
        web_server.check_access(host, Settings())
    assert web_server.check_access(host, Settings(allow_anonymous=True)) is None


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.1.2.3"])
def test_this_machine_is_served_as_it_is(host: str) -> None:
    assert web_server.check_access(host, Settings()) is None


@pytest.mark.usefixtures("auth")
def test_with_sign_in_others_are_served() -> None:
    found = web_server.check_access("0.0.0.0", Settings())
    assert found is not None
    assert found.providers == ("default",)
    assert found.origin == ORIGIN


def test_what_is_sent_does_not_wait_for_what_was_sent_before() -> None:
    # As Streamlit opens it: without a word of TCP, so that Python leaves it as it is.
    with socket.socket(family=socket.AF_INET) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        async def start() -> None:
            async with web_server.lifespan(None):
                pass

        run_in_own_loop(start())
        with (
            socket.create_connection(listener.getsockname()),
            listener.accept()[0] as accepted,
        ):
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
