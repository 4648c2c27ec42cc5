"""What is on screen as a file: the same clients, order and numbers, and all of them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from in_markdown import tables

from health import formatting
from health.accounts.decisions import dismiss
from health.accounts.visits import remember_visit
from health.output import page_tables
from health.queries.adoption import AdoptionOrder
from health.queries.alerts.attention import AlertQuery, attention
from health.storage.database import Database
from health.ui.data import import_history
from health.ui.portfolio import overview

if TYPE_CHECKING:
    from pathlib import Path

    from streamlit.testing.v1 import AppTest
    from visits import Offered, Visit


@dataclass(frozen=True)
class Files:
    """What the pages offered, as tables."""

    offered: Offered

    def frame(self, start: str, ending: str = "xlsx") -> pl.DataFrame:
        """The one file whose name begins like this and goes on with the day."""
        [name] = [
            name for name in self.offered if name.startswith(f"{start}-2") and name.endswith(ending)
        ]
        content = io.BytesIO(self.offered[name]())
        if ending == "xlsx":
            return pl.read_excel(content)
        return pl.read_csv(content, try_parse_dates=True)


@pytest.fixture
def files(offered: Offered) -> Files:
    return Files(offered)


def texts(frame: pl.DataFrame, column: str) -> list[str]:
    return [text or "" for text in frame[column].to_list()]


def plain(values: list[str]) -> list[str]:
    return [value.replace("\u00a0", " ") for value in values]


def every_page(page: AppTest, pages: int) -> list[str]:
    """The clients of the list over all of its pages."""
    found = []
    for number in range(1, pages + 1):
        page.session_state["page"] = number
        page.run()
        assert not [*page.exception, *page.error]
        found += page.dataframe[0].value["Client"].tolist()
    return found


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_portfolio_as_a_file_is_the_whole_list(
    visit: Visit,
    demo_database: Path,
    files: Files,
    monkeypatch: pytest.MonkeyPatch,
    ending: str,
) -> None:
    monkeypatch.setattr(overview, "ROWS_A_PAGE", 5)
    monkeypatch.setattr(page_tables, "AT_ONCE", 7)
    page = visit("portfolio", demo_database, order="Contract value")
    rows = files.frame("clients", ending)
    assert rows.height > 10
    assert rows["Client"].to_list() == every_page(page, -(-rows.height // 5))


def test_a_file_has_the_words_and_numbers_of_the_page(
    visit: Visit, demo_database: Path, files: Files
) -> None:
    page = visit("portfolio", demo_database, trend="Declining", as_of="2026-11-10")
    shown = page.dataframe[0].value
    rows = files.frame("clients")
    assert [name for name in files.offered if name.startswith("clients-2026-11-10-v")]
    assert rows["Client"].to_list() == shown["Client"].tolist()
    assert rows["Score"].to_list() == shown["Score"].tolist()
    assert rows["Risk"].to_list() == [chip[0][2:] for chip in shown["Risk"]]
    assert set(rows["Trend"]) == {"Declining"}
    changes = [rows[f"Change in {days} days"] for days in (7, 30, 90)]
    said = [
        "↘ " + ", ".join("?" if points is None else formatting.change(points) for points in row)
        for row in zip(*changes, strict=True)
    ]
    assert said == plain(shown["Trend"].tolist())
    assert texts(rows, "Why") == plain(shown["Why"].tolist())
    assert [name.partition("@")[0] for name in rows["Owner"]] == shown["Owner"].tolist()
    assert [f"${value:,.0f}" for value in rows["Value a year, USD"]] == shown["Value"].tolist()
    days = [(renewal - date(2026, 11, 10)).days for renewal in rows["Renewal"].drop_nulls()]
    assert days == rows["Days to renewal"].drop_nulls().to_list()
    coverage = [
        f"{share} %" + (f"; {between}" if between else "")
        for share, between in zip(
            rows["Coverage, %"], texts(rows, "If all were known"), strict=True
        )
    ]
    assert coverage == plain(shown["Coverage"].tolist())


def test_a_file_says_of_every_client_why_it_is_looked_at(
    visit: Visit, demo_copy: Path, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "ROWS_A_PAGE", 1_000)
    with Database.open(demo_copy) as database, database.write() as writer:
        writer.execute(
            """DELETE FROM usage_daily WHERE date > '2026-11-08' AND organization = (
                SELECT min(organization) FROM scores
                WHERE score_date = '2026-11-20' AND risk_level = 'LOW' AND trend = 'STABLE')"""
        )
    shown = visit("portfolio", demo_copy).dataframe[0].value
    said = texts(files.frame("clients"), "Why")
    assert said == plain(shown["Why"].tolist())
    assert any(why.startswith("No usage for") for why in said), "a feed that stands still"
    assert "" in said, "a client that is well"


def test_clients_without_a_score_as_a_file(visit: Visit, demo_database: Path, files: Files) -> None:
    page = visit("portfolio", demo_database, risk="Not scored")
    shown = page.dataframe[0].value
    rows = files.frame("clients-without-a-score")
    assert rows["Client"].to_list() == shown["Client"].tolist()
    assert rows["Why"].to_list() == shown["Why"].tolist()
    assert [day is None for day in rows["Last usage"]] == [
        day == "never" for day in shown["Last usage"]
    ]


def test_movers_as_a_file_go_on_where_the_page_ends(
    visit: Visit, demo_database: Path, files: Files
) -> None:
    page = visit("trends", demo_database, span="Quarter")
    page.session_state["table_down"] = True
    page.run()
    shown = page.dataframe[0].value
    rows = files.frame("clients-that-went-down")
    assert rows["Client"].to_list()[: len(shown)] == shown["Client"].tolist()
    now = next(name for name in rows.columns if name.startswith("Now, "))
    known = [
        f"{score} ({between})" if between else f"{score}"
        for score, between in zip(rows[now], texts(rows, "If all were known"), strict=True)
    ]
    assert known[: len(shown)] == shown[now.partition(",")[0]].tolist()
    assert texts(rows, "Why")[: len(shown)] == plain(shown["Why"].tolist())
    assert [f"−{-change}" for change in rows["Change"]][: len(shown)] == shown["Change"].tolist()
    assert rows["Then, 21 Aug 2026"].to_list()[: len(shown)] == [int(x) for x in shown["Then"]]
    assert (rows["Change"] < 0).all()
    assert (files.frame("clients-that-went-up")["Change"] > 0).all()


@pytest.mark.parametrize("order", AdoptionOrder)
def test_the_matrix_as_a_file_is_the_whole_table(
    visit: Visit,
    demo_database: Path,
    files: Files,
    monkeypatch: pytest.MonkeyPatch,
    order: AdoptionOrder,
) -> None:
    monkeypatch.setattr(page_tables, "AT_ONCE", 7)
    page = visit("adoption", demo_database, table="true", sort=order.label)
    shown = page.dataframe[0].value
    rows = files.frame("adoption")
    assert rows["Client"].to_list() == shown["Client"].tolist()
    assert [
        f"{used} of {enabled}" for used, enabled in zip(rows["Used"], rows["Licensed"], strict=True)
    ] == shown["Used"].tolist()
    rates = ["no data" if rate is None else f"{rate} %" for rate in rows["Rate, %"]]
    assert rates == plain(shown["Rate"].tolist())
    for feature in shown.columns[3:]:
        said = [cell.partition(" ")[2] for cell in shown[feature]]
        assert rows[feature].to_list() == said


def test_a_clients_ledger_and_features_as_files(
    visit: Visit, demo_database: Path, files: Files
) -> None:
    page = visit("client", demo_database, client="ORG-0004", changed="90 days", features="true")
    shown, drawn = tables(page)
    rows = files.frame("what-changed-org-0004")
    assert rows["Part"].to_list() == shown["Part"].to_list()
    assert texts(rows, "Then, 22 Aug 2026") == plain(shown["22 Aug 2026"].to_list())
    assert texts(rows, "Now, 20 Nov 2026") == plain(shown["20 Nov 2026"].to_list())
    points = rows["Points"].to_list()
    assert [f"{abs(one):.1f}" for one in points] == [text[1:] for text in shown["Points"]]
    assert sum(points[:-1]) == pytest.approx(points[-1])
    features = files.frame("features-org-0004")
    assert features["Feature"].to_list() == drawn["Feature"].to_list()
    assert features["Level"].to_list() == [chip[2:] for chip in drawn["Level"]]
    assert [f"{uses:,}" if uses else "" for uses in features["Uses"]] == drawn["Uses"].to_list()


def test_the_calls_as_a_file_are_all_of_them_in_their_order(
    visit: Visit, demo_database: Path, files: Files
) -> None:
    page = visit("today", demo_database)
    with Database.open(demo_database) as opened, opened.read() as reader:
        found = attention(reader, AlertQuery(as_of=date(2026, 11, 20)))
    rows = files.frame("calls")
    assert rows["Client"].to_list() == found.calls["organization_name"].to_list()
    assert rows["Urgency"].to_list() == found.calls["urgency"].to_list()
    said = " ".join(one.value for one in page.markdown).replace("\u00a0", " ").replace("\\", "")
    for topic, why in rows.select("Talk about", "Why").head(3).iter_rows():
        assert f"**Talk about {topic}.** {why}" in said
    alerts = files.frame("alerts")
    assert alerts.height == found.alerts.height
    amounts = dict(alerts["Alert"].value_counts().iter_rows())
    headings = [one.label for one in page.expander if "·" in one.label]
    assert headings == [
        f"{label} · **{amounts[label]}**" for label in alerts["Alert"].unique(maintain_order=True)
    ]


def test_what_is_new_and_what_was_decided_as_files(
    visit: Visit, demo_copy: Path, files: Files
) -> None:
    with Database.open(demo_copy) as database:
        dismiss(database, "ORG-0004", reason="=1+1", known=(), by="Ada")
        remember_visit(database, "test@example.com", date(2026, 8, 27))
    page = visit("today", demo_copy)
    said = " ".join(one.value for one in page.markdown)
    news = files.frame("news")
    counts = dict(news["What changed"].value_counts().iter_rows())
    assert f"▲ {counts['New at high risk']} new at high risk" in said
    assert f"● {counts['Left high risk']} left high risk" in said
    assert f"{counts['New alert']}\u00a0other new alert" in said
    decided = files.frame("decisions")
    assert decided.select("Client id", "Decision", "Until", "Reason", "By").rows() == [
        ("ORG-0004", "Not needed", None, "=1+1", "Ada")
    ]


def test_what_was_loaded_as_a_file_is_all_of_it(
    visit: Visit, demo_database: Path, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_history, "PAGE", 1)
    monkeypatch.setattr(page_tables, "AT_ONCE", 2)
    page = visit("../data/data", demo_database)
    assert not [*page.exception, *page.error]
    assert len(page.dataframe[0].value) == 1
    rows = files.frame("imports")
    assert rows["No."].to_list() == [4, 3, 2, 1]
    assert rows["File"].to_list()[0] == page.dataframe[0].value["file"].tolist()[0]
    metrics, (shown,) = files.frame("data-by-metric"), tables(page)
    assert metrics["Metric"].to_list() == shown["Metric"].to_list()
    counted = [text.replace("\u00a0", " ").partition(" of ")[0] for text in shown["Values"]]
    assert [f"{values:,}" for values in metrics["Values"]] == counted


@pytest.mark.usefixtures("offered")
def test_a_file_nobody_asked_for_is_not_made(
    visit: Visit, demo_database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any, **__: Any) -> pl.DataFrame:
        raise AssertionError

    for name in ("scored", "calls", "alerts", "adoption", "moved", "ledger", "features"):
        monkeypatch.setattr(page_tables, name, never)
    for name in ("today", "portfolio", "adoption", "trends", "team", "client"):
        page = visit(name, demo_database, client="ORG-0004")
        assert not [*page.exception, *page.error]
        assert page.get("download_button")


def test_what_a_closed_button_offers_is_not_sent(visit: Visit, demo_database: Path) -> None:
    page = visit("today", demo_database)
    assert not [*page.exception, *page.error]
    assert not page.get("download_button")
