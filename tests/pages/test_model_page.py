"""The Model page: a draft is edited, and shows what it would do; what is wrong is said there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import outcomes_by_chance
import pytest

from health.output import what_if_words
from health.queries.what_if import WhatIf, WhatIfQuery, what_if
from health.scoring import runs
from health.scoring.components import Component
from health.scoring.components.extra import ExtraPart, Form
from health.scoring.model import STANDARD, TARGETS, ScoringModel
from health.scoring.model_files import UNNAMED, model_to_toml
from health.scoring.publishing import publications, publish
from health.scoring.schemes import model_in_force, schemes
from health.scoring.segments import Rule, Segment
from health.storage.database import Database
from health.ui.session import jobs
from health.vocabulary import MetricType

if TYPE_CHECKING:
    from pathlib import Path

    from streamlit.testing.v1 import AppTest
    from visits import Visit

DAY = date(2026, 11, 20)
WHO = "test@example.com"
"""Who is signed in where no browser is."""


def said(page: AppTest) -> str:
    texts = [*page.title, *page.markdown, *page.caption, *page.info, *page.error]
    return "\n".join(text.value for text in texts).replace("\u00a0", " ").replace("\\", "")


def expected(database: Path, draft: ScoringModel) -> WhatIf:
    with Database.open(database) as opened, opened.read() as reader:
        return what_if(reader, WhatIfQuery(draft=draft, as_of=DAY))


def weigh(page: AppTest, **percent: float) -> AppTest:
    for part, value in percent.items():
        page.number_input(key=f"model_weights.{part}").set_value(value)
    return page.run()


def test_at_first_the_draft_is_what_is_in_force(visit: Visit, demo_database: Path) -> None:
    page = visit("model", demo_database)
    assert not [*page.exception, *page.error]
    assert "What if clients were scored differently?" in said(page)
    assert "The draft has the numbers of **Standard**" in said(page)
    assert page.slider(key="model_sliders.login").value == 20


def test_a_changed_weight_shows_whom_it_moves(visit: Visit, demo_database: Path) -> None:
    draft = ScoringModel(
        version="draft",
        label="Draft",
        weights={**STANDARD.weights, "login": 500, "support_ticket": 3000},
    )
    found = expected(demo_database, draft)
    page = weigh(visit("model", demo_database), login=5, support_ticket=30)
    assert not [*page.exception, *page.error]
    text = said(page)
    moved = found.to_higher_risk.height + found.to_lower_risk.height
    assert moved > 0
    assert f"**{moved}** of {found.compared.height} clients change their risk level" in text
    assert f"| Average score | {found.mean('score_before'):.1f} " in text
    assert f"| {found.mean('score_after'):.1f} |" in text
    rows = found.compared.filter(found.compared["change"] != 0)
    table = page.dataframe[0].value
    assert table["Client"].tolist()[0] == rows["organization_name"][0]
    assert "weight" in table["Why"].tolist()[0]


def test_a_number_opens_the_clients_behind_it(visit: Visit, demo_database: Path) -> None:
    page = visit("model", demo_database)
    page.button(key="model_cell_HIGH_HIGH").click().run()
    assert "##### Still high risk" in said(page)
    high = expected(demo_database, STANDARD).compared.filter(
        expected(demo_database, STANDARD).compared["risk_level_before"] == "HIGH"
    )
    assert set(page.dataframe[0].value["Client"]) == set(high["organization_name"])
    page.button(key="model_most").click().run()
    assert "##### Who changes most" in said(page)


def test_weights_that_do_not_add_up_say_what_is_missing_and_share_it_out(
    visit: Visit, demo_database: Path
) -> None:
    page = weigh(visit("model", demo_database), support_ticket=5)
    assert "Together the parts count 90 %: 10 % is missing." in said(page)
    assert "Put right what is marked" in said(page)
    page.button(key="model_share_out").click().run()
    assert not page.error
    shares = [slider.value for slider in page.slider]
    assert shares[-1] == 5
    assert page.number_input(key="model_weights.case_resolution").value == 28

    page = weigh(page, support_ticket=50)
    assert "45 % is too much." in said(page)
    page.button(key="model_share_out").click().run()
    assert not page.error
    assert page.number_input(key="model_weights.support_ticket").value == 50


def test_a_slider_and_its_number_say_the_same(visit: Visit, demo_database: Path) -> None:
    page = visit("model", demo_database)
    page.slider(key="model_sliders.login").set_value(35).run()
    assert page.number_input(key="model_weights.login").value == 35
    weigh(page, login=12.5)
    assert page.slider(key="model_sliders.login").value == 12


@pytest.mark.parametrize(
    ("folded", "name", "value", "sentence"),
    [
        ("risk", "low_from", 50, "The threshold of low risk must be from 60 to 100, not 50"),
        (
            "support_tickets",
            "points_per_ticket",
            101,
            "The points a ticket costs must be from 0 to 100.",
        ),
        ("trend", "declining_to", 0, "Declining must start below 0 points."),
        (
            "what_counts_as_full_marks",
            "targets.login",
            0,
            "The target of Logins must be from 1 to 100 percent.",
        ),
        (
            "what_has_to_be_known",
            "least_coverage",
            101,
            "The least coverage must be from 0 to 100 percent.",
        ),
        ("days", "window_days", None, "Type a number."),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    visit: Visit, demo_database: Path, folded: str, name: str, value: int | None, sentence: str
) -> None:
    page = visit("model", demo_database, **{f"model_{folded}": "true"})
    page.number_input(key=f"model_{name}").set_value(value).run()
    (error,) = page.error
    assert sentence in error.value.replace("\\", "")
    page.session_state[f"model_{folded}"] = False
    page.run()
    assert len(page.error) == 1, "what is wrong does not fold"
    page.button(key="model_reset").click().run()
    assert not page.error
    assert "The draft has the numbers of" in said(page)


def test_fields_are_drawn_where_they_are_unfolded(visit: Visit, demo_database: Path) -> None:
    def labels(page: AppTest) -> set[str]:
        return {field.label for field in page.number_input}

    page = visit("model", demo_database)
    high = page.session_state["model_high_below"]
    assert "High risk below" not in labels(page)
    page.session_state["model_risk"] = True
    page.run()
    assert "High risk below" in labels(page)
    page.number_input(key="model_high_below").set_value(high - 1).run()
    page.session_state["model_risk"] = False
    page.run()
    assert "High risk below" not in labels(page)
    page.session_state["model_risk"] = True
    page.run()
    assert page.number_input(key="model_high_below").value == high - 1


def test_a_draft_starts_from_another_version(visit: Visit, demo_copy: Path) -> None:
    tuned = replace(STANDARD, version="tuned-1", label="Tuned", points_per_ticket=5)
    with Database.open(demo_copy) as database:
        runs.use_model(database, tuned)
        runs.use_model(database, STANDARD)
        runs.score(database, as_of=DAY)
    page = visit("model", demo_copy, model_what_counts_as_full_marks="true")
    start = page.selectbox(key="model_start")
    assert start.options == ["Standard (in force)", "Targets", "Tuned"]
    start.set_value("targets-1").run()
    assert page.number_input(key="model_targets.login").value == TARGETS.targets["login"]
    page.button(key="model_reset").click().run()
    assert page.selectbox(key="model_start").value == "in force"
    assert page.number_input(key="model_targets.login").value == 100


def test_a_draft_outlives_another_page(visit: Visit, demo_database: Path) -> None:
    page = visit("model", demo_database, model_support_tickets="true")
    page.number_input(key="model_points_per_ticket").set_value(3).run()
    page.switch_page("pages/clients/team.py").run()
    page.switch_page("pages/clients/model.py").run()
    page.session_state["model_support_tickets"] = True
    page.run()
    assert page.number_input(key="model_points_per_ticket").value == 3


def test_a_draft_is_saved_compared_with_and_removed(visit: Visit, demo_copy: Path) -> None:
    page = weigh(visit("model", demo_copy), support_ticket=5, case_resolution=35)
    page.text_input(key="model_name").set_value("Tickets count less").run()
    page.button(key="model_save").click().run()
    assert not [*page.exception, *page.error]
    assert "“Tickets count less” is saved." in page.success[0].value.replace("\\", "")

    page.button(key="model_reset").click().run()
    page.selectbox(key="model_against").set_value("draft 1").run()
    assert "compared with Tickets count less" in said(page)
    page.selectbox(key="model_start").set_value("draft 1").run()
    assert page.number_input(key="model_weights.support_ticket").value == 5
    assert "The draft has the numbers of **Tickets count less**" in said(page)
    page.button(key="model_remove_1").click().run()
    assert not [*page.exception, *page.error]
    assert page.selectbox(key="model_against").value == "in force"


def test_a_draft_is_kept_as_a_file_and_read_back(visit: Visit, demo_database: Path) -> None:
    fewer = replace(STANDARD, version=UNNAMED, label="Fewer points", points_per_ticket=4)
    page = visit("model", demo_database, model_support_tickets="true")
    page.session_state["model_file"] = True
    page.run()
    upload = page.file_uploader[0]
    upload.upload("fewer.toml", model_to_toml(fewer).encode(), "application/toml").run()
    assert not [*page.exception, *page.error]
    assert page.number_input(key="model_points_per_ticket").value == 4
    assert page.text_input(key="model_name").value == "Fewer points"

    wrong = model_to_toml(fewer).replace("points_per_ticket = 4", "points_per_ticket = 400")
    page.file_uploader[0].upload("wrong.toml", wrong.encode(), "application/toml").run()
    (error,) = page.error
    assert "The points a ticket costs must be from 0 to 100." in error.value.replace("\\", "")
    assert page.number_input(key="model_points_per_ticket").value == 4


def test_an_empty_database_says_how_to_begin(visit: Visit, empty_database: Path) -> None:
    page = visit("model", empty_database)
    assert not [*page.exception, *page.error]
    assert "Nothing is on file yet" in said(page)


def open_publishing(visit: Visit, database: Path) -> AppTest:
    page = weigh(visit("model", database), support_ticket=5, case_resolution=35)
    return page.button(key="model_publish").click().run()


def test_a_draft_is_published_with_a_name_a_reason_and_an_author(
    visit: Visit, demo_copy: Path
) -> None:
    page = open_publishing(visit, demo_copy)
    text = said(page)
    assert "All days before keep the scores that they have." in text
    assert "| Support tickets: share of the score | 15 % | 5 % |" in text
    assert "change their risk level" in text
    page.text_input(key="publish_label").set_value("Tickets count less")
    page.text_input(key="publish_reason").set_value("Tickets count too much")
    page.button(key="publish_confirmed").click().run()
    assert not [*page.exception, *page.error]
    assert "“Tickets count less” is published from" in page.success[0].value.replace("\\", "")
    with Database.open(demo_copy) as opened, opened.read() as reader:
        (found,) = publications(reader)
        assert (found.reason, found.published_by) == ("Tickets count too much", WHO)
        published = model_in_force(reader, found.from_day)
        assert (published.label, published.weights["support_ticket"]) == ("Tickets count less", 500)
        assert model_in_force(reader, DAY) == STANDARD
    assert "Published from" in said(page)
    assert "Tickets count too much" in said(page)


def test_what_is_missing_is_said_at_its_field_and_nothing_is_published(
    visit: Visit, demo_copy: Path
) -> None:
    page = open_publishing(visit, demo_copy)
    for name, reason, sentence in (
        ("", "", "Give it a name."),
        ("Targets", "Why", "“Targets” names other numbers. Choose another name."),
        ("Mine", " ", "Say why, so that others understand the change."),
    ):
        page.text_input(key="publish_label").set_value(name)
        page.text_input(key="publish_reason").set_value(reason)
        page.button(key="publish_confirmed").click().run()
        (error,) = page.error
        assert sentence in error.value.replace("\\", "")
    with Database.open(demo_copy) as opened, opened.read() as reader:
        assert not publications(reader)


def test_what_may_not_be_published_says_so_before_it_is_tried(
    visit: Visit, demo_database: Path
) -> None:
    page = visit("model", demo_database)
    page.button(key="model_publish").click().run()
    assert "“Standard” has these numbers and is in force already." in said(page)
    page = visit("model", demo_database, model_days="true")
    page.number_input(key="model_window_days").set_value(200).run()
    page.button(key="model_publish").click().run()
    assert "The window has 200 days; it must be 7 to 90." in said(page)


def test_the_newest_is_taken_back(visit: Visit, demo_copy: Path) -> None:
    with Database.open(demo_copy) as database:
        publish(database, TARGETS, reason="Realistic targets", by="Ada", today=DAY)
    page = visit("model", demo_copy)
    assert "| Logins: full marks from | 100 % | 70 % |" in said(page)
    page.button(key="take_back").click().run()
    assert not [*page.exception, *page.error]
    assert "Taken back by " + WHO + "." in said(page)
    assert not [one for one in page.button if one.key == "take_back"]


def test_earlier_days_are_scored_anew_once_it_was_shown_what_that_changes(
    visit: Visit, demo_copy: Path
) -> None:
    with Database.open(demo_copy) as database:
        publish(database, TARGETS, reason="Realistic targets", by="Ada", today=DAY)
    page = visit("model", demo_copy)
    page.session_state["restate"] = True
    page.run()
    assert page.button(key="restate_confirmed").disabled
    page.button(key="restate_preview").click().run()
    assert jobs.jobs().latest.wait(60)
    page.run()
    assert "would change" in page.success[0].value
    page.text_input(key="restate_reason").set_value("One scale")
    page.button(key="restate_confirmed").click().run()
    assert not [*page.exception, *page.error]
    assert "are out of date now" in page.success[0].value
    assert "Restated: Targets scores the past, too, from" in said(page)
    assert page.button(key="recalculate_now")
    with Database.open(demo_copy) as database, database.read() as reader:
        assert model_in_force(reader, DAY) == TARGETS
        assert publications(reader)[0].reason == "One scale"


def test_a_draft_is_judged_beside_what_is_in_force(visit: Visit, tmp_path: Path) -> None:
    path = tmp_path / "outcomes.duckdb"
    with Database.open(path) as database:
        outcomes_by_chance.fill(database, clients=80, outcomes=30, shift=2.0)
        runs.score(database)
    page = weigh(visit("model", path), support_ticket=5, case_resolution=35)
    page.session_state["model_judged"] = True
    page.run()
    page.button(key="judge").click().run()
    assert jobs.jobs().latest.wait(120)
    page.run()
    assert not [*page.exception, *page.error]
    text = said(page)
    assert "Standard: **" in text
    assert "This draft: **" in text
    assert "“This draft” ranks them" in text


def test_segments_are_added_put_in_order_and_published(visit: Visit, demo_copy: Path) -> None:
    with Database.open(demo_copy) as database:
        (industry, clients) = database.query(
            "SELECT industry, count(*) FROM clients WHERE is_active AND industry IS NOT NULL "
            "GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1"
        ).row(0)
    page = visit("model", demo_copy)
    page.button(key="segment_add").click().run()
    page.button(key="segment_added_button").click().run()
    assert "A rule must ask for something" in page.error[0].value
    page.number_input(key="segment_total_users_from").set_value(0)
    page.button(key="segment_added_button").click().run()
    page.button(key="segment_add").click().run()
    page.multiselect(key="segment_industry").set_value([industry])
    page.button(key="segment_added_button").click().run()
    assert f"**2. Industry is {industry}**  \n0 clients" in said(page)
    page.button(key="segment_earlier_1").click().run()
    assert f"**1. Industry is {industry}**  \n{clients} client" in said(page)
    page.button(key="segment_remove_1").click().run()
    assert "Changed here, and not published yet" in said(page)
    page.selectbox(key="segments_rest").set_value("targets-1").run()
    page.button(key="segments_publish").click().run()
    segments = (Segment(rule=Rule(industry=(industry,)), model=STANDARD),)
    with Database.open(demo_copy) as opened, opened.read() as reader:
        found = what_if(reader, WhatIfQuery(draft=TARGETS, segments=segments, as_of=DAY))
    moved = found.to_another_level
    text = said(page)
    assert f"**{moved.height}** of {found.compared.height} clients change their risk" in text
    assert [name in text for name in moved["organization_name"]] == [
        place < 10 for place in range(moved.height)
    ]
    page.text_input(key="publish_reason").set_value("They differ")
    page.button(key="publish_confirmed").click().run()
    assert not [*page.exception, *page.error]
    assert "The segments are published from" in page.success[0].value
    assert f"1. Industry is {industry}: Standard" in said(page)
    assert "| Logins: full marks from | 100 % | 70 % |" in said(page)
    assert not [one for one in page.button if one.key == "segments_publish"]
    with Database.open(demo_copy) as database, database.read() as reader:
        newest = schemes(reader)[-1]
        assert newest.segments == segments
        assert newest.model == TARGETS


def test_a_draft_takes_the_place_of_the_model_of_one_segment(visit: Visit, demo_copy: Path) -> None:
    segments = (Segment(rule=Rule(total_users_from=100), model=TARGETS),)
    with Database.open(demo_copy) as database:
        publish(database, STANDARD, segments=segments, reason="Why", by="Ada", today=DAY)
    page = open_publishing(visit, demo_copy)
    page.selectbox(key="publish_whom").set_value(0)
    page.text_input(key="publish_label").set_value("Mine")
    page.button(key="publish_confirmed").click().run()
    assert "Say why" in page.error[0].value
    assert "1. Licensed users at least 100: Mine" in said(page)
    assert "With these segments" in said(page)
    page.text_input(key="publish_reason").set_value("Why")
    page.button(key="publish_confirmed").click().run()
    assert not [*page.exception, *page.error]
    with Database.open(demo_copy) as database, database.read() as reader:
        newest = schemes(reader)[-1]
        assert newest.model == STANDARD
        assert [one.model.label for one in newest.segments] == ["Mine"]


def add_part(page: AppTest, label: str, first: MetricType, second: MetricType) -> AppTest:
    """Add a share of two metrics that counts 10 %."""
    page.button(key="extra_add").click().run()
    page.text_input(key="extra_label").set_value(label)
    page.text_input(key="extra_unit").set_value("case")
    page.selectbox(key="extra_first").set_value(first)
    page.selectbox(key="extra_second").set_value(second)
    return page.button(key="extra_added_button").click().run()


def test_a_part_is_added_tried_and_taken_out(visit: Visit, demo_database: Path) -> None:
    page = visit("model", demo_database)
    add_part(page, "Closing rate", MetricType.CASES_CLOSED, MetricType.CASES_CREATED)
    assert "Closing rate: 10 %" in said(page).replace("**", "")
    assert "Together the parts count 110 %: 10 % is too much." in said(page)
    page.button(key="model_share_out").click().run()
    assert not page.error
    part = ExtraPart(
        key="closing_rate",
        label="Closing rate",
        unit="case",
        form=Form.SHARE,
        metrics=(MetricType.CASES_CLOSED, MetricType.CASES_CREATED),
        weight=1000,
    )
    shown = {part.value: page.number_input(key=f"model_weights.{part}").value for part in Component}
    assert sum(shown.values()) == 90
    draft = ScoringModel(
        version=UNNAMED,
        label="Draft",
        weights={name: round(100 * value) for name, value in shown.items()},
        extra_parts=(part,),
    )
    assert what_if_words.answer(expected(demo_database, draft), "USD") in said_in_full(page)
    page.button(key="extra_out_closing_rate").click().run()
    assert "10 % is missing." in said(page)


def test_a_part_is_published_and_named_in_what_differs(visit: Visit, demo_copy: Path) -> None:
    page = visit("model", demo_copy)
    add_part(page, "Closing rate", MetricType.CASES_CLOSED, MetricType.CASES_CREATED)
    page.button(key="model_share_out").click().run()
    page.button(key="model_publish").click().run()
    assert not page.exception
    differs = "| Closing rate | Not counted | 10 %: Cases closed out of cases created. |"
    assert differs in said(page)
    page.text_input(key="publish_label").set_value("With closing")
    page.text_input(key="publish_reason").set_value("Cases have to be closed")
    page.button(key="publish_confirmed").click().run()
    assert not [*page.exception, *page.error]
    assert differs in said(page)


def test_a_part_that_cannot_be_is_said_in_its_form(visit: Visit, demo_database: Path) -> None:
    page = visit("model", demo_database)
    add_part(page, "", MetricType.CASES_CLOSED, MetricType.CASES_CLOSED)
    assert "“Share of two metrics” takes two different metrics." in said(page)
    assert "The extra part needs a label of at most 60 letters." in said(page)
    add_part(page, "Logins", MetricType.CASES_CLOSED, MetricType.CASES_CREATED)
    assert "There is a part “Logins” already. Choose another name." in said(page)


def said_in_full(page: AppTest) -> str:
    return "\n".join(text.value for text in page.markdown)
