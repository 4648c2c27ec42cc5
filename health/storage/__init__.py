"""The database file: opened, changed one step at a time, kept whole, recovered."""

from __future__ import annotations
