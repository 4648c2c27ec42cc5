"""Logins: how many of the licensed users are active."""

from __future__ import annotations

from typing import TYPE_CHECKING

from health.formatting import count, day, number
from health.scoring.components.base import NO_SAMPLE, Columns, Ratio, moved, part_of, went
from health.scoring.components.window import greatest, latest
from health.vocabulary import MetricType

if TYPE_CHECKING:
    from health.scoring.components.inputs import ScoreInputs
    from health.scoring.components.window import WindowValue
    from health.scoring.model import ScoringModel

MONTHLY = latest(MetricType.MONTHLY_ACTIVE_USERS)
BUSIEST = greatest(MetricType.DAILY_ACTIVE_USERS)


class Login(Ratio):
    """Active out of licensed users: of the latest month, or else of the busiest day."""

    key = "login"
    label = "Logins"
    description = "Active users out of licensed users."
    standard_weight = 2000
    realistic_target = 70
    is_of_users = True
    light, dark = "#2F6DB5", "#7DB2EE"
    values = (MONTHLY, BUSIEST)
    noun = "count of active users"
    brief_label = "Active users"
    last_day_sql = (
        "max(date) FILTER (coalesce(monthly_active_users, daily_active_users) IS NOT NULL)"
    )

    def part_sql(self, of: Columns) -> str:
        return f"coalesce({of[MONTHLY]}, {of[BUSIEST]})"

    def whole_sql(self, of: Columns) -> str:
        return of.licensed_users

    def part(self, inputs: ScoreInputs) -> int | None:
        return inputs[_source(inputs)]

    def whole(self, inputs: ScoreInputs) -> int | None:
        return inputs.licensed_users

    def basis(self, inputs: ScoreInputs, _: ScoringModel) -> str:
        if self.part(inputs) is None:
            return f"No active users were recorded in these {count(inputs.days, 'day')}"
        if not inputs.licensed_users:
            return "The number of licensed users is not on file"
        source = _source(inputs)
        when = "in the month to" if source is MONTHLY else "on the busiest day,"
        users = part_of(inputs[source], inputs.licensed_users)
        return f"{users} licensed users active {when} {day(inputs.days_of.get(source))}"

    def few(self, inputs: ScoreInputs) -> str:
        users = inputs.licensed_users or 0
        return count(users, "licensed user") if 0 < users <= NO_SAMPLE else ""

    def standing(self, inputs: ScoreInputs, model: ScoringModel) -> str:
        return f"{self.rests_on(inputs, model)} active"

    def clause(self, old: ScoreInputs, new: ScoreInputs, _: ScoringModel) -> str:
        then, now = self.part(old) or 0, self.part(new) or 0
        if old.licensed_users != new.licensed_users:
            return went(
                "active users", part_of(then, old.licensed_users), part_of(now, new.licensed_users)
            )
        if _source(old) is not _source(new):
            # A month and a busiest day count differently: nobody can say that people left or came.
            return went(
                "active users", f"{number(then)} {_counted(old)}", f"{number(now)} {_counted(new)}"
            )
        return f"{moved('active users', then, now, number)} of {number(new.licensed_users)}"

    def brief(self, inputs: ScoreInputs, _: ScoringModel) -> str:
        return number(self.part(inputs))

    def changed(self, inputs: ScoreInputs, amount: int) -> ScoreInputs:
        return inputs.with_value(_source(inputs), (self.part(inputs) or 0) + amount)

    def step(self, _: ScoreInputs, amount: int) -> str:
        return count(amount, "more active user")


def _source(inputs: ScoreInputs) -> WindowValue:
    """Which of the two counts of active users counts."""
    return BUSIEST if inputs[MONTHLY] is None else MONTHLY


def _counted(inputs: ScoreInputs) -> str:
    return "in a month" if _source(inputs) is MONTHLY else "on the busiest day"
