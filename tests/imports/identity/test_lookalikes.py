"""Clients that may be one and the same are named before anything is stored."""

from __future__ import annotations

from datetime import date

import pytest
from small_files import organizations, usage

from health import imports
from health.imports import WarningKind, identity
from health.storage.database import Database

BY_IDENTITY = (WarningKind.MAY_BE_ON_FILE, WarningKind.NAME_OF_ANOTHER)


def said(database: Database, *rows: dict[str, str]) -> list[tuple[WarningKind, bool, str]]:
    """What is said of the ids and names in a file, before it is stored."""
    outcome = imports.plan(database, [organizations(*rows)])[0]
    return [(f.kind, f.holds, f.statement) for f in outcome.warnings if f.kind in BY_IDENTITY]


@pytest.mark.parametrize(
    ("on_file", "new"),
    [
        ("0015e00002AbCdE", "0015e00002AbCdEAAF"),
        ("00123", "123"),
        ("123", "123.0"),
        ("acme", "ACME"),
        ("O'Neill", "O\u2019Neill"),
        ("A-1", "A\u20131"),
        ("A1", '"A1"'),
        ("A-1", "A\u22121"),
        ("123", "'123"),
        ("AB 1", "AB1"),
    ],
)
def test_an_id_written_another_way_is_named(database: Database, on_file: str, new: str) -> None:
    row = {"organization_id": on_file, "name": "Acme"}
    imports.store(database, [organizations(row)], by="ada")
    found = said(database, {"organization_id": new, "name": "Quarry"})
    assert found == [(WarningKind.MAY_BE_ON_FILE, True, f"Quarry ({new}) may be Acme ({on_file})")]


@pytest.mark.parametrize(
    ("on_file", "new"),
    [
        ("Bergwerk Logistik GmbH", "BERGWERK  LOGISTIK"),
        ("Müller & Söhne KG", "Muller + Sohne"),
        ("Acme, Inc.", "Acme Corp."),
        ("Arro S.A.", "Arro"),
        ("O'Hara Ltd", "O\u2019Hara Limited"),
        ("Café Zoë", "Cafe Zoe SpA"),
        ("Straße AG", "STRASSE"),
        ("Müller GmbH", "Mueller"),
        ("Jaeger & Soehne", "J\u00e4ger & S\u00f6hne"),
        ("Gu\u0308nther", "GUENTHER AG"),
        ("Smith and Sons", "Smith & Sons, LLC"),
    ],
)
def test_a_name_written_another_way_is_named(database: Database, on_file: str, new: str) -> None:
    imports.store(database, [organizations({"organization_id": "1", "name": on_file})], by="ada")
    found = said(database, {"organization_id": "XY", "name": new})
    assert [kind for kind, _, _ in found] == [WarningKind.MAY_BE_ON_FILE]


@pytest.mark.parametrize(
    ("on_file", "new"),
    [
        (("A-1", "Acme"), ("A1", "Quarry")),
        (("ORG-001", "Acme"), ("ORG-0010", "Acme Two")),
        (("1", "GmbH"), ("2", "Ltd")),
        (("AB", "North Bank"), ("CD", "North Banking")),
        (("AB", "Alder Group"), ("CD", "Alder")),
        (("AB", "Bauer"), ("CD", "Baur")),
        (("0015g00000Xa1bC", "Acme"), ("0015g00000Xa1BC", "Quarry")),
        (("100000000000000001", "Acme"), ("100000000000000002", "Quarry")),
    ],
)
def test_others_are_left_alone(
    database: Database, on_file: tuple[str, str], new: tuple[str, str]
) -> None:
    names = ("organization_id", "name")
    row = dict(zip(names, on_file, strict=True))
    imports.store(database, [organizations(row)], by="ada")
    assert said(database, dict(zip(names, new, strict=True))) == []
    assert said(database, row) == []


@pytest.mark.parametrize(
    ("alias", "new_id", "new_name"),
    [
        ("00456", "456", "Quarry"),
        ("Vogel Bergbau GmbH", "X1", "VOGEL BERGBAU"),
        ("Jäger", "X1", "Jaeger"),
    ],
)
def test_an_alias_written_another_way_is_named(
    database: Database, alias: str, new_id: str, new_name: str
) -> None:
    row = {"organization_id": "A-1", "name": "Acme"}
    imports.store(database, [organizations(row)], by="ada")
    identity.add_alias(database, "A-1", alias, by="ada")
    found = said(database, {"organization_id": new_id, "name": new_name})
    assert found == [(WarningKind.MAY_BE_ON_FILE, True, f"{new_name} ({new_id}) may be Acme (A-1)")]
    assert said(database, row | {"name": alias}) == [], "its own alias"


