"""Files and forms into the database and back out of it: plan, store, undo."""

from __future__ import annotations

from health.imports.editing import plan_update, update_organizations
from health.imports.entry import (
    record_outcome,
    record_usage,
    update_feature_adoption,
    update_organization,
)
from health.imports.outcome import FilesHeld, FilesRefused, ImportOutcome
from health.imports.plan import plan
from health.imports.store import store
from health.imports.undo import undo
from health.imports.warnings import Finding, WarningKind

__all__ = [
    "FilesHeld",
    "FilesRefused",
    "Finding",
    "ImportOutcome",
    "WarningKind",
    "plan",
    "plan_update",
    "record_outcome",
    "record_usage",
    "store",
    "undo",
    "update_feature_adoption",
    "update_organization",
    "update_organizations",
]
