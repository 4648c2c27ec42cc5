"""Why a score is what it is and what to do about it, in exact arithmetic and plain sentences."""

from __future__ import annotations
