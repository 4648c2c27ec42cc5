"""Databases of each size, made the way a user makes one, and kept for the next run."""

from __future__ import annotations

import contextlib
import hashlib
import io
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from health import imports
from health.files import read_file
from health.scoring import runs
from health.storage.database import Database
from tests.benchmarks import generating
from tests.benchmarks.bench import SCRATCH
from tests.benchmarks.measuring import ROOT, say
from tests.benchmarks.sizes import Size

_MAKE_LOADED: Final = (
    "health/storage/schema.py",
    "health/storage/migrations",
    "health/imports",
    "health/scoring/staleness.py",
    "tests/benchmarks/generating.py",
)
_MAKE_SCORED: Final = (*_MAKE_LOADED, "health/scoring")


def loaded(folder: Path, size: Size) -> Path:
    """A database with everything of this size on file and nothing scored.

    Month after month is stored as a Parquet file of its own, so that imports, spans and what is
    out of date are what they are after three years of use.
    """
    return kept(folder, size, "loaded.duckdb", _load, made_by=_MAKE_LOADED)


def scored(folder: Path, size: Size) -> Path:
    """The same with every day scored, the last year too: nothing is out of date."""

    def make(path: Path, size: Size) -> None:
        shutil.copy(loaded(folder, size), path)
        _score(path, size)

    return kept(folder, size, "scored.duckdb", make, made_by=_MAKE_SCORED)


def kept(
    folder: Path,
    size: Size,
    name: str,
    make: Callable[[Path, Size], object],
    *,
    made_by: tuple[str, ...] = ("tests/benchmarks/generating.py",),
) -> Path:
    """A file of this size's data: made now where it is not there, never there in part.

    made_by: the code that decides what is in it; when that changes, it is made anew.
    """
    path = folder / f"{size.name}-{_fingerprint(made_by)}-{name}"
    if not path.exists():
        for outdated in folder.glob(f"{size.name}-*-{name}"):
            outdated.unlink()
        with scratch(folder) as place:
            make(place / path.name, size)
            (place / path.name).replace(path)
    return path


@contextlib.contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """A folder for this block only, on the disk that the databases are on."""
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=folder) as name:
        yield Path(name)


@contextlib.contextmanager
def copy_of(path: Path) -> Iterator[Path]:
    """A copy to work on, for this block only."""
    with scratch(path.parent) as place:
        yield Path(shutil.copy(path, place / "health.duckdb"))


@contextlib.contextmanager
def opened_copy(path: Path) -> Iterator[Database]:
    """An open copy to work on, for this block only."""
    with copy_of(path) as copy, Database.open(copy) as database:
        yield database


def store(database: Database, size: Size, frame: pl.DataFrame, *, name: str) -> None:
    """Store a frame the way a file of it comes in: written, read, checked, merged."""
    content = io.BytesIO()
    frame.write_parquet(content)
    parsed = read_file(content.getvalue(), name=name, today=size.last)
    imports.store(database, [parsed], by="benchmark")


def _load(path: Path, size: Size) -> None:
    with Database.open(path) as database:
        store(database, size, generating.clients(size), name="clients.parquet")
        store(database, size, generating.features(size), name="features.parquet")
        for first, last in generating.months(size):
            say(f"  {size.name}: loading {first:%Y-%m}")
            store(
                database,
                size,
                generating.usage(size, first, last),
                name=f"usage-{first:%Y-%m}.parquet",
            )


def _score(path: Path, size: Size) -> None:
    say(f"  {size.name}: scoring every day")
    with Database.open(path) as database:
        runs.score(database, requested_by="benchmark")


@cache
def _fingerprint(places: tuple[str, ...]) -> str:
    """Changes when a database made now would look different."""
    digest = hashlib.sha256(duckdb.__version__.encode())
    for place in places:
        start = ROOT / place
        for path in sorted(start.rglob("*.py")) if start.is_dir() else [start]:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
