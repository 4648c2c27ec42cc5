"""Where the machine keeps its Chromium."""

from __future__ import annotations

import shutil

# The shell first: the whole browser draws a toolbar of its own for each visitor of a test.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def find_chromium() -> str | None:
    """The path of the machine's Chromium, or None."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)
