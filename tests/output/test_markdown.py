"""Names in markdown, letter for letter."""

from __future__ import annotations

import re

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from health.output.markdown import WORD_JOINER, escape, table


@pytest.mark.parametrize(
    "name",
    [
        "**bold** _it_ `code`",
        "[link](https://example.com) ![picture](https://example.com/a.png)",
        "<script>alert(1)</script> &amp;",
        "$a$ :red[x] :material/home: # title",
        "~~gone~~ a|b a\\b 'quoted' \"quoted\"",
    ],
)
def test_every_sign_with_a_meaning_is_escaped(name: str) -> None:
    bare = re.sub(r"\\(.)", "", escape(name))
    assert not set(bare) & set("*_`[]()<>!#$:&~|\\\"'/@")


@given(st.text())
def test_nothing_is_lost_but_runs_of_spaces(name: str) -> None:
    shown = re.sub(r"\\(.)", r"\1", escape(name)).replace(WORD_JOINER, "")
    assert shown.split() == name.replace(WORD_JOINER, "").split()


@pytest.mark.parametrize(
    "name",
    [
        "https://example.com",
        "a HTTP://b.example",
        "www.example.com",
        ":streamlit:",
        ":material_home:",
        *("->", "a <- b", "<->", "a -- b", ">=", "<= c", "~="),
    ],
)
def test_what_markdown_makes_of_the_text_it_has_unescaped_is_kept_from_it(name: str) -> None:
    shown = re.sub(r"\\(.)", r"\1", escape(name))
    made = r"https?://|www\.|:streamlit:|:material_\w+:|(^|\s)(<->|->|<-|--|[<>~]=)(\s|$)"
    assert not re.search(made, shown, re.IGNORECASE)


def test_a_number_stays_with_its_unit() -> None:
    assert escape(" to  49\u00a0%\n") == "to 49\u00a0%"


def test_a_table_keeps_its_columns_whatever_its_cells_say() -> None:
    rows = pl.DataFrame({"Part": ["a|b", "● Used"], "Points": ["−1.0", ""]})
    assert table(rows, right=["Points"], badges={"● Used": "blue"}).split("\n") == [
        "| Part | Points |",
        "| :-- | --: |",
        r"| a\|b | −1\.0 |",
        "| :blue-badge[● Used] |  |",
    ]
