"""A number is the same wherever it stands: sentence, table, chart, card and file.

Facts are read off the pages by what a person sees, for clients drawn at random, in the present, in
the past, and between a change of the data and Recalculate.
"""

from __future__ import annotations

import io
import json
import random
import re
from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import polars as pl
import pytest
from in_markdown import tables

from health.cli import main
from health.maintenance.demo import DEMO_END
from health.storage.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from streamlit.testing.v1 import AppTest
    from visits import Offered, Visit

CLIENTS: Final = 6
LEAST_FACTS: Final = 40


class Facts:
    """What was read: for each client and fact, the value in each place."""

    def __init__(self) -> None:
        self.read: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)

    def add(self, client: str, fact: str, place: str, value: object) -> None:
        self.read[client, fact][place] = str(value).replace("\u00a0", " ").replace("−", "-")

    @property
    def compared(self) -> dict[tuple[str, str], dict[str, str]]:
        """The facts that were read in two places at least."""
        return {fact: places for fact, places in self.read.items() if len(places) > 1}

    @property
    def different(self) -> dict[tuple[str, str], dict[str, str]]:
        return {
            fact: places for fact, places in self.compared.items() if len({*places.values()}) > 1
        }


def plain(text: str) -> str:
    """What a reader sees of a text in markdown."""
    return text.replace("\\", "").replace("\u00a0", " ").replace("**", "").replace("−", "-")


def first(pattern: str, texts: Iterable[str]) -> str:
    """The first group of the first text in which the pattern is found."""
    found = [match[1] for text in texts if (match := re.search(pattern, plain(text)))]
    assert found, pattern
    return found[0]


def of_portfolio(page: AppTest, offered: Offered, facts: Facts) -> dict[str, str]:
    """Read the list, its file and the numbers above; return the ids by name."""
    listed = page.dataframe[0].value
    [name] = [name for name in offered if name.startswith("clients-2") and name.endswith("csv")]
    file = pl.read_csv(io.BytesIO(offered[name]()))
    ids = dict(file.select("Client", "Client id").iter_rows())
    for place, rows in (("list", listed.to_dict("records")), ("file", file.to_dicts())):
        for row in rows:
            client = ids[row["Client"]]
            risk = row["Risk"] if isinstance(row["Risk"], str) else row["Risk"][0]
            facts.add(client, "score", place, row["Score"])
            facts.add(client, "risk", place, risk.split()[-1])
            owner = row["Owner"]
            facts.add(client, "owner", place, "" if owner is None else owner.partition("@")[0])
    for row in file.to_dicts():
        facts.add(row["Client id"], "coverage", "file", row["Coverage, %"])
        if (change := row["Change in 30 days"]) is not None:
            facts.add(row["Client id"], "change", "file", change)
    for level in ("high", "medium", "low"):
        shown = first(rf"(\d+) {level} risk", (button.label for button in page.button))
        facts.add("all", f"{level} risk", "button", shown)
        counted = listed["Risk"].map(lambda chips, level=level: level in chips[0].lower()).sum()
        facts.add("all", f"{level} risk", "list", counted)
    facts.add("all", "average", "card", page.metric[0].value)
    mean = file["Score"].mean()
    facts.add("all", "average", "file", f"{mean:.1f}")
    return ids


def of_today(page: AppTest, facts: Facts) -> None:
    """Read the cards: a link with the name, and a text that begins with where the client stands."""
    links = [one for one in page.main.get("page_link") if re.match(r"\d+\. ", one.proto.label)]
    cards = [plain(text.value) for text in page.main.markdown if "-badge[" in text.value]
    assert len(links) == len(cards)
    for link, card in zip(links, cards, strict=True):
        found = re.search(r"[▲◆●] (\d+) · (\w+) risk\]", card)
        if found is None:
            continue
        client = first(r"client=([\w-]+)", [link.proto.query_string])
        facts.add(client, "score", "call", found[1])
        facts.add(client, "risk", "call", found[2])
        if moved := re.search(r"([+-]\d+|±0) in 30 days", card):
            facts.add(client, "change", "call", moved[1].replace("±", "").lstrip("+"))


def of_team(page: AppTest, facts: Facts) -> None:
    """Read the row of all clients, and the sentence above it."""
    [whole] = page.dataframe[0].value.head(1).to_dict("records")
    for level in ("High", "Medium", "Low"):
        [shown] = [value for head, value in whole.items() if head.endswith(f" {level}")]
        facts.add("all", f"{level.lower()} risk", "Team, table", shown)
    facts.add("all", "average", "Team, table", whole["Average"])
    said = [text.value for text in page.markdown]
    facts.add("all", "high risk", "Team, sentence", first(r"(\d+) are at high risk", said))


