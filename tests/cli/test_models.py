"""Models on the command line: listed, compared, kept as files, published, restated, taken back."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from health.cli import main
from health.storage.database import Database

LAST = date(2026, 6, 30)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three clients of whom 60 of 100 users are active, scored up to 30 June 2026."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "organizations.csv").write_text(
        "organization_id,name,total_users,industry,annual_value\n"
        "A,Alpha,100,Banking,5000\nB,Beta,100,Retail,5000\nC,Gamma,100,,\n"
    )
    days = [LAST - timedelta(day) for day in range(10)]
    rows = [f"{name},MONTHLY_ACTIVE_USERS,{day},60" for name in "ABC" for day in days]
    (tmp_path / "usage.csv").write_text(
        "\n".join(["organization_id,metric_type,date,value", *rows, ""])
    )
    assert main(["load", "organizations.csv", "usage.csv"]) == 0
    assert main(["score"]) == 0
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    """What a command says; the words of a table are one blank apart."""
    capsys.readouterr()
    assert main(["models", *words]) == code
    said = capsys.readouterr()
    return " ".join((said.out + said.err).replace("\u00a0", " ").split())


def scores() -> dict[tuple[str, date], int]:
    with Database.open(Path("data/health.duckdb")) as database:
        rows = database.query(
            "SELECT organization_id, score_date, overall_score FROM tenant_health_scores"
        ).rows()
    return {(name, day): score for name, day, score in rows}


def test_the_models_are_listed_with_the_days_from_which_they_hold(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = run(capsys, "list")
    assert "standard-1 Standard the beginning" in said
    assert "targets-1 Targets" in said


def test_a_model_is_shown_and_compared(capsys: pytest.CaptureFixture[str]) -> None:
    assert 'name = "Targets"' in run(capsys, "show", "targets")
    said = run(capsys, "diff", "standard", "targets")
    assert "targets.login 100 70" in said
    assert run(capsys, "diff", "standard", "standard-1") == "Nothing differs."
    assert "There is no model “mine”" in run(capsys, "show", "mine", code=1)


def test_a_model_goes_out_as_a_file_and_comes_in_under_a_version_of_its_own(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    run(capsys, "export", "standard", "--output", "mine.toml")
    file = folder / "mine.toml"
    text = file.read_text().replace('"Standard"', '"Tickets count less"')
    file.write_text(text.replace("points_per_ticket = 10", "points_per_ticket = 5"))
    said = run(capsys, "import", "mine.toml", "--reason", "Tickets count too much")
    assert "on file as tickets-count-less-1" in said
    assert "Tickets count too much" in run(capsys, "list")
    assert "points_per_ticket 10 5" in run(capsys, "diff", "standard", "tickets count less")
    file.write_text(text.replace("points_per_ticket = 10", "points_per_ticket = 500"))
    assert "from 0 to 100" in run(capsys, "import", "mine.toml", code=1)


def test_a_model_is_published_for_the_days_to_come_restated_and_taken_back(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = scores()
    said = run(capsys, "publish", "targets", "--reason", "Realistic", "--from", "2026-07-01")
    assert "Targets (targets-1) is in force from 2026-07-01 on. The days before keep" in said
    assert scores() == before
    assert "Published from 1 Jul 2026 on: targets-1" in run(capsys, "list")

    restate = ("restate", "--from", "2026-06-25", "--reason", "One scale")
    said = run(capsys, *restate)
    assert "Of 18 scores from 25 Jun 2026 on, 18 would change" in said
    assert "Nothing is changed yet. Add --yes to do it." in said
    assert scores() == before
    run(capsys, *restate, "--yes")
    assert main(["score"]) == 0
    after = scores()
    assert {after[key] for key in after if key[1] >= date(2026, 6, 25)} == {86}
    assert {key: after[key] for key in after if key[1] < date(2026, 6, 25)} == {
        key: before[key] for key in before if key[1] < date(2026, 6, 25)
    }
    assert "targets-1 is no longer in force from 2026-06-25 on" in run(capsys, "undo")
    assert main(["score"]) == 0
    assert scores() == before
    assert "Taken back by" in run(capsys, "list")


@pytest.mark.parametrize(
    ("code", "words", "sentence"),
    [
        (2, ("publish", "targets", "--reason", " "), "say why"),
        (1, ("publish", "standard", "--reason", "Why"), "is in force already"),
        (1, ("publish", "targets", "--reason", "Why", "--from", "2026-06-30"), "scored already"),
        (1, ("restate", "--from", "2026-06-25", "--reason", "Why", "--yes"), "in force on 25 Jun"),
        (1, ("undo",), "Nothing was published"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    capsys: pytest.CaptureFixture[str], code: int, words: tuple[str, ...], sentence: str
) -> None:
    before = scores()
    assert sentence in run(capsys, *words, code=code)
    assert scores() == before


SEGMENTS = """\
[[segments]]
model = "targets"
industry = ["Banking"]

[[segments]]
model = "standard"
annual_value_from = 1000
"""


def test_segments_are_tried_published_and_written_out(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    (folder / "segments.toml").write_text(SEGMENTS)
    assert "All standard-1 3" in run(capsys, "segments")
    tried = run(capsys, "segments", "--segments", "segments.toml")
    assert "1 Industry is Banking targets-1 1" in tried
    assert "2 Value a year at least 1,000 standard-1 1 None of these standard-1 1" in tried
    said = run(capsys, "publish", "standard", "--segments", "segments.toml", "--reason", "Banks",
               "--from", "2026-07-01")  # fmt: skip
    assert "in force from 2026-07-01 on, with 2 segments." in said
    assert run(capsys, "segments") == tried
    rules = "1. Industry is Banking: Targets 2. Value a year at least 1,000: Standard"
    assert f"Banks {rules} Clients that fit none of these: Standard" in run(capsys, "list")
    run(capsys, "segments", "--toml", "--output", "out.toml")
    assert run(capsys, "segments", "--segments", "out.toml") == tried
    assert main(["score", "--as-of", "2026-07-01"]) == 0
    day = date(2026, 7, 1)
    assert [scores()[name, day] for name in "ABC"] == [86, 60, 60]
    with Database.open(Path("data/health.duckdb")) as database:
        versions = database.query(
            "SELECT organization_id, model_version FROM tenant_health_scores "
            "WHERE score_date = '2026-07-01' ORDER BY ALL"
        ).rows()
    assert versions == [("A", "targets-1"), ("B", "standard-1"), ("C", "standard-1")]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[[segments]]\nindustry = ['Banking']\n", "Segment 1: It must name its model"),
        (SEGMENTS + "colour = 'red'\n", "Segment 2: “colour” means nothing in a rule."),
        ("[[segments]]\nmodel = 'targets'\n", "Segment 1: A rule must ask for something"),
        ("[[segments]]\nmodel = 'mine'\ncsm = ['a']\n", "Segment 1: There is no model “mine”"),
        ("colour = 1\n", "tables named [[segments]] and nothing else"),
        ("[[", "It is not TOML"),
    ],
)
def test_a_file_of_segments_says_which_one_is_wrong(
    capsys: pytest.CaptureFixture[str], folder: Path, text: str, sentence: str
) -> None:
    (folder / "segments.toml").write_text(text)
    assert sentence in run(capsys, "segments", "--segments", "segments.toml", code=1)
