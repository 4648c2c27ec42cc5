"""The short form of ``python -m tests.proofs.together``, and that it would notice what must not
be."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.proto.Element_pb2 import Element

from health import formatting
from tests.proofs.together import shown
from tests.proofs.together.files import DAYS, FIRST, LAST, TURN, Files, active_users, told_by
from tests.proofs.together.working import NewestFiles

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_pages_loads_scorings_and_kills_at_once_lose_nothing(tmp_path: Path) -> None:
    options = "--minutes 0.07 --sessions 2 --pause 0.5 --pages 8 --rows 1000 --kills 1 --json"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.proofs.together",
            *options.split(),
            "--folder",
            str(tmp_path),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    told = json.loads(done.stdout)
    assert told["dashboards killed"] == 1
    assert told["pages"] >= 8
    assert told["facts compared"] > 0
    assert told["loads"] >= told["loaders"]
    assert told["scorings"] >= told["scorers"]


def test_every_value_tells_its_file() -> None:
    for number in range(TURN):
        for day in (FIRST + timedelta(days=n) for n in range(DAYS)):
            assert told_by(active_users(number, day), day) == number
    assert told_by(active_users(3, LAST) + 1) is None


def test_what_was_newest_is_known_of_every_moment() -> None:
    newest = NewestFiles()
    begun = time.monotonic()
    newest.add({1: 3, 2: 1})
    newest.add({1: 2, 2: 4})
    assert newest.now() == {1: 3, 2: 4}
    assert newest.before(time.monotonic()) == newest.now()
    assert newest.before(begun - 1) == {}
    newest.now()[1] = 9
    assert newest.now() == {1: 3, 2: 4}, "what is answered is a copy"


def client_page(files: Files, *, score_of: int, history_of: int, usage_of: int) -> list[Element]:
    """What the page of a client of loader 1 sends, each part made from a file of its own."""
    heading, metric, scores, usage, text = (Element() for _ in range(5))
    heading.heading.body = f"How is Client {int(files.client(1, 0)[1:])} doing, and why?"
    metric.metric.label, metric.metric.body = "Score", str(active_users(score_of, LAST))
    days = [LAST - timedelta(days=n) for n in range(3)]
    for element, name, number in (
        (scores, "Score", history_of),
        (usage, "Monthly active users", usage_of),
    ):
        trace = {
            "type": "scatter",
            "name": name,
            "x": [f"{day}" for day in days],
            "y": [active_users(number, day) for day in days],
            "hovertext": [
                f"{formatting.day(day)}<br>{name}: {active_users(number, day)}" for day in days
            ],
        }
        element.plotly_chart.spec = json.dumps({"data": [trace]})
    text.markdown.body = "Nothing else."
    return [heading, metric, scores, usage, text]


def test_a_page_of_two_versions_is_noticed(tmp_path: Path) -> None:
    files = Files(folder=tmp_path, rows=1_000)
    whole = client_page(files, score_of=4, history_of=4, usage_of=4)
    assert shown.mixed(shown.facts("Client", whole, files)) == []
    torn = client_page(files, score_of=4, history_of=5, usage_of=4)
    assert "scores of 1: ['4', '5']" in shown.mixed(shown.facts("Client", torn, files))


def test_scores_older_than_the_usage_are_noticed_where_the_page_does_not_say_so(
    tmp_path: Path,
) -> None:
    files = Files(folder=tmp_path, rows=1_000)
    page = client_page(files, score_of=4, history_of=4, usage_of=5)
    (said,) = shown.mixed(shown.facts("Client", page, files))
    assert said.startswith("scores are of the usage")
    page[-1].markdown.body = "**Data of this client changed after its score was calculated.** …"
    assert shown.mixed(shown.facts("Client", page, files)) == []
