"""The score of every client on every day: exact integers, nothing computed that is up to date.

The formula is in :mod:`~health.scoring.formula`. A day is scored in one statement
(:mod:`~health.scoring.day`), many days over a calendar (:mod:`~health.scoring.calendar`); which
clients and days, and when it is stored, is decided in :mod:`~health.scoring.runs`.
"""

from __future__ import annotations
