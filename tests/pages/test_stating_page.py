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
from health.files.feeds import Feed, FeedKind
from health.imports.feeds import versions
from health.output.markdown import WORD_JOINER
from health.storage.database import Database
from health.ui.session import answers, jobs
from health.vocabulary import MetricType

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


def stored_feed(name: str, version: int | None = None) -> Feed:
    """A feed on file; its latest version unless one is named."""
    with answers.database().read() as reader:
        found = versions(reader, name)
    return next(one.feed for one in found if version in (None, one.feed.version))


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


def test_rows_are_counted_as_several_metrics_under_several_conditions(page: AppTest) -> None:
    upload(page, TICKETS.replace(b"03-05", b"13-05"), "tickets.csv")
    keyed(page, "toggle", "_open").set_value(True).run()
    keyed(page, "selectbox", "_where").set_value("Status").run()
    keyed(page, "selectbox", "_is").set_value(True).run()
    keyed(page, "multiselect", "_words_Status").set_value(["Spam"]).run()
    keyed(page, "selectbox", "_1_where").set_value("Subject").run()
    keyed(page, "multiselect", "_words_Subject").set_value(["Export"]).run()
    assert "1 read, 2 ignored" in texts(page).replace("\u00a0", " ")
    assert keyed(page, "selectbox", "_2_where")

    keyed(page, "button", "_more").click().run()
    assert "Say what is counted" in texts(page)
    metrics = [one for one in page.selectbox if (one.key or "").endswith("_metric")]
    metrics[1].set_value(MetricType.CASES_CREATED).run()
    days = [one for one in page.selectbox if (one.key or "").endswith("_day")]
    days[1].set_value("Created at").run()
    assert not page.exception
    assert "3 read" in texts(page).replace("\u00a0", " ")
    keyed(page, "text_input", "_name").set_value("Desk").run()
    keyed(page, "button", "_save").click().run()
    assert not page.exception
    feed = stored_feed("Desk")
    assert [(count.metric, len(count.where)) for count in feed.counts] == [
        ("SUPPORT_TICKETS", 2),
        ("CASES_CREATED", 0),
    ]


def test_what_every_row_has_is_stated_once(page: AppTest) -> None:
    upload(page, b"Account ID,Users on the day\nA,7\n", "logins.csv")
    keyed(page, "toggle", "_open").set_value(True).run()
    kinds = keyed(page, "selectbox", "_kind")
    kinds.set_value(FeedKind.USAGE_LONG).run()
    assert not page.exception
    columns = [one for one in page.selectbox if "_column_" in (one.key or "")]
    columns[1].set_value("value").run()
    assert "metric_type" in texts(page)
    keyed(page, "multiselect", "_constants").set_value(["metric_type", "date"]).run()
    keyed(page, "text_input", "_constant_metric_type").set_value("API_CALLS").run()
    keyed(page, "text_input", "_constant_date").set_value("2026-05-02").run()
    assert not page.exception
    keyed(page, "button", "_save").click().run()
    assert stored_feed("logins").constants == {"metric_type": "API_CALLS", "date": "2026-05-02"}


def test_a_source_that_changed_is_stated_from_the_last_version_of_its_feed(page: AppTest) -> None:
    upload(page, TICKETS, "desk.csv")
    keyed(page, "toggle", "_open").set_value(True).run()
    keyed(page, "radio", "values.dates").set_value("day first").run()
    keyed(page, "selectbox", "_where").set_value("Status").run()
    keyed(page, "selectbox", "_is").set_value(True).run()
    keyed(page, "multiselect", "_words_Status").set_value(["Spam"]).run()
    keyed(page, "button", "_save").click().run()
    page.button("discard").click().run()

    changed = TICKETS.replace(b"Subject,", b"Subject,Channel,").replace(b"sign in,", b"sign in,A,")
    upload(page, changed.replace(b"Export,", b"Export,B,"), "other.csv")
    assert "“Channel” is new" in plain(page.error[0].value)
    keyed(page, "toggle", "_open").set_value(True).run()
    assert not page.exception
    assert "Stated as in the feed **desk**, version 1" in texts(page)
    assert "“Channel” is new" in texts(page)
    assert not [one for one in page.radio if (one.key or "").endswith("values.dates")]
    assert keyed(page, "text_input", "_name").value == "desk"
    assert "2 read, 1 ignored" in texts(page).replace("\u00a0", " ")
    keyed(page, "button", "_save").click().run()
    assert "Read by the feed “desk”, version 2." in texts(page)
    before, after = stored_feed("desk", 1), stored_feed("desk", 2)
    assert after.counts == before.counts
    assert after.notation == before.notation
    assert {c.source for c in after.columns} - {c.source for c in before.columns} == {"Channel"}
