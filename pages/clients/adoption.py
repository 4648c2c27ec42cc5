from __future__ import annotations

from health.ui.page import page

with page("Coming soon") as view:
    pass
