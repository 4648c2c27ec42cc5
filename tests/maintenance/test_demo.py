from __future__ import annotations

import hashlib
from dataclasses import astuple
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from health.errors import ArgumentError
from health.maintenance.demo import (
    DEMO_END,
    STORIES,
    DemoData,
    Story,
    generate,
    generating,
    story_of,
    write_csv,
)
from health.storage.schema import CONTRACT
from health.vocabulary import FeatureName, MetricType

DAY = timedelta(days=1)
WEIGHTS = {"login": 20, "cases": 25, "campaign": 25, "adoption": 15, "tickets": 15}
NO_SCORE = {Story.NEWCOMER_WITHOUT_DATA, Story.FEED_STOPPED, Story.INACTIVE}


# --- A scoring of its own, so that the demo is judged by the contract and not by the product ---


def half_up(numerator: pl.Expr, denominator: pl.Expr) -> pl.Expr:
    return (2 * numerator + denominator) // (2 * denominator)


def usage_components(data: DemoData) -> pl.DataFrame:
    """Login, cases, campaign and tickets of each client on each day with a row in its window."""
    windows = data.usage.with_columns(
        day=pl.date_ranges("date", pl.col("date") + timedelta(days=29))
    ).explode("day")
    users = data.organizations.filter("is_active").select("organization_id", "total_users")
    closed, on_time = pl.col("cases_closed"), pl.col("cases_closed_on_time")
    active = pl.col("monthly_active_users").sort_by("date").drop_nulls().last()
    rate = pl.col("campaign_response_rate")
    sums = (
        windows.filter(pl.col("day") <= data.usage["date"].max())
        .join(users, on="organization_id")
        .group_by("organization_id", "day")
        .agg(
            active=active,
            users=pl.col("total_users").first(),
            closed=closed.sum(),
            on_time=pl.when(on_time.count() > 0).then(on_time.sum()),
            rates=rate.sum(),
            rate_rows=rate.count(),
            tickets=pl.when(pl.col("support_tickets").count() > 0).then(
                pl.col("support_tickets").sum()
            ),
        )
    )
    col = pl.col
    return sums.select(
        "organization_id",
        "day",
        login=pl.when(col("users") > 0).then(
            half_up(100 * col("active"), col("users")).clip(upper_bound=100)
        ),
        cases=pl.when(col("closed") > 0).then(half_up(100 * col("on_time"), col("closed"))),
        campaign=pl.when(col("rate_rows") > 0).then(half_up(col("rates"), col("rate_rows"))),
        tickets=(100 - 10 * col("tickets")).clip(lower_bound=0),
    )


def adoption(data: DemoData, on: pl.DataFrame) -> pl.DataFrame:
    """``on`` (clients and days) with the share of enabled features used up to that day."""
    features = data.features.filter("is_enabled")
    used = pl.col("is_used") & (pl.col("first_used_at") <= pl.col("day"))
    counted = (
        on.select("organization_id", "day")
        .join(features, on="organization_id")
        .group_by("organization_id", "day")
        .agg(adoption=half_up(100 * used.sum(), pl.len().cast(pl.Int64)))
    )
    return on.join(counted, on=["organization_id", "day"], how="left")


def scored(data: DemoData) -> pl.DataFrame:
    """organization_id, day, the five components, overall, change in 30 days and risk."""
    parts = adoption(data, usage_components(data)).filter(
        pl.any_horizontal(pl.col("login", "cases", "campaign", "tickets").is_not_null())
    )
    total = pl.sum_horizontal(pl.col(name) * weight for name, weight in WEIGHTS.items())
    weights = pl.sum_horizontal(
        pl.when(pl.col(name).is_not_null()).then(weight).otherwise(0)
        for name, weight in WEIGHTS.items()
    )
    scores = parts.with_columns(overall=half_up(total, weights))
    before = scores.select("organization_id", pl.col("day") + 30 * DAY, previous="overall")
    overall, declining = pl.col("overall"), pl.col("change") <= -5
    return (
        scores.join(before, on=["organization_id", "day"], how="left")
        .with_columns(change=(pl.col("overall") - pl.col("previous")).fill_null(0))
        .with_columns(
            risk=pl.when((overall < 40) | ((overall < 60) & declining))
            .then(pl.lit("HIGH"))
            .when((overall >= 70) & ~declining)
            .then(pl.lit("LOW"))
            .otherwise(pl.lit("MEDIUM"))
        )
        .sort("organization_id", "day")
    )


