"""Long work: one piece at a time, and whatever happens it ends."""

from __future__ import annotations

import threading
from pathlib import Path

from log_lines import logged
from streamlit.testing.v1 import AppTest

from health.errors import HealthError, UndoRefused
from health.ui.session.jobs import Job, Jobs


def test_a_job_ends_with_what_it_says() -> None:
    job = Job("Counting", lambda _: "Counted.")
    assert job.is_running
    job.run()
    assert not job.is_running
    assert job.result == "Counted."
    assert job.failure is None


def test_who_has_seen_a_job_end_sees_what_it_stored() -> None:
    def page() -> None:
        import streamlit as st

        from health.ui.session import jobs

        if "version_seen" in st.session_state:
            jobs._watch()

    visitor = AppTest.from_function(page)
    job = Job("Counting", lambda _: "Counted.")
    job.run()
    visitor.session_state["job"], visitor.session_state["version_seen"] = job, 7
    visitor.run()
    assert "version_seen" not in visitor.session_state


def test_a_condition_keeps_its_own_words() -> None:
    def work(_: Job) -> str:
        raise UndoRefused("Undo the later one first.")

    job = Job("Undoing", work)
    job.run()
    assert isinstance(job.failure, UndoRefused)


def test_a_bug_is_logged_without_its_words_and_told_with_a_reference(tmp_path: Path) -> None:
    def work(_: Job) -> str:
        raise ValueError("the row of a client")

    job = Job("Dividing", work)
    with logged(tmp_path) as lines:
        job.run()
    assert not job.is_running
    assert isinstance(job.failure, HealthError)
    assert job.failure.title == "Dividing did not work"
    (line,) = lines
    assert (line["event"], line["kind"]) == ("bug", "ValueError")
    assert line["at"].endswith(":work")
    assert line["reference"] in job.failure.message
    # What went wrong may quote a row.
    assert "client" not in f"{line} {job.failure.message}"


def test_a_panic_of_a_library_ends_a_job_too() -> None:
    class PanicException(BaseException):
        """As polars raises it: not an Exception."""

    def work(_: Job) -> str:
        raise PanicException

    job = Job("Dividing", work)
    job.run()
    assert not job.is_running
    assert isinstance(job.failure, HealthError)


def test_one_job_runs_at_a_time() -> None:
    jobs = Jobs()
    step = threading.Event()

    def work(_: Job) -> str:
        step.wait(30)
        return "Done."

    first = Job("First", work)
    assert jobs.start(first)
    assert not jobs.start(Job("Second", lambda _: "Never."))
    assert jobs.running is first
    step.set()
    assert first.wait(30)
    assert jobs.running is None
    assert jobs.start(Job("Third", lambda _: "Yes."))


def test_a_job_that_is_told_to_stop_sees_it() -> None:
    job = Job("Stopping", lambda job: "Stopped." if job.is_stopping else "Not.", can_stop=True)
    job.stop()
    job.run()
    assert job.result == "Stopped."


def test_a_share_beyond_the_whole_is_the_whole() -> None:
    job = Job("Telling", lambda _: "")
    assert job.share is None
    job.set_progress(1.2)
    assert job.share == 1
