"""What a file would change, shown before it is stored, and what it changed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import polars as pl
import streamlit as st

from health import formatting
from health.files import Layout, rejected_rows, rejects_to_csv
from health.imports import WarningKind
from health.imports.warnings.finding import client
from health.output import markdown
from health.output.spreadsheet import Sheet
from health.ui.data import field_words
from health.ui.session import answers
from health.vocabulary import FileKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from health.files import ParsedFile
    from health.imports import ImportOutcome

SHOWN: Final = 500
"""Rejected rows shown on the page; the download has them all."""

NAMED: Final = 5
"""New clients named in a sentence; more are listed."""

_DAYS: Final = {
    WarningKind.DAYS_MISSING: "Missing from",
    WarningKind.CLIENT_MISSING: "Last day on file",
    WarningKind.MANY_MISSING: "Last day on file",
}
_VALUES: Final = {
    WarningKind.DAYS_MISSING: "Days missing",
    WarningKind.CLIENT_MISSING: "Days behind",
    WarningKind.MANY_MISSING: "Days behind",
}
_REJECTS: Final = {
    "line": "Line",
    "column": "Column",
    "value": "Value",
    "reason": "What is wrong",
    "accepted": "What would be accepted",
}
_DAY: Final = "D MMM YYYY"
_ROW: Final = 35
_MOST_ROWS: Final = 8


def outcome(parsed: ParsedFile, result: ImportOutcome, content: Callable[[], bytes]) -> None:
    """Draw what one file changes: rows, days, clients, scores, warnings and rejected rows.

    content: gives the bytes of the file, asked for when the rejected rows are downloaded.
    """
    with st.container(border=True):
        st.markdown(
            f"**{markdown.escape(result.name)}** · {_kind(parsed)} · "
            f"{formatting.size(result.size)}  \n"
            f"{_counts(result)}  \n{markdown.escape(' '.join(_sentences(result)))}"
        )
        _new_clients(result)
        if result.cleared:
            st.markdown(f":orange[Becomes empty:] {markdown.escape(_cleared(result))}")
        for note in parsed.notes:
            st.caption(f":material/info: {markdown.escape(note)}")
        if parsed.feed_use is not None:
            st.caption(markdown.escape(" ".join(parsed.feed_use.sentences)))
        if result.beside_cleared:
            _warnings(result)
        if not result.changes.is_empty():
            _changes(result)
        if not result.rejects.is_empty():
            _rejects(parsed, result, content)


def _new_clients(result: ImportOutcome) -> None:
    """Name every client that is not on file yet: a few in a sentence, more in a list."""
    new = result.new_clients
    if new.is_empty():
        return
    number = formatting.count(new.height, "new client")
    if new.height > NAMED:
        with st.expander(number):
            st.dataframe(
                new.select("name", "organization_id"),
                hide_index=True,
                height=_height(new.height),
                column_config={
                    "name": st.column_config.TextColumn("Client"),
                    "organization_id": st.column_config.TextColumn("Id"),
                },
            )
        return
    named = [client(name, own) for own, name in new.iter_rows()]
    st.markdown(markdown.escape(f"{number}: {formatting.listing(named)}."))


def _cleared(result: ImportOutcome) -> str:
    """Say how many values of which field become empty."""
    counts = [(field_words.label(field), times) for field, times in result.cleared.items()]
    return formatting.listing(
        [f"{formatting.number(times)} of {name[:1].lower()}{name[1:]}" for name, times in counts]
    )


def stored(results: Sequence[ImportOutcome]) -> str:
    """Return a sentence on what was stored."""
    counts = {
        "new row": sum(result.rows_new for result in results),
        "changed row": sum(result.rows_changed for result in results),
        "rejected row": sum(result.rows_rejected for result in results),
    }
    *stored, left_out = (
        formatting.count(count, noun) if count else "" for noun, count in counts.items()
    )
    files = formatting.listing([result.name for result in results])
    what = formatting.listing(list(filter(None, stored))) if any(stored) else "nothing new in it"
    said = f"Stored {files}: {what}." + (f" Left out: {left_out}." if left_out else "")
    warnings = [warning for result in results for warning in result.warnings]
    return said + "".join(f" Warning: {one.sentence}" for one in warnings)


def _kind(parsed: ParsedFile) -> str:
    if parsed.kind is not FileKind.USAGE:
        return parsed.kind.label
    layout = "column" if parsed.layout is Layout.WIDE else "row"
    return f"{parsed.kind.label}, one {layout} per metric"


def _counts(result: ImportOutcome) -> str:
    counts = {
        "new": result.rows_new,
        "changed": result.rows_changed,
        "unchanged": result.rows_unchanged,
        "rejected": result.rows_rejected,
    }
    shown = [f"**{formatting.number(count)}** {name}" for name, count in counts.items() if count]
    if result.rows_rejected:
        shown[-1] = f":red[{shown[-1]}]"
    rows = f"{formatting.count(result.rows_read, 'row')}"
    return f"{rows}: {', '.join(shown)}" if shown else "No row in it"


def _sentences(result: ImportOutcome) -> list[str]:
    if not result.rows_new and not result.rows_changed:
        said = ["Storing it changes nothing."]
    else:
        said = [f"Changes the data of {formatting.count(result.clients, 'client')}."]
    if result.first_date is not None:
        said.append(f"Its usage is {formatting.span(result.first_date, result.last_date)}.")
    if result.scores_days:
        said.append(
            f"Up to {formatting.count(result.scores_days, 'score')} of "
            f"{formatting.count(result.scores_clients, 'client')} become out of date."
        )
    if result.same_as is not None:
        said.append(f"Exactly this file was stored before, as import {result.same_as}.")
    return said


def _warnings(result: ImportOutcome) -> None:
    """List what looks wrong, what holds the file first."""
    number = formatting.count(len(result.beside_cleared), "warning")
    then = "; look before you store" if result.holds else "; the rows can be stored all the same"
    with st.expander(f"{number}{then}", expanded=True):
        for warning in sorted(result.beside_cleared, key=lambda found: not found.holds):
            mark = ":red[:material/front_hand:]" if warning.holds else ":orange[:material/warning:]"
            st.markdown(f"{mark} {markdown.escape(warning.sentence)}")
            examples = warning.examples
            if examples.is_empty():
                continue
            st.dataframe(
                _examples(examples),
                hide_index=True,
                placeholder="",
                height=_height(examples.height),
                column_config={
                    "name": st.column_config.TextColumn("Client"),
                    "organization_id": st.column_config.TextColumn("Id"),
                    "count": st.column_config.NumberColumn("How many", format="localized"),
                    "metric": st.column_config.TextColumn("Metric"),
                    "date": st.column_config.DateColumn(
                        _DAYS.get(warning.kind, "Worst on"), format=_DAY
                    ),
                    "value": st.column_config.NumberColumn(
                        _VALUES.get(warning.kind, "Value"), format="localized"
                    ),
                    "against": st.column_config.NumberColumn(
                        warning.kind.against.capitalize(), format="localized"
                    ),
                },
            )
            if warning.clients > examples.height:
                st.caption(
                    f"{formatting.count(examples.height, 'client')} of "
                    f"{formatting.number(warning.clients)} "
                    "are shown, the worst first."
                )


def _examples(examples: pl.DataFrame) -> pl.DataFrame:
    """The clients that a warning is about: by name, without the columns that hold nothing."""
    metrics = [metric and field_words.label(metric) for metric in examples["metric"]]
    return examples.with_columns(
        pl.col("name").fill_null(pl.col("organization_id")),
        pl.Series("metric", metrics, dtype=pl.String),
    ).select(column.name for column in examples if column.null_count() < examples.height)


def _changes(result: ImportOutcome) -> None:
    changes = result.changes
    with st.expander(
        f"What changes, old to new: {formatting.count(changes.height, 'value')} shown"
    ):
        fields = changes["field"].to_list()
        shown = {
            "Client": changes["name"].fill_null(changes["organization_id"]),
            "Id": changes["organization_id"],
            "What": [field_words.label(field) for field in fields],
            "Day": changes["date"],
            "Old": list(map(field_words.value, fields, changes["old_value"])),
            "New": list(map(field_words.value, fields, changes["new_value"])),
        }
        frame = pl.DataFrame(shown)
        st.dataframe(
            frame if changes["date"].count() else frame.drop("Day"),
            hide_index=True,
            placeholder="",
            height=_height(frame.height),
            column_config={"Day": st.column_config.DateColumn(format=_DAY)},
        )


def _rejects(parsed: ParsedFile, result: ImportOutcome, content: Callable[[], bytes]) -> None:
    rejects = result.rejects
    reasons = rejects.group_by("reason").len().sort("len", "reason", descending=[True, False])
    listed = ", ".join(
        f"{reason} ({formatting.number(count)})" for reason, count in reasons.iter_rows()
    )
    with st.expander(f"Rejected: {markdown.escape(listed)}", expanded=True):
        st.dataframe(
            rejects.head(SHOWN),
            hide_index=True,
            placeholder="",
            height=_height(min(rejects.height, SHOWN)),
            column_config={
                "line": st.column_config.NumberColumn(_REJECTS["line"], width=60),
                "column": st.column_config.TextColumn(_REJECTS["column"], width=130),
                "value": st.column_config.TextColumn(_REJECTS["value"], width=150),
                "reason": st.column_config.TextColumn(_REJECTS["reason"], width=185),
                "accepted": st.column_config.TextColumn(_REJECTS["accepted"]),
            },
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            st.download_button(
                "Download the list",
                data=lambda: rejects_to_csv(rejects),
                file_name=_file_name("rejects", result),
                mime="text/csv",
                icon=":material/download:",
                key=f"rejects_{result.sha256}",
                on_click="ignore",
            )
            st.download_button(
                "The list for Excel",
                data=lambda: Sheet.EXCEL.write(rejects.rename(_REJECTS)),
                file_name=f"{_file_name('rejects', result).removesuffix('.csv')}.xlsx",
                mime=Sheet.EXCEL.media_type,
                icon=":material/download:",
                key=f"rejects_excel_{result.sha256}",
                on_click="ignore",
            )
            _rows_to_fix(parsed, result, content)
            if rejects.height > SHOWN:
                st.caption(f"The first {SHOWN} of {formatting.number(rejects.height)} are shown.")
            if parsed.rejects_left_out:
                st.caption(
                    f"{formatting.number(parsed.rejects_left_out)} more of the same kinds are only "
                    "counted."
                )


def _rows_to_fix(parsed: ParsedFile, result: ImportOutcome, content: Callable[[], bytes]) -> None:
    """Offer the rejected rows, unless they are counted with others of their day."""
    use, today = parsed.feed_use, answers.today()
    if use is not None and use.is_counted:
        st.caption("Fix the rows in the file itself: they are counted with the others of a day.")
        return
    st.download_button(
        "Download the rows, to fix and load again",
        data=lambda: rejected_rows(
            content(),
            today=today,
            refused=result.rejects,
            sheet=parsed.part,
            feed=use.feed if use else None,
        ),
        file_name=_file_name("to-fix", result),
        mime="text/csv",
        icon=":material/build:",
        key=f"to_fix_{result.sha256}",
        on_click="ignore",
    )


def _file_name(what: str, result: ImportOutcome) -> str:
    """Return a name with the file's hash: Streamlit mixes up two downloads of one name."""
    stem = re.sub(r"[^A-Za-z0-9]+", "-", result.name.rsplit(".", 1)[0]).strip("-")[:40]
    return f"{what}-{stem or 'rows'}-{result.sha256[:8]}.csv"


def _height(rows: int) -> int:
    return (min(rows, _MOST_ROWS) + 1) * _ROW + 3
