"""Support tickets: each one costs points."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING

from health.formatting import MINUS, count, number
from health.scoring.components.base import (
    FULL,
    HALF,
    Columns,
    ComponentRules,
    exactly,
    halved_up,
    moved,
    to_a_tenth,
)
from health.scoring.components.window import total
from health.vocabulary import MetricType

if TYPE_CHECKING:
    from health.scoring.components.inputs import ScoreInputs
    from health.scoring.model import ScoringModel

TICKETS = total(MetricType.SUPPORT_TICKETS)


class SupportTicket(ComponentRules):
    """100 points, less some for each ticket; the model says how many, and tickets of whom."""

    key = "support_ticket"
    label = "Support tickets"
    description = "Fewer tickets earn more points."
    standard_weight = 1500
    light, dark = "#8A6A4A", "#CDB08F"
    values = (TICKETS,)
    noun = "count of tickets"
    brief_label = "Tickets"
    last_day_sql = "max(date) FILTER (support_tickets IS NOT NULL)"

    def points_sql(self, of: Columns, model: ScoringModel) -> str:
        tickets, users = of[TICKETS], of.licensed_users
        if not model.tickets_per_hundred_users:
            return (
                f"CASE WHEN {tickets} IS NOT NULL "
                f"THEN greatest(0, {FULL} - {model.points_per_ticket} * {tickets}) END"
            )
        lost = f"{100 * model.points_per_ticket} * {tickets}"
        return (
            f"CASE WHEN {tickets} IS NOT NULL AND {users} > 0 THEN greatest(0, "
            f"(2 * ({FULL} * {users} - {lost}) + {users}) // (2 * {users})) END"
        )

    def points(self, inputs: ScoreInputs, model: ScoringModel) -> int | None:
        tickets, users = inputs[TICKETS], inputs.licensed_users
        if tickets is None:
            return None
        if not model.tickets_per_hundred_users:
            return max(0, FULL - model.points_per_ticket * tickets)
        if not users:
            return None
        return max(0, halved_up(FULL * users - model.points_per_ticket * 100 * tickets, users))

    def basis(self, inputs: ScoreInputs, model: ScoringModel) -> str:
        days, tickets = count(inputs.days, "day"), inputs[TICKETS]
        if tickets is None:
            return f"No ticket count was recorded in these {days}"
        phrase = f"{count(tickets, 'ticket') if tickets else 'No tickets'} in {days}"
        if not model.tickets_per_hundred_users:
            return phrase
        if not inputs.licensed_users:
            return f"{phrase}, but the number of licensed users is not on file"
        counted = number(float(_counted(inputs, model)), 1)
        return f"{phrase}, {counted} for each 100 licensed users"

    def rests_on(self, inputs: ScoreInputs, model: ScoringModel) -> str:
        if model.tickets_per_hundred_users:
            return f"{to_a_tenth(_counted(inputs, model))} for 100 users"
        return f"{number(inputs[TICKETS])} in {count(inputs.days, 'day')}"

    def arithmetic(self, inputs: ScoreInputs, model: ScoringModel) -> str:
        counted = f"{FULL} {MINUS} {model.points_per_ticket} × {number(inputs[TICKETS])}"
        if model.tickets_per_hundred_users:
            counted += f" × 100 ÷ {number(inputs.licensed_users)}"
        exact = FULL - model.points_per_ticket * _counted(inputs, model)
        return f"{counted} = {exactly(exact)}{', at least 0' if exact < 0 else ''}"

    def clause(self, old: ScoreInputs, new: ScoreInputs, model: ScoringModel) -> str:
        if model.tickets_per_hundred_users and old.licensed_users != new.licensed_users:
            then, now = _counted(old, model), _counted(new, model)
            return moved("support tickets for 100 users", then, now, to_a_tenth)
        more = (new[TICKETS] or 0) - (old[TICKETS] or 0)
        if not more:
            return "as many support tickets"
        noun = "support ticket" if abs(more) == 1 else "support tickets"
        return f"{number(abs(more))} {'more' if more > 0 else 'fewer'} {noun}"

    def brief(self, inputs: ScoreInputs, _: ScoringModel) -> str:
        return number(inputs[TICKETS])

    def needed(self, inputs: ScoreInputs, model: ScoringModel, score: int) -> int:
        allowed = (FULL - score + HALF) / model.points_per_ticket
        if model.tickets_per_hundred_users:
            allowed = allowed * (inputs.licensed_users or 0) / 100
        return (inputs[TICKETS] or 0) - floor(allowed)

    def changed(self, inputs: ScoreInputs, amount: int) -> ScoreInputs:
        return inputs.with_value(TICKETS, (inputs[TICKETS] or 0) - amount)

    def step(self, _: ScoreInputs, amount: int) -> str:
        return count(amount, "fewer ticket")


def _counted(inputs: ScoreInputs, model: ScoringModel) -> Fraction:
    """Tickets as the model counts them: of the client, or for each 100 licensed users."""
    tickets = inputs[TICKETS] or 0
    if not model.tickets_per_hundred_users:
        return Fraction(tickets)
    return Fraction(100 * tickets, inputs.licensed_users) if inputs.licensed_users else Fraction(0)
