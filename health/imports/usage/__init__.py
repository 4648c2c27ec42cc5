"""Usage into its wide table, and back out of it."""

from __future__ import annotations
