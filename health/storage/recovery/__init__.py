"""Byte-level workarounds for what a power cut leaves behind, each with the versions it is for."""

from __future__ import annotations
