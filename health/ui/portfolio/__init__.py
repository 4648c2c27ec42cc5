"""The parts of the Portfolio page."""

from __future__ import annotations
