"""Words of the code that no page shows: names of members, and how Python and SQL say nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from health import vocabulary
from health.queries.adoption_levels import AdoptionLevel
from health.queries.alerts.rules import AlertRule


def _members() -> Iterator[str]:
    enums = [kind for kind in vars(vocabulary).values() if isinstance(kind, type)]
    for kind in [*enums, AdoptionLevel, AlertRule]:
        if issubclass(kind, StrEnum):
            yield from (member.name for member in kind)


IN_CODE: Final = re.compile(
    rf"\b({'|'.join(sorted(set(_members()) - {'SSO'}))}|None|NaN|nan|null|undefined)\b"
)
"""Finds them; single sign-on is called SSO by people, too."""
