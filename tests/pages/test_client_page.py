"""The Client page in each of its states."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from in_markdown import tables

from health.accounts.decisions import put_off
from health.imports.entry import record_usage
from health.output.markdown import WORD_JOINER
from health.queries.alerts.attention import AlertQuery, alerts_of_client
from health.scoring.components import Component
from health.storage.database import Database
from health.vocabulary import MetricType

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from streamlit.testing.v1 import AppTest
    from visits import Visit

    from health.queries.alerts.rules import Alert
    from health.storage.database import Reader

TICKET_STORM, FEED_STOPPED, WITHOUT_DATA, INACTIVE = "ORG-0007", "ORG-0012", "ORG-0013", "ORG-0019"


def said(page: AppTest) -> str:
    """Everything written on a page outside its charts, with plain spaces and unescaped."""
    texts = [*page.title, *page.subheader, *page.markdown, *page.caption, *page.warning]
    return "\n".join(text.value for text in texts).replace("\u00a0", " ").replace("\\", "")


def cards(page: AppTest) -> dict[str, str]:
    return {card.label: f"{card.value} {card.delta}".replace("\u00a0", " ") for card in page.metric}


def charts(page: AppTest) -> int:
    return len(page.get("plotly_chart"))


def test_a_client_shows_its_score_and_why(visit: Visit, demo_database: Path) -> None:
    page = visit("client", demo_database, client=TICKET_STORM)
    assert not [*page.exception, *page.error]
    assert page.title[0].value.startswith("How is Lindengrund Savings Bank GmbH doing")
    assert cards(page)["Score"] == "75 −14 in 30 days"
    assert cards(page)["Risk"] == "Medium risk ↘ Declining"
    assert cards(page)["Coverage"] == "100 % every part is known"
    assert "Biggest gap: support tickets, 0 of 15 points: 21 tickets" in said(page)
    assert charts(page) == 5


def test_a_client_shows_three_changes_and_its_alerts(visit: Visit, demo_database: Path) -> None:
    page = visit("client", demo_database, client=TICKET_STORM)
    assert "[↘ **−14**] in 30 days" in said(page)
    assert "in 7 days" in said(page)
    assert "21 tickets in 30 days, usually 1" in said(page)


def test_a_call_is_logged_about_the_alerts_that_are_shown(
    visit: Visit, demo_database: Path
) -> None:
    """Days to a renewal are counted from one day for both, and both are one question."""
    asked = list[AlertQuery]()

    def noted(reader: Reader, query: AlertQuery, organization_id: str) -> tuple[Alert, ...]:
        asked.append(query)
        return alerts_of_client(reader, query, organization_id)

    with (
        patch("health.ui.client.work.alerts_of_client", noted),
        patch("health.ui.client.client_alerts.alerts_of_client", noted),
    ):
        visit("client", demo_database, client=TICKET_STORM)
    assert len(asked) == 1


def test_a_client_says_that_its_alerts_are_off_or_its_call_is_put_off(
    visit: Visit, demo_copy: Path
) -> None:
    with Database.open(demo_copy) as database:
        put_off(database, TICKET_STORM, until=date(2026, 12, 1), reason="On leave.", by="ada")
    page = visit("client", demo_copy, client=TICKET_STORM)
    assert "snoozed until 1 Dec 2026 by ada, “On leave.”:" in said(page)
    with Database.open(demo_copy) as database, database.write() as writer:
        writer.execute("UPDATE clients SET alert_level = 'NONE'")
    page = visit("client", demo_copy, client=TICKET_STORM)
    assert "Alerts are turned off for this client." in said(page)
    assert "21 tickets in 30 days, usually 1" not in said(page)


def test_the_points_add_up_on_the_page(visit: Visit, demo_database: Path) -> None:
    page = visit("client", demo_database, client=TICKET_STORM)
    assert "16.6 + 23.5 + 23.5 + 11.3 + 0.0 + 0.1 from rounding = **75**" in said(page)


def test_a_client_says_what_changed_and_the_lines_add_up(visit: Visit, demo_database: Path) -> None:
    page = visit("client", demo_database, client=TICKET_STORM)
    assert (
        "Down 14 since 21 Oct 2026: 20 more support tickets (−13.5), campaign responses fell from "
        "95 % to 94 % (−0.2), rounding (−0.3)."
    ) in said(page)
    table = tables(page)[0]
    assert table.columns == ["Part", "21 Oct 2026", "20 Nov 2026", "Points"]
    assert table["Part"].to_list()[-1] == "Score"
    assert table["Points"].to_list()[-1] == "−14.0"
    points = [float(shown.replace("−", "-").lstrip("±")) for shown in table["Points"]]
    assert sum(points[:-1]) == pytest.approx(points[-1])
    told = [shown for shown in table["Points"][:-1] if not shown.startswith("±")]
    assert all(f"({shown})" in said(page) for shown in told)


def test_a_client_that_is_not_at_low_risk_says_what_would_help(
    visit: Visit, demo_database: Path
) -> None:
    page = visit("client", demo_database, client=TICKET_STORM)
    assert "Low risk needs a score of 85: with less it would still be declining from 89." in said(
        page
    )
    assert "**Back to 30 days ago:** 20 fewer tickets (+13)" in said(page)
    assert "**Using a feature:** COI disclosures (+2), Scheduled reports (+2)" in said(page)
    assert "**Smallest change:** Low risk needs" in said(page)


def test_the_day_to_compare_with_is_chosen(visit: Visit, demo_database: Path) -> None:
    page = visit("client", demo_database, client=TICKET_STORM)
    page.radio(key="changed").set_value("90 days").run()
    assert "since 22 Aug 2026" in said(page)
    page.radio(key="changed").set_value("Another day").run()
    page.date_input(key="since").set_value(date(2026, 10, 1)).run()
    assert "since 1 Oct 2026" in said(page)


def test_any_two_days_are_compared_by_the_address(visit: Visit, demo_database: Path) -> None:
    days = {"since": "2026-10-01", "as_of": "2026-10-15"}
    page = visit("client", demo_database, client=TICKET_STORM, **days)
    assert not [*page.exception, *page.error]
    assert page.date_input(key="since").value == date(2026, 10, 1)
    assert "since 1 Oct 2026" in said(page)


def test_a_day_after_the_one_that_is_shown_is_no_day_to_compare_with(
    visit: Visit, demo_database: Path
) -> None:
    page = visit("client", demo_database, client=TICKET_STORM, since="2026-11-01")
    page.date_input(key="as_of").set_value(date(2026, 10, 15)).run()
    assert not [*page.exception, *page.error]
    assert page.date_input(key="since").value == date(2026, 10, 14)


def test_a_day_before_all_usage_has_nothing_to_compare(visit: Visit, demo_database: Path) -> None:
    page = visit(
        "client", demo_database, client=TICKET_STORM, as_of="2026-08-01", changed="90 days"
    )
    assert not [*page.exception, *page.error]
    assert "Nothing to compare with: the data has no score for 3 May 2026" in said(page)


def test_a_past_day_does_not_call_features_old_that_were_used_later(
    visit: Visit, demo_database: Path
) -> None:
    page = visit("client", demo_database, client=TICKET_STORM, as_of="2026-10-01")
    assert "no use of a feature on file" not in said(page)
    assert "but when a feature was last used then is not on file." in said(page)


def test_unused_features_stand_first(visit: Visit, demo_database: Path) -> None:
    page = visit("client", demo_database, client=TICKET_STORM, features="true")
    table = tables(page)[1]
    assert table["Level"].to_list()[0] == "○ Unused"
    assert table["Level"].to_list()[-1] == "· Not licensed"
    assert "6 of 8 licensed features used** (75 %); 2 unused" in said(page)


def test_a_stopped_feed_never_looks_healthy(visit: Visit, demo_database: Path) -> None:
    page = visit("client", demo_database, client=FEED_STOPPED)
    assert "Score" not in cards(page)
    assert "Not scored on 20 Nov 2026: usage data stopped." in said(page)
    assert "The last usage on file is of 3 Oct 2026, 48 days before." in said(page)
    assert "What a score would rest on" in said(page)


@pytest.mark.parametrize(
    ("client", "reason"), [(WITHOUT_DATA, "no usage data yet"), (INACTIVE, "no longer active")]
)
def test_a_client_without_a_score_says_why(
    visit: Visit, demo_database: Path, client: str, reason: str
) -> None:
    page = visit("client", demo_database, client=client)
    assert not [*page.exception, *page.error]
    assert f"Not scored on 20 Nov 2026: {reason}." in said(page)
    assert set(cards(page)) == {"Renewal", "Contract value"}


def test_a_past_day_shows_that_day_and_says_so(visit: Visit, demo_database: Path) -> None:
    page = visit("client", demo_database, client=TICKET_STORM, as_of="2026-10-21", features="true")
    assert cards(page)["Score"].startswith("89 ")
    assert "21 Oct 2026" in page.info[0].value.replace("\u00a0", " ")
    assert "Uses and last use are as on file now" in said(page)


def test_without_a_choice_the_most_urgent_are_offered(visit: Visit, demo_database: Path) -> None:
    page = visit("client", demo_database)
    assert page.title[0].value == "How is a client doing, and why?"
    offered = [button for button in page.button if str(button.key).startswith("suggested_")]
    assert len(offered) == 8
    assert offered[0].label.startswith("▲")
    offered[0].click().run()
    assert page.query_params["client"] == str(offered[0].key).removeprefix("suggested_")
    assert "Score" in cards(page)


@pytest.mark.parametrize("start", ["client", "today", "adoption", "trends"])
def test_every_page_offers_all_clients_by_name(
    visit: Visit, demo_database: Path, start: str
) -> None:
    page = visit(start, demo_database)
    page.button(key="find").click().run()
    assert (
        "Meeuwenhorst Gas Holding · " + FEED_STOPPED in page.selectbox(key="found_client").options
    )


def test_the_period_of_the_charts_is_in_the_address(visit: Visit, demo_database: Path) -> None:
    page = visit("client", demo_database, client=TICKET_STORM, period="90 days")
    assert page.radio(key="period").value == "90 days"


def test_an_unknown_client_is_said_and_another_can_be_chosen(
    visit: Visit, demo_database: Path
) -> None:
    page = visit("client", demo_database, client="*nobody*")
    assert not [*page.exception, *page.error]
    assert "No client with the id “*nobody*” is on file." in said(page)
    assert not page.metric
    assert page.button(key="find").label == "Find a client"


def test_names_are_shown_letter_for_letter(visit: Visit, tmp_path: Path) -> None:
    name = "![x](http://example.com/x.png) <b>B&amp;C</b> $1$ :red[R]"
    path = tmp_path / "health.duckdb"
    with Database.open(path) as database, database.write() as writer:
        writer.execute(
            """INSERT INTO clients VALUES (1, 'A', $name, 10, NULL, $name, NULL, $name, NULL,
                'NONE', true, DATE '2026-01-01', DATE '2026-01-01')""",
            {"name": name},
        )
        writer.execute("INSERT INTO usage_span VALUES (1, DATE '2026-01-01', DATE '2026-01-02')")
    page = visit("client", path, client="A")
    assert not [*page.exception, *page.error]
    for text in (page.title[0].value, page.markdown[0].value):
        assert "![x]" not in text
        assert ":red[" not in text
        assert "<b>" not in text
    assert name in said(page).replace(WORD_JOINER, "")


@pytest.fixture
def among(demo_copy: Path) -> Callable[..., Path]:
    """A copy of the demo after a change to its clients."""

    def change(sql: str, **values: object) -> Path:
        with Database.open(demo_copy) as database, database.write() as writer:
            writer.execute(f"UPDATE clients SET {sql}", values)
        return demo_copy

    return change


def test_a_client_is_shown_among_its_peers(visit: Visit, among: Callable[..., Path]) -> None:
    page = visit("client", among("industry = 'Fintech', total_users = 60"), client=TICKET_STORM)
    assert not [*page.exception, *page.error]
    assert (
        "**Scores lower than 12 of 20 other clients in Fintech with 50 to 199 licensed users; "
        "their median is 78.5.** Furthest below their median: support tickets, 0 points against "
        "90." in said(page)
    )
    assert "Place 13 of 21." in said(page)
    assert "of all sizes" not in said(page)
    assert charts(page) == 4


def test_an_old_day_is_compared_with_that_day(visit: Visit, among: Callable[..., Path]) -> None:
    path = among("industry = 'Fintech', total_users = 60")
    page = visit("client", path, client=TICKET_STORM, as_of="2026-10-21")
    assert "Scores higher than all 20 other clients in Fintech" in said(page)
    assert "Industry and licensed users are as on file now." in said(page)


def test_peers_of_all_sizes_are_said_to_be_so(visit: Visit, among: Callable[..., Path]) -> None:
    path = among(
        "industry = 'Fintech', total_users = CASE organization_id WHEN $client THEN 5 ELSE 60 END",
        client=TICKET_STORM,
    )
    page = visit("client", path, client=TICKET_STORM)
    assert "other clients in Fintech; their median" in said(page)
    assert "of all sizes, as none of them have fewer than 10 licensed users." in said(page)


def test_peers_of_a_client_of_unknown_size_are_of_all_sizes(
    visit: Visit, among: Callable[..., Path]
) -> None:
    page = visit("client", among("industry = 'Fintech', total_users = NULL"), client=TICKET_STORM)
    assert "other clients in Fintech; their median" in said(page)
    assert "as the client's licensed users are not on file: load an organizations file" in said(
        page
    )


def test_parts_that_too_few_peers_have_are_not_said_to_be_at_their_median(
    visit: Visit, among: Callable[..., Path]
) -> None:
    path = among("industry = 'Fintech', total_users = 60")
    with Database.open(path) as database, database.write() as writer:
        nothing = ", ".join(f"{component.column} = NULL" for component in Component)
        writer.execute(
            f"""UPDATE scores SET {nothing} FROM clients
            WHERE clients.organization = scores.organization AND organization_id <> $client""",
            {"client": TICKET_STORM},
        )
    page = visit("client", path, client=TICKET_STORM)
    assert "No part can be compared: fewer than 5 of them have the data" in said(page)


def test_too_few_peers_are_said_and_not_drawn(visit: Visit, among: Callable[..., Path]) -> None:
    few = "industry = CASE WHEN organization_id IN ($client, 'ORG-0001') THEN 'Fintech' END"
    page = visit("client", among(few, client=TICKET_STORM), client=TICKET_STORM)
    assert (
        "Only 1 other client in Fintech has a score on 20 Nov 2026: a comparison needs at least 5."
        in said(page)
    )
    assert charts(page) == 5


def test_a_client_alone_in_its_industry_is_said_to_be_so(
    visit: Visit, among: Callable[..., Path]
) -> None:
    page = visit("client", among("industry = organization_id"), client=TICKET_STORM)
    assert f"No other client in {TICKET_STORM} has a score on 20 Nov 2026" in said(page)


def test_a_client_without_an_industry_says_what_would_help(
    visit: Visit, among: Callable[..., Path]
) -> None:
    page = visit("client", among("industry = NULL"), client=TICKET_STORM)
    assert not [*page.exception, *page.error]
    assert "the client's industry is not on file. Add it to an organizations file" in said(page)
    assert charts(page) == 5


@pytest.mark.parametrize("few", [False, True])
def test_an_industry_is_shown_letter_for_letter_among_peers(
    visit: Visit, among: Callable[..., Path], few: bool
) -> None:
    name = "![x](http://example.com/x.png) <b>B&amp;C</b> $1$ :red[R] **"
    which = "CASE WHEN organization_id = $client THEN $name END" if few else "$name"
    values = {"client": TICKET_STORM, "name": name} if few else {"name": name}
    page = visit("client", among(f"industry = {which}", **values), client=TICKET_STORM)
    assert not [*page.exception, *page.error]
    (text,) = (text.value for text in page.markdown if "other client" in text.value)
    assert not any(markup in text for markup in ("![x]", ":red[", "<b>", "$1$", "R] **"))
    assert f"in {name}" in said(page).replace(WORD_JOINER, "")


def test_an_empty_database_says_how_to_begin(visit: Visit, empty_database: Path) -> None:
    page = visit("client", empty_database)
    assert not [*page.exception, *page.error]
    assert "Nothing is on file yet" in said(page)


def test_a_score_that_no_longer_fits_the_data_says_so(visit: Visit, demo_copy: Path) -> None:
    with Database.open(demo_copy) as database, database.write() as writer:
        writer.execute(
            """UPDATE adoption SET is_used = true FROM clients
            WHERE clients.organization = adoption.organization AND organization_id = $client""",
            {"client": TICKET_STORM},
        )
    page = visit("client", demo_copy, client=TICKET_STORM)
    assert "Data of this client changed after its score was calculated." in said(page)
    assert_one_score(page)


def test_a_client_whose_data_changed_shows_one_score_until_it_is_recalculated(
    visit: Visit, demo_copy: Path
) -> None:
    with Database.open(demo_copy) as database:
        record_usage(database, TICKET_STORM, MetricType.SUPPORT_TICKETS, 90, date(2026, 11, 19))
    page = visit("client", demo_copy, client=TICKET_STORM)
    assert said(page).count("changed after its score was calculated") == 1
    assert "1 client" not in said(page)
    assert_one_score(page)
    page = visit("client", demo_copy, client=FEED_STOPPED)
    assert "changed after" not in said(page)


def assert_one_score(page: AppTest) -> None:
    """The score stored, and nothing that is computed from the data as it is now."""
    assert not [*page.exception, *page.error]
    assert cards(page)["Score"].startswith("75 ")
    assert "High risk with a score of" not in said(page)
    assert "from rounding" not in said(page)
    assert "What changed" not in [title.value for title in page.subheader]


def test_the_proof_of_an_old_score_shows_each_step_and_is_offered_as_files(
    visit: Visit, demo_database: Path
) -> None:
    folded = visit("client", demo_database, client=TICKET_STORM, as_of="2026-10-21")
    assert "Proved" not in said(folded)
    page = visit("client", demo_database, client=TICKET_STORM, as_of="2026-10-21", proof="true")
    assert not [*page.exception, *page.error]
    assert "Proved: the values on file give 89, as is stored." in said(page)
    assert "The score: usage from 22 Sep 2026 to 21 Oct 2026" in said(page)
    assert "rounded half up: 89." in said(page)
    assert any("import 3, usage_metrics.csv" in row for table in tables(page) for row in table)


def test_an_outcome_is_recorded_on_the_page_and_stands_on_the_timeline(
    visit: Visit, demo_copy: Path
) -> None:
    page = visit("client", demo_copy, client=TICKET_STORM)
    page.button(key="ask_Record an outcome").click().run()
    page.radio(key="client_outcome_word").set_value("Downgraded")
    page.date_input(key="client_outcome_day").set_value(date(2026, 11, 19))
    page.number_input(key="client_outcome_change").set_value(500.0)
    page.text_input(key="client_outcome_reason").set_value("Fewer sites")
    if any(box.key == "my_name" for box in page.text_input):
        page.text_input(key="my_name").set_value("Ada")
    page.button(key="work_saved").click().run()
    assert not [*page.exception, *page.error]
    assert "**Downgraded: $500 less a year** “Fewer sites”" in said(page)


def test_the_form_of_an_outcome_opens_empty_after_one_that_was_refused(
    visit: Visit, demo_copy: Path
) -> None:
    page = visit("client", demo_copy, client=TICKET_STORM)
    page.button(key="ask_Record an outcome").click().run()
    page.date_input(key="client_outcome_day").set_value(date(2020, 1, 1))
    page.text_input(key="client_outcome_reason").set_value("About this client")
    if any(box.key == "my_name" for box in page.text_input):
        page.text_input(key="my_name").set_value("Ada")
    page.button(key="work_saved").click().run()
    page.button(key="ask_Record an outcome").click().run()
    assert page.text_input(key="client_outcome_reason").value == ""