def percent_by_risk(scores: pl.DataFrame) -> dict[str, float]:
    last = scores.filter(pl.col("day") == DEMO_END)
    return {
        risk: 100 * count / last.height for risk, count in last["risk"].value_counts().iter_rows()
    }


@pytest.fixture(scope="module")
def demo() -> DemoData:
    return generate()


@pytest.fixture(scope="module")
def scores(demo: DemoData) -> pl.DataFrame:
    return scored(demo)


def usage_of(demo: DemoData, story: Story) -> pl.DataFrame:
    return demo.usage.filter(pl.col("organization_id") == STORIES[story])


def organization_of(demo: DemoData, story: Story) -> dict[str, object]:
    return demo.organizations.row(
        by_predicate=pl.col("organization_id") == STORIES[story], named=True
    )


def score_of(scores: pl.DataFrame, story: Story, day: date = DEMO_END) -> dict[str, int]:
    return scores.row(
        by_predicate=(pl.col("organization_id") == STORIES[story]) & (pl.col("day") == day),
        named=True,
    )


def mean_between(usage: pl.DataFrame, metric: str, first_back: int, last_back: int) -> float:
    """The mean of a metric from ``first_back`` to ``last_back`` days before the end."""
    days = pl.col("date").is_between(DEMO_END - first_back * DAY, DEMO_END - last_back * DAY)
    return float(usage.filter(days)[metric].mean())


def test_the_scoring_of_this_test_knows_the_worked_example() -> None:
    usage = {metric.column: [None] for metric in MetricType} | {
        "monthly_active_users": [38],
        "cases_closed": [50],
        "cases_closed_on_time": [45],
        "campaign_response_rate": [81],
        "support_tickets": [2],
    }
    data = DemoData(
        outcomes=pl.DataFrame(),
        organizations=pl.DataFrame(
            {"organization_id": ["A"], "total_users": [60], "is_active": [True]}
        ),
        usage=pl.DataFrame({"organization_id": ["A"], "date": [DEMO_END], **usage}),
        features=pl.DataFrame(
            {
                "organization_id": ["A"] * 9,
                "is_enabled": [True] * 9,
                "is_used": [True] * 6 + [False] * 3,
                "first_used_at": [DEMO_END] * 9,
            }
        ),
    )

    row = scored(data).row(0, named=True)

    assert {name: row[name] for name in WEIGHTS} == {
        "login": 63,
        "cases": 90,
        "campaign": 81,
        "adoption": 67,
        "tickets": 80,
    }
    assert (row["overall"], row["risk"]) == (77, "LOW")


# --- The same everywhere ---


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    paths = write_csv(generate(organizations=25, days=60), tmp_path)

    sums = [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]

    assert sums == [
        "0a292160eb14331c9b438d9ae379ba391e1dbf3866453458981a395a272c447d",
        "eb319c0e6728201d418eb26a3799a7aea441b9fe6e5516e249a92eb69dd67761",
        "cf98dcb952cb54236f909d51fbae7bac7e7973fdbe062527ccebb1fd3657adf6",
        "8c30f6a350c97dfa79d63fee63b28dbd722e380236355e635451eb09ada8681e",
    ]


def test_another_seed_gives_other_clients_with_the_same_stories() -> None:
    one, other = (generate(organizations=30, days=40, seed=seed) for seed in (1, 2))

    assert set(one.organizations["name"]).isdisjoint(other.organizations["name"])
    assert not one.usage.equals(other.usage)
    assert one.organizations["organization_id"].equals(other.organizations["organization_id"])


