"""What the figures were taken on."""

from __future__ import annotations

import os
import platform
import sqlite3
from importlib.metadata import version
from pathlib import Path
from typing import Final

_PACKAGES: Final = ("duckdb", "polars", "pandas", "numpy", "pyarrow", "streamlit")


def facts() -> dict[str, object]:
    """The machine and the versions, by the words the report uses."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory": f"{memory / 1e9:.1f} GB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        **{name: version(name) for name in _PACKAGES},
        "SQLite": sqlite3.sqlite_version,
    }


def load() -> str:
    """How many processes wanted a core in the last 1, 5 and 15 minutes."""
    return " ".join(f"{value:.1f}" for value in os.getloadavg())


def _processor() -> str:
    listing = Path("/proc/cpuinfo")
    names = (
        line.partition(":")[2].strip()
        for line in (listing.read_text().splitlines() if listing.exists() else ())
        if line.startswith("model name")
    )
    return next(names, "") or platform.processor() or platform.machine()
