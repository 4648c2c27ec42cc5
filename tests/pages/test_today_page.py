"""The Today page in each of its states."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
import streamlit as st

from health import clock
from health.accounts.people import Person, introduce
from health.accounts.pulses import set_pulse
from health.cli import main
from health.imports import record_usage, undo
from health.queries.alerts.attention import AlertQuery, Attention, attention
from health.storage.database import Database
from health.ui.session import answers, versions, viewer

if TYPE_CHECKING:
    from pathlib import Path

    from streamlit.testing.v1 import AppTest
    from visits import Visit

    from health.storage.database import Reader

LATEST = date(2026, 11, 20)
ADVICE = re.compile(r"^\*\*(Talk about|Check the data feed).*", re.MULTILINE)


def said(page: AppTest) -> str:
    """Everything written on a page, with plain spaces and unescaped."""
    texts = [*page.title, *page.markdown, *page.caption, *page.warning, *page.info, *page.error]
    return "\n".join(text.value for text in texts).replace("\u00a0", " ").replace("\\", "")


def expected(database: Path, as_of: date = LATEST, csm: str | None = None) -> list[str]:
    with Database.open(database) as opened, opened.read() as reader:
        found = attention(reader, AlertQuery(as_of=as_of, csm=csm))
    return found.calls["organization_name"].to_list()


def listed(page: AppTest) -> list[str]:
    """The clients of the cards, in their order."""
    links = [
        re.search(r":blue\[\*\*(.+?)\*\*\]", link.proto.label)
        for link in page.main.get("page_link")
    ]
    shown = [link[1].replace("\\", "") for link in links if link]
    return shown[: sum(bool(ADVICE.search(text.value)) for text in page.markdown)]


def log_buttons(page: AppTest) -> list[str]:
    return [
        button.key
        for button in page.button
        if (button.key or "").startswith("log_") and button.key != "log_saved"
    ]


@pytest.fixture
def demo(demo_copy: Path) -> Path:
    """The demo, to be changed."""
    with Database.open(demo_copy) as database, database.write() as writer:
        writer.execute("DELETE FROM viewers")
    return demo_copy


def test_the_calls_stand_in_their_order_and_the_first_three_are_the_answer(
    visit: Visit, demo: Path
) -> None:
    page = visit("today", demo)
    assert not [*page.exception, *page.error]
    assert page.title[0].value == "Whom should I call today?"
    names = expected(demo)
    assert listed(page) == names[:12]
    assert f"Call {names[0]}, {names[1]} and {names[2]} first." in said(page)


def test_each_call_says_what_to_talk_about_and_why(visit: Visit, demo: Path) -> None:
    page = visit("today", demo)
    cards = [found[0] for text in page.markdown if (found := ADVICE.search(text.value))]
    assert len(cards) == len(listed(page))
    assert all(card.rstrip().endswith(".") for card in cards)
    assert any(" since " in card for card in cards)


def test_the_owner_comes_from_the_address(visit: Visit, demo: Path) -> None:
    with Database.open(demo) as database:
        owners = database.query("SELECT DISTINCT csm FROM clients ORDER BY csm")["csm"].to_list()
    owner = next(owner for owner in owners if owner and 0 < len(expected(demo, csm=owner)) < 12)
    page = visit("today", demo, owner=owner)
    assert listed(page) == expected(demo, csm=owner)


def test_every_owner_looks_at_the_one_answer_for_all(visit: Visit, demo: Path) -> None:
    asked = list[AlertQuery]()

    def noted(reader: Reader, query: AlertQuery) -> Attention:
        asked.append(query)
        return attention(reader, query)

    with Database.open(demo) as database:
        owners = database.query("SELECT DISTINCT csm FROM clients ORDER BY csm")["csm"].to_list()
    with patch("health.ui.today.calls.attention", noted):
        visit("today", demo, owner=owners[-1])
    assert {query.csm for query in asked} == {None}


def test_nobody_to_call_is_good_news(visit: Visit, demo: Path) -> None:
    with Database.open(demo) as database, database.write() as writer:
        writer.execute("UPDATE clients SET alert_level = 'NONE'")
    page = visit("today", demo)
    assert not [*page.exception, *page.error]
    assert "Nobody needs a call" in said(page)
    assert re.search(r"Not counted: \d+ at high risk with alerts turned off\.", said(page))


def test_more_calls_are_a_click_away(visit: Visit, demo: Path) -> None:
    with Database.open(demo) as database, database.write() as writer:
        writer.execute(
            "UPDATE clients SET renewal_date = DATE '2026-11-25', alert_level = 'PROACTIVE'"
        )
    page = visit("today", demo)
    names = expected(demo)
    assert len(names) > 12
    page.button(key="show_more").click().run()
    assert listed(page) == names


def open_form(page: AppTest, way: str = "Called") -> None:
    button = log_buttons(page)[0]
    page.button(key=button).click().run()
    # A browser draws the form alone again, a test the whole page: the form has to be asked for.
    page.radio(key="log_way").set_value(way)
    page.button(key=button).click().run()


def save(page: AppTest) -> None:
    page.button(key="log_saved").click().run()


def test_a_call_is_snoozed_and_brought_back(visit: Visit, demo: Path) -> None:
    page = visit("today", demo)
    first, button = listed(page)[0], log_buttons(page)[0]
    open_form(page, "Snooze")
    save(page)
    assert first not in listed(page)
    assert f"**{first}**, snoozed until 27 Nov 2026." in said(page)
    assert "Not counted: 1 snoozed, called or not needed" in said(page)
    page.button(key=button.replace("log_", "back_")).click().run()
    assert listed(page)[0] == first


def test_a_call_is_not_needed_with_a_reason_only(visit: Visit, demo: Path) -> None:
    page = visit("today", demo)
    first = listed(page)[0]
    open_form(page, "Not needed")
    save(page)
    assert "say in a few words" in said(page)
    assert first in listed(page)


def test_a_logged_call_is_off_the_list_and_its_next_step_comes_back(
    visit: Visit, demo: Path
) -> None:
    page = visit("today", demo)
    first = listed(page)[0]
    open_form(page)
    page.text_input(key="log_note").set_value("They wait for campaigns.")
    page.text_input(key="log_step").set_value("Send the plan.")
    page.date_input(key="log_due").set_value(clock.today())
    save(page)
    assert f"**{first}**, called. “They wait for campaigns.”" in said(page)
    assert "My follow-ups: 1 due" in said(page)
    assert "Send the plan. :red" not in said(page)
    page.button(key="done_1").click().run()
    assert "follow-ups" not in said(page).lower()
    with Database.open(demo) as database:
        logged = database.query("SELECT outcome, created_by FROM calls")
        me = "test@example.com"
        assert logged.rows() == [("REACHED", me)]
        assert database.query("SELECT person, done_by FROM tasks").rows() == [(me, me)]


def test_who_it_is_is_asked_once_and_not_guessed(visit: Visit, demo: Path) -> None:
    page = visit("today", demo)
    first = listed(page)[0]
    page.user = {}
    page.run()
    open_form(page)
    save(page)
    assert "say who you are" in said(page)
    assert first in listed(page)
    open_form(page)
    page.text_input(key="my_name").set_value("Ada")
    save(page)
    assert first not in listed(page)
    with Database.open(demo) as database:
        assert database.query("SELECT created_by FROM calls").item() == "Ada"


def test_a_name_is_corrected_where_it_signs(visit: Visit, demo: Path) -> None:
    page = visit("today", demo)
    page.user = {}
    page.run()
    for name in ("Adda", "Ada"):
        open_form(page)
        page.text_input(key="my_name").set_value(name)
        save(page)
    open_form(page)
    assert page.text_input(key="my_name").value == "Ada"
    page.text_input(key="log_step").set_value("Send the plan.")
    save(page)
    with Database.open(demo) as database:
        assert database.query("SELECT created_by FROM calls ORDER BY ALL").rows() == [
            ("Ada",),
            ("Ada",),
            ("Adda",),
        ]
        assert database.query("SELECT person FROM tasks").item() == "Ada"


def test_who_is_signed_in_has_no_name_to_correct(visit: Visit, demo: Path) -> None:
    page = visit("today", demo)
    open_form(page)
    assert not [one for one in page.text_input if one.key == "my_name"]


def test_a_pulse_that_the_score_belies_is_told(visit: Visit, demo: Path) -> None:
    with Database.open(demo) as database:
        with database.read() as reader:
            risky = attention(reader, AlertQuery(as_of=LATEST)).calls.row(0, named=True)
        set_pulse(
            database,
            risky["organization_id"],
            level="GOOD",
            reason="They renewed.",
            until_day=clock.today(),
            day=clock.today(),
            by="Ada",
        )
    page = visit("today", demo)
    assert "Pulse and score disagree: 1" in said(page)
    assert re.search(r"Ada said good on .*; the score is \d+, high risk\.", said(page))


def test_a_past_day_asks_for_no_decision_and_takes_none_into_account(
    visit: Visit, demo: Path
) -> None:
    day = date(2026, 11, 1)
    page = visit("today", demo, as_of=day.isoformat())
    assert listed(page) == expected(demo, day)[:12]
    assert log_buttons(page) == []
    assert "Since you last looked" not in said(page)


def test_what_is_new_is_told_from_the_second_day_on(visit: Visit, demo: Path) -> None:
    page = visit("today", demo)
    assert "From tomorrow on" in said(page)
    with Database.open(demo) as database, database.write() as writer:
        writer.execute("UPDATE viewers SET day = DATE '2026-10-20'")
    page = visit("today", demo)
    assert "Since you last looked: 20 Oct 2026" in said(page)
    assert "new at high risk" in said(page) or "new alert" in said(page)
    assert "▼ Largest fall: −" in said(page)
    page.run()
    assert "Since you last looked: 20 Oct 2026" in said(page)


def test_after_an_undo_nothing_that_was_seen_is_new(visit: Visit, demo: Path) -> None:
    visit("today", demo)
    with Database.open(demo) as database, database.write() as writer:
        writer.execute("UPDATE viewers SET day = '2026-11-25', day_before = '2026-10-20'")
    page = visit("today", demo)
    assert "Since you last looked: 20 Nov 2026" in said(page)
    assert "Nothing: nobody became or left high risk, and no alert is new." in said(page)


def test_an_alert_opens_with_its_rule_and_its_clients(visit: Visit, demo: Path) -> None:
    page = visit("today", demo)
    assert any("High risk" in group.label for group in page.expander)


def test_an_empty_database_says_how_to_begin(visit: Visit, empty_database: Path) -> None:
    assert "Nothing is on file yet" in said(visit("today", empty_database))


def test_a_day_without_scores_says_what_to_do(visit: Visit, demo: Path) -> None:
    with Database.open(demo) as database, database.write() as writer:
        writer.execute("DELETE FROM scores")
    assert "No scores for 20 Nov 2026 yet" in said(visit("today", demo))


def test_a_call_shows_the_range_of_a_score_that_is_known_in_part(visit: Visit, demo: Path) -> None:
    with Database.open(demo) as database, database.write() as writer:
        writer.execute("UPDATE usage_daily SET campaign_response_rate = NULL")
    assert main(["score", "--all", "--database", str(demo)]) == 0
    page = visit("today", demo)
    badges = [text.value for text in page.markdown if "-badge[" in text.value]
    scored = [text for text in badges if "Not scored" not in text]
    ranges = re.findall(r"\d+ % known; score \d+–\d+", said(page))
    assert len(ranges) == len(scored) > 0


def test_days_to_a_renewal_count_from_today_on_a_page_about_the_present(
    visit: Visit, demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Database.open(demo) as database, database.write() as writer:
        writer.execute("UPDATE state SET is_demo = false")
        writer.execute("UPDATE clients SET renewal_date = DATE '2026-12-01'")
    monkeypatch.setattr(clock, "today", lambda: date(2026, 11, 22))
    assert "Renews in 9 days" in said(visit("today", demo))
    past = visit("today", demo, as_of="2026-11-18")
    assert "Renews in 13 days" in said(past)


def load_tickets(database: Path, day: date) -> None:
    with Database.open(database) as opened:
        record_usage(opened, "ORG-0001", "SUPPORT_TICKETS", 1, day, by="test", today=day)


def test_an_open_page_follows_the_latest_day(visit: Visit, demo: Path) -> None:
    page = visit("today", demo)
    st.cache_resource.clear()  # the server lets go of the database
    load_tickets(demo, LATEST + timedelta(days=1))
    page.run()
    assert not [*page.exception, *page.error]
    assert page.date_input(key="as_of").value == LATEST + timedelta(days=1)
    assert not page.info


def test_a_page_entered_after_a_night_follows_the_latest_day_in_one_run(
    visit: Visit, demo: Path
) -> None:
    page = visit("today", demo)
    page.switch_page("pages/clients/portfolio.py").run()
    st.cache_resource.clear()
    load_tickets(demo, LATEST + timedelta(days=1))
    page.switch_page("pages/clients/today.py")
    with patch.object(st, "rerun", side_effect=AssertionError("the page runs twice")):
        page.run()
    assert not [*page.exception, *page.error]
    assert page.date_input(key="as_of").value == LATEST + timedelta(days=1)
    assert not page.info


@pytest.fixture
def night(visit: Visit, demo: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """Today as it was open while a command loaded the next day; no answers are ready."""
    monkeypatch.setattr(versions, "LONGEST", 3_600)
    page = visit("today", demo)
    day = LATEST + timedelta(days=1)
    with answers.versions().during_command():
        record_usage(answers.opened(), "ORG-0001", "SUPPORT_TICKETS", 1, day, by="night", today=day)
    page.run()
    assert page.date_input(key="as_of").value == LATEST
    return page


def test_who_changes_something_sees_what_a_command_stored_before(night: AppTest) -> None:
    open_form(night)
    assert night.date_input(key="as_of").value == LATEST
    save(night)
    night.run()
    assert night.date_input(key="as_of").value == LATEST + timedelta(days=1)


def test_who_asks_what_nobody_asked_sees_what_a_command_stored(night: AppTest) -> None:
    night.date_input(key="as_of").set_value(LATEST - timedelta(days=5)).run()
    assert night.date_input(key="as_of").max == LATEST + timedelta(days=1)
    assert night.date_input(key="as_of").value == LATEST - timedelta(days=5)


def test_an_open_page_stays_on_the_day_that_was_chosen(visit: Visit, demo: Path) -> None:
    page = visit("today", demo)
    page.date_input(key="as_of").set_value(LATEST - timedelta(days=5)).run()
    st.cache_resource.clear()
    load_tickets(demo, LATEST + timedelta(days=1))
    page.run()
    assert page.date_input(key="as_of").value == LATEST - timedelta(days=5)


def test_an_open_page_comes_back_to_the_latest_day_that_is_left(visit: Visit, demo: Path) -> None:
    load_tickets(demo, LATEST + timedelta(days=1))
    page = visit("today", demo)
    st.cache_resource.clear()
    with Database.open(demo) as opened:
        last = opened.query("SELECT max(import_id) FROM imports").item()
        undo(opened, last, by="test")
    page.run()
    assert not [*page.exception, *page.error]
    assert page.date_input(key="as_of").value == LATEST


def test_a_name_said_in_another_tab_is_known_here(
    visit: Visit, demo_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewer, "number_in", lambda _: "1234")
    page = visit("today", demo_copy)
    assert page.session_state["person"][1] is None
    with Database.open(demo_copy) as database:
        introduce(database, "1234", Person(name="Eve", csm=None))
    page.run()
    assert page.session_state["person"][1].name == "Eve"
