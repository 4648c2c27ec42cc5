"""A dialog stays open when its page runs again, and is gone when the page was left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from streamlit.testing.v1 import AppTest
    from visits import Visit

FIELD = "edit_total_users"


@pytest.fixture
def page(visit: Visit, demo_copy: Path) -> AppTest:
    page = visit("client", demo_copy, client="ORG-0007")
    return page.button(key="edit_client").click().run()


def is_open(page: AppTest) -> bool:
    return any(one.key == FIELD for one in page.number_input)


def test_what_was_typed_stays_when_the_page_runs_again(page: AppTest) -> None:
    page.number_input(key=FIELD).set_value(61)
    page.run()
    assert page.number_input(key=FIELD).value == 61


def test_a_dialog_is_not_opened_again_after_it_saved(page: AppTest) -> None:
    page.number_input(key=FIELD).set_value(61)
    page.button(key="edit_saved").click().run()
    assert not is_open(page.run())


def test_a_dialog_is_closed_when_its_page_was_left(page: AppTest) -> None:
    page.switch_page("pages/clients/today.py").run()
    page.query_params["client"] = "ORG-0007"
    assert not is_open(page.switch_page("pages/clients/client.py").run())


def test_a_dialog_of_one_client_is_not_opened_for_another(page: AppTest) -> None:
    page.query_params["client"] = "ORG-0008"
    assert not is_open(page.run())
