"""The room that charts leave for labels is enough for the letters a browser draws."""

from __future__ import annotations

from typing import Final

import pytest
from playwright.sync_api import Page

from health.charts import base
from health.charts.theme import FONT, LIGHT
from health.scoring.components import Component
from health.vocabulary import FeatureName

LABELS: Final = [
    *(component.label for component in Component),
    *(feature.label for feature in FeatureName),
    "<b>31 Oct 2026</b>",
    "1,234,567",
    "MMMMMMMMMMMMMMMMMMMMMMMMMM",
    "WWW & WWW @ 100 %",
    "Wm. Müller-Weißmann GmbH",
    "株式会社コンプライアンス",
    "İstanbul Ünïversitesi…",
    "Жилищная компания",
]

WIDTHS: Final = """([font, size, texts]) => {
    const pen = document.createElement("canvas").getContext("2d");
    return texts.map(([weight, text]) => {
        pen.font = `${weight} ${size}px ${font}`;
        return pen.measureText(text).width;
    });
}"""


@pytest.mark.parametrize("font", [FONT, "Liberation Sans", "DejaVu Sans"])
def test_labels_fit_into_the_room_they_are_left(page: Page, font: str) -> None:
    bare = [label.removeprefix("<b>").removesuffix("</b>") for label in LABELS]
    weights = ["normal" if text in LABELS else "bold" for text in bare]
    widths = page.evaluate(WIDTHS, [font, 13, list(zip(weights, bare, strict=True))])
    left = []
    for label in LABELS:
        chart = base.figure(LIGHT, height=100)
        base.rows(chart, [label], LIGHT, size=13)
        left.append(chart.layout.margin.l)
    cut = [label for label, own, room in zip(LABELS, widths, left, strict=True) if own >= room]
    assert cut == []
