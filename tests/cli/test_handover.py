"""Commands written down for the process that holds the database."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from health.cli.handover import Order


def test_an_order_is_read_as_it_was_written_whatever_its_options_are_called() -> None:
    options = {
        "day": date(2026, 10, 31),
        "path": Path("a.csv"),
        "files": [Path("b.csv")],
        "client": "ORG-0004",
        "rows": False,
    }
    order = Order(
        command="prove", options=options, caller={"today": date(2026, 11, 1)}, is_watched=False
    )
    assert Order.read(order.written()) == order
