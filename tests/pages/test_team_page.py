"""The Team page in each of its states."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from in_markdown import tables

from health.accounts.calls import log_call
from health.accounts.pulses import set_pulse
from health.accounts.tasks import add_task, finish_task
from health.queries.filters import ClientFilter, ScoreFilter
from health.queries.outcomes import OutcomesQuery, outcomes
from health.queries.portfolio import overview
from health.queries.team import TeamGroup, TeamQuery, band_of, months, renewals, team
from health.queries.trends import MoversQuery, movers
from health.storage.database import Database
from health.vocabulary import CallOutcome

if TYPE_CHECKING:
    from pathlib import Path

    from streamlit.testing.v1 import AppTest
    from visits import Visit

DAY = date(2026, 11, 20)
TODAY = date(2026, 11, 26)


def said(page: AppTest) -> str:
    texts = [*page.title, *page.markdown, *page.caption, *page.info]
    return "\n".join(text.value for text in texts).replace("\u00a0", " ").replace("\\", "")


def test_the_answer_stands_at_the_top(visit: Visit, demo_database: Path) -> None:
    with Database.open(demo_database) as database, database.read() as reader:
        whole = team(reader, TeamQuery(as_of=DAY, calendar_day=DAY)).whole.row(0, named=True)
    page = visit("team", demo_database)
    assert not [*page.exception, *page.error]
    text = said(page)
    assert f"Of {whole['clients']} clients worth" in text
    assert f"**{whole['high']}** are at high risk" in text
    assert f"{whole['renewals']} renew within 90 days" in text
    assert f"The average score is **{whole['average']:.1f}**" in text


def test_owners_with_too_many_at_high_risk_are_named(visit: Visit, demo_copy: Path) -> None:
    with Database.open(demo_copy) as database, database.write() as writer:
        writer.execute("DELETE FROM record_history WHERE field = 'csm'")
        writer.execute("UPDATE clients SET csm = if(organization % 4 = 0, 'ada@x', 'bo@x')")
        writer.execute(
            """UPDATE scores SET risk_level = if(organization % 4 = 0, 'HIGH', 'LOW')
            WHERE score_date = DATE '2026-11-20'"""
        )
    for by in TeamGroup:
        page = visit("team", demo_copy, by=by.value)
        keys = [button.key for button in page.button if str(button.key).startswith("too_many_")]
        assert keys == ["too_many_ada@x"]
    assert "No owner has too many" not in said(page)


@pytest.mark.parametrize("by", list(TeamGroup))
def test_a_row_a_group_and_one_for_all(visit: Visit, demo_database: Path, by: TeamGroup) -> None:
    page = visit("team", demo_database, by=by.value, span="Year")
    table = page.dataframe[0].value
    assert table.columns[0] == by.value
    assert table[by.value].tolist()[0] == "All"
    clients = [int(amount) for amount in table["Clients"]]
    assert clients[0] == sum(clients[1:])


def test_a_number_is_that_of_the_clients_it_opens(demo_database: Path) -> None:
    """For each owner and each month, as Portfolio counts them with the filters it opens with."""
    with Database.open(demo_database) as database, database.read() as reader:
        for row in team(reader, TeamQuery(as_of=DAY, calendar_day=DAY)).groups.to_dicts():
            shown = overview(reader, ScoreFilter(as_of=DAY, csm=row["name"], only_active=True))
            counted = [*(shown.by_risk[level] for level in shown.by_risk), shown.not_scored]
            assert counted == [row["low"], row["medium"], row["high"], row["not_scored"]]
            assert shown.value_at_risk == row["value_at_risk"]
            soon = overview(
                reader,
                ScoreFilter(as_of=DAY, csm=row["name"], renewal_within=90, only_active=True),
            )
            assert sum(soon.by_risk.values()) + soon.not_scored == row["renewals"]
            assert soon.value_at_risk == row["renewals_value_at_risk"]
        for row in renewals(reader, DAY).to_dicts():
            asked = ScoreFilter(as_of=DAY, renewal_month=row["month"], only_active=True)
            shown = overview(reader, asked)
            assert shown.value_at_risk == row["high_value"]
            assert shown.not_scored == row["not_scored"]
        for row in team(
            reader, TeamQuery(as_of=DAY, calendar_day=DAY, by=TeamGroup.SIZE)
        ).groups.to_dicts():
            of_size = ScoreFilter(as_of=DAY, size=band_of(row["name"]), only_active=True)
            shown = overview(reader, of_size)
            assert sum(shown.by_risk.values()) + shown.not_scored == row["clients"]


def ask_as(by: TeamGroup, name: str | None) -> dict[str, Any]:
    """What the filters ask for that the number of a group opens with."""
    if by is TeamGroup.SIZE:
        return {"size": band_of(name or "")}
    return {"csm" if by is TeamGroup.OWNER else "industry": name or ""}


@pytest.mark.parametrize("by", list(TeamGroup))
def test_work_and_change_are_those_of_the_clients_they_open(demo_copy: Path, by: TeamGroup) -> None:
    with Database.open(demo_copy) as database:
        for number in range(1, 9):
            add_work(database, number)
        with database.read() as reader:
            asked = TeamQuery(as_of=DAY, calendar_day=TODAY, by=by)
            found = team(reader, asked)
            for row in found.groups.to_dicts():
                of_group = ask_as(by, row["name"])
                called = (DAY - timedelta(days=90), TODAY)
                shown = overview(
                    reader, ScoreFilter(as_of=DAY, only_active=True, called=called, **of_group)
                )
                assert (shown.scored + shown.not_scored) * 2 == row["calls"]
                shown = overview(
                    reader, ScoreFilter(as_of=DAY, only_active=True, overdue_on=TODAY, **of_group)
                )
                assert shown.scored + shown.not_scored == row["overdue"]
                moved = movers(
                    reader,
                    MoversQuery(as_of=DAY, days=91, clients=ClientFilter(as_of=DAY, **of_group)),
                )
                assert moved.compared == row["compared"]
                if moved.average is not None and moved.average_before is not None:
                    change = moved.average - moved.average_before
                    assert change == pytest.approx(row["average_change"])
            assert found.whole["calls"].item() == 12
            assert found.whole["overdue"].item() == 6


def add_work(database: Database, number: int) -> None:
    """Two calls and an overdue task; of every fourth client not needed, and done in time."""
    with database.write() as writer:
        name = writer.value(
            "SELECT organization_id FROM clients WHERE organization = $number", {"number": number}
        )
    counts = number % 4 > 0
    for day in (TODAY, DAY - timedelta(days=30)):
        log_call(
            database,
            name,
            outcome=CallOutcome.REACHED if counts else CallOutcome.NOT_NEEDED,
            note="All is well",
            day=day,
            by="ada",
        )
    task = add_task(
        database, name, task="Ask", due_day=TODAY - timedelta(days=1), person="ada", day=DAY, by="a"
    )
    if not counts:
        finish_task(database, task, day=TODAY - timedelta(days=1), by="ada")


@pytest.mark.parametrize(
    ("head", "title", "address"),
    [
        ("Change", "What is moving?", {"span": "Year"}),
        ("Calls", "Where does the portfolio stand?", {"called": "Year", "active": "true"}),
        ("Overdue", "Where does the portfolio stand?", {"overdue": "true", "active": "true"}),
    ],
)
def test_a_number_opens_its_page_filtered_alike(
    visit: Visit, demo_database: Path, head: str, title: str, address: dict[str, str]
) -> None:
    page = visit("team", demo_database, span="Year", by="Industry")
    industry = page.dataframe[0].value["Industry"][2]
    page.session_state[f"team_{head}"] = {"row": 2, "label": ""}
    page.run()
    assert page.title[0].value == title
    assert dict(page.query_params) == {"industry": industry, **address}


@pytest.mark.parametrize("row", [0, 1])
def test_what_is_overdue_of_an_owner_or_of_all_opens_the_follow_ups(
    visit: Visit, demo_copy: Path, row: int
) -> None:
    page = visit("team", demo_copy)
    owners = page.dataframe[0].value["Owner"]
    with Database.open(demo_copy) as database:
        client, csm = database.query(
            "SELECT organization_id, csm FROM clients WHERE starts_with(csm, $csm || '@')",
            {"csm": owners[1]},
        ).row(0)
        past = date(2020, 1, 1)
        for person in ("ada", "test@example.com"):  # another's, and one's own
            add_task(database, client, task="Ask", due_day=past, person=person, day=past, by="a")
    page.session_state["team_Overdue"] = {"row": row, "label": ""}
    page.run()
    assert not page.exception
    assert page.title[0].value == "Whom should I call today?"
    assert dict(page.query_params) == ({"owner": csm} if row else {})
    assert any(text.value == "##### Follow-ups: 2 due" for text in page.markdown)


def test_the_head_of_a_column_orders_by_number(visit: Visit, demo_copy: Path) -> None:
    """Owners of 2, 9 and 10 clients: as text, 10 would come before 9."""
    with Database.open(demo_copy) as database, database.write() as writer:
        writer.execute("DELETE FROM record_history WHERE field = 'csm'")
        writer.execute(
            """UPDATE clients SET csm = CASE WHEN organization <= 2 THEN 'bo@x'
                WHEN organization <= 11 THEN 'ada@x' ELSE 'cy@x' END"""
        )
    page = visit("team", demo_copy)

    def owners(order: tuple[str, bool]) -> list[str]:
        page.session_state["order_of_team"] = order
        shown: list[str] = page.run().dataframe[0].value["Owner"].tolist()
        return shown

    assert owners(("Clients", False)) == ["All", "cy", "ada", "bo"]
    assert owners(("Clients", True)) == ["All", "bo", "ada", "cy"]
    assert owners(("Owner", False)) == ["All", "ada", "bo", "cy"]


def test_who_left_is_said_where_nobody_counts_them(visit: Visit, demo_database: Path) -> None:
    assert "1 client that left is not counted on this page" in said(visit("team", demo_database))


def test_months_are_listed_with_what_is_at_risk(visit: Visit, demo_database: Path) -> None:
    table = visit("team", demo_database).dataframe[1].value
    assert table["Month"].tolist() == [f"{day:%b %Y}" for day in months(DAY)]
    assert all(cell == "0" or ", $" in cell for cell in table["High risk"])


def test_without_renewal_dates_the_page_says_what_to_load(visit: Visit, demo_copy: Path) -> None:
    with Database.open(demo_copy) as database, database.write() as writer:
        writer.execute("UPDATE clients SET renewal_date = NULL, csm = NULL, annual_value = NULL")
    page = visit("team", demo_copy)
    assert not [*page.exception, *page.error]
    assert "No client renews in these 12 months" in said(page)
    assert page.dataframe[0].value["Owner"].tolist() == ["All", "No owner"]


def test_what_became_of_clients_is_told_by_owner_with_whose_pulse_was_right(
    visit: Visit, demo_copy: Path
) -> None:
    with Database.open(demo_copy) as database:
        query = OutcomesQuery(
            outcomes=("RENEWED",), start_date=DAY - timedelta(days=360), end_date=DAY
        )
        with database.read() as reader:
            renewed = outcomes(reader, query)
        client, day = renewed.select("organization_id", "date").row(0)
        set_pulse(
            database, client, level="AT_RISK", reason="No.", until_day=day, by="Ada",
            day=day - timedelta(days=20),
        )  # fmt: skip
    page = visit("team", demo_copy, span="Year")
    assert not [*page.exception, *page.error]
    by_owner, judged = tables(page)
    assert by_owner["Owner"][-1] == "All"
    assert int(by_owner["Renewed"][-1]) >= renewed.height
    assert judged.select("Set by", "Outcomes", "Pulse right", "Pulse wrong").row(0) == (
        ("Ada", "1", "0", "1")
    )


def test_without_an_outcome_in_the_period_the_page_says_where_they_come_from(
    visit: Visit, demo_copy: Path
) -> None:
    with Database.open(demo_copy) as database, database.write() as writer:
        writer.execute("DELETE FROM outcomes")
    text = said(visit("team", demo_copy))
    assert "Load a file of outcomes on the Data page" in text
    assert "Whose pulse was right?" not in text


def test_without_an_active_client_there_is_no_book(visit: Visit, demo_copy: Path) -> None:
    with Database.open(demo_copy) as database, database.write() as writer:
        writer.execute("UPDATE clients SET is_active = false")
        writer.execute("DELETE FROM record_history WHERE field = 'is_active'")
    assert "No client is active on this day" in said(visit("team", demo_copy))


def test_an_empty_database_says_how_to_begin(visit: Visit, empty_database: Path) -> None:
    page = visit("team", empty_database)
    assert not [*page.exception, *page.error]
    assert "Nothing is on file yet" in said(page)
