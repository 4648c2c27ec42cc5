"""The pages by name, and the ways from one to another."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn
from urllib.parse import urlencode

import streamlit as st


class Address(StrEnum):
    """The script of each page, from the folder of ``app.py``."""

    TODAY = "pages/clients/today.py"
    PORTFOLIO = "pages/clients/portfolio.py"
    CLIENT = "pages/clients/client.py"
    ADOPTION = "pages/clients/adoption.py"
    TRENDS = "pages/clients/trends.py"
    TEAM = "pages/clients/team.py"
    MODEL = "pages/clients/model.py"
    BACKTEST = "pages/clients/backtest.py"
    DATA = "pages/data/data.py"


def carried() -> dict[str, str]:
    """Return what every link takes along: the day that is looked at, where it is not the latest."""
    chosen = st.query_params.get("as_of")
    return {"as_of": chosen} if chosen else {}


def open_client(organization_id: str) -> NoReturn:
    """Go to the page of a client, on the same day: its widget keeps that, and refuses another."""
    st.switch_page(Address.CLIENT, query_params={"client": organization_id})


@dataclass(frozen=True)
class ClientLinks:
    """Gives the address of a client's page for a link in a table or a chart, on the same day."""

    carried: tuple[tuple[str, str], ...]

    def __call__(self, organization_id: str) -> str:
        """Return the address of the page of this client."""
        return f"/client?{urlencode([('client', organization_id), *self.carried])}"


def client_links() -> ClientLinks:
    """Return what makes addresses of clients' pages on the day that is looked at."""
    return ClientLinks(tuple(carried().items()))


def button_to(address: Address, label: str, *, is_main: bool = False) -> None:
    """Draw a button that goes to a page, on the same day."""
    if st.button(label, key=f"to_{label}", type="primary" if is_main else "secondary"):
        st.switch_page(address)
