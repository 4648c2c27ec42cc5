"""Files and forms into the database and back out of it: plan, store, undo."""

from __future__ import annotations

from health.imports.entry import record_usage, update_feature_adoption
from health.imports.history import plan, store, undo
from health.imports.outcome import FilesRefused, ImportOutcome
from health.imports.warnings import Doubt, WarningKind

__all__ = [
    "Doubt",
    "FilesRefused",
    "ImportOutcome",
    "WarningKind",
    "plan",
    "record_usage",
    "store",
    "undo",
    "update_feature_adoption",
]
