"""Organizations and feature adoption into their tables, and back out of them."""

from __future__ import annotations
