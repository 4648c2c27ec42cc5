"""Aliases and new ids of a client."""

from __future__ import annotations

from datetime import date

import pytest
from small_files import organizations, usage
from stored import everything

from health import imports
from health.errors import UndoRefused
from health.imports import identity
from health.storage.database import Database

DAY = date(2026, 6, 30)
SALESFORCE = "0015e00002AbCdE"


@pytest.fixture
def one(database: Database) -> Database:
    """A database with two clients."""
    rows = ({"organization_id": SALESFORCE}, {"organization_id": "B"})
    imports.store(database, [organizations(*rows)], by="ada")
    return database


def aliases(database: Database) -> list[tuple[str, str]]:
    with database.read() as reader:
        return identity.list_aliases(reader).select("alias", "organization_id").rows()


def test_rows_are_found_by_an_alias(one: Database) -> None:
    identity.add_alias(one, SALESFORCE, f"{SALESFORCE}AAF", by="eva")
    imports.store(one, [usage((f"{SALESFORCE}AAF", "API_CALLS", DAY, 3))], by="ada")
    found = one.query("SELECT organization_id, value FROM usage_metrics")
    assert found.rows() == [(SALESFORCE, 3)]


def test_a_file_of_clients_makes_no_second_one_of_an_alias(one: Database) -> None:
    identity.add_alias(one, SALESFORCE, "Acme", by="eva")
    file = organizations({"organization_id": "Acme", "name": "Acme Ltd"})
    assert imports.store(one, [file], by="ada")[0].rows_changed == 1
    assert one.query("SELECT * FROM organizations").height == 2


@pytest.mark.parametrize("alias", ["B", "", "n/a", "Total", "2 records", "x" * 201])
def test_what_is_taken_or_no_id_is_refused(one: Database, alias: str) -> None:
    before = everything(one)
    with pytest.raises(identity.IdentityRefused):
        identity.add_alias(one, SALESFORCE, alias, by="eva")
    assert everything(one) == before


def test_an_alias_belongs_to_one_client(one: Database) -> None:
    identity.add_alias(one, SALESFORCE, "Acme", by="eva")
    with pytest.raises(identity.IdentityRefused, match=f"an alias of {SALESFORCE}"):
        identity.add_alias(one, "B", "Acme", by="eva")


def test_a_removed_alias_means_nobody(one: Database) -> None:
    identity.add_alias(one, "B", "Acme", by="eva")
    identity.remove_alias(one, "Acme", by="eva")
    with pytest.raises(imports.FilesRefused):
        imports.store(one, [usage(("Acme", "API_CALLS", DAY, 3))], by="ada")
    with pytest.raises(identity.IdentityRefused, match="no alias"):
        identity.remove_alias(one, "Acme", by="eva")


def test_a_client_keeps_its_id_of_before_as_an_alias(one: Database) -> None:
    identity.rename_client(one, "B", "C", by="eva")
    assert aliases(one) == [("B", "C")]
    imports.store(one, [usage(("B", "API_CALLS", DAY, 3), ("C", "API_CALLS", DAY, 3))], by="ada")
    assert one.query("SELECT organization_id FROM usage_metrics").rows() == [("C",)]


def test_a_new_id_can_be_undone_and_taken_back(one: Database) -> None:
    number = identity.rename_client(one, "B", "C", by="eva")
    identity.undo_action(one, number, by="eva")
    assert aliases(one) == []
    assert one.query("SELECT * FROM organizations WHERE organization_id = 'B'").height == 1
    identity.rename_client(one, "B", "C", by="eva")
    identity.rename_client(one, "C", "B", by="eva")
    assert aliases(one) == [("C", "B")]
    with pytest.raises(UndoRefused, match="undone already"):
        identity.undo_action(one, number, by="eva")


def test_changes_of_one_client_are_undone_from_the_last(one: Database) -> None:
    first = identity.rename_client(one, "B", "C", by="eva")
    second = identity.rename_client(one, "C", "D", by="eva")
    with pytest.raises(UndoRefused, match=f"ids undo {second}"):
        identity.undo_action(one, first, by="eva")
    identity.undo_action(one, second, by="eva")
    identity.undo_action(one, first, by="eva")


def test_the_history_says_who_did_what(one: Database) -> None:
    identity.add_alias(one, "B", "Acme", by="eva")
    identity.rename_client(one, "B", "C", by="max")
    with one.read() as reader:
        told = [(entry.sentence, entry.done_by) for entry in identity.list_actions(reader)]
    assert told == [("B is now called C.", "max"), ("Acme is another id of B.", "eva")]


def test_the_aliases_of_a_client_go_with_it(database: Database) -> None:
    number = imports.store(database, [organizations({"organization_id": "A"})], by="ada")[0]
    identity.add_alias(database, "A", "Acme", by="eva")
    assert number.import_id is not None
    imports.undo(database, number.import_id, by="ada")
    assert aliases(database) == []
    # The number of the client that is gone is free again, and Acme is not of the next one.
    imports.store(database, [organizations({"organization_id": "NEW"})], by="ada")
    with pytest.raises(imports.FilesRefused):
        imports.store(database, [usage(("Acme", "API_CALLS", DAY, 3))], by="ada")


def test_clients_on_file_that_may_be_one_are_found_once_each(database: Database) -> None:
    names = {"1": "Alpha Ltd", "2": "alpha", "03": "Beta", "3": "Gamma", "4": "Delta", "5": "ALPHA"}
    rows = ({"organization_id": own, "name": name} for own, name in names.items())
    imports.store(database, [organizations(*rows)], by="ada")
    with database.read() as reader:
        pairs = identity.likely_pairs(reader)
    first = {frozenset((one.keep_id, one.other_id)) for one in pairs}
    assert len(first) == len(pairs) == 3
    assert frozenset(("03", "3")) in first
    alphas = [pair for pair in first if pair != frozenset(("03", "3"))]
    assert frozenset.union(*alphas) == {"1", "2", "5"}
