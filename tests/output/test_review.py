"""A review is one whole file: every state says what it knows, and no text of the data is markup."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from parsed_html import Parsed
from random_portfolios import WIDER

from health import formatting
from health.accounts.calls import log_call
from health.accounts.entries import add_note
from health.charts.theme import LIGHT
from health.errors import ArgumentError, UnknownOrganization
from health.output.review import (
    Audience,
    ReviewQuery,
    Span,
    file_name,
    period,
    print_ready,
    review,
)
from health.output.review.drawing import bar, score_line
from health.output.review.spans import spans
from health.scoring import runs
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


def written(
    path: Path,
    organization_id: str = "ORG-0004",
    as_of: date = DAY,
    *,
    days: int = 30,
    audience: Audience = Audience.INTERNAL,
) -> str:
    with Database.open(path) as database, database.read() as reader:
        query = ReviewQuery(
            organization_id=organization_id,
            start_date=as_of - timedelta(days=days),
            end_date=as_of,
        )
        return print_ready(review(reader, query, "USD"), audience)


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
    assert "Review from 1 Sep 2026 to 1 Oct 2026" in text
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


def test_the_parts_of_a_model_stand_in_the_review(demo_copy: Path) -> None:
    with Database.open(demo_copy) as database:
        runs.use_model(database, WIDER)
        runs.score(database, as_of=DAY)
    text = written(demo_copy)
    assert all(part.label in text for part in WIDER.parts)


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
            "model": versions or ("a",) * len(days),
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


def remember(path: Path, *, day: date = DAY, note: str = "Sponsor leaves, keep quiet") -> None:
    with Database.open(path) as database:
        log_call(
            database,
            "ORG-0004",
            outcome="REACHED",
            sound="WORRIED",
            day=day,
            by="Ada",
            note=note,
        )
        add_note(database, "ORG-0004", note="Their CFO asks for a discount", day=day, by="Bob")


def test_the_form_for_us_has_the_calls_and_notes_of_the_span(demo_copy: Path) -> None:
    remember(demo_copy)
    text = Parsed(written(demo_copy)).text
    assert "Called, sounded worried, by Ada Sponsor leaves, keep quiet" in text
    assert "Note, by Bob Their CFO asks for a discount" in text
    assert "for internal use only" in text
    before = Parsed(written(demo_copy, as_of=DAY - timedelta(days=1))).text
    assert "No call or note from" in before


@pytest.mark.parametrize("days", [7, 30, 92])
def test_the_form_for_the_client_has_nothing_internal(demo_copy: Path, days: int) -> None:
    remember(demo_copy)
    with Database.open(demo_copy) as database, database.read() as reader:
        rows = reader.query("SELECT organization_id, annual_value FROM clients").rows()
    for name, value in rows:
        content = written(demo_copy, name, days=days, audience=Audience.CLIENT)
        text = Parsed(content).text
        assert not re.search(r"\brisk\b|urgent|alert|internal|\bUSD\b|\$", content, re.IGNORECASE)
        assert value is None or formatting.number(value) not in text
        for secret in ("Contract value", "Sponsor", "CFO", "Calls and notes", "Smallest change"):
            assert secret not in text


def test_both_forms_tell_of_usage_adoption_and_peers(demo_database: Path) -> None:
    for audience in Audience:
        text = Parsed(written(demo_database, audience=audience)).text
        assert "Monthly active users (latest) 162 6" in text
        assert "Unused Anonymous reporting, Scheduled reports and Single sign-on" in text
        assert "1 of these not used recently." in text


@pytest.mark.parametrize("audience", Audience)
def test_a_client_stands_among_its_peers(demo_copy: Path, audience: Audience) -> None:
    assert "Among its peers" not in Parsed(written(demo_copy, audience=audience)).text
    change(demo_copy, "UPDATE clients SET industry = 'Energy'")
    text = Parsed(written(demo_copy, audience=audience)).text
    assert re.search(r"Among its peers Scores lower than .* other clients in Energy", text)


def test_the_client_reads_what_changed_over_the_span(demo_database: Path) -> None:
    text = Parsed(written(demo_database, days=30, audience=Audience.CLIENT)).text
    assert "Score of 44, down 35 since 21 Oct 2026." in text
    assert "What changed since 21 Oct 2026" in text


def test_a_long_list_of_notes_says_what_is_not_printed(demo_copy: Path) -> None:
    with Database.open(demo_copy) as database:
        for number in range(15):
            add_note(database, "ORG-0004", note=f"Note {number} " + "x" * 400, day=DAY, by="Ada")
    text = Parsed(written(demo_copy)).text
    assert "Note 14" in text
    assert "Note 2 " not in text
    assert "Not printed: 3 older." in text


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-02", date(2026, 2, 1), date(2026, 2, 28)),
        ("2026-Q3", date(2026, 7, 1), date(2026, 9, 30)),
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_period_is_its_days_and_a_span_knows_its_period(
    text: str, first: date, last: date
) -> None:
    assert period(text) == Span(first, last)
    assert Span(first, last).name == text
    assert Span(first, last - timedelta(days=1)).name == f"{first} to {last - timedelta(days=1)}"


@pytest.mark.parametrize("text", ["", "2026-13", "2026-00", "2026-Q5", "0000-01", "Q3", "next"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ArgumentError, match="is not a period such as"):
        period(text)


def test_spans_on_offer_end_by_the_day() -> None:
    offered = list(spans(date(2026, 10, 21), DAY))
    assert [span.name for span in offered] == [
        "2026-10-21 to 2026-11-20",
        "2026-11-01 to 2026-11-20",
        "2026-10",
        "2026-09",
        "2026-10-01 to 2026-11-20",
        "2026-Q3",
        "2026-Q2",
    ]


@pytest.mark.parametrize(
    ("name", "audience", "expected"),
    [
        ("Ada Ltd", Audience.CLIENT, "Ada Ltd 2026-Q3 review.html"),
        ("Ada Ltd", Audience.INTERNAL, "Ada Ltd 2026-Q3 internal review.html"),
        ("../A:d*a?/ \n<b>", Audience.CLIENT, "A d a b 2026-Q3 review.html"),
        ("Kuća & Söhne", Audience.CLIENT, "Kuća Söhne 2026-Q3 review.html"),
        ("…", Audience.CLIENT, "ORG-1 2026-Q3 review.html"),
    ],
)
def test_a_file_is_named_by_client_and_span(name: str, audience: Audience, expected: str) -> None:
    assert file_name(name, "ORG-1", period("2026-Q3"), audience) == expected
    assert len(file_name(name * 300, "ORG-1", period("2026-Q3"), audience)) < 120


def test_a_review_of_one_day_is_refused() -> None:
    with pytest.raises(ArgumentError) as raised:
        ReviewQuery(organization_id="A", start_date=DAY, end_date=DAY)
    assert raised.value.argument == "start_date"
