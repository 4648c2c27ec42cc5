"""The words of the contract: enums whose members carry their label and their description.

Pages, the command line and the README take every word from here, so they cannot disagree.
A member's value is its name in files, tables and the Python API; ``label`` is what people read.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Final, Self

ALWAYS: Final = date(1, 1, 1)
"""The day from which a value holds that always did: the start of all time."""

MAXIMUM_VALUE = 999_999_999_999
"""The largest usage value accepted: a window of such values times 10,000 is exact in 64 bits."""


class Word(StrEnum):
    """A member with a ``label`` in sentence case and a ``description`` that ends with a stop."""

    label: str
    description: str

    def __new__(cls, value: str, label: str, description: str) -> Self:
        """Make a member from its value and its words."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        member.description = description
        return member

    @classmethod
    def of(cls, value: str) -> Self:
        """The member with this value; raises :class:`ValueError` where there is none."""
        for member in cls:
            if member.value == value:
                return member
        raise ValueError(f"{value!r} is not a {cls.__name__}")


class HealthTrend(Word):
    """How a score moved against an earlier one; by the standard model that of 30 days before."""

    IMPROVING = "IMPROVING", "Improving", "Up 5 points or more in 30 days."
    STABLE = "STABLE", "Stable", "Within 5 points of 30 days before, or nothing to compare with."
    DECLINING = "DECLINING", "Declining", "Down 5 points or more in 30 days."


class RiskLevel(Word):
    """How urgently a client needs attention, from its score and its trend."""

    LOW = "LOW", "Low risk", "A score of 70 or more that is not declining."
    MEDIUM = "MEDIUM", "Medium risk", "Neither low nor high risk."
    HIGH = "HIGH", "High risk", "A score under 40, or under 60 and declining."


class AlertLevel(Word):
    """How loudly a client may raise alerts."""

    NONE = "NONE", "No alerts", "Never raises an alert."
    DASHBOARD_ONLY = "DASHBOARD_ONLY", "On the dashboard", "Alerts show on the dashboard."
    PROACTIVE = (
        "PROACTIVE",
        "Proactive",
        "Alerts show on the dashboard with a mark, and first among equals.",
    )


class CallOutcome(Word):
    """What came of a call to a client."""

    REACHED = "REACHED", "Called", "Somebody was reached."
    NO_ANSWER = "NO_ANSWER", "No answer", "Nobody was reached; the call is due again the next day."
    NOT_NEEDED = "NOT_NEEDED", "Not needed", "No call is needed for what is known now."


class CallSound(Word):
    """How a client sounded in a call."""

    GOOD = "GOOD", "Good", "The client sounded content."
    MIXED = "MIXED", "Mixed", "The client sounded content with some things only."
    WORRIED = "WORRIED", "Worried", "The client sounded worried."


class PulseLevel(Word):
    """How the CSM sees a client, whatever its score."""

    GOOD = "GOOD", "Good", "All is well."
    CONCERNED = "CONCERNED", "Concerned", "Something is wrong that may grow."
    AT_RISK = "AT_RISK", "At risk", "The client may leave."


class Outcome(Word):
    """What became of a client, as its contract shows."""

    CHURNED = "CHURNED", "Left", "The client left."
    DOWNGRADED = "DOWNGRADED", "Downgraded", "The client stayed and pays less."
    RENEWED = "RENEWED", "Renewed", "The client renewed its contract."
    EXPANDED = "EXPANDED", "Expanded", "The client pays more."
    REACTIVATED = "REACTIVATED", "Came back", "The client left before and came back."


class TimelineKind(Word):
    """What can happen to a client."""

    CALL = "CALL", "Calls", "Calls to the client."
    NOTE = "NOTE", "Notes", "What somebody wrote down."
    TASK = "TASK", "Tasks", "What is to be done, and what was."
    PULSE = "PULSE", "Pulse", "How the CSM sees the client."
    OUTCOME = "OUTCOME", "Outcomes", "The client left, stayed, pays more or less, or came back."
    CHANGE = "CHANGE", "Changes", "Owner, renewal, licences, value, status and the like."
    FEATURE = "FEATURE", "Features", "Features switched on or off, used or no longer."
    RISK = "RISK", "Risk level", "The score crossed to another risk level."
    ALERT = "ALERT", "Alerts", "An alert was raised, or was over."
    MODEL = "MODEL", "Model", "Another model scored from that day on."
    DATA = "DATA", "Data", "Usage stopped for more than a week, or came back."


class Unit(StrEnum):
    """What a metric's number counts."""

    USERS = "users"
    CASES = "cases"
    CAMPAIGNS = "campaigns"
    PERCENT = "percent"
    REPORTS = "reports"
    SEARCHES = "searches"
    CALLS = "calls"
    TICKETS = "tickets"


class Summary(StrEnum):
    """How a metric's daily values become one number for a period."""

    MEAN = "mean"
    LAST = "last"
    SUM = "sum"


