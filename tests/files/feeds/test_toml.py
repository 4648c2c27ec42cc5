"""A feed as TOML and back."""

from __future__ import annotations

import pytest
from feeds_by_chance import feeds
from hypothesis import given

from health.errors import InvalidFeed
from health.files.feeds import Feed, feed_from_toml, feed_to_toml

SMALL = """
name = "CRM accounts"
kind = "organizations"

[columns]
"Account ID" = "organization_id"
"Account Name" = "name"
"""
PIVOT = 'name = "Pivot"\nkind = "one column per day"\nmetric = "API_CALLS"\n' + (
    '[columns]\nClient = "organization_id"\n'
)


@given(feeds())
def test_a_feed_written_and_read_again_is_the_same(feed: Feed) -> None:
    assert feed_from_toml(feed_to_toml(feed)) == feed


def test_evidence_stands_as_comments_and_changes_nothing() -> None:
    feed = feed_from_toml(SMALL)
    text = feed_to_toml(feed, {"": ["Proposed."], "columns.Account ID": ["a known name for it"]})
    assert text.startswith("# Proposed.\n")
    assert '# a known name for it\n"Account ID" = "organization_id"' in text
    assert feed_from_toml(text) == feed


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("name =", "not TOML"),
        (SMALL.replace("CRM accounts", ""), "needs a name"),
        (SMALL.replace("organizations", "clients"), "“clients” is not known"),
        (SMALL.replace('= "name"', '= "client name"'), "“client name” is not a column"),
        (SMALL.replace('= "name"', '= "ignored"'), "No column of the source is read as name"),
        (SMALL.replace('= "name"', '= "organization_id"'), "organization_id is filled twice"),
        (SMALL + '"account_id" = "csm"', "stated twice"),
        (SMALL + '[values]\ndates = "?"', "“?” is not known"),
        (SMALL + '[values]\ndecimal = "?"', "must be a dot or a comma"),
        (SMALL + '[values]\ntime_zone = "UTC"', "State days_in too"),
        (SMALL + '[values]\ndays_in = "Mars/North"', "no time zone “Mars/North”"),
        (SMALL + '[values]\ndate_order = "day first"', "“date_order” means nothing in [values]"),
        (SMALL + '[words.Status]\nOpen = "true"', "“Status” means nothing in [words]"),
        (SMALL + "[file]\nheader_line = 0", "a whole number from 1"),
        (SMALL + '[[count]]\nmetric = "API_CALLS"\nday = "Day"', "Events (and only they)"),
        (SMALL.replace("[columns]", 'metric = "API_CALLS"\n[columns]'), "each day has a column"),
        (PIVOT + '[values]\ndates = "unix seconds"', "not after Unix times"),
    ],
)
def test_a_feed_that_contradicts_itself_says_how(wrong: str, said: str) -> None:
    with pytest.raises(InvalidFeed) as caught:
        feed_from_toml(wrong)
    assert said in caught.value.message