def test_a_larger_demo_begins_with_the_clients_of_a_smaller_one() -> None:
    small, large = (generate(organizations=count, days=50) for count in (30, 60))

    for few, many in zip(astuple(small), astuple(large), strict=True):
        assert_frame_equal(
            few, many.filter(pl.col("organization_id").is_in(few["organization_id"].implode()))
        )


def test_a_longer_demo_ends_with_the_days_of_a_shorter_one() -> None:
    short, long = (generate(organizations=40, days=days) for days in (50, 700))

    assert_frame_equal(short.organizations, long.organizations)
    assert_frame_equal(short.features, long.features)
    assert_frame_equal(short.usage, long.usage.filter(pl.col("date") > DEMO_END - 50 * DAY))


def test_the_size_of_a_block_does_not_show(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = generate(organizations=30, days=30)
    monkeypatch.setattr(generating, "_BLOCK_CELLS", 1)

    for expected, found in zip(
        astuple(whole), astuple(generate(organizations=30, days=30)), strict=True
    ):
        assert_frame_equal(expected, found)


def test_the_last_day_can_be_chosen() -> None:
    data = generate(organizations=30, days=20, end=date(2024, 2, 29))

    assert data.usage["date"].max() == date(2024, 2, 29)
    assert data.usage["date"].min() == date(2024, 2, 10)
    assert data.features["last_used_at"].max() <= date(2024, 2, 29)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("organizations", 0),
        ("organizations", 20_001),
        ("days", 0),
        ("days", 3_701),
        ("seed", -1),
        ("seed", 2**63),
        ("end", date(1900, 1, 1)),
        ("end", date(9999, 12, 31)),
    ],
)
def test_an_argument_out_of_range_is_named(argument: str, value: int | date) -> None:
    with pytest.raises(ArgumentError) as raised:
        generate(**{"organizations": 1, "days": 1, argument: value})

    assert raised.value.argument == argument


def test_the_smallest_demo_is_one_client_on_one_day() -> None:
    data = generate(organizations=1, days=1)

    assert data.usage.select("organization_id", "date").rows() == [("ORG-0001", DEMO_END)]


# --- The shape of the files ---


@pytest.mark.parametrize(
    ("frame", "table"),
    [
        ("organizations", "organizations"),
        ("features", "feature_adoption"),
        ("outcomes", "outcomes"),
    ],
)
def test_columns_stand_in_the_order_of_the_contract(demo: DemoData, frame: str, table: str) -> None:
    contract = [
        name
        for name in CONTRACT[table].column_names
        if name not in ("created_at", "updated_at", "recorded_at")
    ]

    assert getattr(demo, frame).columns == contract


def test_usage_is_wide_with_a_column_for_each_metric(demo: DemoData) -> None:
    metrics = [metric.column for metric in MetricType]

    assert demo.usage.columns == ["organization_id", "date", *metrics]
    assert set(demo.usage.select(metrics).dtypes) == {pl.Int64}


def test_no_key_comes_twice(demo: DemoData) -> None:
    assert demo.organizations["organization_id"].is_unique().all()
    assert demo.usage.select("organization_id", "date").is_unique().all()
    assert demo.features.select("organization_id", "feature_name").is_unique().all()


def test_usage_and_features_belong_to_known_clients(demo: DemoData) -> None:
    known = demo.organizations["organization_id"].implode()

    assert demo.usage["organization_id"].is_in(known).all()
    assert demo.features["organization_id"].is_in(known).all()


def test_rows_are_sorted_by_client_and_date(demo: DemoData) -> None:
    assert demo.usage.equals(demo.usage.sort("organization_id", "date"))


# --- Companies ---


def test_no_two_of_twenty_thousand_companies_share_a_name() -> None:
    names = generate(organizations=20_000, days=1).organizations["name"]

    assert names.n_unique() == 20_000


def test_renewals_lie_between_twenty_days_ago_and_four_hundred_ahead(demo: DemoData) -> None:
    days = (demo.organizations["renewal_date"] - DEMO_END).dt.total_days()

    assert days.is_between(-20, 400).all()
    assert (days < 0).any()
    assert (days > 365).any()