def of_client(page: AppTest, client: str, facts: Facts) -> None:
    cards = {card.label: card for card in page.metric}
    said = [text.value for text in page.markdown]
    facts.add(client, "score", "card", cards["Score"].value)
    facts.add(client, "risk", "card", cards["Risk"].value.split()[0])
    facts.add(client, "coverage", "card", re.sub(r"\D", "", cards["Coverage"].value))
    facts.add(client, "score", "sentence", first(r"risk with a score of (\d+)", said))
    charts = [json.loads(chart.proto.spec) for chart in page.get("plotly_chart")]
    [line] = [trace for chart in charts for trace in chart["data"] if trace.get("name") == "Score"]
    facts.add(client, "score", "chart", [value for value in line["y"] if value is not None][-1])
    every = tables(page)
    for changed in (table for table in every if "Points" in table.columns):
        *parts, score = changed.to_dicts()
        before, after = list(score.values())[1:3]
        facts.add(client, "score", "table of changes", after)
        facts.add(client, "change", "table of changes", int(after) - int(before))
        if moved := re.search(r"^([+-]\d+|±0)", plain(cards["Score"].delta or "")):
            facts.add(client, "change", "card", moved[1].replace("±", "").lstrip("+"))
        points = sum(float(plain(part["Points"]).replace("±", "")) for part in parts)
        facts.add(client, "points", "sum of the parts", f"{points:.1f}")
        facts.add(client, "points", "table of changes", f"{int(after) - int(before):.1f}")
    used = [text for text in said if "enabled features used" in text]
    for table in (table for table in every if "State" in table.columns):
        states = " ".join(table["State"])
        enabled = table.height - states.count("Not enabled")
        unused = states.count("not used")
        facts.add(client, "features", "table of features", f"{enabled - unused} of {enabled}")
        facts.add(client, "features", "sentence", first(r"(\d+ of \d+) enabled", used))


def read_facts(
    visit: Visit, offered: Offered, database: Path, export: Callable[[], str], **address: str
) -> Facts:
    """Read the facts off Portfolio, Today, Team, some clients, and the export of scores."""
    facts = Facts()
    offered.clear()
    ids = of_portfolio(visit("portfolio", database, **address), offered, facts)
    of_today(visit("today", database, **address), facts)
    of_team(visit("team", database, **address), facts)
    for client in random.Random(len(address)).sample(sorted(ids.values()), CLIENTS):
        of_client(visit("client", database, client=client, **address), client, facts)
    for row in pl.read_csv(io.StringIO(export())).to_dicts():
        facts.add(row["organization_id"], "score", "export", row["overall_score"])
        facts.add(row["organization_id"], "risk", "export", row["risk_level"].capitalize())
        facts.add(row["organization_id"], "coverage", "export", row["coverage"])
    places = {place for places in facts.compared.values() for place in places}
    assert {"list", "file", "call", "card", "sentence", "chart", "export"} <= places
    return facts


@pytest.fixture
def export(
    demo_copy: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> Callable[[date], Callable[[], str]]:
    """Give the scores of a day as the command writes them."""

    def of_day(day: date) -> Callable[[], str]:
        def write() -> str:
            capsysbinary.readouterr()
            arguments = ["export", "scores", "--as-of", f"{day}", "--database", str(demo_copy)]
            assert main(arguments) == 0
            return capsysbinary.readouterr().out.decode()

        return write

    return of_day


Exported = Callable[[date], Callable[[], str]]


def test_a_fact_of_the_present_is_the_same_everywhere(
    visit: Visit, offered: Offered, demo_copy: Path, export: Exported
) -> None:
    facts = read_facts(visit, offered, demo_copy, export(DEMO_END))
    assert len(facts.compared) >= LEAST_FACTS
    assert not facts.different


def test_a_fact_of_the_past_is_the_same_everywhere(
    visit: Visit, offered: Offered, demo_copy: Path, export: Exported
) -> None:
    day = DEMO_END - timedelta(days=45)
    facts = read_facts(visit, offered, demo_copy, export(day), as_of=f"{day}")
    assert len(facts.compared) >= LEAST_FACTS
    assert not facts.different


def test_a_fact_is_the_same_everywhere_before_a_change_is_recalculated(
    visit: Visit, offered: Offered, demo_copy: Path, export: Exported, tmp_path: Path
) -> None:
    """The data of every client changed, and nobody has pressed Recalculate."""
    changed = tmp_path / "tickets.csv"
    with Database.open(demo_copy) as database:
        clients = database.query("SELECT organization_id FROM clients")["organization_id"]
    rows = [f"{client},SUPPORT_TICKETS,{DEMO_END},7" for client in clients]
    changed.write_text("\n".join(["organization_id,metric_type,date,value", *rows]))
    assert main(["load", str(changed), "--database", str(demo_copy)]) == 0
    facts = read_facts(visit, offered, demo_copy, export(DEMO_END))
    assert len(facts.compared) >= LEAST_FACTS
    assert not facts.different
