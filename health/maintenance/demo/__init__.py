"""Demo clients whose lives a customer success manager recognises; the same on every machine.

``generate`` makes the four files of the contract as frames, ``write_csv`` writes them, and
``Story``, ``STORIES`` and ``story_of`` tell which client lives through what.
"""

from __future__ import annotations

from health.maintenance.demo.generating import DEMO_END, DEMO_SEED, DemoData, generate
from health.maintenance.demo.stories import STORIES, Story, story_of
from health.maintenance.demo.writing import write_csv

__all__ = [
    "DEMO_END",
    "DEMO_SEED",
    "STORIES",
    "DemoData",
    "Story",
    "generate",
    "story_of",
    "write_csv",
]
