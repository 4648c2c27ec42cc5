"""The web server around the pages: start, sign-in, headers, limits."""

from __future__ import annotations
