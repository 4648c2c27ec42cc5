"""How a client's score moved over three spans, and its alerts, on the Client page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from health import formatting
from health.accounts.decisions import decisions
from health.explanation import work_wording
from health.explanation.breakdown import late as late_words
from health.output import markdown
from health.queries.alerts.attention import (
    AlertQuery,
    ScoreChangesQuery,
    alerts_of_client,
    score_changes,
)
from health.queries.alerts.seasonal import marked_of_client
from health.queries.season import season
from health.queries.urgency import FORMULA, UrgencyQuery, said, urgency
from health.ui.session import answers
from health.vocabulary import AlertLevel

if TYPE_CHECKING:
    from health.queries.client import Client
    from health.ui.parts.page import View


def changes(view: View, client: Client) -> None:
    """Say how urgent the client is, and how the score moved in 7, 30 and 90 days."""
    query = ScoreChangesQuery(organization_id=client.organization_id, as_of=view.as_of)
    moves = [_change(points, days) for days, points in view.ask(score_changes, query).items()]
    row = view.ask(
        urgency,
        UrgencyQuery(
            organization_id=client.organization_id, as_of=view.as_of, from_day=view.from_day
        ),
    )
    st.markdown(
        f"Urgency **{row['urgency']}** · score {' · '.join(moves)}"
        if row
        else f"Score {' · '.join(moves)}",
        help=f"{said(row)}.\n\n{FORMULA}" if row else None,
    )


def late(view: View, client: Client) -> None:
    """Warn where no usage arrives any more: the score is of what came before."""
    if said := late_words(client.last_usage, view.as_of):
        st.warning(
            f"{said}: the score rests on what came before, and nobody knows how they are now.",
            icon=":material/warning:",
        )


def _change(points: int | None, days: int) -> str:
    span = formatting.count(days, "day")
    if points is None:
        return f":gray[no score {span} before]"
    color, arrow = moved(points)
    return f":{color}[{arrow} **{formatting.change(points)}**] in {span}"


def moved(points: int) -> tuple[str, str]:
    """Return the colour and the arrow of a change: both say whether it is good news."""
    if points < 0:
        return "red", "↘"
    return ("green", "↗") if points > 0 else ("gray", "→")


def alerts(view: View, client: Client) -> None:
    """List the alerts of the client, or say that they are turned off or held back."""
    if client.alert_level is AlertLevel.NONE:
        st.caption("Alerts are turned off for this client.")
        return
    query = AlertQuery(
        as_of=view.as_of, from_day=view.from_day, thresholds=answers.settings().alerts
    )
    found = marked_of_client(
        view.ask(alerts_of_client, query, client.organization_id),
        view.ask(season, view.as_of),
        query.thresholds,
        client.organization_id,
    )
    if not found:
        return
    title = formatting.count(len(found), "alert")
    st.markdown(
        f"**{title}{_held(view, client)}:** "
        + " · ".join(markdown.escape(alert.says) for alert in found)
    )


def _held(view: View, client: Client) -> str:
    """What was decided about calling the client, if anything was and it still holds."""
    if view.is_past:
        return ""
    standing = view.ask(decisions, view.as_of).filter(organization_id=client.organization_id)
    for row in standing.iter_rows(named=True):
        by = markdown.escape(row["decided_by"])
        reason = f", “{markdown.escape(row['reason'])}”" if row["reason"] else ""
        what = work_wording.decided(row["outcome"], row["until_day"])
        return f", {what} by {by}{reason}"
    return ""
