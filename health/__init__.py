"""Client Health: which clients are at risk, why, and whom to call first."""

from __future__ import annotations
