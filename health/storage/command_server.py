"""One process holds the database file; others hand it their commands over a local socket.

DuckDB lets one process open a file for writing. So a running dashboard does the commands of the
command line and sends back what they print. This costs the work alone, not a copy of the file, and
there is one writer, so nothing is lost between two. Measured at 120 million values (``python -m
tests.benchmarks --only sharing``, two quiet cores): with a copy of the file published after each
change, a load of 1,000 rows took 3.2 times as long until a reader saw it, and more the larger the
file is; with the database opened for each request 2.1 times as long, and each question of a page
5.3 times, while a reader and a writer keep each other out. Where no process serves commands, a
command opens the file itself. Only the same user can enter the folder of the socket.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
import secrets
import tempfile
import threading
from dataclasses import dataclass
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TextIO

from health import log
from health.errors import DatabaseInUse

if TYPE_CHECKING:
    from collections.abc import Callable

_LOG = logging.getLogger("health")

_LONGEST_ADDRESS: Final = 100  # a socket's path may have 107 bytes
_OUT, _ERR, _STATUS = b"o", b"e", b"x"
_BUG: Final = 70  # an internal error, as in sysexits.h; the log of the server has the rest


@dataclass(frozen=True, kw_only=True)
class Request:
    """A command that another process wants done.

    words: what to do, as the other process wrote it down.
    out, err: where its output goes; data: the bytes of an export, the same place as ``out``.
    is_stopped: whether the other process has gone away.
    """

    words: str
    out: TextIO
    err: TextIO
    data: BinaryIO
    is_stopped: Callable[[], bool]


class CommandServer:
    """Answers the commands of other processes until :meth:`close`.

    ``answer`` does a request in a thread of its own and returns its exit status. The caller holds
    the database file or is the next to hold it, so it may remove a socket that a killed process
    left behind.
    """

    def __init__(self, database: Path, answer: Callable[[Request], int]) -> None:
        address = _address(database)
        address.parent.mkdir(mode=0o700, exist_ok=True)
        if address.parent.stat().st_uid != os.getuid():
            raise DatabaseInUse(f"{address.parent} belongs to another user. Remove it first.")
        address.unlink(missing_ok=True)
        self._answer = answer
        self._listener = Listener(str(address), "AF_UNIX")
        threading.Thread(target=self._listen, name="command server", daemon=True).start()

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
                status = self._status(request)
                request.out.flush()
                request.err.flush()
                connection.send_bytes(_STATUS + str(status).encode())
            except (OSError, EOFError):
                _LOG.info("A command went away before it was answered.")

    def _status(self, request: Request) -> int:
        try:
            return self._answer(request)
        except ConnectionError:
            raise
        except Exception as error:  # noqa: BLE001 -- the other process waits for a status
            log.bug(secrets.token_hex(4), error)
            return _BUG


def is_there(database: Path) -> bool:
    """Whether a process holds the database file and does the commands of others."""
    connection = _connected(database)
    if connection is None:
        return False
    connection.close()
    return True


def hand_over(database: Path, words: str, out: BinaryIO, err: BinaryIO) -> int | None:
    """Let the process that holds the database do a command; return its exit status.

    None where no process answers, or where it ended before it had answered: then it is not known
    whether the command was done.
    """
    connection = _connected(database)
    if connection is None:
        return None
    streams = {_OUT: out, _ERR: err}
    with connection:
        message = _next(connection, words.encode())
        while message and message[:1] != _STATUS:
            # A stream that is closed here says nothing of the other process.
            stream = streams[message[:1]]
            stream.write(message[1:])
            stream.flush()
            message = _next(connection)
        return int(message[1:]) if message else None


def _next(connection: Connection, sent: bytes = b"") -> bytes | None:
    """Send something and return what comes next; None where the other process has ended."""
    try:
        if sent:
            connection.send_bytes(sent)
        return connection.recv_bytes()
    except (EOFError, ConnectionError):
        return None


def _connected(database: Path) -> Connection | None:
    try:
        return Client(str(_address(database)), "AF_UNIX")
    except (FileNotFoundError, ConnectionError):
        return None


def _address(database: Path) -> Path:
    """Where commands are taken: beside the database; with a long path, in a temporary folder."""
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
