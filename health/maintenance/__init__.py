"""Looking after a database: check, backup, demo data."""

from __future__ import annotations
