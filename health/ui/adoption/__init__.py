"""The parts of the Adoption page."""

from __future__ import annotations
