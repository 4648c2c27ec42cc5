"""One process owns the database file; others hand it their commands over a local socket.

The engine lets one process open a file for writing. A running dashboard therefore does for the
command line what that asks for, and sends back what it prints: the cost is that of the work, not
of a copy of the file, and there is one writer, so nothing is lost between two. Measured at 120
million values (``python -m tests.benchmarks --only sharing``, two quiet cores): with a copy of the
file published after each change, a load of 1,000 rows took 3.2 times as long until a reader saw it,
and more the larger the file is; with the database opened for each request 2.1 times as long, and
each question of a page 5.3 times, while a reader and a writer keep each other out. Without an owner
a command opens the file itself. The socket lies in a folder that only the same user can enter.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
import tempfile
import threading
from dataclasses import dataclass
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TextIO

from health.errors import DatabaseInUse

if TYPE_CHECKING:
    from collections.abc import Callable

_LOG = logging.getLogger("health")

_LONGEST_ADDRESS: Final = 100  # a socket's path may have 107 bytes
_OUT, _ERR, _STATUS = b"o", b"e", b"x"
_BUG: Final = 70  # what sysexits.h calls an internal error; the owner's log has the rest


@dataclass(frozen=True, kw_only=True)
class Request:
    """A command somebody else wants done.

    words: what to do, in the words of the one who asked.
    out, err: where its output goes; data: the bytes of an export, the same place as ``out``.
    is_stopped: whether the one who asked has gone away.
    """

    words: str
    out: TextIO
    err: TextIO
    data: BinaryIO
    is_stopped: Callable[[], bool]


class Owner:
    """Answers the commands of other processes until :meth:`close`.

    ``answer`` does a request in a thread of its own and returns its exit status. The caller holds
    the database file or is the next to hold it, so a socket left behind by a killed owner can be
    removed.
    """

    def __init__(self, database: Path, answer: Callable[[Request], int]) -> None:
        address = _address(database)
        address.parent.mkdir(mode=0o700, exist_ok=True)
        if address.parent.stat().st_uid != os.getuid():
            raise DatabaseInUse(f"{address.parent} belongs to another user. Remove it first.")
        address.unlink(missing_ok=True)
        self._answer = answer
        self._listener = Listener(str(address), "AF_UNIX")
        threading.Thread(target=self._listen, name="owner", daemon=True).start()

    def close(self) -> None:
        """Take no more commands."""
        self._listener.close()

    def _listen(self) -> None:
        while True:
            try:
                connection = self._listener.accept()
            except OSError:  # closed
                return
            threading.Thread(
                target=self._serve, args=(connection,), name="command", daemon=True
            ).start()

    def _serve(self, connection: Connection) -> None:
        with connection:
            try:
                request = _request(connection.recv_bytes().decode(), connection)
                status = _BUG
                try:
                    status = self._answer(request)
                finally:
                    request.out.flush()
                    request.err.flush()
                    connection.send_bytes(_STATUS + str(status).encode())
            except (OSError, EOFError):
                _LOG.info("A command went away before it was answered.")


def is_there(database: Path) -> bool:
    """Whether a process owns the database file and does the commands of others."""
    connection = _connected(database)
    if connection is None:
        return False
    connection.close()
    return True


def hand_over(database: Path, words: str, out: BinaryIO, err: BinaryIO) -> int | None:
    """Let the owner of the database do a command; return its exit status.

    None where nobody owns the file, or where the owner ended before it had answered: then it is
    not known whether the command was done.
    """
    connection = _connected(database)
    if connection is None:
        return None
    streams = {_OUT: out, _ERR: err}
    with connection:
        try:
            connection.send_bytes(words.encode())
            while True:
                message = connection.recv_bytes()
                if message[:1] == _STATUS:
                    return int(message[1:])
                stream = streams[message[:1]]
                stream.write(message[1:])
                stream.flush()
        except (EOFError, ConnectionError):
            return None


def _connected(database: Path) -> Connection | None:
    try:
        return Client(str(_address(database)), "AF_UNIX")
    except (FileNotFoundError, ConnectionError):
        return None


def _address(database: Path) -> Path:
    """Where the owner of a database listens: beside it; with a long path, in a temporary folder."""
    database = database.resolve()
    beside = database.with_name(f".{database.name}.owner") / "socket"
    if len(os.fsencode(beside)) <= _LONGEST_ADDRESS:
        return beside
    name = hashlib.sha256(os.fsencode(database)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"client-health-{os.getuid()}-{name}"
    return folder / "socket"


def _request(words: str, connection: Connection) -> Request:
    data = io.BufferedWriter(_Sender(connection, _OUT))
    return Request(
        words=words,
        out=io.TextIOWrapper(data, encoding="utf-8"),
        err=io.TextIOWrapper(io.BufferedWriter(_Sender(connection, _ERR)), encoding="utf-8"),
        data=data,
        # The other side sends nothing after its request: what there is to read is its end.
        is_stopped=connection.poll,
    )


class _Sender(io.RawIOBase):
    """A stream whose bytes go through the connection, each write as one message."""

    def __init__(self, connection: Connection, kind: bytes) -> None:
        self._connection = connection
        self._kind = kind

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        payload = bytes(data)
        self._connection.send_bytes(self._kind + payload)
        return len(payload)