class MetricType(Word):
    """A usage metric: one whole number per client and day.

    ``unit`` is what it counts, ``summary`` how a period is summed up, and ``more_is_better``
    whether a rise is good news for the client.
    """

    unit: Unit
    summary: Summary
    more_is_better: bool

    def __new__(
        cls,
        value: str,
        label: str,
        description: str,
        unit: Unit,
        summary: Summary,
        more_is_better: bool = True,
    ) -> Self:
        """Make a member from its value, its words and how it is counted."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        member.description = description
        member.unit = unit
        member.summary = summary
        member.more_is_better = more_is_better
        return member

    @property
    def column(self) -> str:
        """The metric's column in wide files and in the wide table (lower case)."""
        return self.value.lower()

    DAILY_ACTIVE_USERS = (
        "DAILY_ACTIVE_USERS",
        "Daily active users",
        "People who signed in that day.",
        Unit.USERS,
        Summary.MEAN,
    )
    MONTHLY_ACTIVE_USERS = (
        "MONTHLY_ACTIVE_USERS",
        "Monthly active users",
        "People who signed in within the month up to that day.",
        Unit.USERS,
        Summary.LAST,
    )
    CASES_CREATED = (
        "CASES_CREATED",
        "Cases created",
        "Hotline cases opened that day.",
        Unit.CASES,
        Summary.SUM,
    )
    CASES_CLOSED = (
        "CASES_CLOSED",
        "Cases closed",
        "Hotline cases closed that day.",
        Unit.CASES,
        Summary.SUM,
    )
    CASES_CLOSED_ON_TIME = (
        "CASES_CLOSED_ON_TIME",
        "Cases closed on time",
        "Hotline cases closed that day within their deadline.",
        Unit.CASES,
        Summary.SUM,
    )
    CAMPAIGNS_COMPLETED = (
        "CAMPAIGNS_COMPLETED",
        "Campaigns completed",
        "Attestation campaigns finished that day.",
        Unit.CAMPAIGNS,
        Summary.SUM,
    )
    CAMPAIGN_RESPONSE_RATE = (
        "CAMPAIGN_RESPONSE_RATE",
        "Campaign response rate",
        "Share of the people asked who have answered, in percent.",
        Unit.PERCENT,
        Summary.MEAN,
    )
    REPORTS_GENERATED = (
        "REPORTS_GENERATED",
        "Reports generated",
        "Reports made that day.",
        Unit.REPORTS,
        Summary.SUM,
    )
    SEARCHES_PERFORMED = (
        "SEARCHES_PERFORMED",
        "Searches performed",
        "Searches made that day.",
        Unit.SEARCHES,
        Summary.SUM,
    )
    API_CALLS = (
        "API_CALLS",
        "API calls",
        "Calls by the client's own programs that day.",
        Unit.CALLS,
        Summary.SUM,
    )
    SUPPORT_TICKETS = (
        "SUPPORT_TICKETS",
        "Support tickets",
        "Tickets opened that day; a day without tickets is sent as 0.",
        Unit.TICKETS,
        Summary.SUM,
        False,
    )


class FeatureName(Word):
    """A feature of the product that a client can have enabled."""

    CASE_MANAGEMENT = "CASE_MANAGEMENT", "Case management", "Working on hotline cases."
    INVESTIGATION_CHECKLISTS = (
        "INVESTIGATION_CHECKLISTS",
        "Investigation checklists",
        "Step-by-step lists for investigations.",
    )
    ANONYMOUS_REPORTING = (
        "ANONYMOUS_REPORTING",
        "Anonymous reporting",
        "Reports without giving a name.",
    )
    EMPLOYEE_PORTAL = "EMPLOYEE_PORTAL", "Employee portal", "The page employees report on."
    CAMPAIGN_MANAGEMENT = (
        "CAMPAIGN_MANAGEMENT",
        "Campaign management",
        "Running attestation campaigns.",
    )
    COI_DISCLOSURES = "COI_DISCLOSURES", "COI disclosures", "Conflict-of-interest disclosures."
    POLICY_MANAGEMENT = "POLICY_MANAGEMENT", "Policy management", "Publishing policies."
    AI_ASSISTANT = "AI_ASSISTANT", "AI assistant", "Answers and drafts by the assistant."
    CUSTOM_DASHBOARDS = "CUSTOM_DASHBOARDS", "Custom dashboards", "Dashboards of the client's own."
    SCHEDULED_REPORTS = "SCHEDULED_REPORTS", "Scheduled reports", "Reports sent by the calendar."
    HRIS_INTEGRATION = "HRIS_INTEGRATION", "HRIS integration", "Employees kept in step with HR."
    SSO = "SSO", "Single sign-on", "Signing in with the company account."


class FileKind(Word):
    """What a file holds; detected from its header."""

    ORGANIZATIONS = "organizations", "Organizations", "One row per client."
    USAGE = "usage", "Usage metrics", "One row per client and day, or per client, metric and day."
    FEATURES = "features", "Feature adoption", "One row per client and feature."
    OUTCOMES = "outcomes", "Outcomes", "One row per client, day and what became of it."


class NotScoredReason(Word):
    """Why a client has no score on a day."""

    INACTIVE = (
        "INACTIVE",
        "No longer active",
        "The client is marked as not active, so it is not scored.",
    )
    NO_USAGE = (
        "NO_USAGE",
        "No usage data yet",
        "No usage was ever recorded up to that day.",
    )
    FEED_STOPPED = (
        "FEED_STOPPED",
        "Usage data stopped",
        "The last usage is more than 30 days old, so nothing recent can be scored.",
    )
    NOT_ENOUGH = (
        "NOT_ENOUGH",
        "Usage data cannot be scored",
        "There is recent usage, but none of the metrics a score needs.",
    )
    TOO_LITTLE = (
        "TOO_LITTLE",
        "Too little is known",
        "Fewer parts of the score have data than the scoring model asks for.",
    )
    NOT_CALCULATED = (
        "NOT_CALCULATED",
        "Not calculated yet",
        "Usage is on file; press Recalculate to score this day.",
    )


class IdentityChange(Word):
    """What was done about the ids of clients.

    ``label`` says it, with the client's id and the other id in the braces.
    """

    ALIAS = "alias", "{other} is another id of {client}", "The id of a source became an alias."
    ALIAS_REMOVED = (
        "alias removed",
        "{other} is no longer another id of {client}",
        "An alias was removed.",
    )
    RENAME = "rename", "{other} is now called {client}", "The id of a client changed."
    MERGE = "merge", "{other} was merged into {client}", "Two clients became one."
