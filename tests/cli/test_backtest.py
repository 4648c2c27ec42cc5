"""``backtest`` as a person types it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import outcomes_by_chance
import polars as pl
import pytest
from random_portfolios import WIDER

from health.cli import main
from health.cli.boundary import STOPPED
from health.cli.terminal import Terminal
from health.scoring.model_files import UNNAMED, model_to_toml
from health.storage.database import Database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database with outcomes that the score tells."""
    file = tmp_path / "health.duckdb"
    with Database.open(file) as database:
        outcomes_by_chance.fill(database, clients=80, outcomes=30, shift=2.0)
    return file


def run(path: Path, *words: str) -> int:
    return main(["--database", str(path), "backtest", *words])


def test_the_first_line_says_whether_the_score_predicted_anything(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(path) == 0
    out = capsys.readouterr().out
    assert out.startswith("The score told these outcomes beforehand: 90 days before, it ranked")
    assert "Logins alone" in out
    assert "Missed 90 days before:" in out
    assert "CHURNED" not in out


def test_json_has_every_outcome_by_name(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(path, "--json", "--horizon", "60", "--horizon", "90") == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["days"] for one in found["horizons"]] == [60, 90]
    assert found["verdict"] == "predicts"
    assert len(found["horizons"][0]["outcomes_by_client"]) == 30


@pytest.mark.parametrize(("named", "version"), [("targets", "targets-1"), ("file", UNNAMED)])
def test_a_model_is_named_by_its_version_or_its_file(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], named: str, version: str
) -> None:
    (tmp_path / "draft.toml").write_text(model_to_toml(WIDER))
    model = "targets" if named == "targets" else str(tmp_path / "draft.toml")
    assert run(path, "--json", "--horizon", "90", "--model", model) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["model"] == version
    assert ("noise" in found["horizons"][0]["parts"]) == (named == "file")


def test_suggested_weights_are_a_draft_in_the_answer(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Database.open(path) as database, database.write() as writer:
        writer.execute("DELETE FROM outcomes")
        writer.register(
            "ends",
            pl.DataFrame(
                {
                    "organization": range(1, 61),
                    "date": [outcomes_by_chance.FIRST + timedelta(300 + n) for n in range(60)],
                }
            ),
        )
        outcomes_by_chance.put_outcomes(writer, "ends")
    assert run(path, "--json", "--horizon", "90", "--suggest") == 0
    found = json.loads(capsys.readouterr().out)["suggestion"]
    assert found["model"]["version"] == "standard-1-suggested"
    # The score is nothing but one part, whatever it weighs.
    assert not found["is_offered"]


def test_an_unknown_model_is_refused(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(path, "--model", "nothing-9") == 1
    said = capsys.readouterr().err
    assert "There is no model “nothing-9”. There are: standard-1, targets-1" in said


def test_ctrl_c_stops_it(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @contextlib.contextmanager
    def stopping(_: Terminal) -> Iterator[Callable[[], bool]]:
        yield lambda: True

    monkeypatch.setattr(Terminal, "stopping", stopping)
    assert run(path) == STOPPED
    assert "Nothing was changed." in capsys.readouterr().err
