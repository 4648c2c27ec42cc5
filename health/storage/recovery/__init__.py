"""Byte-level workarounds for what a power cut leaves behind, each with the versions it is for."""

from __future__ import annotations

from typing import Final

TRIED: Final = ("1.5.5", "1.5.6", "2.0.0", "2.0.1")
"""The versions of DuckDB that these workarounds were tried with."""
