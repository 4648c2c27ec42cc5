"""Colours that everybody can read and tell apart, in light and dark."""

from __future__ import annotations

import tomllib
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from health.charts.base import BAND
from health.charts.theme import DARK, LIGHT, RISK_MARK, RISK_SYMBOL, TREND_MARK, Palette, faded
from health.scoring.components import Component
from health.vocabulary import HealthTrend, RiskLevel

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]

TEXT = 4.5  # contrast of text on its ground, WCAG AA
MARK = 3.0  # contrast of a mark on its ground, WCAG AA
APART = 12  # distance of two colours in CIELAB that readers tell apart in a chart

PALETTES = pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])

# What of red, green and blue reaches readers without one of the three kinds of cones, for linear
# light (Machado, Oliveira and Fernandes 2009, severity 1).
EYES = {
    "all colours": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "no green": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "no blue": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}

Light = tuple[float, float, float]


def light(color: str) -> Light:
    """Linear red, green and blue of ``#RRGGBB``."""
    values = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values)
    return red, green, blue


def luminance(color: str) -> float:
    red, green, blue = light(color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def seen(color: str, eyes: tuple[Light, Light, Light]) -> Light:
    """CIELAB of a colour as these eyes see it."""
    linear = light(color)
    red, green, blue = (
        min(1, max(0, sum(share * part for share, part in zip(row, linear, strict=True))))
        for row in eyes
    )
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    a, b, c = (v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in (x, y, z))
    return 116 * b - 16, 500 * (a - b), 200 * (b - c)


def distance(one: Light, other: Light) -> float:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5


def mixed(color: str, ground: str, opacity: float) -> str:
    """What a faded colour is on a ground."""
    pairs = [(int(color[at : at + 2], 16), int(ground[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(
        f"{round(over * opacity + under * (1 - opacity)):02X}" for over, under in pairs
    )


def grounds(palette: Palette) -> dict[str, str]:
    """What text and marks of charts stand on."""
    bands = {level: mixed(color, palette.ground, BAND) for level, color in palette.risk.items()}
    return {"ground": palette.ground, "raised": palette.raised, **bands}


def too_faint(
    colors: Mapping[str, str], palette: Palette, least: float
) -> dict[tuple[str, str], float]:
    """The pairs of colour and ground that are under a contrast."""
    found = {
        (name, where): contrast(color, ground)
        for name, color in colors.items()
        for where, ground in grounds(palette).items()
    }
    return {pair: ratio for pair, ratio in found.items() if ratio < least}


@PALETTES
def test_text_can_be_read(palette: Palette) -> None:
    names = ("ink", "quiet", "good", "bad", "accent")
    texts = {name: getattr(palette, name) for name in names} | palette.risk_ink
    assert too_faint(texts, palette, TEXT) == {}


@PALETTES
def test_marks_stand_out(palette: Palette) -> None:
    names = ("accent", "neutral", "used", "unused", "good", "bad")
    marks = {name: getattr(palette, name) for name in names} | palette.risk | palette.component
    assert too_faint(marks, palette, MARK) == {}


def test_what_is_black_on_white_is_as_plain_as_can_be() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_pages_around_the_charts_can_be_read(mode: str) -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"][mode]
    texts = {name: color for name, color in config.items() if name.endswith("TextColor")}
    texts |= {name: config[name] for name in ("textColor", "linkColor")}
    for place in (config, config["sidebar"]):
        grounds = [place["backgroundColor"], place["secondaryBackgroundColor"]]
        # Streamlit writes captions in the ink of the place at 60 %.
        captions = [mixed(place["textColor"], ground, 0.6) for ground in grounds]
        pairs = [(text, ground) for text in texts.values() for ground in grounds]
        pairs += zip(captions, grounds, strict=True)
        assert [pair for pair in pairs if contrast(*pair) < TEXT] == []


@PALETTES
def test_the_name_of_a_level_can_be_read_in_white(palette: Palette) -> None:
    assert min(contrast("#FFFFFF", color) for color in palette.risk_chip.values()) >= TEXT


@PALETTES
@pytest.mark.parametrize("eyes", EYES.values(), ids=EYES)
def test_risk_levels_are_told_apart_by_all_eyes(
    palette: Palette, eyes: tuple[Light, Light, Light]
) -> None:
    pairs = combinations(palette.risk.values(), 2)
    assert min(distance(seen(a, eyes), seen(b, eyes)) for a, b in pairs) >= APART


@PALETTES
def test_every_member_has_a_colour_of_its_own(palette: Palette) -> None:
    assert set(palette.risk) == set(palette.risk_ink) == set(palette.risk_chip) == set(RiskLevel)
    assert set(palette.component) == set(Component)
    assert len(set(palette.component.values())) == len(Component)


def test_risk_and_trend_have_a_shape_beside_the_colour() -> None:
    assert len(set(RISK_MARK.values())) == len(set(RISK_SYMBOL.values())) == len(RiskLevel)
    assert len(set(TREND_MARK.values())) == len(HealthTrend)


def test_a_faded_colour_keeps_its_hue() -> None:
    assert faded("#C4402A", 0.25) == "rgba(196,64,42,0.25)"
