"""What changed the data: imports and what was done about ids, in one list."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from health.imports.identity import IdentityAction
    from health.queries.imports import Import


def with_actions(
    imports: Sequence[Import], actions: Sequence[IdentityAction], *, is_last: bool
) -> tuple[Import | IdentityAction, ...]:
    """A page of the imports with the actions between them, the newest first.

    An action stands above the import that was the latest then. ``is_last``: no older import
    follows, so that what was done before the first one stands at the end.
    """
    newest = imports[0].import_id if imports else 0
    oldest = 0 if is_last else imports[-1].import_id
    placed: list[tuple[int, int, Import | IdentityAction]] = [
        (one.import_id, 0, one) for one in imports
    ]
    placed += [
        (one.after_import, one.action_id, one)
        for one in actions
        if oldest <= one.after_import <= newest
    ]
    return tuple(one for *_, one in sorted(placed, key=lambda each: each[:2], reverse=True))
