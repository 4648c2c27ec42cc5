"""A review is one whole file: every state says what it knows, and no text of the data is markup."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from parsed_html import Parsed

from health.charts.theme import LIGHT
from health.errors import UnknownOrganization
from health.output.review import print_ready, review
from health.output.review.drawing import bar, score_line
from health.queries.client import ClientQuery
from health.scoring.model import STANDARD
from health.storage.database import Database

DAY = date(2026, 11, 20)
TAGS = {
    *("html", "head", "meta", "title", "style", "body", "main", "header", "section", "footer"),
    *("h1", "h2", "p", "div", "span", "b", "table", "tr", "th", "td"),
    *("svg", "rect", "line", "text", "polyline", "circle"),
}
MARKUP = (
    "<script>window.ran=1</script>",
    "<img src=x onerror=window.ran=1>",
    "\"><svg onload=window.ran=1>'",
    "</title></style></main><b>bold</b>",
    "&lt;b&gt; &amp;amp; &#60;",
    "<a href='https://outside.example'>x</a>",
)


def written(path: Path, organization_id: str = "ORG-0004", as_of: date = DAY) -> str:
    with Database.open(path) as database, database.read() as reader:
        query = ClientQuery(organization_id=organization_id, as_of=as_of)
        return print_ready(review(reader, query, "USD"))


def change(path: Path, *statements: str, **values: object) -> None:
    with Database.open(path) as database, database.write() as writer:
        for statement in statements:
            writer.execute(statement, values)


@pytest.mark.parametrize("markup", MARKUP)
def test_no_text_of_the_data_is_markup(demo_copy: Path, markup: str) -> None:
    change(
        demo_copy,
        """UPDATE clients SET name = $markup, csm = $markup, industry = $markup,
            organization_id = $markup WHERE organization_id = 'ORG-0004'""",
        markup=markup,
    )
    content = written(demo_copy, markup)
    found = Parsed(content)
    assert found.tags <= TAGS
    assert {name for name in found.attributes if name.startswith("on")} == set()
    assert not {"href", "src", "action", "style"} & found.attributes
    assert found.text.count(" ".join(markup.split())) >= 4
    assert "http:" not in content


def test_the_file_asks_for_nothing_and_may_run_nothing(demo_database: Path) -> None:
    content = written(demo_database)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', content)
    assert policy
    assert policy[1] == "default-src 'none'; style-src 'unsafe-inline'"
    assert "<script" not in content
    assert "url(" not in content
    assert "@import" not in content


def test_a_past_day_says_so(demo_database: Path) -> None:
    assert "past day" not in Parsed(written(demo_database)).text
    text = Parsed(written(demo_database, as_of=date(2026, 10, 1))).text
    assert "Review as of 1 Oct 2026" in text
    assert "This is a past day: the latest data is of 20 Nov 2026." in text


def test_a_client_without_a_score_says_why(demo_database: Path) -> None:
    with Database.open(demo_database) as database, database.read() as reader:
        gone = reader.query(
            """SELECT organization_id FROM clients
            WHERE organization NOT IN (SELECT organization FROM scores WHERE score_date = $day)
                AND is_active""",
            {"day": DAY},
        )["organization_id"].to_list()
    texts = [Parsed(written(demo_database, name)).text for name in gone]
    assert all("Not scored on 20 Nov 2026" in text for text in texts)
    assert any("ask why the feed stopped" in text for text in texts)
    assert any("no usage data yet" in text for text in texts)
    assert not any("What changed since" in text for text in texts)
    assert all("What a score would rest on" in text for text in texts)


def test_a_first_score_has_nothing_to_be_compared_with(demo_database: Path) -> None:
    with Database.open(demo_database) as database, database.read() as reader:
        first = reader.value("SELECT min(score_date) FROM scores")
        name = reader.value(
            """SELECT min(organization_id) FROM scores JOIN clients USING (organization)
            WHERE score_date = $first""",
            {"first": first},
        )
    text = Parsed(written(demo_database, name, first)).text
    assert "Nothing to compare with" in text
    assert "no score on" in text


def test_data_that_changed_since_is_said(demo_copy: Path) -> None:
    assert "The data has changed" not in Parsed(written(demo_copy)).text
    change(demo_copy, "UPDATE adoption SET is_used = false")
    assert "The data has changed since this score was calculated" in Parsed(written(demo_copy)).text


def test_what_is_not_on_file_is_no_zero(demo_copy: Path) -> None:
    change(
        demo_copy,
        """UPDATE clients SET annual_value = NULL, renewal_date = NULL, csm = NULL,
            industry = NULL, employee_count = NULL""",
        "DELETE FROM adoption",
    )
    text = Parsed(written(demo_copy)).text
    assert "Renewal no data no date on file" in text
    assert "Contract value no data not on file" in text
    assert "No features are on file for this client." in text
    assert "known; score " in text
    assert "Feature adoption no data" in text


def test_an_unknown_client_is_an_error(demo_database: Path) -> None:
    with pytest.raises(UnknownOrganization):
        written(demo_database, "nobody")


def line(*days: int, versions: tuple[str, ...] = ()) -> str:
    first = DAY - timedelta(days=364)
    history = pl.DataFrame(
        {
            "score_date": [first + timedelta(days=day) for day in days],
            "overall_score": [50 + at for at in range(len(days))],
            "model_version": versions or ("a",) * len(days),
        },
        schema_overrides={"score_date": pl.Date},
    )
    return score_line(history, STANDARD, first=first, last=DAY)


def test_a_gap_in_the_scores_is_not_drawn_over() -> None:
    assert line(0, 1, 2, 3).count("<polyline") == 1
    assert line(0, 1, 5, 6, 7).count("<polyline") == 2
    # A day by itself is a dot, beside that of the last score.
    assert line(0, 1, 5, 9, 10).count("<circle") == 2


def test_a_change_of_model_is_marked_under_its_name() -> None:
    drawn = line(0, 1, 2, versions=("a", "a", "<b>"))
    assert drawn.count("<line") == 1
    assert "Model &lt;b&gt;" in drawn


def test_a_line_ends_at_its_score() -> None:
    drawn = line(362, 363, 364)
    assert ">52</text>" in drawn
    places = re.findall(r'points="([^"]+)"', drawn)[0].split()
    heights = [float(place.split(",")[1]) for place in places]
    assert heights == sorted(heights, reverse=True)


@pytest.mark.parametrize(("end", "start"), [(80, 20), (20, 80)])
def test_a_bar_reaches_from_one_score_to_the_other(end: float, start: float) -> None:
    drawn = bar(end, LIGHT.bad, start=start)
    assert 'x="20.00" width="60.00"' in drawn
