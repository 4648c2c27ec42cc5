"""The slow line carries every byte, both ways."""

from __future__ import annotations

import random
import socket
import threading
import urllib.parse

from slow_line import Line, Way, slow_line

FAST = Line(bits=1e9, delay=0.001)


def test_what_comes_out_is_what_went_in() -> None:
    content = random.Random(1).randbytes(300_000)
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_echo, args=(server, len(content)))
        thread.start()
        with slow_line(server.getsockname()[1], FAST) as way, _connected(way) as visitor:
            visitor.sendall(content)
            found = b""
            while piece := visitor.recv(65_536):
                found += piece
        thread.join()
    assert found == content


def test_a_server_that_is_gone_ends_the_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with slow_line(port, FAST) as way, _connected(way) as visitor:
        assert _is_over(visitor)


def test_a_cut_ends_what_is_open_until_it_is_mended() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        slow_line(server.getsockname()[1], FAST) as way,
    ):
        with _connected(way) as visitor:
            far, _ = server.accept()
            way.cut()
            assert _is_over(visitor)
            assert _is_over(far)
        far.close()
        way.mend()
        thread = threading.Thread(target=_echo, args=(server, 1))
        thread.start()
        with _connected(way) as visitor:
            visitor.sendall(b"a")
            assert visitor.recv(1) == b"a"
        thread.join()


def _connected(way: Way) -> socket.socket:
    port = urllib.parse.urlsplit(way.url).port
    assert port is not None
    return socket.create_connection(("127.0.0.1", port), timeout=60)


def _is_over(visitor: socket.socket) -> bool:
    try:
        return visitor.recv(1) == b""
    except ConnectionResetError:
        return True


def _echo(server: socket.socket, size: int) -> None:
    connection, _ = server.accept()
    with connection:
        got = b""
        while len(got) < size:
            got += connection.recv(65_536)
        connection.sendall(got)
