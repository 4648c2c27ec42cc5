"""An export is stated in a browser once; the next month's is one step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from dashboard import FIRST_RENDER, Dashboard, served, settled
from exports import CLIENTS, EXPORTS, Export
from playwright.sync_api import Error, Locator, Page, expect


@pytest.fixture(scope="module")
def fed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A dashboard that all these exports are stored in, one after the other."""
    with served(tmp_path_factory.mktemp("feeds")) as dashboard:
        yield dashboard


def upload(page: Page, file: Path) -> None:
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(file)
    expect(page.get_by_role("button", name="Discard")).to_be_visible(timeout=FIRST_RENDER)
    settled(page)


def press(page: Page, name: str, *, then: str) -> None:
    """Press a button and wait for the words that say it is done."""
    page.get_by_role("button", name=name, exact=True).click()
    expect(page.get_by_text(then)).to_be_visible(timeout=FIRST_RENDER)
    settled(page)


def choose(page: Page, question: str, answer: str) -> None:
    """Answer a question of the page, whichever way it is asked."""
    radio = page.get_by_test_id("stRadio").filter(has_text=question)
    box = page.get_by_role("combobox", name=question)
    expect(radio.or_(box)).to_be_visible(timeout=FIRST_RENDER)
    settled(page)
    if radio.count():
        radio.locator("label", has_text=answer).last.click()
    else:
        pick(page, box, answer)
    settled(page)


def pick(page: Page, box: Locator, answer: str) -> None:
    """Pick from a list; one that opens while the page is drawn again closes, and is opened anew."""
    option = page.get_by_role("option", name=answer, exact=True)
    for _ in range(5):
        box.click()
        with suppress(Error):
            option.click(timeout=4_000)
            break
        page.keyboard.press("Escape")
    expect(box).to_have_value(answer)


@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.name)
def test_an_export_is_stated_once_and_then_read_in_one_step(
    export: Export, fed_server: Dashboard, page: Page, tmp_path: Path
) -> None:
    first, following, clients = (tmp_path / f"{n}.csv" for n in ("april", "may", "clients"))
    clients.write_text(CLIENTS)
    for place, file in enumerate((first, following)):
        file.write_bytes(export.month(place))
    fed_server.open(page, "data")
    upload(page, clients)
    press(page, "Store 1 file", then="Stored clients.csv")

    upload(page, first)
    page.get_by_text("State how this file is read").click()
    for question, answer in export.answers.items():
        choose(page, question, answer)
    expect(page.get_by_text("How it is read")).to_be_visible(timeout=FIRST_RENDER)
    expect(page.get_by_text(export.shown)).to_be_visible()
    settled(page)
    # As people do it: the click that saves is the one that leaves the name.
    page.get_by_label("Name of the feed").fill(export.name)
    by = f"Read by the feed “{export.name}”, version 1."
    press(page, "Save, and read the file so", then=by)
    press(page, "Store 1 file", then=f"Stored april.csv: {export.stored[0]}")

    upload(page, following)
    expect(page.get_by_text(by)).to_be_visible()
    press(page, "Store 1 file", then=f"Stored may.csv: {export.stored[1]}")
