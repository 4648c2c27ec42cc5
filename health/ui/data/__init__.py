"""The parts of the Data page."""

from __future__ import annotations
