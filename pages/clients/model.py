from __future__ import annotations

from health.ui.model import published, segments, workbench
from health.ui.parts.page import page

with page("What if clients were scored differently?", needs_scores=False) as view:
    workbench.workbench(view.as_of, view.currency)
    segments.section(view.ask)
    published.history(view.ask)
