"""The parts of the Team page."""

from __future__ import annotations
