"""Any chart is saved as a PNG or an SVG: the whole of it, on the ground of the page."""

from __future__ import annotations

import struct
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from dashboard import Dashboard, settled
from playwright.sync_api import Locator, Page, expect

PNG = b"\x89PNG\r\n\x1a\n"


def charts(page: Page) -> list[Locator]:
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    return page.locator(".js-plotly-plot").all()


def saved(page: Page, chart: Locator) -> tuple[str, Path]:
    """Name and content of what the button on a chart gives."""
    # A tall one begins below the bar that stays at the top of the page.
    chart.evaluate("one => { one.style.scrollMarginTop = '80px'; one.scrollIntoView(); }")
    chart.hover(position={"x": 5, "y": 5})
    with page.expect_download() as download:
        chart.locator(".modebar-btn").click()
    return download.value.suggested_filename, download.value.path()


def png_size(content: bytes) -> tuple[int, int]:
    assert content.startswith(PNG)
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def corner(content: bytes) -> tuple[int, ...]:
    """The first pixel of a PNG of 8 bits and four channels."""
    assert content[24:26] == b"\x08\x06"
    packed, at = b"", 8
    while at < len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        if content[at + 4 : at + 8] == b"IDAT":
            packed += content[at + 8 : at + 8 + length]
        at += length + 12
    return tuple(zlib.decompressobj().decompress(packed, 5)[1:5])


@pytest.mark.parametrize(
    ("address", "count", "first"),
    [
        ("portfolio", 2, "risk-and-renewal-2026-11-20"),
        ("adoption", 2, "adoption-by-feature-2026-11-20"),
        ("trends?as_of=2026-11-10", 4, "clients-that-went-down-2026-11-10"),
        ("client?client=ORG-0004", 6, "points-org-0004-2026-11-20"),
    ],
)
def test_every_chart_is_saved_both_ways(
    demo_server: Dashboard, page: Page, address: str, count: int, first: str
) -> None:
    demo_server.open(page, address)
    drawn = charts(page)
    assert len(drawn) == count
    names = []
    for chart in drawn:
        box = chart.bounding_box()
        assert box is not None
        name, path = saved(page, chart)
        assert name.endswith(".png")
        width, height = png_size(path.read_bytes())
        assert (width, height) == pytest.approx((2 * box["width"], 2 * box["height"]), abs=4)
        names.append(name)
    assert names[0] == f"{first}.png"
    assert len(set(names)) == count
    page.locator(".st-key-saving").get_by_role("button").click()
    page.get_by_test_id("stRadio").get_by_text("SVG", exact=True).click()
    page.keyboard.press("Escape")
    settled(page)
    assert "images=SVG" in page.url
    page.reload()
    settled(page)
    expect(page.locator(".js-plotly-plot")).to_have_count(count)
    for chart, name in zip(charts(page), names, strict=True):
        name_now, path = saved(page, chart)
        assert name_now == name.replace(".png", ".svg")
        root = ET.fromstring(path.read_text())
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert float(root.attrib["width"]) > 200


@pytest.mark.parametrize(("scheme", "ground"), [("light", 255), ("dark", 0x10)])
def test_a_saved_chart_stands_on_the_ground_of_the_page(
    demo_server: Dashboard, new_page: Callable[..., Page], scheme: str, ground: int
) -> None:
    page = new_page(color_scheme=scheme)
    demo_server.open(page, "portfolio")
    _, path = saved(page, charts(page)[1])
    red, *_, opaque = corner(path.read_bytes())
    assert (red, opaque) == (ground, 255)


def test_a_bookmark_keeps_what_charts_are_saved_as(demo_server: Dashboard, page: Page) -> None:
    demo_server.open(page, "trends?images=SVG")
    name, _ = saved(page, charts(page)[2])
    assert name == "average-score-2026-11-20.svg"
