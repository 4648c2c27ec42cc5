"""Exports as people have them, stated once on the command line and then loaded at night."""

from __future__ import annotations

from pathlib import Path

import pytest
from exports import CLIENTS, EXPORTS, Export

from health.cli import main
from health.storage.database import Database


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clients.csv").write_text(CLIENTS)
    assert main(["load", "clients.csv"]) == 0


def held(export: Export) -> list[tuple[object, ...]]:
    with Database.open(Path("data/health.duckdb")) as database:
        return database.query(export.query).rows()


def state(export: Export) -> None:
    """Propose how the export is read, decide what is open, and import that."""
    Path("first.csv").write_bytes(export.month(0))
    words = ["feeds", "propose", "first.csv", "--name", export.name, "--output", "feed.toml"]
    assert main(words) == 0
    proposed = Path("feed.toml")
    text = proposed.read_text()
    if export.decided:
        assert main(["feeds", "import", "feed.toml"]) == 1, "it was no feed before"
    for key, value in export.decided.items():
        assert f'\n{key} = "?"' in text
        text = text.replace(f'\n{key} = "?"', f'\n{key} = "{value}"')
    assert '= "?"' not in text
    proposed.write_text(text)
    assert main(["feeds", "import", "feed.toml"]) == 0


@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.name)
def test_an_export_is_stated_once_and_loaded_every_month_until_its_source_changes(
    export: Export, capsys: pytest.CaptureFixture[str]
) -> None:
    before = held(export)
    Path("first.csv").write_bytes(export.month(0))
    assert main(["load", "--hold", "first.csv"]) == 1
    assert "client-health feeds propose first.csv" in capsys.readouterr().err
    assert held(export) == before

    state(export)
    for place, name in enumerate(("first.csv", "next.csv")):
        Path(name).write_bytes(export.month(place))
        capsys.readouterr()
        assert main(["load", "--hold", name]) == 0
        assert f"Read by the feed “{export.name}”, version 1." in capsys.readouterr().out
        assert held(export) == export.found[place]

    Path("changed.csv").write_bytes(export.changed)
    assert main(["load", "--hold", "changed.csv"]) == 1
    said = capsys.readouterr().err
    old, new = export.renamed
    assert f"“{old}” is missing and “{new}” is new" in said
    assert "Nothing was stored." in said
    assert held(export) == export.found[1]
