"""An unknown file is stated on the Data page, and from then on it is recognized."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from health import imports
from health.files import read_file
from health.output.markdown import WORD_JOINER
from health.storage.database import Database
from health.ui.session import jobs

ROOT = Path(__file__).parents[2]
CLIENTS = b"organization_id,name\nA,Alpha\nB,Beta\n"
TICKETS = b"""\
Id,Subject,Status,Created at,Organization
1,Cannot sign in,Open,02-05-2026 09:14,Alpha
2,Export,Solved,02-05-2026 10:00,Alpha
3,Export,Spam,03-05-2026 10:00,Beta
"""


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    path = tmp_path / "health.duckdb"
    with Database.open(path) as database:
        today = datetime.now(UTC).date()
        imports.store(database, [read_file(CLIENTS, name="c.csv", today=today)], by="Bob")
    monkeypatch.setenv("CLIENT_HEALTH_DATABASE", str(path))
    st.cache_resource.clear()
    visitor = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    visitor.switch_page("pages/data/data.py")
    yield visitor.run()
    job = jobs.jobs().latest
    if job is not None:
        job.wait(30)


def upload(page: AppTest, content: bytes, name: str) -> None:
    page.file_uploader[0].upload(name, content, "text/csv").run()
    assert not page.exception


def keyed(page: AppTest, kind: str, end: str) -> Any:
    """The only widget of a kind whose key ends so."""
    (found,) = [one for one in getattr(page, kind) if (one.key or "").endswith(end)]
    return found


def plain(text: str) -> str:
    """Text without the signs that keep it from meaning anything in markdown."""
    return text.replace("\\", "").replace(WORD_JOINER, "")


def texts(page: AppTest) -> str:
    """What the page says."""
    kinds = ("markdown", "caption", "info")
    return plain("\n".join(one.value for kind in kinds for one in page.get(kind)))


def test_an_unknown_file_is_stated_once_and_recognized_from_then_on(page: AppTest) -> None:
    upload(page, TICKETS, "tickets.csv")
    assert page.error[0].value.startswith(r"**tickets\.csv:")
    keyed(page, "toggle", "_open").set_value(True).run()
    assert not page.exception
    # The day or the month first: only a person knows.
    asked = keyed(page, "radio", "values.dates")
    assert "02-05-2026 09:14" in plain(asked.label)
    assert "Answer what is asked above" in texts(page)
    assert not [one for one in page.button if (one.key or "").endswith("_save")]

    asked.set_value("day first").run()
    assert not page.exception
    assert "3\u00a0rows: 3 read, counted into 2\u00a0values" in texts(page)
    assert "Not read: Id, Subject, Status." in texts(page)

    keyed(page, "selectbox", "_where").set_value("Status").run()
    keyed(page, "selectbox", "_is").set_value(True).run()
    keyed(page, "multiselect", "_words_Status").set_value(["Spam"]).run()
    assert "2 read, 1 ignored" in texts(page)

    keyed(page, "text_input", "_name").set_value("Ticket desk").run()
    keyed(page, "button", "_save").click().run()
    assert not page.exception
    assert not page.error
    assert "Read by the feed “Ticket desk”, version 1." in texts(page)
    assert page.button("store")
    page.button("discard").click().run()

    upload(page, TICKETS.replace(b"-05-", b"-06-"), "june.csv")
    assert "Read by the feed “Ticket desk”, version 1." in texts(page)


def test_a_file_without_any_table_is_said_to_be_none(page: AppTest) -> None:
    upload(page, b"\x00\x01\x02", "noise.bin")
    assert not page.toggle
    page.button(key="discard").click().run()
    upload(page, b'Client,Name\nA,M\xfcller\nB,"open\n', "broken.csv")
    keyed(page, "toggle", "_open").set_value(True).run()
    assert not page.exception
    assert "no table that could be described" in texts(page)


def test_a_feed_is_listed_and_used_no_longer(page: AppTest) -> None:
    upload(page, b"Client ID,2026-05-02,2026-05-03\nA,4,5\n", "pivot.csv")
    keyed(page, "toggle", "_open").set_value(True).run()
    assert "Say what the numbers below the days count." in texts(page)
    metric = keyed(page, "selectbox", "_metric")
    metric.set_value(metric.options[0]).run()
    keyed(page, "button", "_save").click().run()
    assert "Read by the feed “pivot”, version 1." in texts(page)
    page.button("discard").click().run()

    page.query_params["feeds"] = "true"
    page.run()
    assert "pivot** · version 1 · Usage, one column per day" in texts(page)
    keyed(page, "button", "feed_retire_pivot").click().run()
    assert not page.exception
    assert "pivot" not in texts(page)
    upload(page, b"Client ID,2026-06-02,2026-06-03\nA,4,5\n", "june.csv")
    assert page.error
