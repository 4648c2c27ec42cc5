"""One client, many ids: aliases, new ids and merged clients, each with its undo."""

from __future__ import annotations

from health.imports.identity.actions import (
    IdentityAction,
    IdentityRefused,
    list_actions,
    list_aliases,
)
from health.imports.identity.aliases import add_alias, remove_alias
from health.imports.identity.merging import (
    Difference,
    MergeConflict,
    MergeOutcome,
    Preferred,
    merge_clients,
    plan_merge,
)
from health.imports.identity.renaming import rename_client
from health.imports.identity.suggestions import LikelyPair, likely_pairs
from health.imports.identity.undo import undo_action

__all__ = [
    "Difference",
    "IdentityAction",
    "IdentityRefused",
    "LikelyPair",
    "MergeConflict",
    "MergeOutcome",
    "Preferred",
    "add_alias",
    "likely_pairs",
    "list_actions",
    "list_aliases",
    "merge_clients",
    "plan_merge",
    "remove_alias",
    "rename_client",
    "undo_action",
]
