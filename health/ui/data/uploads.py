"""Uploaded files: read, compared with the data on file, and stored when a person says so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import streamlit as st

from health import formatting, imports
from health.errors import FeedChanged, TablesRefused, UnclearFile, UnreadableFile
from health.imports.feeds import feed_named
from health.imports.recognition import read_recognized
from health.output import markdown
from health.storage.record_kinds import has_empty_cells
from health.ui.data import preview, stating
from health.ui.session import answers, jobs, viewer
from health.ui.session.jobs import Job

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from health.files import ParsedFile
    from health.files.feeds import Feed
    from health.imports import ImportOutcome
    from health.ui.session.answers import Answers

MEGABYTE: Final = 2**20

_ROUND: Final = "upload_round"
_READ: Final = "uploads_read"
_PLAN: Final = "uploads_plan"
_EMPTY_CLEARS: Final = "uploads_empty_clears"
_STORING: Final = "uploads_storing"


@dataclass(frozen=True, kw_only=True)
class Upload:
    """An uploaded file: its content, the tables that were read of it, or why not.

    offered: the sheets or files in it that can be loaded, where there are several tables.
    only: those that a person chose; all where there is none.
    """

    file_id: str
    name: str
    content: Callable[[], bytes] = bytes
    parsed: tuple[ParsedFile, ...] = ()
    error: UnreadableFile | None = None
    offered: tuple[str, ...] = ()
    only: tuple[str, ...] = ()


def choose_files() -> list[Upload]:
    """Draw the uploader, and return what was read of its files."""
    _forget_stored()
    settings = answers.settings()
    limit = settings.max_upload_mb
    files = st.file_uploader(
        "CSV (also gzip), Excel, OpenDocument, Parquet, JSON lines, or a ZIP of these; up to "
        f"{settings.max_upload_files} at once, each up to {limit} MB. Nothing is stored before you "
        "have seen what it changes.",
        accept_multiple_files=True,
        max_upload_size=limit,
        key=f"uploads_{st.session_state.get(_ROUND, 0)}",
    )
    return _read(files, limit)


def review(ask: Answers, uploads: Sequence[Upload], *, is_demo: bool) -> None:
    """Draw what the files would change, and the buttons that store or discard them."""
    if is_demo:
        st.warning(
            "The clients on file are made up, and what you store here mixes with them. For your "
            "own data, open the dashboard on another database (--database).",
            icon=":material/warning:",
        )
    for one in uploads:
        if one.error is not None:
            way_out = f" {_way_out(one.error)}"
            st.error(
                f"**{markdown.escape(one.name)}: {markdown.escape(one.error.title)}**  \n"
                f"{markdown.escape(one.error.message)}{markdown.escape(way_out)}",
                icon=":material/block:",
            )
        if one.offered:
            _choose_tables(one)
        if isinstance(one.error, UnclearFile):
            stating.state(
                one.file_id, one.name, one.content, saved=_read_anew, earlier=_earlier(one.error)
            )
    parsed = _once(uploads)
    empty_clears = _clears(parsed)
    outcomes = _plan(ask, parsed, empty_clears=empty_clears)
    if outcomes is None:
        st.info("Something else is being worked on; what these files change shows afterwards.")
        return
    contents = {table.sha256: one.content for one in uploads for table in one.parsed}
    for file, outcome in zip(parsed, outcomes, strict=True):
        preview.outcome(file, outcome, contents[file.sha256])
    is_complete = all(one.error is None for one in uploads)
    _decide(parsed, outcomes, is_complete=is_complete, empty_clears=empty_clears)


def _read(files: Sequence[UploadedFile], limit: int) -> list[Upload]:
    """Read each file once, however often the page is drawn; forget those that were removed."""
    known: dict[str, Upload] = st.session_state.get(_READ, {})
    read = {}
    for file in files:
        only = tuple(st.session_state.get(_tables_key(file.file_id), ()))
        last = known.get(file.file_id)
        if last is None or last.only != only:
            last = _read_one(file, limit, only, last.offered if last else ())
        read[file.file_id] = last
    st.session_state[_READ] = read
    return list(read.values())


def _tables_key(file_id: str) -> str:
    return f"tables_{file_id}"


def _choose_tables(one: Upload) -> None:
    """Draw the sheets of a workbook, or the files of an archive, to load only some of them."""
    is_open = one.error is not None
    st.multiselect(
        f"Load only these of {markdown.escape(one.name)}",
        one.offered,
        placeholder="Choose what can be loaded" if is_open else "All of them",
        key=_tables_key(one.file_id),
    )


def _read_one(
    file: UploadedFile, limit: int, only: tuple[str, ...], offered: tuple[str, ...]
) -> Upload:
    title = f"Reading {markdown.escape(file.name)} …"
    bar = st.progress(0.0, text=title)

    def tell(share: float) -> None:
        bar.progress(min(share, 1.0), text=title)

    upload = Upload(
        file_id=file.file_id, name=file.name, content=file.getvalue, offered=offered, only=only
    )
    try:
        parsed = read_recognized(
            answers.database(),
            file.getvalue(),
            name=file.name,
            today=answers.today(),
            only=only,
            max_bytes=limit * MEGABYTE,
            progress=tell,
        )
    except UnreadableFile as error:
        readable = error.readable if isinstance(error, TablesRefused) else ()
        return replace(upload, error=error, offered=offered or readable)
    finally:
        bar.empty()
    several = tuple(table.part for table in parsed if table.part) if len(parsed) > 1 else ()
    return replace(upload, parsed=parsed, offered=offered or several)


def _way_out(error: UnreadableFile) -> str:
    """What can be loaded of a file all the same, as a sentence; maybe none."""
    if not isinstance(error, TablesRefused) or not error.readable:
        return ""
    names = formatting.listing([f"“{name}”" for name in error.readable])
    return f"To load only {names}, choose below what to load."


def _earlier(error: UnclearFile) -> Feed | None:
    """The feed that a file with other columns now is likely of."""
    if not isinstance(error, FeedChanged) or error.feed is None:
        return None
    with answers.opened().read() as reader:
        return feed_named(reader, error.feed)


def _once(uploads: Sequence[Upload]) -> list[ParsedFile]:
    """Return the files that were read, each content once, and name the ones that repeat."""
    by_content: dict[str, ParsedFile] = {}
    for table in (table for one in uploads for table in one.parsed):
        first = by_content.setdefault(table.sha256, table)
        if first is not table:
            st.info(
                f"**{markdown.escape(table.name)}** holds exactly the same as "
                f"**{markdown.escape(first.name)}**; it counts once.",
                icon=":material/content_copy:",
            )
    return list(by_content.values())


def _clears(parsed: list[ParsedFile]) -> bool:
    """Whether a person said, beside the button that stores, that empty cells clear."""
    return st.session_state.get(_EMPTY_CLEARS, False) and any(map(has_empty_cells, parsed))


def _plan(
    ask: Answers, parsed: list[ParsedFile], *, empty_clears: bool
) -> tuple[ImportOutcome, ...] | None:
    """Return what the files would change; None while another job stores."""
    content = (empty_clears, *(file.sha256 for file in parsed))
    last = st.session_state.get(_PLAN)
    if last is not None and last[0] == content and (last[1] == ask.version or jobs.is_busy()):
        outcomes: tuple[ImportOutcome, ...] = last[2]
        return outcomes
    # A rehearsal waits for a job that stores; the page would stand still without a word.
    if jobs.is_busy():
        return None
    with st.spinner("Comparing with what is on file …"):
        outcomes = imports.plan(answers.database(), parsed, empty_clears=empty_clears)
    st.session_state[_PLAN] = (content, ask.version, outcomes)
    return outcomes


def _decide(
    parsed: list[ParsedFile],
    outcomes: tuple[ImportOutcome, ...],
    *,
    is_complete: bool,
    empty_clears: bool,
) -> None:
    rejected = sum(outcome.rows_rejected for outcome in outcomes)
    good = sum(outcome.rows_read for outcome in outcomes) - rejected
    if not is_complete:
        st.warning(
            "Files are stored together or not at all. State how the file is read or choose its "
            "sheets where that is offered, remove it (×, above), or fix it and upload it again.",
            icon=":material/warning:",
        )
    elif rejected and good:
        st.warning(
            f"{formatting.number(rejected)} of {formatting.count(good + rejected, 'row')} cannot "
            "be stored. Fix the file and upload it again, or store the others alone.",
            icon=":material/warning:",
        )
    for outcome in outcomes:
        if is_complete and outcome.has_nothing:
            st.warning(
                f"{markdown.escape(outcome.nothing)} Remove it (×, above), or fix it and upload it "
                "again.",
                icon=":material/warning:",
            )
    is_empty = any(outcome.has_nothing for outcome in outcomes)
    is_held = (
        not is_complete or is_empty or jobs.is_busy() or not _looked_at(outcomes, empty_clears)
    )
    if any(map(has_empty_cells, parsed)):
        st.checkbox(
            "Empty cells clear what is on file",
            key=_EMPTY_CLEARS,
            help="Without it, an empty cell keeps what is on file.",
        )
    with st.container(horizontal=True):
        if parsed:
            st.button(
                f"Store {formatting.count(len(parsed), 'file')}",
                key="store",
                type="primary",
                icon=":material/save:",
                disabled=is_held or bool(rejected),
                on_click=_start_storing,
                args=(parsed, False, empty_clears),
            )
        if rejected and good:
            st.button(
                f"Store the {formatting.count(good, 'valid row')} only",
                key="store_valid",
                disabled=is_held,
                on_click=_start_storing,
                args=(parsed, True, empty_clears),
            )
        st.button("Discard", key="discard", type="tertiary", on_click=_next_round)


def _looked_at(outcomes: Sequence[ImportOutcome], empty_clears: bool) -> bool:
    """Whether nothing holds the files, or a person says to have looked at it as they are now."""
    held = [found for outcome in outcomes for found in outcome.holds]
    if any(found.kind.is_final for found in held):
        st.error(
            "The numbers would be stored wrong; see what holds the file above.",
            icon=":material/block:",
        )
        return False
    if not held:
        return True
    content = "".join(outcome.sha256[:8] for outcome in outcomes)
    return st.checkbox(
        "I have looked at what looks wrong above, and the files are right",
        key=f"looked_{content}{'_clears' if empty_clears else ''}",
    )


def _start_storing(parsed: list[ParsedFile], valid_rows_only: bool, empty_clears: bool) -> None:
    """Start to store; the second click of a double click finds the first one's job."""
    if st.session_state.get(_STORING) is not None:
        return
    database, settings, by = answers.database(), answers.settings(), viewer.name()

    def work(_: Job) -> str:
        return preview.stored(
            imports.store(
                database,
                parsed,
                by=by,
                valid_rows_only=valid_rows_only,
                empty_clears=empty_clears,
                undo_days=settings.undo_days,
            )
        )

    job = Job("Storing", work)
    if jobs.start(job):
        st.session_state[_STORING] = job


def _forget_stored() -> None:
    """Remove the files that are stored now; keep those that failed, to be tried again."""
    job: Job | None = st.session_state.get(_STORING)
    if job is not None and not job.is_running:
        del st.session_state[_STORING]
        if job.failure is None:
            _next_round()


def _read_anew() -> None:
    """Read the files again: one of them is known by a feed now."""
    for key in (_READ, _PLAN):
        st.session_state.pop(key, None)


def _next_round() -> None:
    """Empty the uploader: only a new key does that."""
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    for key in (_READ, _PLAN, _EMPTY_CLEARS):
        st.session_state.pop(key, None)
