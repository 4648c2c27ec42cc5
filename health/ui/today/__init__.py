"""The parts of the Today page."""

from __future__ import annotations
