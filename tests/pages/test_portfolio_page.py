"""The Portfolio page in each of its states."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from health.formatting import change
from health.queries.alerts.attention import ScoreChangesQuery, score_changes
from health.queries.filters import ScoreFilter
from health.queries.portfolio import overview
from health.queries.scores import HealthScoreQuery, SortBy, health_scores
from health.scoring.active_model import latest_day
from health.scoring.model import STANDARD
from health.scoring.publishing import Act, put_in_force
from health.scoring.schemes import register_model
from health.scoring.segments import Rule, Segment
from health.storage.database import Database
from health.vocabulary import RiskLevel

if TYPE_CHECKING:
    from pathlib import Path

    from streamlit.testing.v1 import AppTest
    from visits import Visit


def said(page: AppTest) -> str:
    """Everything written on a page outside its charts, with plain spaces and unescaped."""
    texts = [*page.title, *page.markdown, *page.caption, *page.warning, *page.info]
    return "\n".join(text.value for text in texts).replace("\u00a0", " ").replace("\\", "")


def cards(page: AppTest) -> dict[str, str]:
    return {card.label: card.value for card in page.metric}


def names(page: AppTest) -> list[str]:
    """Clients in the list, in its order."""
    listed: list[str] = page.dataframe[0].value["Client"].tolist()
    return listed


def buttons(page: AppTest) -> list[str]:
    labels = [button.label for button in page.button]
    return [label.replace("\u00a0", " ").replace("\\", "") for label in labels]


def chart(page: AppTest, at: int) -> dict[str, Any]:
    drawn: dict[str, Any] = json.loads(page.get("plotly_chart")[at].proto.spec)
    return drawn


def scored(database: Path, **arguments: Any) -> list[str]:
    with Database.open(database) as opened, opened.read() as reader:
        page = health_scores(reader, HealthScoreQuery(limit=200, **arguments))
    return page.frame["organization_name"].to_list()


def test_the_most_urgent_clients_stand_first(visit: Visit, demo_database: Path) -> None:
    page = visit("portfolio", demo_database)
    assert not [*page.exception, *page.error]
    assert page.title[0].value == "Where does the portfolio stand?"
    assert names(page) == scored(demo_database)
    assert page.dataframe[0].value["Risk"].tolist()[0] == ["▲ High"]


def test_the_numbers_are_those_of_the_question(visit: Visit, demo_database: Path) -> None:
    page = visit("portfolio", demo_database)
    with Database.open(demo_database) as opened, opened.read() as reader:
        numbers = overview(reader, ScoreFilter())
    assert cards(page)["Declining clients"] == str(numbers.declining)
    assert cards(page)["Renewals at high risk in 90 days"] == str(numbers.renewals_at_risk)
    high = numbers.by_risk[RiskLevel.HIGH]
    assert f"▲ **{high}** high risk" in buttons(page)
    assert numbers.left == 1
    assert f"○ **{numbers.not_scored}** not scored, 1 of them left" in buttons(page)


def test_what_a_declining_client_is_follows_the_model_in_force(
    visit: Visit, demo_copy: Path
) -> None:
    def help_of() -> str:
        page = visit("portfolio", demo_copy)
        return str(next(one.help for one in page.metric if one.label == "Declining clients"))

    assert help_of() == "Down 5\N{NO-BREAK SPACE}points or more in 30\N{NO-BREAK SPACE}days."
    strict = replace(STANDARD, version="strict-1", label="Strict", declining_to=-3, trend_days=7)
    segments = (Segment(rule=Rule(total_users_from=1), model=strict),)
    with Database.open(demo_copy) as database, database.write() as writer:
        day = latest_day(writer)
        assert day is not None
        register_model(writer, strict)
        put_in_force(writer, Act.PUBLISHED, strict, day, reason="", by="")
    assert help_of() == "Down 3\N{NO-BREAK SPACE}points or more in 7\N{NO-BREAK SPACE}days."
    with Database.open(demo_copy) as database, database.write() as writer:
        put_in_force(writer, Act.PUBLISHED, STANDARD, day, segments=segments, reason="", by="")
    assert help_of() == "By the points and over the days that the model of each client names."


def test_the_pictures_show_every_scored_client(visit: Visit, demo_database: Path) -> None:
    page = visit("portfolio", demo_database)
    listed = len(names(page))
    bars = chart(page, 1)["data"]
    assert sum(sum(trace["y"]) for trace in bars) == listed


def test_a_count_filters_and_a_second_click_stops_it(visit: Visit, demo_database: Path) -> None:
    page = visit("portfolio", demo_database)
    page.button(key="count_High risk").click().run()
    assert names(page) == scored(demo_database, risk_level=RiskLevel.HIGH)
    assert page.selectbox(key="risk").value == "High risk"
    page.button(key="count_High risk").click().run()
    assert names(page) == scored(demo_database)


def test_filters_come_from_the_address(visit: Visit, demo_database: Path) -> None:
    page = visit("portfolio", demo_database, risk="Medium risk", trend="Declining")
    assert names(page) == scored(demo_database, risk_level="MEDIUM", trend="DECLINING")
    assert "Declining" in buttons(page)


def test_an_active_filter_is_dropped_by_a_click(visit: Visit, demo_database: Path) -> None:
    page = visit("portfolio", demo_database, search="bank")
    assert names(page) == scored(demo_database, search="bank")
    page.button(key="active_search").click().run()
    assert names(page) == scored(demo_database)


def test_all_filters_are_cleared_at_once(visit: Visit, demo_database: Path) -> None:
    page = visit("portfolio", demo_database, search="a", trend="Stable", score="10")
    page.slider(key="score").set_value((10, 90)).run()
    page.button(key="active_all").click().run()
    assert names(page) == scored(demo_database)


@pytest.mark.parametrize(
    ("order", "sort_by"), [("Score", SortBy.OVERALL_SCORE), ("Name", SortBy.ORGANIZATION_NAME)]
)
def test_the_order_comes_from_the_database(
    visit: Visit, demo_database: Path, order: str, sort_by: SortBy
) -> None:
    page = visit("portfolio", demo_database, order=order)
    assert names(page) == scored(demo_database, sort_by=sort_by)
    page.toggle(key="reversed").set_value(True).run()
    assert names(page) == scored(demo_database, sort_by=sort_by, sort_dir="desc")


def test_clients_without_a_score_say_why(visit: Visit, demo_database: Path) -> None:
    page = visit("portfolio", demo_database, risk="Not scored")
    assert not [*page.exception, *page.error]
    assert set(page.dataframe[0].value["Why"]) == {
        "Usage data stopped",
        "No usage data yet",
        "No longer active",
    }
    assert "Usage data stopped: 1." in said(page)
    assert not page.metric


def test_nothing_matching_says_what_each_filter_keeps_away(
    visit: Visit, demo_database: Path
) -> None:
    page = visit("portfolio", demo_database, search="no such client", trend="Declining")
    declining = len(scored(demo_database, trend="DECLINING"))
    assert "No client passes all filters." in said(page)
    assert f"“no such client” → {declining} clients" in buttons(page)
    assert "Declining → 0 clients" in buttons(page)
    page.button(key="way_out_search").click().run()
    assert len(names(page)) == declining


def test_a_past_day_says_so_and_leads_back(visit: Visit, demo_database: Path) -> None:
    page = visit("portfolio", demo_database, as_of="2026-10-01")
    assert "You are looking at **1 Oct 2026**, 50 days before the latest data." in said(page)
    assert names(page) == scored(demo_database, as_of=date(2026, 10, 1))
    back = next(button for button in page.button if button.label == "Back to the latest day")
    back.click().run()
    assert "You are looking at" not in said(page)
    assert names(page) == scored(demo_database)


def test_a_day_without_scores_says_what_to_do(visit: Visit, unscored_day: Path) -> None:
    page = visit("portfolio", unscored_day)
    assert "No scores for 20 Nov 2026 yet" in said(page)
    assert "Go to the Data page" in buttons(page)
    assert not page.metric


@pytest.fixture
def unscored_day(demo_copy: Path) -> Path:
    """The demo without the scores of its last day, and out of date there."""
    with Database.open(demo_copy) as database, database.write() as writer:
        writer.execute("DELETE FROM scores WHERE score_date = DATE '2026-11-20'")
        writer.execute("INSERT INTO stale VALUES (1, DATE '2026-11-20', DATE '2026-12-31')")
        writer.execute("UPDATE state SET is_demo = false")
    return demo_copy


def test_data_that_is_late_or_changed_is_said_loudly(
    visit: Visit, unscored_day: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("health.ui.session.answers.today", lambda: date(2026, 11, 30))
    page = visit("portfolio", unscored_day)
    warning = page.warning[0].value.replace("\u00a0", " ")
    assert "No usage has arrived for 10 days: what you see ends on 20 Nov 2026." in warning
    assert "Data of 1 client changed after the scores were calculated." in warning
    assert "Data up to 20 Nov 2026, 10 days ago" in said(page)


def test_data_of_yesterday_is_said_quietly(
    visit: Visit, demo_database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("health.ui.session.answers.today", lambda: date(2026, 11, 21))
    page = visit("portfolio", demo_database)
    assert "Data up to 20 Nov 2026, yesterday · scores calculated" in said(page)
    assert not page.warning


def test_an_empty_database_says_how_to_begin(visit: Visit, empty_database: Path) -> None:
    page = visit("portfolio", empty_database)
    assert not [*page.exception, *page.error]
    assert "Nothing is on file yet" in said(page)
    # The visitor of the tests is signed in and can sign out.
    assert buttons(page)[1:] == ["Load files", "Load the demo data"]


def test_clients_without_any_usage_are_asked_for_usage(visit: Visit, tmp_path: Path) -> None:
    path = tmp_path / "clients.duckdb"
    with Database.open(path) as database, database.write() as writer:
        writer.execute(
            """INSERT INTO clients (organization, organization_id, name, alert_level, is_active,
                created_at, updated_at) VALUES (1, 'A', 'A', 'NONE', true, now(), now())"""
        )
    page = visit("portfolio", path)
    assert "1 client on file, but no usage yet" in said(page)
    assert buttons(page)[1:] == ["Load files"]


def test_a_hostile_name_stays_a_name(visit: Visit, demo_copy: Path) -> None:
    name = '<img src=x> **b** [a](https://example.com) & "'
    with Database.open(demo_copy) as database, database.write() as writer:
        writer.execute("UPDATE clients SET name = $name", {"name": name})
    page = visit("portfolio", demo_copy)
    assert not [*page.exception, *page.error]
    assert names(page)[0] == name
    texts = [note["text"] for note in chart(page, 0)["layout"]["annotations"]]
    assert any(text.startswith("&lt;img") for text in texts)
    assert not any("<img" in text for text in texts)


def test_clients_at_risk_or_moving_carry_their_main_reason(
    visit: Visit, demo_database: Path
) -> None:
    table = visit("portfolio", demo_database).dataframe[0].value
    is_quiet = [
        risk == ["● Low"] and trend.startswith("→")
        for risk, trend in zip(table["Risk"].tolist(), table["Trend"], strict=True)
    ]
    assert any(is_quiet)
    assert [why == "" for why in table["Why"]] == is_quiet
    assert "Tickets 1 → 21" in table["Why"].tolist()


def test_a_score_that_rests_on_a_part_shows_its_range(visit: Visit, demo_database: Path) -> None:
    table = visit("portfolio", demo_database).dataframe[0].value
    for score, coverage in zip(table["Score"], table["Coverage"], strict=True):
        share, _, between = coverage.replace("\u00a0", " ").partition("; ")
        assert (share == "100 %") == (between == "")
        if between:
            low, high = map(int, between.split("–"))
            assert low <= score <= high


def test_a_list_says_what_changed_in_seven_thirty_and_ninety_days(
    visit: Visit, demo_database: Path
) -> None:
    table = visit("portfolio", demo_database).dataframe[0].value
    shown = dict(zip(table["Client"], table["Trend"], strict=True))
    with Database.open(demo_database) as database, database.read() as reader:
        for row in health_scores(reader, HealthScoreQuery()).rows:
            query = ScoreChangesQuery(organization_id=row.organization_id, as_of=date(2026, 11, 20))
            known = score_changes(reader, query).values()
            said = ", ".join("?" if points is None else change(points) for points in known)
            assert shown[row.organization_name][2:] == said


def test_a_feed_that_stands_still_never_looks_well(visit: Visit, demo_copy: Path) -> None:
    with Database.open(demo_copy) as database, database.write() as writer:
        well = writer.record(
            """SELECT organization, organization_id, name
            FROM scores JOIN clients USING (organization)
            WHERE score_date = DATE '2026-11-20' AND risk_level = 'LOW' AND trend = 'STABLE'
            ORDER BY ALL LIMIT 1"""
        )
        writer.execute(
            "DELETE FROM usage_daily WHERE organization = $organization AND date > '2026-11-08'",
            {"organization": well["organization"]},
        )
        writer.execute(
            "UPDATE usage_span SET last_date = '2026-11-08' WHERE organization = $organization",
            {"organization": well["organization"]},
        )
    page = visit("portfolio", demo_copy)
    table = page.dataframe[0].value
    reasons = dict(zip(table["Client"], table["Why"], strict=True))
    assert reasons[well["name"]].replace("\u00a0", " ") == "No usage for 12 days"
    assert "No usage in the last 7 days" in json.dumps(chart(page, 0)).replace("\\u00a0", " ")
    warning = visit("client", demo_copy, client=well["organization_id"]).warning[0].value
    assert warning.replace("\u00a0", " ").startswith("No usage for 12 days: the score rests on")
