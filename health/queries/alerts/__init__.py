"""Alerts of a day: the rules, what they look at, and whom to call first."""

from __future__ import annotations
