"""How urgent a call is: the formula in words and in SQL."""

from __future__ import annotations

from typing import Final

from health.queries.alerts.facts import FALL_DAYS
from health.queries.alerts.rules import AlertRule

MOST_FALL: Final = 25
"""Points of a fall beyond which it is no more urgent."""

RENEWAL_WITHIN: Final = 90
"""Days to the renewal from which on it makes a call more urgent."""

PRIORITY: Final = (
    f"**Priority**, 0 to 100, adds up the following. The fall: 2 for each point lost over "
    f"{FALL_DAYS[0]}, {FALL_DAYS[1]} or {FALL_DAYS[2]} days or in a slow slide, whichever lost "
    f"most, 50 at most. The renewal: 25 on its day, falling to 0 at {RENEWAL_WITHIN} days before "
    "it. What the client is worth: 15 for the largest contract value, 0 for the smallest, 7 where "
    "it is not known. And 10 at high risk, or where usage stopped. Equal priorities: clients with "
    "proactive alerts first, then the lower score."
)
"""The formula in words; :data:`PRIORITY_SQL` is the formula."""

PRIORITY_SQL: Final = f"""
    2 * least({MOST_FALL}, greatest(fall_7, fall_30, fall_90, fall_slide)) AS priority_fall,
    CASE WHEN days_until_renewal BETWEEN 0 AND {RENEWAL_WITHIN}
        THEN 25 * ({RENEWAL_WITHIN} - days_until_renewal) // {RENEWAL_WITHIN} ELSE 0 END
        AS priority_renewal,
    coalesce(worth, 7) AS priority_worth,
    CASE WHEN list_contains(rules, '{AlertRule.HIGH_RISK}')
        OR list_contains(rules, '{AlertRule.FEED_STOPPED}') THEN 10 ELSE 0 END AS priority_risk"""
