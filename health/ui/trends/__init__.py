"""The parts of the Trends page."""

from __future__ import annotations
