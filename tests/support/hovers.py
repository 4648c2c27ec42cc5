"""What a chart says where the pointer is."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from health import formatting

_PART = re.compile(r"%\{(x|y|text|customdata)(?:\[(\d)\])?(?:\|([^}]*)|:([^}]*))?\}")


def hovers(trace: Any) -> list[str | None]:
    """What each point of a trace says, with plain spaces; None where there is no point.

    trace: of a figure, or of the JSON that a page was sent. A template is filled in as plotly
    does it, with the formats that our charts use: a day, ``.1f``, and ``,.1~f``.
    """
    known = trace if isinstance(trace, dict) else trace.to_plotly_json()
    if known.get("hovertext") is not None:
        return [text and text.replace("\u00a0", " ") for text in known["hovertext"]]
    days = known.get("x") or list(by_day(known))

    def fill(part: re.Match[str], at: int) -> str:
        name, place, day, number = part.groups()
        value = (days if name == "x" else known[name])[at]
        if place is not None:
            value = value[int(place)]
        if day is not None:
            return date.fromisoformat(str(value)[:10]).strftime(day)
        if number is None:
            return str(value)
        # A browser rounds a half up, too.
        written = formatting.number(value, 1)
        return written if number == ".1f" else written.removesuffix(".0")

    template = known["hovertemplate"].removesuffix("<extra></extra>").replace("\u00a0", " ")
    return [
        None
        if known["y"][at] is None
        else _PART.sub(lambda part, at=at: fill(part, at), template).replace("\u00a0", " ")
        for at in range(len(known["y"]))
    ]


def by_day(trace: Any) -> dict[str, float | None]:
    """The values of a line that has one each day; None is a gap."""
    known = trace if isinstance(trace, dict) else trace.to_plotly_json()
    if "x" in known:
        return {str(day)[:10]: value for day, value in zip(known["x"], known["y"], strict=True)}
    assert known["dx"] == 24 * 3600 * 1000
    first = date.fromisoformat(str(known["x0"])[:10])
    return {str(first + timedelta(days=at)): value for at, value in enumerate(known["y"])}
