"""What is on file, by kind and by metric, and what was loaded."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from small_files import organizations, table, usage

from health import imports
from health.errors import ArgumentError
from health.queries.imports import ImportsQuery, list_imports
from health.queries.inventory import kinds_on_file, metrics_on_file
from health.vocabulary import FileKind, MetricType

if TYPE_CHECKING:
    from health.storage.database import Database

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 20)


@pytest.fixture
def loaded(database: Database) -> Database:
    """Three clients, usage of two, features of one; each kind in an import of its own."""
    ids = ("A", "B", "C")
    files = (
        organizations(*({"organization_id": organization_id} for organization_id in ids)),
        usage(
            ("A", "API_CALLS", FIRST, 0),
            ("A", "API_CALLS", LAST, 2),
            ("B", "SUPPORT_TICKETS", LAST, 1),
        ),
        table([{"organization_id": "C", "feature_name": name} for name in ("SSO", "AI_ASSISTANT")]),
    )
    for file in files:
        imports.store(database, [file], by="Ada")
    return database


def test_each_kind_says_how_much_there_is_and_what_came_last(loaded: Database) -> None:
    with loaded.read() as reader:
        found = kinds_on_file(reader)
    assert [(f.kind, f.rows, f.clients, f.name) for f in found] == [
        (FileKind.ORGANIZATIONS, 3, 3, "organization_id.csv"),
        (FileKind.USAGE, 3, 2, "metric_type.csv"),
        (FileKind.FEATURES, 2, 1, "feature_name.csv"),
        (FileKind.OUTCOMES, 0, 0, None),
    ]
    assert [f.imported_by for f in found] == ["Ada", "Ada", "Ada", None]


def test_an_undone_import_is_not_the_last_one(loaded: Database) -> None:
    imports.undo(loaded, 3, by="Ada")
    with loaded.read() as reader:
        features = kinds_on_file(reader)[2]
    assert (features.rows, features.imported_at, features.name) == (0, None, None)


def test_each_metric_says_how_far_it_reaches(loaded: Database) -> None:
    with loaded.read() as reader:
        found = {f.metric: f for f in metrics_on_file(reader)}
    assert list(found) == list(MetricType)
    calls, tickets = found[MetricType.API_CALLS], found[MetricType.SUPPORT_TICKETS]
    assert (calls.values, calls.clients, calls.first_day, calls.last_day) == (2, 1, FIRST, LAST)
    assert (tickets.values, tickets.first_day, tickets.last_day) == (1, LAST, LAST)
    nothing = found[MetricType.CASES_CLOSED]
    assert (nothing.values, nothing.clients, nothing.first_day, nothing.last_day) == (
        0,
        0,
        None,
        None,
    )


def test_an_empty_database_has_nothing_of_anything(database: Database) -> None:
    with database.read() as reader:
        assert {f.rows for f in kinds_on_file(reader)} == {0}
        assert {(f.values, f.clients) for f in metrics_on_file(reader)} == {(0, 0)}
        assert list_imports(reader, ImportsQuery()).rows == ()


def test_imports_come_newest_first_and_in_pages(loaded: Database) -> None:
    with loaded.read() as reader:
        first = list_imports(reader, ImportsQuery(limit=2))
        second = list_imports(reader, ImportsQuery(limit=2, page=2))
    assert [row.import_id for row in first.rows] == [3, 2]
    assert [row.import_id for row in second.rows] == [1]
    assert first.total == second.total == 3
    assert first.rows[1].kind is FileKind.USAGE
    assert (first.rows[1].first_date, first.rows[1].last_date) == (FIRST, LAST)
    assert not first.rows[0].is_undone


@pytest.mark.parametrize(("page", "limit", "argument"), [(0, 5, "page"), (1, 0, "limit")])
def test_a_page_that_does_not_exist_names_the_argument(
    page: int, limit: int, argument: str
) -> None:
    with pytest.raises(ArgumentError) as error:
        ImportsQuery(page=page, limit=limit)
    assert error.value.argument == argument