def test_a_client_that_gets_the_alias_of_another_as_its_name_is_named(database: Database) -> None:
    rows = [{"organization_id": one, "name": f"Client {one}"} for one in "AB"]
    imports.store(database, [organizations(*rows)], by="ada")
    identity.add_alias(database, "A", "Jäger KG", by="ada")
    ((kind, _, _),) = said(database, {"organization_id": "B", "name": "Jaeger"})
    assert kind is WarningKind.NAME_OF_ANOTHER


def test_two_new_ones_are_named_once_and_hold_nothing(database: Database) -> None:
    found = said(
        database,
        {"organization_id": "7", "name": "Acme"},
        {"organization_id": "07", "name": "Acme Ltd"},
    )
    assert found == [(WarningKind.MAY_BE_ON_FILE, False, "Acme Ltd (07) may be Acme (7)")]


def test_a_client_that_gets_the_name_of_another_is_named(database: Database) -> None:
    rows = (
        {"organization_id": "00123", "name": "Pinnacle Telecom"},
        {"organization_id": "123", "name": "Quarry Mining"},
    )
    imports.store(database, [organizations(*rows)], by="ada")
    found = said(database, {"organization_id": "123", "name": "Pinnacle Telecom"})
    assert found == [
        (
            WarningKind.NAME_OF_ANOTHER,
            True,
            "Quarry Mining (123) now has the name of Pinnacle Telecom (00123)",
        )
    ]


def test_an_unknown_id_is_told_which_client_it_may_be(database: Database) -> None:
    row = {"organization_id": "00123", "name": "Pinnacle Telecom"}
    imports.store(database, [organizations(row)], by="ada")
    file = usage(
        ("123", "API_CALLS", date(2026, 6, 30), 3), ("999", "API_CALLS", date(2026, 6, 30), 3)
    )
    accepted = imports.plan(database, [file])[0].rejects["accepted"].to_list()
    assert accepted[0] == (
        "It may be Pinnacle Telecom (00123). If it is: client-health ids alias 00123 123"
    )
    assert "may be" not in accepted[1]


def test_new_clients_are_named_one_by_one(database: Database) -> None:
    imports.store(database, [organizations({"organization_id": "A"})], by="ada")
    rows = [{"organization_id": one, "name": f"Client {one}"} for one in ("A", "C", "B")]
    outcome = imports.plan(database, [organizations(*rows)])[0]
    assert outcome.new_clients.rows() == [("B", "Client B"), ("C", "Client C")]


def test_ids_of_18_characters_are_those_of_15_and_of_no_other_client(database: Database) -> None:
    on_file = (("0015g00000Xa1bC", "Meridian"), ("0015g00000Xa1BC", "Northwind"))
    new = (("0015g00000Xa1bCAAR", "Meridian"), ("0015g00000Xa1BCQAZ", "Northwind"))

    def file(rows: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
        return [{"organization_id": one, "name": name} for one, name in rows]

    imports.store(database, [organizations(*file(on_file))], by="ada")
    ((_, holds, statement),) = said(database, *file(new))
    assert holds
    assert statement == (
        "Northwind (0015g00000Xa1BCQAZ) may be Northwind (0015g00000Xa1BC) and "
        "Meridian (0015g00000Xa1bCAAR) may be Meridian (0015g00000Xa1bC)"
    )


def test_names_that_slid_by_a_row_are_named(database: Database) -> None:
    rows = [{"organization_id": one, "name": name} for one, name in zip("ABC", "XYZ", strict=True)]
    imports.store(database, [organizations(*rows)], by="ada")
    slid = [{"organization_id": one, "name": name} for one, name in zip("ABC", "YZX", strict=True)]
    ((kind, holds, statement),) = said(database, *slid)
    assert (kind, holds) == (WarningKind.NAME_OF_ANOTHER, True)
    assert statement == (
        "X (A) now has the name of Y (B), Y (B) now has the name of Z (C) and "
        "Z (C) now has the name of X (A)"
    )


def test_a_name_that_is_only_written_another_way_is_no_other_name(database: Database) -> None:
    rows = [{"organization_id": one, "name": "Acme"} for one in ("A", "B")]
    imports.store(database, [organizations(*rows)], by="ada")
    assert said(database, {"organization_id": "A", "name": "ACME GmbH"}) == []


def test_of_thousands_of_one_name_each_is_held_against_the_first(database: Database) -> None:
    rows = [{"organization_id": f"C{number}", "name": "Acme"} for number in range(3_000)]
    outcome = imports.plan(database, [organizations(*rows)])[0]
    (found,) = [one for one in outcome.warnings if one.kind is WarningKind.MAY_BE_ON_FILE]
    assert (found.count, found.clients) == (2_999, 2_999)
