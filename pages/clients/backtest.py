from __future__ import annotations

from health.scoring.active_model import active_scheme
from health.ui.backtest.section import section
from health.ui.parts.page import undated_page
from health.ui.session import answers

with undated_page("Did the score predict anything?") as ask:
    section(ask, [ask(active_scheme)], answers.settings().currency)
