"""The parts of the Client page."""

from __future__ import annotations
