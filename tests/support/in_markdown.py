"""The tables that a page writes in markdown, as a reader sees them."""

from __future__ import annotations

import re

import polars as pl
from streamlit.testing.v1 import AppTest

_CHIP = re.compile(r":\w+-badge\[(.*)\]")


def tables(page: AppTest) -> list[pl.DataFrame]:
    """Each table of a page, of strings, with plain spaces and unescaped."""
    return [_table(one.value) for one in page.markdown if one.value.startswith("| ")]


def _table(markdown: str) -> pl.DataFrame:
    head, _, *rows = ([*map(_plain, line.split(" | "))] for line in _lines(markdown))
    return pl.DataFrame(rows, schema=dict.fromkeys(head, pl.String), orient="row")


def _lines(markdown: str) -> list[str]:
    return [line.removeprefix("| ").removesuffix(" |") for line in markdown.split("\n")]


def _plain(cell: str) -> str:
    chip = _CHIP.fullmatch(cell)
    return (chip[1] if chip else cell).replace("\u00a0", " ").replace("\\", "")
