"""The palette, once, for light and dark: risk, components, adoption and one neutral.

The risk colours are vermilion, amber and teal, which readers with any colour blindness tell
apart; wherever one of them carries meaning, a word or a mark stands with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from health.scoring.components import Component
from health.vocabulary import HealthTrend, RiskLevel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from health.scoring.components import Part

FONT: Final = "Segoe UI, Roboto, Helvetica Neue, Arial, sans-serif"
"""The fonts of `.streamlit/config.toml`, so that charts read as part of the page."""

RISK_MARK: Final[Mapping[RiskLevel, str]] = MappingProxyType(
    {RiskLevel.HIGH: "▲", RiskLevel.MEDIUM: "◆", RiskLevel.LOW: "●"}
)
"""A shape for each risk level, for text."""

RISK_SYMBOL: Final[Mapping[RiskLevel, str]] = MappingProxyType(
    {RiskLevel.HIGH: "triangle-up", RiskLevel.MEDIUM: "diamond", RiskLevel.LOW: "circle"}
)
"""The same shapes, for marks in charts."""

TREND_MARK: Final[Mapping[HealthTrend, str]] = MappingProxyType(
    {HealthTrend.IMPROVING: "↗", HealthTrend.STABLE: "→", HealthTrend.DECLINING: "↘"}
)
"""An arrow for each trend."""


@dataclass(frozen=True, kw_only=True)
class Palette:
    """The colours of one mode, as ``#RRGGBB``.

    On the ground, on what is raised and on the bands of risk behind a chart, text is at 4.5 : 1
    and marks at 3 : 1; ``line`` is neither.

    ground, raised: the page and what lies on it (hover labels, cells without a value).
    ink, quiet, line: text, secondary text, and rules.
    accent: the one line or mark a chart is about.
    neutral: everything it is not about.
    risk, risk_ink: marks and text of a risk level.
    risk_chip: what stands under the name of a level in white, at 4.5 : 1.
    component: one part of a score.
    used, unused: a feature that a client uses, and one that it has and does not use.
    good, bad: a change that is good or bad news for the client.
    """

    ground: str
    raised: str
    ink: str
    quiet: str
    line: str
    accent: str
    neutral: str
    risk: Mapping[RiskLevel, str]
    risk_ink: Mapping[RiskLevel, str]
    risk_chip: Mapping[RiskLevel, str]
    component: Mapping[Component, str]
    used: str
    unused: str
    good: str
    bad: str

    def of_part(self, part: Part) -> str:
        """Return the colour of a part of a score, also of one that a model adds."""
        if isinstance(part, Component):
            return self.component[part]
        return part.rules.light if self.ground == LIGHT.ground else part.rules.dark


_DEEP: Final = MappingProxyType(
    {RiskLevel.HIGH: "#A8321F", RiskLevel.MEDIUM: "#8A5200", RiskLevel.LOW: "#17697A"}
)

LIGHT: Final = Palette(
    ground="#FFFFFF",
    raised="#F4F6F8",
    ink="#0F1923",
    quiet="#55636F",
    line="#D9E0E7",
    accent="#1F5FA8",
    neutral="#7F8D9A",
    risk=MappingProxyType(
        {RiskLevel.HIGH: "#C4402A", RiskLevel.MEDIUM: "#BA7F12", RiskLevel.LOW: "#2E8C9E"}
    ),
    risk_ink=_DEEP,
    risk_chip=_DEEP,
    component=MappingProxyType({part: part.rules.light for part in Component}),
    used="#1F5FA8",
    unused="#BA7F12",
    good="#17697A",
    bad="#A8321F",
)

DARK: Final = Palette(
    ground="#10161D",
    raised="#19222C",
    ink="#E6EBF0",
    quiet="#A9B6C2",
    line="#2C3946",
    accent="#7DB2EE",
    neutral="#6B7A88",
    risk=MappingProxyType(
        {RiskLevel.HIGH: "#EF7C66", RiskLevel.MEDIUM: "#E3B04F", RiskLevel.LOW: "#4FB4C6"}
    ),
    risk_ink=MappingProxyType(
        {RiskLevel.HIGH: "#F2907F", RiskLevel.MEDIUM: "#EFAE5B", RiskLevel.LOW: "#6CC5D4"}
    ),
    risk_chip=_DEEP,
    component=MappingProxyType({part: part.rules.dark for part in Component}),
    used="#7DB2EE",
    unused="#E3B04F",
    good="#6CC5D4",
    bad="#F2907F",
)


def faded(color: str, opacity: float) -> str:
    """Return a ``#RRGGBB`` colour as ``rgba`` with ``opacity`` from 0 to 1."""
    red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"