def test_several_clients_at_risk_renew_within_ninety_days(
    demo: DemoData, scores: pl.DataFrame
) -> None:
    at_risk = scores.filter((pl.col("day") == DEMO_END) & (pl.col("risk") == "HIGH"))
    soon = demo.organizations.join(at_risk, on="organization_id").filter(
        pl.col("renewal_date").is_between(DEMO_END, DEMO_END + 90 * DAY)
    )

    assert soon.height >= 5
    assert soon.filter(pl.col("total_users") > 4_000).height >= 2


def test_six_owners_share_the_clients(demo: DemoData) -> None:
    counts = demo.organizations["csm"].value_counts()["count"]

    assert demo.organizations["csm"].str.ends_with("@example.com").all()
    assert len(counts) == 6
    assert counts.min() >= 20


def test_every_industry_and_alert_level_occurs(demo: DemoData) -> None:
    assert demo.organizations["industry"].n_unique() == 12
    assert demo.organizations["alert_level"].n_unique() == 3


# --- Plausible numbers ---


def test_active_users_are_licensed(demo: DemoData) -> None:
    rows = demo.usage.join(demo.organizations, on="organization_id")

    assert (rows["monthly_active_users"] <= rows["total_users"].fill_null(10**9)).all()


def test_a_month_has_at_least_the_active_users_of_each_of_its_days(demo: DemoData) -> None:
    highest = demo.usage.select(
        "monthly_active_users",
        highest=pl.col("daily_active_users")
        .rolling_max_by("date", window_size="30d")
        .over("organization_id"),
    )

    assert (highest["monthly_active_users"] >= highest["highest"]).all()


def test_no_more_cases_are_closed_on_time_than_closed(demo: DemoData) -> None:
    assert (demo.usage["cases_closed_on_time"] <= demo.usage["cases_closed"]).all()


def test_as_many_cases_are_closed_as_created(demo: DemoData) -> None:
    sums = demo.usage.group_by("organization_id").agg(
        pl.col("cases_created", "cases_closed").sum(), pl.len()
    )
    full = sums.filter((pl.col("len") > 300) & (pl.col("cases_created") > 0))
    ratio = full["cases_closed"] / full["cases_created"]

    assert ratio.is_between(0.8, 1.25).all()


def test_no_value_is_negative_and_no_rate_above_a_hundred(demo: DemoData) -> None:
    metrics = demo.usage.select(metric.column for metric in MetricType)

    assert min(value for value in metrics.min().row(0) if value is not None) >= 0
    assert demo.usage["campaign_response_rate"].max() <= 100


def test_a_day_without_tickets_is_sent_as_zero(demo: DemoData) -> None:
    assert demo.usage["support_tickets"].null_count() == 0
    assert (demo.usage["support_tickets"] == 0).mean() > 0.8


def test_weekends_are_quiet(demo: DemoData) -> None:
    weekend = pl.col("date").dt.weekday() > 5
    weekdays = demo.usage.filter(~weekend)["daily_active_users"].mean()

    assert demo.usage.filter(weekend)["daily_active_users"].mean() < 0.4 * weekdays


def test_a_campaign_climbs_from_ten_percent_for_three_to_six_weeks(demo: DemoData) -> None:
    usage = usage_of(demo, Story.FEED_STOPPED).sort("date")
    rate = pl.col("campaign_response_rate")
    runs = (
        usage.with_columns(run=rate.is_null().rle_id())
        .filter(rate.is_not_null())
        .group_by("run", maintain_order=True)
        .agg(rate)["campaign_response_rate"]
        .to_list()[1:-1]
    )

    assert len(runs) >= 2
    for run in runs:
        climb = run.index(max(run))
        assert 10 <= run[0] <= 25
        assert run == sorted(run)
        assert max(run) > 70
        assert 14 <= climb <= 42


