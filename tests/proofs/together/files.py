"""The files that are loaded: every value tells which file of which loader it came from.

A loader speaks of clients of its own, so that the order of the loaders is open, and each of its
files says something else about all of them on every day. Whatever is shown of a loader's clients
is therefore of one file, or of two versions of the data.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

FIRST: Final = date(2026, 8, 1)
DAYS: Final = 100
LAST: Final = FIRST + timedelta(days=DAYS - 1)
LICENSED: Final = 100

LOADERS: Final = (1, 2)
TURN: Final = 20
"""Files of a loader that differ from each other on every day; then they begin again."""

_FEATURES: Final = ("CASE_MANAGEMENT", "AI_ASSISTANT", "SSO")


def active_users(number: int, day: date) -> int:
    """What file ``number`` says of each of its clients on a day: of 100, so it is the score too.

    Each value lies in another bar of the picture of how scores are spread.
    """
    return 5 * ((number + (day - FIRST).days) % TURN) + 2


def told_by(value: float, day: date = LAST) -> int | None:
    """The file, by its number modulo ``TURN``, that says so; None where none does."""
    number = ((round(value) - 2) // 5 - (day - FIRST).days) % TURN
    return number if value == active_users(number, day) else None


def name(loader: int, number: int) -> str:
    return f"usage-{loader}-{number}.csv"


@dataclass(frozen=True, kw_only=True)
class Files:
    """Writes files of ``rows`` rows into a folder.

    The clients come in three parts of the same size: one without usage and with features, and one
    of each loader.
    """

    folder: Path
    rows: int

    @property
    def clients(self) -> int:
        """Clients of one part."""
        return self.rows // DAYS

    def loader(self, client: str) -> int:
        """Who speaks of a client; 0 for nobody."""
        return int(client.removeprefix("C")) // self.clients

    def client(self, loader: int, place: int) -> str:
        return f"C{loader * self.clients + place % self.clients:05}"

    def first(self) -> list[Path]:
        """The clients, features, and file 0 of each loader."""
        return [
            self._file(
                "clients.csv",
                "organization_id,name,total_users,renewal_date,csm,annual_value",
                (
                    f"C{n:05},Client {n},{LICENSED},{LAST + timedelta(days=n % 400)},"
                    f"csm{n % 7}@example.org,{1_000 + n}"
                    for n in range((1 + len(LOADERS)) * self.clients)
                ),
            ),
            self._file(
                "features.csv",
                "organization_id,feature_name,is_enabled,is_used",
                (
                    f"C{n:05},{feature},true,{str((n + place) % 3 > 0).lower()}"
                    for n in range(self.clients)
                    for place, feature in enumerate(_FEATURES)
                ),
            ),
            *(self.usage(loader, 0) for loader in LOADERS),
        ]

    def usage(self, loader: int, number: int) -> Path:
        """File ``number`` of a loader."""
        days = [FIRST + timedelta(days=n) for n in range(DAYS)]
        said = [f"MONTHLY_ACTIVE_USERS,{day},{active_users(number, day)}" for day in days]
        return self._file(
            name(loader, number),
            "organization_id,metric_type,date,value",
            (
                f"{self.client(loader, place)},{words}"
                for place in range(self.clients)
                for words in said
            ),
        )

    def _file(self, file: str, header: str, lines: Iterable[str]) -> Path:
        path = self.folder / file
        with path.open("w") as written:
            written.write(f"{header}\n")
            written.writelines(f"{line}\n" for line in lines)
        return path
