"""What is written on a figure."""

from __future__ import annotations

import plotly.graph_objects as go


def texts_of(chart: go.Figure) -> list[str]:
    """Every text on a figure with plain spaces: notes first, then the texts of its traces."""
    notes = [note.text for note in chart.layout.annotations]
    texts = [
        text
        for trace in chart.data
        if trace["mode" if "mode" in trace else "type"] == "text"
        for text in trace.text
    ]
    return [text.replace("\u00a0", " ").strip() for text in (*notes, *texts)]