def test_without_a_campaign_there_is_no_row(demo: DemoData) -> None:
    rows = demo.usage.select("campaign_response_rate", "campaigns_completed")

    assert rows["campaign_response_rate"].is_null().mean() > 0.05
    assert rows["campaign_response_rate"].is_null().equals(rows["campaigns_completed"].is_null())


# --- Features ---


def test_only_enabled_features_are_used_and_only_used_ones_have_dates(demo: DemoData) -> None:
    features = demo.features
    used = features["is_used"]

    assert not (used & ~features["is_enabled"]).any()
    assert features["first_used_at"].is_not_null().equals(used)
    assert features["last_used_at"].is_not_null().equals(used)
    assert (features["usage_count"] > 0).equals(used)


def test_a_feature_is_last_used_after_its_first_use_and_within_the_demo(demo: DemoData) -> None:
    used = demo.features.filter("is_used")

    assert (used["first_used_at"] <= used["last_used_at"]).all()
    assert used["last_used_at"].is_between(DEMO_END - 399 * DAY, DEMO_END).all()


def test_adoption_grows_and_some_features_are_forgotten(demo: DemoData) -> None:
    used = demo.features.filter("is_used")
    before = used.filter(pl.col("first_used_at") <= DEMO_END - 399 * DAY).height

    assert 1.3 * before < used.height
    assert 0.05 < (used["last_used_at"] <= DEMO_END - 30 * DAY).mean() < 0.25


def test_what_a_client_has_data_of_is_a_feature_it_uses(demo: DemoData) -> None:
    with_rows = demo.usage.group_by("organization_id").agg(
        pl.col("cases_closed", "campaign_response_rate").is_not_null().any()
    )
    features = demo.features.pivot("feature_name", index="organization_id", values="is_used").join(
        with_rows, on="organization_id"
    )

    cases = features.filter("cases_closed")[FeatureName.CASE_MANAGEMENT.value]
    campaigns = features.filter("campaign_response_rate")[FeatureName.CAMPAIGN_MANAGEMENT.value]
    assert cases.mean() > 0.97
    assert campaigns.mean() > 0.9


# --- The lives ---


def test_the_first_clients_tell_every_story_once() -> None:
    ids = generate(organizations=len(Story), days=1).organizations["organization_id"]

    assert [story_of(id_) for id_ in ids] == list(Story)
    assert list(STORIES.values()) == ids.to_list()


def test_a_story_explains_itself() -> None:
    for story in Story:
        assert story.label
        assert story.description.endswith(".")


@pytest.mark.parametrize("id_", ["ORG-0000", "ORG-", "ORG-x", "0001", "ORG-٣", "ORG--1", ""])
def test_the_story_of_a_stranger_is_an_error(id_: str) -> None:
    with pytest.raises(ArgumentError) as raised:
        story_of(id_)

    assert raised.value.argument == "organization_id"


def test_a_steady_client_stays_at_low_risk(scores: pl.DataFrame) -> None:
    steady = scores.filter(
        (pl.col("organization_id") == STORIES[Story.STEADY])
        & (pl.col("day") > DEMO_END - 300 * DAY)
    )

    assert steady["overall"].min() >= 70
    assert steady["overall"].max() - steady["overall"].min() <= 12


def test_a_growing_client_gains_a_third_in_a_year(scores: pl.DataFrame) -> None:
    assert (
        score_of(scores, Story.GROWING)["overall"]
        >= score_of(scores, Story.GROWING, DEMO_END - 330 * DAY)["overall"] + 18
    )


@pytest.mark.parametrize("seed", [7, 1, 2])
def test_a_slow_decline_is_never_called_declining(seed: int) -> None:
    scores = scored(generate(organizations=3, seed=seed)).filter(
        (pl.col("organization_id") == STORIES[Story.SLOW_DECLINE])
        & (pl.col("day") >= DEMO_END - 339 * DAY)
    )

    assert scores["change"].min() > -5
    assert scores["overall"][-1] <= scores["overall"][0] - 13
    quarters = scores["overall"].gather([0, 85, 170, 255, 339])
    assert quarters.equals(quarters.sort(descending=True))


