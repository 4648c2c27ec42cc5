"""What became of clients into its table, and back out of it."""

from __future__ import annotations
