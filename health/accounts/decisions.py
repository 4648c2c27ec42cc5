"""Calls that were put off or dismissed: decided, listed and brought back.

A dismissed client comes back by itself when an alert of another rule is raised than those known
then; one that was reached, ``CALL_DAYS`` later too. Nothing is deleted: a decision is revoked, and
says by whom.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from health.clock import now
from health.errors import ArgumentError
from health.queries.alerts.attention import STANDING
from health.queries.arguments import find_organization
from health.scoring.active_model import latest_day
from health.scoring.history import clients_as_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    import polars as pl

    from health.queries.alerts.rules import AlertRule
    from health.storage.database import Database, Reader, Writer

LONGEST_REASON: Final = 500
"""Letters of a reason."""


def put_off(
    database: Database,
    organization_id: str,
    *,
    until: date,
    reason: str = "",
    known: Iterable[AlertRule] = (),
    by: str,
) -> None:
    """Remove a client from the calls until the latest usage is of day ``until``.

    known: the rules that hold for it now.

    Raises :class:`UnknownOrganization`, and :class:`ArgumentError` where the day is not after the
    latest day on file or the reason is too long.
    """
    _check_length(reason)
    with database.write() as writer:
        latest = latest_day(writer)
        if latest is not None and until <= latest:
            raise ArgumentError("until", f"{until} is not after the latest data, {latest}.")
        decide(writer, organization_id, until, reason, known, by)


def dismiss(
    database: Database, organization_id: str, *, reason: str, known: Iterable[AlertRule], by: str
) -> None:
    """Remove a client from the calls until a rule holds that is not among ``known``.

    Raises :class:`UnknownOrganization`, and :class:`ArgumentError` without a reason.
    """
    if not reason.strip():
        raise ArgumentError("reason", "say in a few words why no call is needed.")
    _check_length(reason)
    with database.write() as writer:
        decide(writer, organization_id, None, reason, known, by)


def bring_back(database: Database, organization_id: str, *, by: str) -> None:
    """Revoke what was decided about a client. Raises :class:`UnknownOrganization`."""
    with database.write() as writer:
        _revoke(writer, find_organization(writer, organization_id), by)


def decisions(reader: Reader, as_of: date) -> pl.DataFrame:
    """Return the decisions that stand on ``as_of``, the newest first.

    Columns: organization_id, organization_name, until_day (null where dismissed), reason,
    decided_by, decided_at (UTC), outcome of the call because of which (null without one),
    overall_score and risk_level of the day (null without a score).
    """
    return reader.query(
        f"""SELECT organization_id, name AS organization_name, until_day, reason, decided_by,
            decided_at, outcome, overall_score, risk_level
        FROM {STANDING} JOIN {clients_as_of(reader, as_of)} USING (organization)
        LEFT JOIN (SELECT * FROM scores WHERE score_date = $as_of) AS scores USING (organization)
        WHERE coalesce(until_day > $as_of, true)
        ORDER BY decision_id DESC""",
        {"as_of": as_of},
    )


def decide(
    writer: Writer,
    organization_id: str,
    until: date | None,
    reason: str,
    known: Iterable[AlertRule],
    by: str,
    *,
    call_id: int | None = None,
) -> None:
    """Take a client off the calls inside a change; see :func:`put_off` and :func:`dismiss`.

    call_id: the call because of which.
    """
    organization = find_organization(writer, organization_id)
    _revoke(writer, organization, by)
    writer.execute(
        """INSERT INTO decisions (decision_id, organization, until_day, known, reason,
            decided_by, decided_at, call_id)
        SELECT (SELECT coalesce(max(decision_id), 0) + 1 FROM decisions), $organization, $until,
            $known, $reason, $by, $now, $call_id""",
        {
            "call_id": call_id,
            "organization": organization,
            "until": until,
            "known": ",".join(known),
            "reason": reason.strip(),
            "by": by,
            "now": now(),
        },
    )


def _check_length(reason: str) -> None:
    if len(reason) > LONGEST_REASON:
        raise ArgumentError("reason", f"say it in {LONGEST_REASON} letters at most.")


def _revoke(writer: Writer, organization: int, by: str) -> None:
    writer.execute(
        """UPDATE decisions SET revoked_by = $by, revoked_at = $now
        WHERE organization = $organization AND revoked_at IS NULL""",
        {"organization": organization, "by": by, "now": now()},
    )
