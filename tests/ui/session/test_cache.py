"""What is made of the same inputs is made once, and what is made of others never mixed up."""

from __future__ import annotations

import json

import plotly.graph_objects as go
import polars as pl
import pytest

from health.charts.theme import DARK, LIGHT
from health.ui.session.cache import MOST_ENTRIES, ImageFile, cached, cached_figure


class Counted:
    """A pure function that knows how often it was called."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, *arguments: object, **named: object) -> object:
        self.calls += 1
        return arguments, named


@pytest.fixture
def counted() -> Counted:
    return Counted()


def test_the_same_is_made_once(counted: Counted) -> None:
    frame = pl.DataFrame({"score": [1]})
    first = cached(counted, frame, LIGHT, [1, 2], part={"a": 1})
    assert cached(counted, frame, LIGHT, [1, 2], part={"a": 1}) is first
    assert counted.calls == 1


def test_anything_other_is_made_anew(counted: Counted) -> None:
    frame = pl.DataFrame({"score": [1]})
    cached(counted, frame, LIGHT, [1, 2], part={"a": 1})
    cached(counted, frame, DARK, [1, 2], part={"a": 1})
    cached(counted, frame, LIGHT, [1, 3], part={"a": 1})
    cached(counted, frame, LIGHT, [1, 2], part={"a": 2})
    cached(counted, frame, LIGHT, [1, 2], part={"b": 1})
    assert counted.calls == 5


def test_a_frame_is_the_same_only_as_itself(counted: Counted) -> None:
    frame = pl.DataFrame({"score": [1]})
    cached(counted, frame)
    cached(counted, frame.clone())
    cached(counted, pl.DataFrame({"score": [1]}))
    assert counted.calls == 3


def test_a_frame_that_is_gone_is_not_taken_for_a_new_one(counted: Counted) -> None:
    for number in range(50):
        found = cached(counted, pl.DataFrame({"score": [number]}))
        assert isinstance(found, tuple)
        assert found[0][0].item() == number
    assert counted.calls == 50


def test_what_is_kept_is_bounded(counted: Counted) -> None:
    for number in range(MOST_ENTRIES + 1):
        cached(counted, number)
    cached(counted, 0)
    assert counted.calls == MOST_ENTRIES + 2


def bar(frame: pl.DataFrame, *, name: str) -> go.Figure:
    return go.Figure(go.Bar(x=frame["score"], name=name), {"title": {"text": name}})


def test_a_picture_is_its_figure() -> None:
    frame = pl.DataFrame({"score": [1, 2]})
    shown = cached_figure(bar, frame, name="Clients")
    given = json.loads(bar(frame, name="Clients").to_json())
    del given["layout"]["template"]
    given["layout"]["datarevision"] = shown.to_dict()["layout"]["datarevision"]
    assert shown.to_dict() == given
    assert cached_figure(bar, frame, name="Clients") is shown
    assert cached_figure(bar, frame, name="Others").number != shown.number


def test_a_picture_says_whether_it_is_drawn_already() -> None:
    def revision(*scores: int) -> object:
        shown = cached_figure(bar, pl.DataFrame({"score": scores}), name="Clients")
        return shown.to_dict()["layout"]["datarevision"]

    assert revision(1, 2) == revision(1, 2)
    assert revision(1, 2) != revision(1, 3)


@pytest.mark.parametrize(("kind", "scale"), [("png", 2), ("svg", 1)])
def test_a_picture_can_be_saved_and_has_no_other_button(kind: str, scale: int) -> None:
    config = ImageFile("score-2026-11-20", kind).config
    assert config["modeBarButtons"] == [["toImage"]]
    assert config["toImageButtonOptions"] == {
        "format": kind,
        "filename": "score-2026-11-20",
        "scale": scale,
    }