def test_active_users_of_a_crash_collapse_within_two_weeks(demo: DemoData) -> None:
    usage = usage_of(demo, Story.CRASH)
    before = mean_between(usage, "daily_active_users", 49, 36)

    assert mean_between(usage, "daily_active_users", 21, 8) < 0.3 * before
    assert mean_between(usage, "support_tickets", 14, 0) > 5 * mean_between(
        usage, "support_tickets", 120, 45
    )


def test_a_crash_is_at_high_risk_today_and_was_at_low_risk_a_month_ago(
    scores: pl.DataFrame,
) -> None:
    assert score_of(scores, Story.CRASH)["risk"] == "HIGH"
    assert score_of(scores, Story.CRASH, DEMO_END - 35 * DAY)["risk"] == "LOW"


def test_a_recovery_improves_from_below_sixty_to_low_risk(scores: pl.DataFrame) -> None:
    today = score_of(scores, Story.RECOVERY)

    assert score_of(scores, Story.RECOVERY, DEMO_END - 150 * DAY)["overall"] < 55
    assert today["change"] >= 5
    assert today["risk"] == "LOW"


def test_a_client_gone_quiet_signs_in_half_as_much_and_opens_no_tickets(demo: DemoData) -> None:
    usage = usage_of(demo, Story.QUIET)

    assert mean_between(usage, "support_tickets", 59, 0) == 0
    assert mean_between(usage, "daily_active_users", 27, 0) < 0.6 * mean_between(
        usage, "daily_active_users", 137, 110
    )


def test_the_score_alone_does_not_see_a_client_gone_quiet(scores: pl.DataFrame) -> None:
    assert score_of(scores, Story.QUIET)["risk"] != "HIGH"
    assert score_of(scores, Story.QUIET)["change"] > -5


def test_a_ticket_storm_opens_a_ticket_a_day(demo: DemoData, scores: pl.DataFrame) -> None:
    usage = usage_of(demo, Story.TICKET_STORM)

    assert 0.7 < mean_between(usage, "support_tickets", 20, 0) < 1.5
    assert mean_between(usage, "support_tickets", 200, 30) < 0.15
    assert score_of(scores, Story.TICKET_STORM)["tickets"] == 0


def test_a_campaign_lull_dips_in_summer_and_comes_back(scores: pl.DataFrame) -> None:
    may, august, november = (
        score_of(scores, Story.CAMPAIGN_LULL, day)["campaign"]
        for day in (date(2026, 5, 25), date(2026, 8, 25), DEMO_END)
    )

    assert august < 55
    assert min(may, november) > 70


def test_a_large_client_at_risk_renews_soon(demo: DemoData, scores: pl.DataFrame) -> None:
    client = organization_of(demo, Story.ENTERPRISE_AT_RISK)
    today = score_of(scores, Story.ENTERPRISE_AT_RISK)

    assert client["annual_value"] > 200_000
    assert client["renewal_date"] <= DEMO_END + 90 * DAY
    assert today["risk"] == "HIGH"
    assert today["change"] <= -5


def test_unused_licences_and_unused_features_show_in_their_component(
    scores: pl.DataFrame,
) -> None:
    assert score_of(scores, Story.LICENCES_UNUSED)["login"] < 50
    assert score_of(scores, Story.FEATURES_UNUSED)["adoption"] < 25
    assert score_of(scores, Story.LICENCES_UNUSED)["risk"] == "LOW"


def test_a_feed_stopped_more_than_six_weeks_before_the_end(demo: DemoData) -> None:
    last = usage_of(demo, Story.FEED_STOPPED)["date"].max()

    assert DEMO_END - 60 * DAY < last <= DEMO_END - 45 * DAY


def test_a_newcomer_without_data_is_an_organization_only(demo: DemoData) -> None:
    newcomer = STORIES[Story.NEWCOMER_WITHOUT_DATA]

    assert newcomer in demo.organizations["organization_id"]
    assert newcomer not in demo.usage["organization_id"]
    assert newcomer not in demo.features["organization_id"]


