"""What undoes a checkpoint that a power cut tore.

For 1.5.5 to 2.0.1; no upstream issue was found. It goes when DuckDB writes its directory into free
blocks, as it does with data.

When DuckDB writes its log into the database, it writes new blocks into free places and then the
headers, which make them count. Blocks of its directory, though, it writes in place: one of which
only a part reached the disk cannot be read, and the database could not be opened (44 of 48 tries on
1.5.5). So the directory and the headers are kept in a file beside the database, ``<name>.folding``,
until the checkpoint is done. Where the headers are still the old ones, the directory is put back,
the log is still there, and nothing is lost.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
from typing import TYPE_CHECKING, Final

import duckdb

from health.storage import disk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_LOG = logging.getLogger("health")

_HEADERS: Final = 3 * 4_096
"""Bytes of the three headers at the start of a database file; the blocks follow."""

_DIGEST: Final = hashlib.sha256().digest_size

LONG_LOG: Final = 16 * 2**20
"""Bytes of the log from which on it is written into the database, as DuckDB does by itself.

Done by us after a commit, and only where the disk has room: DuckDB would do it inside the
commit, and where that finds the disk full every reader loses its connection (10 of 10 tries).
"""

_UNDER_WAY: Final[set[Path]] = set()
"""Databases whose checkpoint is under way in this process."""

_KEEP: Final = """
import hashlib, json, os, sys
database, target, places = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
with open(database, "rb") as source:
    pieces = [os.pread(source.fileno(), size, start) for start, size in places]
head = json.dumps([(start, len(piece)) for (start, _), piece in zip(places, pieces)])
content = b"".join([head.encode(), b"\\n", *pieces])
with open(target, "wb") as file:
    file.write(content + hashlib.sha256(content).digest())
    file.flush()
    os.fsync(file.fileno())
"""


def beside(database: Path) -> Path:
    """The file that is there while a checkpoint is under way."""
    return database.with_name(f"{database.name}.folding")


@contextlib.contextmanager
def kept(database: Path, blocks: Sequence[int], block_size: int) -> Iterator[None]:
    """Keep the directory while the block, a checkpoint, runs; where that fails, it stays.

    blocks: numbers of the blocks of the directory; block_size: their bytes.
    Raises OSError where the disk has no room; nothing was done then.
    """
    places = [(0, _HEADERS)]
    places += [(_HEADERS + block * block_size, block_size) for block in blocks]
    path = beside(database)
    _UNDER_WAY.add(database)
    try:
        yield from _kept(database, path, places)
    finally:
        _UNDER_WAY.discard(database)


def _kept(database: Path, path: Path, places: list[tuple[int, int]]) -> Iterator[None]:
    # In another process, as closing the file here would lose DuckDB's lock: see
    # health.storage.disk.
    disk.apart(_KEEP, [str(database), str(path), json.dumps(places)])
    disk.sync_folder(path.parent)
    yield
    path.unlink()


def write_log(database: Path, cursor: duckdb.DuckDBPyConnection, longest: int) -> None:
    """Write a log longer than this into the database, where the disk has room for that.

    It is left for later where somebody changes data. Raises what DuckDB raises.
    """
    size = sum(path.stat().st_size for path in disk.logs(database))
    if size <= longest or disk.free_space(database.parent) < 2 * size + LONG_LOG:
        return
    blocks = [row[0] for row in cursor.execute("PRAGMA metadata_info").fetchall()]
    sizes = cursor.execute("SELECT block_size FROM pragma_database_size()").fetchall()
    with kept(database, blocks, sizes[0][0]):
        try:
            cursor.execute("CHECKPOINT")
        except duckdb.TransactionException:
            _LOG.info("the log of the database stays long: somebody changes data")


def is_cut_off(database: Path) -> bool:
    """Whether a checkpoint did not come to its end; in another process it may be under way."""
    return database not in _UNDER_WAY and beside(database).exists()


def undo(database: Path, handle: int, *, headers: bool = False) -> bool:
    """Put the directory back where a checkpoint did not come to its end; whether it was.

    handle: the database file, which no engine may have open.
    headers: also where the headers are not the old ones; they are put back, too.
    """
    path = beside(database)
    pieces = _pieces(path)
    is_old = bool(pieces) and os.pread(handle, _HEADERS, 0) == pieces[0][1]
    is_undone = bool(pieces) and (is_old or headers)
    if is_undone:
        # The headers last: before them, none of it counts.
        for start, piece in reversed(pieces):
            os.pwrite(handle, piece, start)
        os.fsync(handle)
        _LOG.info("a checkpoint that was cut off was undone; nothing is lost")
    if is_undone or not pieces:
        path.unlink(missing_ok=True)
    return is_undone


def _pieces(path: Path) -> list[tuple[int, bytes]]:
    """What was kept, and where it belongs; nothing where the file is not whole."""
    content = path.read_bytes() if path.exists() else b""
    content, digest = content[:-_DIGEST], content[-_DIGEST:]
    if hashlib.sha256(content).digest() != digest:
        return []  # the cut came before the checkpoint
    head, _, rest = content.partition(b"\n")
    found = []
    for start, size in json.loads(head):
        found.append((start, rest[:size]))
        rest = rest[size:]
    return found
