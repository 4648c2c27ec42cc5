"""The review of a client says what its page says, number for number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from in_markdown import tables
from parsed_html import Parsed

if TYPE_CHECKING:
    from pathlib import Path

    from streamlit.testing.v1 import AppTest
    from visits import Offered, Visit


def plain(text: str) -> str:
    """Words of a page, as its reader sees them."""
    return " ".join(text.replace("\u00a0", " ").replace("\\", "").replace("**", "").split())


def ledger(page: AppTest) -> list[tuple[str, ...]]:
    return [tuple(map(plain, row)) for row in tables(page)[0].iter_rows()]


def internal(page: AppTest, offered: Offered) -> str:
    """What the review for us says."""
    page.radio(key="review_for").set_value("Us").run()
    assert not [*page.exception, *page.error]
    (name,) = (name for name in offered if name.endswith(" internal review.html"))
    return Parsed(offered[name]()).text


@pytest.mark.parametrize("client", ["ORG-0001", "ORG-0004", "ORG-0007", "ORG-0002"])
@pytest.mark.parametrize("as_of", ["2026-11-20", "2026-10-20"])
def test_the_review_has_the_numbers_of_the_page(
    visit: Visit, demo_database: Path, offered: Offered, client: str, as_of: str
) -> None:
    page = visit("client", demo_database, client=client, as_of=as_of, features="true")
    assert not [*page.exception, *page.error]
    text = internal(page, offered)
    assert page.metric
    for card in page.metric:
        assert f"{card.label} {plain(card.value)} {plain(card.delta)}" in text
    for part, then, now, points in ledger(page):
        assert " ".join(f"{part} {then} {now} {points}".split()) in text
    said = [plain(one.value) for one in page.markdown]
    summary, facts = said[0], said[1]
    assert summary in text
    assert facts in text
    sentences = [one for one in said if one.startswith(("Up ", "Down ", "Unchanged "))]
    assert sentences
    assert all(one in text for one in sentences)
    steps = [one for one in said if "Smallest change:" in one]
    advice = [part for one in steps for part in one.removeprefix("- ").split(" - ")]
    assert ("What would help" in text) == bool(advice)
    assert all(one in text for one in advice)
    used = next(one for one in said if "licensed features used" in one)
    assert used.partition(";")[0] in text
    for feature, state in tables(page)[1].select("Feature", "Level").iter_rows():
        if "Unused" in state:
            assert feature in text.partition(" Unused ")[2]
    assert ("This is a past day" in text) == (as_of != "2026-11-20")
    calculated = next(one.value for one in page.caption if "scores calculated" in one.value)
    assert plain(calculated).split("scores calculated ")[1].split(" UTC")[0] in text
    assert "model Standard" in text


def test_a_client_without_a_score_is_offered_its_review_too(
    visit: Visit, demo_database: Path, offered: Offered
) -> None:
    page = visit("client", demo_database, client="ORG-0012")
    said = [plain(one.value) for one in page.markdown]
    assert any(one.startswith("Not scored on 20 Nov 2026") for one in said)
    text = internal(page, offered)
    assert all(one in text for one in said if one.startswith("Not scored on"))
    for card in page.metric:
        assert f"{card.label} {plain(card.value)} {plain(card.delta)}" in text
