"""Which columns each kind of file has."""

from __future__ import annotations

import streamlit as st

from health.files.file_columns import shapes
from health.ui.session import answers, widget_state


def file_guide() -> None:
    """Draw the accepted columns of each kind of file, the required ones in bold."""
    with widget_state.expander("Which files, which columns?", "columns") as guide:
        if not guide.open:
            return
        for shape in shapes(answers.today()):
            columns = ", ".join(
                f"**{column.header}**" if column.required else column.header
                for column in shape.columns
            )
            st.markdown(f"{shape.label[0].upper()}{shape.label[1:]}: {columns}")
        st.caption(
            "Bold columns are required; capitals, blanks and camelCase in the header do not "
            "matter. Dates are written 2026-11-23, numbers as plain digits. A day without support "
            "tickets is sent as 0. Loading a file twice is the same as loading it once."
        )
