"""Kills, power cuts and full disks, and what is on file afterwards: ``python -m
tests.proofs.crashes``."""

from __future__ import annotations
