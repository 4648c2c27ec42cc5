"""Which version of the data a page shows, and what is remembered of each."""

from __future__ import annotations

import time
from datetime import date

import pytest

from health.accounts.visits import remember_visit
from health.storage.database import Database
from health.ui.session import cache
from health.ui.session.versions import LONGEST, Version, Versions


@pytest.fixture
def stored() -> list[int]:
    """The numbers of the versions that were stored, the newest last."""
    return [7]


@pytest.fixture
def versions(stored: list[int]) -> Versions:
    found = Versions(lambda: stored[-1])
    found.newest()
    return found


def made(version: Version) -> object:
    with cache.kept_in(version.made):
        return cache.cached(object)


def test_a_change_shows_on_every_page_and_what_was_known_before_it_goes(
    versions: Versions, stored: list[int]
) -> None:
    before = versions.newest()
    assert versions.of_open_page(7) is versions.newest() is before
    assert made(before) is made(before)
    stored.append(8)
    after = versions.newest()
    assert versions.of_open_page(7) is versions.newest() is after
    assert after.answers is not before.answers
    assert made(after) is not made(before)


def test_a_page_that_began_before_a_change_remembers_for_itself_alone(
    versions: Versions, stored: list[int]
) -> None:
    stored.append(8)
    newest = versions.newest()
    stored.append(7)  # as it was read before the change
    assert versions.newest() is not versions.newest()
    stored.append(8)
    assert versions.newest() is newest


def test_open_pages_go_on_with_the_version_before_a_command_until_the_newest_is_ready(
    versions: Versions, stored: list[int]
) -> None:
    before = versions.newest()
    with versions.during_command():
        stored.append(8)
        assert versions.of_open_page(7) is before
        stored.append(9)
    assert versions.awaited == 9
    assert versions.of_open_page(7) is before
    assert versions.newest().number == 9, "a page that is opened now"
    versions.show()
    assert versions.awaited is None
    assert versions.of_open_page(7) is versions.newest()


def test_what_a_command_stored_at_last_is_awaited_too(
    versions: Versions, stored: list[int]
) -> None:
    with versions.during_command():
        stored.append(8)  # and no page looks meanwhile
    assert versions.awaited == 8


def test_a_command_that_stores_nothing_keeps_nobody(versions: Versions) -> None:
    with versions.during_command():
        pass
    assert versions.awaited is None


def test_no_page_goes_back_to_what_was_before_what_it_has_shown(
    versions: Versions, stored: list[int]
) -> None:
    with versions.during_command():
        stored.append(8)
    assert versions.of_open_page(8) is versions.newest()


def test_no_page_waits_for_long(
    versions: Versions, stored: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.monotonic()
    with versions.during_command():
        stored.append(8)
    monkeypatch.setattr(time, "monotonic", lambda: now + LONGEST / 2)
    stored.append(9)  # it is not the last change that counts
    assert versions.of_open_page(7).number == 7
    monkeypatch.setattr(time, "monotonic", lambda: now + LONGEST + 1)
    assert versions.of_open_page(7).number == 9


def test_what_was_made_ready_is_still_there_when_it_is_shown(
    versions: Versions, stored: list[int]
) -> None:
    with versions.during_command():
        stored.append(8)
    ready = made(versions.newest())
    versions.show()
    assert made(versions.of_open_page(7)) is ready


def test_answers_outlast_a_change_that_says_only_who_looked(database: Database) -> None:
    day, versions = date(2026, 6, 30), Versions(lambda: database.version)
    before = versions.newest()
    versions.hold_on(remember_visit(database, "eve", day))
    assert versions.newest() is before
    with database.write():
        pass  # a load, say, that no page has seen yet
    versions.hold_on(remember_visit(database, "eve", day))
    assert versions.newest() is not before
