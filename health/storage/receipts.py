"""Receipts outside the database: what was stored, so that a database that lost it can be told.

After each import, undo and scoring run one line of JSON is added to a journal beside the database
and synced. A line is written after the commit it speaks of, so that it never promises more than
was stored; what a kill left out is added when the database is opened again. Imports are compared
by their content: a missing one is there again once its file has been loaded again.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from health.storage import disk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

MOST_LINES: Final = 1_000
"""A longer journal is cut to the newer half of this: 0.4 MB at most."""

TOLD: Final = 5
"""Missing imports told one by one in a sentence; they are all counted."""

Line = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Missing:
    """An import that a receipt tells of and the database does not.

    undo: the import is there, but that it was undone is not.
    """

    import_id: int
    name: str
    sha256: str
    by: str
    at: str
    undo: bool = False

    @property
    def sentence(self) -> str:
        """What is missing: number, file, hash, when, by whom."""
        what = f"the undo of import {self.import_id}" if self.undo else f"import {self.import_id}"
        return f"{what}: {self.name} (SHA-256 {self.sha256}), {self.at} UTC by {self.by}"


@dataclass(frozen=True, kw_only=True)
class Repair:
    """A torn log that was cut where it was torn; the files as they were lie at ``kept``."""

    at: str
    lost: int
    kept: str

    @property
    def sentence(self) -> str:
        """What was done, and where the files are as they were before."""
        return (
            f"On {self.at} UTC the log of the database was torn, as after a power cut: its last "
            f"{self.lost:,} bytes could not be read and were cut off. The files as they were "
            f"before are kept as {self.kept}; delete them when all is well."
        )


@dataclass(kw_only=True)
class Journal:
    """The receipts of one database; its lines since it last began anew are in memory."""

    path: Path
    lines: list[Line] = field(default_factory=list)

    @classmethod
    def of(cls, database: Path) -> Self:
        """Read the journal of a database; a line that a power cut tore is left out."""
        journal = cls(path=database.with_name(f"{database.name}.receipts"))
        with contextlib.suppress(FileNotFoundError):
            journal.lines = list(_lines(journal.path.read_bytes()))
        return journal

    def add(self, line: Mapping[str, object]) -> None:
        """Write a line and return when it is on the disk; raises OSError where it cannot be."""
        words = json.dumps(line, default=str, ensure_ascii=False, separators=(",", ":"))
        self.lines.append(json.loads(words))
        if len(self.lines) > MOST_LINES:
            self.lines = self.lines[-MOST_LINES // 2 :]
            self._write_anew()
            return
        is_new = not self.path.exists()
        with self.path.open("ab+") as file:
            # Behind a line that was torn, the next one would be lost as well.
            if file.tell() and _last_byte(file.fileno(), file.tell()) != b"\n":
                file.write(b"\n")
            file.write(words.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            disk.sync_folder(self.path.parent)

    def begin(self, why: str, at: datetime) -> None:
        """From here on nothing that was written before counts."""
        if self.lines or self.path.exists():
            self.add({"begins": why, "at": _second(at)})

    @property
    def repairs(self) -> tuple[Repair, ...]:
        """The torn logs that were repaired, the latest last."""
        return tuple(Repair(**line["repaired"]) for line in self.lines if "repaired" in line)

    @property
    def counted(self) -> list[Line]:
        """The lines since the journal last began anew."""
        begun = [number for number, line in enumerate(self.lines) if "begins" in line]
        return self.lines[begun[-1] + 1 :] if begun else self.lines

    def imports(self) -> dict[tuple[int, str], Line]:
        """What is told of each import, by number and hash; an undo is told beside it."""
        told: dict[tuple[int, str], Line] = {}
        for line in self.counted:
            for one in line.get("imports", ()):
                told[one["import_id"], one["sha256"]] = one
        return told

    def new(self, stored: Iterable[Line]) -> list[Line]:
        """What of the imports on file has no receipt yet; older ones than any receipt need none."""
        told = self.imports()
        oldest = min((number for number, _ in told), default=0)
        found = []
        for one in stored:
            receipt = told.get((one["import_id"], one["sha256"]))
            if receipt is None:
                is_new = one["import_id"] >= oldest
            else:
                is_new = bool(one["undone_at"]) and not receipt["undone_at"]
            if is_new:
                found.append(one)
        return found[-MOST_LINES // 4 :]

    def missing(self, stored: Sequence[Line]) -> tuple[Missing, ...]:
        """What receipts tell of and the database does not have."""
        by_key = {(one["import_id"], one["sha256"]): one for one in stored}
        present = {one["sha256"] for one in stored}
        found = []
        for key, receipt in self.imports().items():
            on_file = by_key.get(key)
            is_undone = bool(receipt["undone_at"])
            if on_file is None and not is_undone and receipt["sha256"] not in present:
                found.append(_missing(receipt))
            elif on_file is not None and is_undone and not on_file["undone_at"]:
                found.append(_missing(receipt, undo=True))
        return tuple(found)

    def _write_anew(self) -> None:
        with tempfile.TemporaryDirectory(prefix=".receipts-", dir=self.path.parent) as folder:
            new = Path(folder) / self.path.name
            with new.open("wb") as file:
                for line in self.lines:
                    file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            new.replace(self.path)
        disk.sync_folder(self.path.parent)


def sentence(missing: Sequence[Missing]) -> str:
    """Say what is missing and what to do about it."""
    told = "; ".join(one.sentence for one in missing[:TOLD])
    more = f"; and {len(missing) - TOLD} more" if len(missing) > TOLD else ""
    files = any(not one.undo for one in missing)
    undos = [str(one.import_id) for one in missing if one.undo]
    todo = "Load these files again: they are recognised by their content. " if files else ""
    todo += f"Undo again: {', '.join(undos)}. " if undos else ""
    return (
        f"The database is older than its receipts and lacks {told}{more}. {todo}"
        "If they are meant to be gone: client-health check --accept-missing"
    )


def _missing(receipt: Line, *, undo: bool = False) -> Missing:
    return Missing(
        import_id=receipt["import_id"],
        name=receipt["name"],
        sha256=receipt["sha256"],
        by=receipt["undone_by"] if undo else receipt["by"],
        at=str(receipt["undone_at"] if undo else receipt["at"])[:19],
        undo=undo,
    )


def repaired(at: datetime, lost: int, kept: Path) -> Line:
    """The line of a torn log that was repaired."""
    return {"repaired": {"at": _second(at), "lost": lost, "kept": str(kept)}}


def _second(at: datetime) -> str:
    return at.isoformat(sep=" ", timespec="seconds")


def _lines(content: bytes) -> Iterator[Line]:
    for line in content.splitlines():
        with contextlib.suppress(ValueError):
            read = json.loads(line)
            if isinstance(read, dict):
                yield read


def _last_byte(handle: int, size: int) -> bytes:
    return os.pread(handle, 1, size - 1)
