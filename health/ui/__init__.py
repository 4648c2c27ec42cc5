"""What the pages share; the only part of ``health`` that knows Streamlit."""

from __future__ import annotations