def test_a_newcomer_has_three_weeks_of_data(demo: DemoData) -> None:
    newcomer = STORIES[Story.NEWCOMER]
    first_use = demo.features.filter(pl.col("organization_id") == newcomer)["first_used_at"].min()

    assert usage_of(demo, Story.NEWCOMER)["date"].min() == DEMO_END - 20 * DAY
    assert first_use >= DEMO_END - 20 * DAY


def test_case_data_appears_within_the_last_month(demo: DemoData) -> None:
    usage = usage_of(demo, Story.CASES_LATE)
    with_cases = usage.filter(pl.col("cases_closed").is_not_null())["date"]

    assert usage["date"].min() < DEMO_END - 300 * DAY
    assert with_cases.min() == DEMO_END - 23 * DAY


def test_one_client_has_no_licence_count(demo: DemoData) -> None:
    unknown = demo.organizations.filter(pl.col("total_users").is_null())

    assert unknown["organization_id"].to_list() == [STORIES[Story.NO_LICENCE_COUNT]]


def test_a_tiny_client_loses_one_of_two_users(demo: DemoData) -> None:
    usage = usage_of(demo, Story.TINY)
    at = pl.col("date")

    assert organization_of(demo, Story.TINY)["total_users"] == 2
    assert usage.filter(at == DEMO_END)["monthly_active_users"].item() == 1
    assert usage.filter(at == DEMO_END - 30 * DAY)["monthly_active_users"].item() == 2


def test_weekly_data_comes_on_mondays_with_the_sums_of_the_week(demo: DemoData) -> None:
    usage = usage_of(demo, Story.WEEKLY)

    assert usage["date"].dt.weekday().unique().to_list() == [1]
    assert usage.height == 57
    assert usage["searches_performed"].mean() > 5 * usage["daily_active_users"].mean()


def test_a_few_clients_are_no_longer_active(demo: DemoData) -> None:
    gone = demo.organizations.filter(~pl.col("is_active"))["organization_id"].to_list()

    assert gone[0] == STORIES[Story.INACTIVE]
    assert len(gone) == 9
    assert {story_of(client) for client in gone} == {Story.INACTIVE}
    assert usage_of(demo, Story.INACTIVE)["date"].max() < DEMO_END - 60 * DAY


def test_who_left_used_it_less_and_less_and_enough_became_of_the_others(demo: DemoData) -> None:
    outcomes = demo.outcomes
    left = outcomes.filter(outcome="CHURNED")
    active = demo.usage.join(left.select("organization_id", left="date"), on="organization_id")
    before, users = pl.col("left") - pl.col("date"), pl.col("daily_active_users")
    falls = active.group_by("organization_id").agg(
        now=users.filter(before <= 30 * DAY).mean(),
        earlier=users.filter(before.is_between(120 * DAY, 150 * DAY)).mean(),
    )

    assert left.height == 9
    assert falls.filter(pl.col("now") < 0.75 * pl.col("earlier")).height == 9
    counts = dict(outcomes["outcome"].value_counts().iter_rows())
    assert counts["DOWNGRADED"] >= 11
    assert counts["RENEWED"] >= 50
    assert counts["EXPANDED"] >= 10
    assert outcomes.select("organization_id", "date", "outcome").is_unique().all()


def test_struggling_and_middling_clients_are_at_high_and_medium_risk(
    scores: pl.DataFrame,
) -> None:
    assert score_of(scores, Story.STRUGGLING)["risk"] == "HIGH"
    assert score_of(scores, Story.MIDDLING)["risk"] == "MEDIUM"


# --- The portfolio ---


def test_the_clients_without_a_score_are_those_whose_story_says_so(
    demo: DemoData, scores: pl.DataFrame
) -> None:
    with_score = scores.filter(pl.col("day") == DEMO_END)["organization_id"]
    without = set(demo.organizations["organization_id"]) - set(with_score)

    assert {story_of(id_) for id_ in without} == NO_SCORE


