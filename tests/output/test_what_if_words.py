"""What a draft would do, in words and as a file."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from tiny import Tiny

from health.output import what_if_words
from health.queries.what_if import WhatIf, WhatIfQuery, what_if
from health.scoring.model import STANDARD, TARGETS
from health.scoring.segments import Rule, Segment

if TYPE_CHECKING:
    from health.storage.database import Database

DAY = date(2026, 11, 20)


@pytest.fixture
def found(database: Database) -> WhatIf:
    """Two clients, of whom one fits a segment; the other is scored by the draft only."""
    tiny = Tiny(database)
    tiny.run()
    for number, (users, active) in enumerate(((100, 60), (10, 9)), start=1):
        tiny.client(number, f"C{number}", total_users=users)
        tiny.usage(number, DAY, monthly_active_users=active)
        tiny.span(number, DAY, DAY)
    tiny.score(1, DAY, 60, login_score=60, risk_level="MEDIUM")
    segments = (Segment(rule=Rule(total_users_from=50), model=TARGETS),)
    with database.read() as reader:
        query = WhatIfQuery(draft=replace(STANDARD, version="draft"), segments=segments, as_of=DAY)
        return what_if(reader, query)


def test_a_file_has_numbers_as_numbers_and_who_is_scored_by_one_only(found: WhatIf) -> None:
    rows = what_if_words.as_file(found, found.frame, "EUR")
    assert rows.columns == [
        "Client", "Client id", "Change", "Score now", "Score after", "Risk now", "Risk after",
        "Why", "Value a year, EUR",
    ]  # fmt: skip
    numbers = rows.select("Client id", "Change", "Score now", "Score after", "Risk after").rows()
    assert numbers == [("C1", 26, 60, 86, "Low"), ("C2", None, None, 90, "Low")]
    assert rows["Risk now"].to_list() == ["Medium", None]
    said = [text.replace("\u00a0", " ") for text in rows["Why"]]
    assert said == ["Active users: 60 → 86 points", "Gets a score"]


def test_a_page_says_no_score_and_the_answer_names_what_is_tried(found: WhatIf) -> None:
    rows = what_if_words.rows(found, found.frame, "EUR")
    said = [text.replace("\u00a0", " ") for text in rows["Risk"]]
    assert said == ["Medium → Low", "no score → Low"]
    text = what_if_words.answer(found, "EUR", "these segments").replace("\u00a0", " ")
    assert text.startswith("With these segments, compared with Standard, **1** of 1 client")
    assert text.endswith("1 client without a score would get one.")
