"""One typed function for each question a page asks, its SQL beside it, its values bound."""

from __future__ import annotations