def test_the_risk_mix_is_that_of_a_real_portfolio(scores: pl.DataFrame) -> None:
    mix = percent_by_risk(scores)

    assert 60 <= mix["LOW"] <= 65
    assert 22 <= mix["MEDIUM"] <= 28
    assert 8 <= mix["HIGH"] <= 14


@pytest.mark.parametrize(("organizations", "seed"), [(200, 1), (200, 2), (600, 3)])
def test_the_risk_mix_hardly_depends_on_seed_and_size(organizations: int, seed: int) -> None:
    mix = percent_by_risk(scored(generate(organizations=organizations, days=70, seed=seed)))

    assert 57 <= mix["LOW"] <= 69
    assert 20 <= mix["MEDIUM"] <= 31
    assert 7 <= mix["HIGH"] <= 15


def test_scores_are_spread_and_not_a_spike(scores: pl.DataFrame) -> None:
    last = scores.filter(pl.col("day") == DEMO_END)["overall"]

    assert last.min() < 20
    assert last.max() >= 94
    assert last.value_counts()["count"].max() < 0.1 * len(last)
    assert (last // 10).n_unique() == 9


@pytest.mark.parametrize("day", [date(2026, 3, 1), date(2026, 5, 1), date(2026, 7, 1), DEMO_END])
def test_a_handful_of_clients_improve_and_decline_in_a_month(
    scores: pl.DataFrame, day: date
) -> None:
    change = scores.filter(pl.col("day") == day)["change"]

    assert 4 <= (change >= 5).sum() <= 20
    assert 4 <= (change <= -5).sum() <= 20


def test_the_portfolio_dips_in_august_and_recovers(scores: pl.DataFrame) -> None:
    average = dict(scores.group_by("day").agg(pl.col("overall").mean()).sort("day").iter_rows())
    july, august, october = (
        average[day] for day in (date(2026, 7, 20), date(2026, 8, 31), date(2026, 10, 5))
    )

    assert 2 <= july - august <= 4
    assert october >= july


def test_outside_the_holidays_the_portfolio_moves_gently(scores: pl.DataFrame) -> None:
    average = (
        scores.group_by("day")
        .agg(pl.col("overall").mean())
        .filter(pl.col("day").is_between(date(2026, 2, 1), date(2026, 7, 20)))
    )["overall"]

    assert average.max() - average.min() < 1.5


# --- Writing ---


def test_written_files_read_back_as_the_frames(demo: DemoData, tmp_path: Path) -> None:
    paths = write_csv(demo, tmp_path / "new" / "demo")

    assert [path.name for path in paths] == [
        "organizations.csv",
        "usage_metrics.csv",
        "feature_adoption.csv",
        "outcomes.csv",
    ]
    frames = (demo.organizations, demo.usage, demo.features, demo.outcomes)
    for path, frame in zip(paths, frames, strict=True):
        assert_frame_equal(pl.read_csv(path, schema=frame.schema), frame)


def test_writing_replaces_earlier_files_and_leaves_nothing_else(tmp_path: Path) -> None:
    write_csv(generate(organizations=2, days=2), tmp_path)
    paths = write_csv(generate(organizations=3, days=3), tmp_path)

    assert pl.read_csv(paths[0]).height == 3
    assert sorted(tmp_path.iterdir()) == sorted(paths)


def test_when_one_file_cannot_be_placed_all_stay_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "organizations.csv").write_text("mine", encoding="utf-8")
    (tmp_path / "feature_adoption.csv").mkdir()

    with pytest.raises(ArgumentError) as raised:
        write_csv(generate(organizations=2, days=2), tmp_path)

    assert raised.value.argument == "directory"
    assert (tmp_path / "organizations.csv").read_text(encoding="utf-8") == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {
        "organizations.csv",
        "feature_adoption.csv",
    }


def test_a_file_is_no_directory_to_write_to(tmp_path: Path) -> None:
    place = tmp_path / "taken"
    place.write_text("mine", encoding="utf-8")

    with pytest.raises(ArgumentError, match="could not be written"):
        write_csv(generate(organizations=1, days=1), place)

    assert place.read_text(encoding="utf-8") == "mine"
