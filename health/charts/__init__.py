"""Frames in, figures out: no Streamlit, no query, and the frame stays as it was."""

from __future__ import annotations
