"""The Back-test page in each of its states."""

from __future__ import annotations

from typing import TYPE_CHECKING

import outcomes_by_chance
import pytest

from health.errors import JudgeMissing
from health.storage.database import Database
from health.ui.backtest import judging
from health.ui.session import jobs

if TYPE_CHECKING:
    from pathlib import Path

    from streamlit.testing.v1 import AppTest
    from visits import Visit


def said(page: AppTest) -> str:
    texts = [*page.title, *page.markdown, *page.caption, *page.info]
    return "\n".join(text.value for text in texts).replace("\u00a0", " ").replace("\\", "")


@pytest.fixture
def judged_page(visit: Visit, tmp_path: Path) -> AppTest:
    """The page after a click on the button, once the job has ended."""
    path = tmp_path / "judged.duckdb"
    with Database.open(path) as database:
        outcomes_by_chance.fill(database, clients=80, outcomes=30, shift=2.0)
    page = visit("backtest", path)
    page.button(key="judge").click().run()
    job = jobs.jobs().latest
    assert job is not None
    assert job.wait(60)
    return page.run()


def test_one_sentence_answers_then_figures_and_names(judged_page: AppTest) -> None:
    assert not [*judged_page.exception, *judged_page.error]
    text = said(judged_page)
    assert "**The score told these outcomes beforehand: 90 days before, it ranked" in text
    assert "Renewal date alone" in text
    assert "Missed: not at high risk 90 days before" in text
    missed = judged_page.dataframe[0].value
    assert list(missed.columns) == [
        "Client", "Outcome", "On", "Score", "Value", "First high risk",
    ]  # fmt: skip
    assert set(missed["Outcome"]) == {"Left"}


def test_the_score_of_a_miss_is_followed_to_its_outcome(judged_page: AppTest) -> None:
    assert any("since" in text.value for text in judged_page.markdown)
    assert "Points" in said(judged_page)


def test_a_change_since_is_said(judged_page: AppTest) -> None:
    assert "Something was stored since" not in said(judged_page)
    with judging.answers.database().write() as writer:
        writer.execute("UPDATE clients SET name = 'Other' WHERE organization = 1")
    assert "Something was stored since" in said(judged_page.run())


def test_why_no_weights_are_suggested_is_said(judged_page: AppTest) -> None:
    judged_page.button(key="suggest_weights").click().run()
    job = jobs.jobs().latest
    assert job is not None
    assert job.wait(60)
    # 30 outcomes are too few to fit weights on one half and judge them on the other.
    assert "Each half needs 20" in "".join(text.value for text in judged_page.run().error)


def test_without_outcomes_it_says_what_to_load(visit: Visit, empty_database: Path) -> None:
    page = visit("backtest", empty_database)
    assert not page.exception
    assert "Load outcomes" in said(page)


def test_without_scipy_it_says_what_to_install(
    visit: Visit, empty_database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(_: str) -> None:
        raise JudgeMissing

    monkeypatch.setattr(judging, "science", missing)
    assert "pip install 'client-health[judge]'" in said(visit("backtest", empty_database))
