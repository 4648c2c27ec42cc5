"""What a table of a page holds, as a file: all its rows, whichever of them are drawn."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from health.output.spreadsheet import Sheet
from health.ui.session import answers

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    import polars as pl

    from health.storage.database import Reader
    from health.ui.session.answers import Answers


def file_name(what: str, of: str, day: date) -> str:
    """Return a name without its ending, of plain letters: what it is, of whom, and of which day."""
    subject = re.sub(r"[^A-Za-z0-9]+", "-", f"{what} {of}").strip("-").lower()
    return f"{subject}-{day}"


def download(
    what: str,
    rows: Callable[[Reader], pl.DataFrame],
    *,
    ask: Answers,
    day: date,
    of: str = "",
) -> None:
    """Draw a small button that, once pressed, offers a table as CSV and as an Excel workbook.

    what: the table in a few words, other than those of any other on the page.
    rows: gives the frame, asked for when a file is.
    of: the id of a client it is about; with ``what`` and ``day`` it makes the name of the file.
    """
    database = answers.opened()

    def write(sheet: Sheet) -> bytes:
        with database.read() as reader:
            return sheet.write(rows(reader))

    key = what.replace(" ", "-")
    # Of two files with one name the server may hand out the earlier one: the version of the data
    # tells them apart.
    name = f"{file_name(what, of, day)}-v{ask.version}"
    with st.popover(
        "",
        icon=":material/download:",
        type="tertiary",
        help=f"Download {what}",
        key=f"download-{key}",
        on_change="rerun",
    ) as files:
        for sheet in Sheet if files.open else ():
            st.download_button(
                f"{sheet.label} file",
                data=partial(write, sheet),
                file_name=f"{name}.{sheet.ending}",
                mime=sheet.media_type,
                key=f"download-{key}-{sheet.ending}",
                type="tertiary",
                on_click="ignore",
            )
