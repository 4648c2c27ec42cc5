"""The weighted parts of a score, each one thing in one place.

A component says all there is to say of it: its words and colours, its points in SQL and in Python,
what it rests on, what a change of it is called, and what would improve it. Everything else iterates
over :class:`Component`, or over the parts of a model. A new one is a module here and a line below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from health.scoring.components.campaign_completion import CampaignCompletion
from health.scoring.components.case_resolution import CaseResolution
from health.scoring.components.extra import ExtraPart
from health.scoring.components.feature_adoption import FeatureAdoption
from health.scoring.components.login import Login
from health.scoring.components.support_ticket import SupportTicket
from health.vocabulary import Word

if TYPE_CHECKING:
    from health.scoring.components.base import ComponentRules
    from health.scoring.components.window import WindowValue


class Component(Word):
    """A weighted part of a score, in the order of the contract; ``rules`` is what it does."""

    rules: ComponentRules

    def __new__(cls, rules: ComponentRules) -> Self:
        """Make a member from its rules; its value is their key."""
        member = str.__new__(cls, rules.key)
        member._value_ = rules.key
        member.label = rules.label
        member.description = rules.description
        member.rules = rules
        return member

    LOGIN = Login()
    CASE_RESOLUTION = CaseResolution()
    CAMPAIGN_COMPLETION = CampaignCompletion()
    FEATURE_ADOPTION = FeatureAdoption()
    SUPPORT_TICKET = SupportTicket()

    @property
    def column(self) -> str:
        """The component's column in ``tenant_health_scores``."""
        return f"{self.value}_score"


Part = Component | ExtraPart
"""A part of the score of a model: one of the five, or one the model adds."""

WINDOW_VALUES: Final[tuple[WindowValue, ...]] = tuple(
    dict.fromkeys(value for component in Component for value in component.rules.values)
)
"""What the usage of a window has to add up to for the five, each once."""
