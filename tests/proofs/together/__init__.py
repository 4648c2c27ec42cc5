"""A dashboard, its visitors, loaders and scorers at once: ``python -m tests.proofs.together``."""

from __future__ import annotations
