"""What people do about a client: calls put off, dismissed and brought back."""

from __future__ import annotations
