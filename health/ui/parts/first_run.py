"""The first visit: two ways to begin with an empty database."""

from __future__ import annotations

import streamlit as st

from health import formatting
from health.maintenance import demo
from health.maintenance.demo import loading
from health.ui.session import answers, jobs, viewer
from health.ui.session.jobs import Job


def welcome() -> None:
    """Say what this is and offer the demo; uploading is right below."""
    with st.container(border=True):
        st.markdown(
            "#### Nothing is on file yet\n"
            "Client Health scores how each client uses the product, every day, and shows who is at "
            "risk and why. Load your files below. Or look around with 200 made-up clients first: "
            "this database is then marked as a demo, and you begin another one for your own."
        )
        st.button(
            "Load the demo data",
            key="load_demo",
            icon=":material/explore:",
            disabled=jobs.is_busy(),
            on_click=load_demo,
        )


def load_demo() -> None:
    """Start the job that makes and scores the demo; the Data page shows how far it is."""
    database, by, today = answers.database(), viewer.name(), answers.today()

    def work(job: Job) -> str:
        data = demo.generate()
        scores = loading.load(database, data, by=by, today=today, progress=job.set_progress)
        return (
            f"The demo is loaded: {formatting.count(data.organizations.height, 'client')}, "
            f"{formatting.count(scores, 'score')}."
        )

    jobs.start(Job("Making the demo", work))
