"""Where the machine keeps its Chromium."""

from __future__ import annotations

import shutil

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def find_chromium() -> str | None:
    """The path of the machine's Chromium, or None."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)
