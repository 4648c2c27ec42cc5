"""Long work, one piece at a time for the whole server, that outlives the page that began it.

A page starts a job from the callback of a button and shows it with :func:`show`. A reload, or
another visitor, finds the job that runs; a second click does not start a second one.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

import streamlit as st

from health.output import markdown
from health.ui.session import answers, error_boundary
from health.ui.session.error_boundary import ErrorBoundary

if TYPE_CHECKING:
    from collections.abc import Callable

    from health.errors import HealthError

_POLL: Final = 0.5  # seconds
_FORECAST_AFTER: Final = 2.0  # seconds; earlier a forecast is a guess
_SHOWN: Final = "job"


class Job:
    """One piece of work, and how far it is.

    title: what it does, such as “Recalculating”.
    can_stop: whether :meth:`stop` has an effect.
    share: finished part, from 0 to 1; None where nobody knows.
    result: what came of it, in a sentence, once it has ended well.
    failure: why it did not, once it has ended.
    """

    def __init__(self, title: str, work: Callable[[Job], str], *, can_stop: bool = False) -> None:
        self.title = title
        self.can_stop = can_stop
        self.share: float | None = None
        self.result = ""
        self.failure: HealthError | None = None
        self._work = work
        self._begun = time.monotonic()
        self._ended = threading.Event()
        self._stopping = threading.Event()

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return not self._ended.is_set()

    @property
    def is_stopping(self) -> bool:
        """Whether it was asked to stop; the work looks here between its steps."""
        return self._stopping.is_set()

    @property
    def seconds_left(self) -> float | None:
        """How long it will probably take; None while that is a guess."""
        spent = time.monotonic() - self._begun
        if not self.share or spent < _FORECAST_AFTER:
            return None
        return spent / self.share - spent

    def set_progress(self, share: float) -> None:
        """Note the finished part, from 0 to 1."""
        self.share = min(share, 1.0)

    def stop(self) -> None:
        """Ask the work to stop where that is safe."""
        self._stopping.set()

    def wait(self, seconds: float) -> bool:
        """Wait for the end, at most so long; return whether it has come."""
        return self._ended.wait(seconds)

    def run(self) -> None:
        """Do the work; whatever happens, the job has ended afterwards."""
        boundary = ErrorBoundary(
            self._fail,
            title=f"{self.title} did not work",
            advice="What was not finished is not stored. Try again",
        )
        with boundary:
            self.result = self._work(self)
        self._ended.set()

    def _fail(self, failure: HealthError) -> None:
        self.failure = failure


class Jobs:
    """The job of this server: the one that runs, or the one that ran last."""

    def __init__(self) -> None:
        self.latest: Job | None = None
        self._starting = threading.Lock()

    @property
    def running(self) -> Job | None:
        """The job that runs, if one does."""
        return self.latest if self.latest is not None and self.latest.is_running else None

    def start(self, job: Job) -> bool:
        """Start the job in a thread of its own, unless another one runs; return whether it did."""
        with self._starting:
            if self.running is not None:
                return False
            self.latest = job
        # The process may end at any moment: what a job has not stored by then, it has not done.
        threading.Thread(target=job.run, name=job.title, daemon=True).start()
        return True


@st.cache_resource(show_spinner=False)
def jobs() -> Jobs:
    """Return the jobs of this server."""
    return Jobs()


def start(job: Job) -> bool:
    """Start a job and show this visitor what comes of it; return False while another one runs."""
    if not jobs().start(job):
        st.toast("Something else is being worked on. Try again when it has finished.")
        return False
    st.session_state[_SHOWN] = job
    return True


def is_busy() -> bool:
    """Whether a job runs, so that no other can be started."""
    return jobs().running is not None


def show() -> Job | None:
    """Draw the job that runs, or what came of the one this visitor saw; return the latter."""
    running = jobs().running
    if running is not None:
        st.session_state[_SHOWN] = running
        _watch()
        return None
    job = seen()
    if job is None:
        return None
    if job.failure is not None:
        error_boundary.show(job.failure, icon=":material/error:")
    else:
        st.success(markdown.escape(job.result), icon=":material/check_circle:")
    return job


def seen() -> Job | None:
    """Return the job that this visitor started or saw, until it is dismissed."""
    job: Job | None = st.session_state.get(_SHOWN)
    return job


def dismiss_button() -> None:
    """Draw the button that stops showing what came of a job."""
    st.button("Dismiss", key="job_seen", type="tertiary", on_click=forget)


def forget(kind: type[Job] = Job) -> None:
    """Stop showing what came of a job of this kind; one that runs or failed is shown on."""
    job: Job | None = st.session_state.get(_SHOWN)
    if isinstance(job, kind) and not job.is_running and (kind is Job or job.failure is None):
        del st.session_state[_SHOWN]


@st.fragment(run_every=_POLL)
def _watch() -> None:
    """Draw the job that runs until it ends; then the whole page is drawn anew."""
    job: Job | None = st.session_state.get(_SHOWN)
    if job is None or not job.is_running:
        answers.see_newest()
        st.rerun()
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.progress(job.share or 0.0, text=_how_far(job))
        if job.can_stop:
            st.button("Stop", key="job_stop", on_click=job.stop, disabled=job.is_stopping)


def _how_far(job: Job) -> str:
    if job.is_stopping:
        return f"{job.title} … stopping after this step"
    if job.share is None:
        return f"{job.title} …"
    left = job.seconds_left
    forecast = "" if left is None else f", about {_duration(left)} left"
    return f"{job.title} … {job.share:.0%}{forecast}"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min"
