"""The benchmark runs and reports; how fast anything is, no test decides."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a run leaves that is too small to say anything, on a machine without a browser."""
    folder = tmp_path_factory.mktemp("benchmark")
    command = [sys.executable, "-m", "tests.benchmarks", "--sizes", "XS", "--repeat", "1"]
    options = ["--only", "score-day", "page-click", "--output", str(folder)]
    environment = os.environ | {"PATH": ""}
    done = subprocess.run(command + options, cwd=ROOT, env=environment, capture_output=True)
    assert done.returncode == 1, done.stderr.decode()
    return folder


@pytest.fixture
def report(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "benchmark.json").read_text())
    return content


def test_each_ratio_lies_between_its_least_and_its_greatest(report: dict[str, Any]) -> None:
    assert report["rows"]
    for row in report["rows"]:
        assert 0 < row["value"]["minimum"] <= row["value"]["median"] <= row["value"]["maximum"]


def test_both_files_say_the_same(folder: Path, report: dict[str, Any]) -> None:
    text = (folder / "benchmark.md").read_text()
    for row in report["rows"]:
        assert row["work"] in text
        assert row["against"] in text


def test_a_figure_that_cannot_be_taken_says_why_and_the_others_go_on(
    folder: Path, report: dict[str, Any]
) -> None:
    assert list(report["failures"]) == ["page-click"]
    assert "apt-get install chromium" in report["failures"]["page-click"]
    assert report["failures"]["page-click"] in (folder / "benchmark.md").read_text()
