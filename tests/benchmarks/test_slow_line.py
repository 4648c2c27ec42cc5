"""The slow line carries every byte, both ways."""

from __future__ import annotations

import random
import socket
import threading
import urllib.parse

from tests.benchmarks.slow_line import Line, slow_line

FAST = Line(bits=1e9, delay=0.001)


def test_what_comes_out_is_what_went_in() -> None:
    content = random.Random(1).randbytes(300_000)
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_echo, args=(server, len(content)))
        thread.start()
        with slow_line(server.getsockname()[1], FAST) as url:
            port = urllib.parse.urlsplit(url).port
            assert port is not None
            with socket.create_connection(("127.0.0.1", port)) as visitor:
                visitor.sendall(content)
                found = b""
                while piece := visitor.recv(65_536):
                    found += piece
        thread.join()
    assert found == content


def test_a_server_that_is_gone_ends_the_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with slow_line(port, FAST) as url:
        near = urllib.parse.urlsplit(url).port
        assert near is not None
        with socket.create_connection(("127.0.0.1", near)) as visitor:
            assert visitor.recv(1) == b""


def _echo(server: socket.socket, size: int) -> None:
    connection, _ = server.accept()
    with connection:
        got = b""
        while len(got) < size:
            got += connection.recv(65_536)
        connection.sendall(got)
