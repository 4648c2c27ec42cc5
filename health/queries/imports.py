"""What was loaded: the imports with their counts, the newest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from health.queries.arguments import check_range
from health.vocabulary import FileKind

if TYPE_CHECKING:
    from datetime import date, datetime

    from health.storage.database import Reader


@dataclass(frozen=True, kw_only=True)
class ImportsQuery:
    """One page of the imports; page from 1, limit 1 to 1,000.

    Raises :class:`ArgumentError` that names the argument.
    """

    page: int = 1
    limit: int = 20

    def __post_init__(self) -> None:
        """Raise :class:`ArgumentError` for a page or limit that does not exist."""
        check_range("page", self.page, 1, 1_000_000)
        check_range("limit", self.limit, 1, 1_000)


@dataclass(frozen=True, kw_only=True)
class KeptWarning:
    """What looked wrong about an import, as it was said; examples: the worst clients, a line each.

    is_hold: it was about the file as a whole.
    """

    sentence: str
    examples: tuple[str, ...]
    is_hold: bool


@dataclass(frozen=True, kw_only=True)
class Import:
    """One import of a file or form: who, when, what it held and what it changed.

    size: bytes; sha256: of the file as it was received.
    imported_at, undone_at: UTC; undone_by and undone_at are None while it stands.
    clients: clients whose data it changed.
    first_date, last_date: the days its usage lies between; None for other kinds.
    settled_at: when it became too old to be undone; None while it can be.
    feed, feed_version: the feed it was read by, if any.
    warnings: what looked wrong about it; it stays when the import is undone.
    """

    import_id: int
    kind: FileKind
    name: str
    size: int
    sha256: str
    imported_by: str
    imported_at: datetime
    rows_new: int
    rows_changed: int
    rows_unchanged: int
    rows_rejected: int
    clients: int
    first_date: date | None
    last_date: date | None
    undone_by: str | None
    undone_at: datetime | None
    settled_at: datetime | None
    feed: str | None = None
    feed_version: int | None = None
    warnings: tuple[KeptWarning, ...] = ()

    @property
    def is_undone(self) -> bool:
        """Whether what it changed was taken back."""
        return self.undone_at is not None

    @property
    def read_by(self) -> str:
        """The feed it was read by, with its version; empty where it was read as it stands."""
        return "" if self.feed is None else f"{self.feed}, version {self.feed_version}"

    @property
    def fate(self) -> str:
        """Why it cannot be undone, in words; empty while it can be."""
        if self.is_undone:
            return f"undone by {self.undone_by}"
        return "can no longer be undone" if self.settled_at is not None else ""


@dataclass(frozen=True, kw_only=True)
class ImportsPage:
    """Some imports, the newest first, and how many there are in all."""

    rows: tuple[Import, ...]
    total: int


def list_imports(reader: Reader, query: ImportsQuery) -> ImportsPage:
    """Return a page of the imports."""
    frame = reader.query(
        """SELECT * EXCLUDE (day) FROM imports ORDER BY import_id DESC
        LIMIT $limit OFFSET ($page - 1) * $limit""",
        {"limit": query.limit, "page": query.page},
    )
    warnings = _warnings(reader, frame["import_id"].to_list())
    return ImportsPage(
        rows=tuple(
            Import(
                **{**row, "kind": FileKind.of(row["kind"])},
                warnings=warnings.get(row["import_id"], ()),
            )
            for row in frame.iter_rows(named=True)
        ),
        total=int(reader.value("SELECT count(*) FROM imports")),
    )


def _warnings(reader: Reader, import_ids: list[int]) -> dict[int, tuple[KeptWarning, ...]]:
    frame = reader.query(
        """SELECT import_id, sentence, examples, is_hold FROM import_warnings
        WHERE import_id IN (SELECT unnest($ids::INTEGER[])) ORDER BY import_id, place""",
        {"ids": import_ids},
    )
    found: dict[int, tuple[KeptWarning, ...]] = {}
    for import_id, sentence, examples, is_hold in frame.iter_rows():
        kept = KeptWarning(
            sentence=sentence, examples=tuple(examples.splitlines()), is_hold=is_hold
        )
        found[import_id] = (*found.get(import_id, ()), kept)
    return found
