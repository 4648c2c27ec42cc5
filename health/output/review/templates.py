"""The templates of a review: every text is escaped where it enters."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from health import formatting
from health.charts.theme import LIGHT, faded

TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
TEMPLATES.globals |= {"theme": LIGHT, "faded": faded}
TEMPLATES.filters |= {
    "day": formatting.day,
    "number": formatting.number,
    "change": formatting.change,
    "brief": formatting.brief,
    "tenths": lambda points: formatting.number(float(points), 1),
}
