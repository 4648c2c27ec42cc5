"""What other programs call the columns of our files, in English and German.

:func:`renamed` answers where a rename is safe to advise. What may mean several things, such as
“Close date”, is in :data:`UNSURE`: proposed with its evidence, never advised.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from rapidfuzz import fuzz, process

from health.files.file_columns import squeeze

SYNONYMS: Final[dict[str, tuple[str, ...]]] = {
    "organization_id": (
        *("Account ID", "Account Number", "Account No", "Account Key", "Customer ID", "CustomerNo"),
        *("Customer Number", "Client ID", "Client Number", "Company ID", "Org ID", "Tenant ID"),
        *("Tenant", "Workspace ID", "Kundennummer", "Kunden-ID", "Kundennr", "Kundennr."),
        *("Kunden-Nr.", "Mandant", "Mandanten-ID", "Firmen-ID", "Firmennummer", "Debitor"),
    ),
    "name": (
        *("Account Name", "Company", "Company Name", "Customer", "Customer Name", "Client"),
        *("Client Name", "Organization Name", "Organization", "Organisation", "Account", "Firma"),
        *("Firmenname", "Kunde", "Kundenname", "Unternehmen"),
    ),
    "total_users": (
        *("Licensed Users", "Licenses", "Licences", "License Count", "Licensed Seats", "Seats"),
        *("Seat Count", "Total Seats", "Purchased Seats", "Number of Licenses", "Lizenzen"),
        *("Anzahl Lizenzen", "Lizenzierte Nutzer", "Lizenzzahl"),
    ),
    "renewal_date": (
        *("Renewal", "Next Renewal", "Next Renewal Date", "Renews On", "Contract End"),
        *("Contract End Date", "Subscription End Date", "Term End Date", "Vertragsende"),
        *("Verlängerung", "Verlängerungsdatum", "Nächste Verlängerung", "Laufzeitende"),
    ),
    "industry": ("Sector", "Vertical", "Industry Sector", "Branche"),
    "employee_count": (
        *("Employees", "Number of Employees", "Headcount", "Mitarbeiter", "Mitarbeiterzahl"),
        *("Anzahl Mitarbeiter",),
    ),
    "csm": (
        *("Customer Success Manager", "CSM Email", "CSM E-mail", "CSM Owner", "Success Manager"),
        *("Account Owner", "Account Manager", "Owner", "Owner Email", "Betreuer"),
        *("Kundenbetreuer",),
    ),
    "annual_value": (
        *("ARR", "Annual Recurring Revenue", "ACV", "Annual Contract Value", "Contract Value"),
        *("Vertragswert", "Jahreswert", "Jahresvertragswert"),
    ),
    "alert_level": ("Alert", "Alerts"),
    "is_active": ("Active", "Aktiv"),
    "inactive_from": (
        *("Churn Date", "Churned On", "Churned At", "Cancelled On", "Cancellation Date"),
        *("Kündigungsdatum", "Gekündigt zum"),
    ),
    "valid_from": ("Effective Date", "Effective From", "Gültig ab"),
    "metric_type": ("Metric", "Metric Name", "KPI", "Measure", "Kennzahl", "Metrik"),
    "date": ("Day", "Usage Date", "Activity Date", "Report Date", "As Of Date", "Datum", "Tag"),
    "value": ("Metric Value", "Wert"),
    "feature_name": ("Feature", "Module", "Funktion", "Modul"),
    "is_enabled": ("Enabled", "Aktiviert", "Freigeschaltet"),
    "is_used": ("Used", "In Use", "Adopted", "Genutzt"),
    "first_used_at": ("First Used", "First Use", "First Used On", "Erste Nutzung"),
    "last_used_at": ("Last Used", "Last Use", "Last Used On", "Letzte Nutzung"),
    "usage_count": ("Uses", "Use Count", "Times Used", "Nutzungen", "Anzahl Nutzungen"),
    "outcome": ("Outcome Type", "Contract Outcome", "Renewal Outcome", "Ergebnis"),
    "value_change": (
        *("Change in Value", "ARR Change", "Change in ARR", "Delta ARR", "Contract Value Change"),
        *("Wertänderung", "Vertragswertänderung"),
    ),
    "reason": (
        *("Churn Reason", "Outcome Reason", "Cancellation Reason", "Loss Reason", "Grund"),
        "Kündigungsgrund",
    ),
    "daily_active_users": ("DAU", "Daily Active", "Daily Users", "Täglich aktive Nutzer"),
    "monthly_active_users": ("MAU", "Monthly Active", "Monthly Users", "Monatlich aktive Nutzer"),
    "cases_created": ("Cases Opened", "New Cases", "Neue Fälle"),
    "cases_closed": ("Closed Cases", "Cases Resolved", "Abgeschlossene Fälle"),
    "cases_closed_on_time": ("Closed On Time", "Cases On Time", "Fristgerecht abgeschlossen"),
    "campaigns_completed": ("Completed Campaigns",),
    "campaign_response_rate": ("Response Rate", "Campaign Response", "Rücklaufquote"),
    "reports_generated": ("Reports", "Reports Created", "Berichte"),
    "searches_performed": ("Searches", "Search Count", "Suchen"),
    "api_calls": ("API Requests", "API Call Count", "API-Aufrufe"),
    "support_tickets": ("Tickets", "Ticket Count", "New Tickets", "Support Cases", "Anfragen"),
}
"""Column of ours → what others call it, each name once."""

UNSURE: Final[dict[str, tuple[str, ...]]] = {
    "renewal_date": ("Close Date", "End Date", "Expiry Date", "Enddatum"),
    "total_users": ("Users", "User Count", "Nutzer"),
    "annual_value": ("Amount", "Value", "Revenue", "Umsatz"),
    "is_active": ("Status", "Stage"),
    "industry": ("Segment",),
    "csm": ("Zuständig", "Manager"),
    "date": ("Created At", "Timestamp", "Time", "Zeitpunkt", "Erstellt am"),
    "value": ("Count", "Amount", "Anzahl"),
    "daily_active_users": ("Logins", "Active Users", "Anmeldungen", "Aktive Nutzer"),
    "organization_id": ("ID", "Domain"),
}
"""Column of ours → names that may mean it: worth a question, never a rename."""

# One or two letters astray in a word of ten: 88 of 100.
_ALIKE: Final = 88
_NOT: Final = re.compile(r"in|un|non|not|never|kein|de")
_MEANT: Final = {squeeze(name): ours for ours, names in SYNONYMS.items() for name in names}


def renamed(name: str, columns: Collection[str]) -> str | None:
    """Which of ``columns`` a header means by its synonym or but for a slip of the pen."""
    key = squeeze(name)
    ours = _MEANT.get(key)
    if ours is not None:
        return ours if ours in columns else None
    by_key = {squeeze(column): column for column in columns}
    found = process.extractOne(key, by_key.keys(), scorer=fuzz.ratio, score_cutoff=_ALIKE)
    if found is None or _is_the_contrary(key, found[0]):
        return None
    return by_key[found[0]]


def is_synonym(name: str) -> bool:
    """Whether other programs call a column of ours so."""
    return squeeze(name) in _MEANT


def _is_the_contrary(one: str, other: str) -> bool:
    """Whether two names differ by a word for no: is_inactive is not is_active."""
    return any(
        longer == shorter[: match.start()] + match[0] + shorter[match.start() :]
        for longer, shorter in ((one, other), (other, one))
        for match in _NOT.finditer(longer)
    )
