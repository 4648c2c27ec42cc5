"""The book of each owner, industry or size, on the Team page: the answer, and a table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import streamlit as st

from health import formatting
from health.charts.theme import RISK_MARK
from health.output import markdown, team_tables
from health.queries.scores import SOON_DAYS
from health.queries.team import (
    LEVELS,
    TOO_MANY,
    Team,
    TeamGroup,
    TeamQuery,
    band_of,
    left,
    team,
)
from health.ui.parts import filters, periods
from health.ui.parts.choice import choose as choose_one
from health.ui.parts.client_table import ROW
from health.ui.parts.download import download
from health.ui.parts.links import Address
from health.ui.parts.ordered_table import in_order, ordered_table
from health.vocabulary import RiskLevel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from health.ui.parts.page import View

_HIGH: Final = {"risk": RiskLevel.HIGH.label}
_SOON: Final = {"renewal": f"{SOON_DAYS} days"}


@dataclass(frozen=True, kw_only=True)
class _Column:
    """A column of numbers, each of which opens the clients behind it.

    order: the columns of the groups that it is ordered by.
    opens: the filters of Portfolio that find the clients.
    width: pixels, where its cells are wider than its head.
    """

    order: tuple[str, ...]
    opens: Mapping[str, str] = field(default_factory=dict)
    help: str | None = None
    width: int | None = None


_COLUMNS: Final[Mapping[str, _Column]] = {
    "Clients": _Column(order=("clients",), help="Clients that left are not counted."),
    **{
        f"{RISK_MARK[level]} {level.label.split()[0]}": _Column(
            order=(level.lower(),), opens={"risk": level.label}
        )
        for level in LEVELS
    },
    "Not scored": _Column(order=("not_scored",), opens={"risk": filters.NOT_SCORED}),
    "Average": _Column(order=("average",), help="Of the scores of this day."),
    "Change": _Column(
        order=("average_change",),
        help="Of the average, of the clients scored on both days; it opens what moved, on Trends.",
    ),
    "Value": _Column(order=("value",), help="Contract value a year."),
    "At high risk": _Column(
        order=("value_at_risk",),
        opens=_HIGH,
        help="Contract value a year of the clients at high risk.",
    ),
    "Renewals": _Column(
        order=("renewals", "renewals_value"),
        opens=_SOON,
        width=105,
        help=f"Clients that renew within {SOON_DAYS} days, and their contract value a year.",
    ),
    "Of it at high risk": _Column(
        order=("renewals_at_risk", "renewals_value_at_risk"), opens={**_SOON, **_HIGH}
    ),
    "Calls": _Column(
        order=("calls",),
        help="Logged since the earlier day; calls marked as not needed are not counted.",
    ),
    "Overdue": _Column(
        order=("overdue",),
        opens={"overdue": "true"},
        help="Follow-ups that were due before today. Of an owner or of all it opens them on Today; "
        "of others, their clients.",
    ),
}


def choose(view: View) -> TeamQuery:
    """Draw what the clients are put together by, and the period; return the question."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        by = choose_one("By", [group.value for group in TeamGroup], TeamGroup.OWNER, name="by")
        days = periods.choose_span("Quarter")
    return TeamQuery(
        as_of=view.as_of,
        calendar_day=view.calendar_day,
        from_day=view.from_day,
        by=TeamGroup(by),
        days=days,
    )


def answer(found: Team, query: TeamQuery, view: View) -> None:
    """Say how the book is, and offer the clients behind it."""
    whole = found.whole.row(0, named=True)
    st.markdown(_answer(whole, query, view.currency))
    if gone := view.ask(left, query.as_of):
        st.caption(
            f"{formatting.count(gone, 'client')} that left {'is' if gone == 1 else 'are'} not "
            "counted on this page."
        )
    owners = found.groups
    if query.by is not TeamGroup.OWNER:
        by_owner = TeamQuery(**{**vars(query), "by": TeamGroup.OWNER})
        owners = view.ask(team, by_owner).groups
    _too_many(owners, whole)


def _answer(whole: Mapping[str, Any], query: TeamQuery, currency: str) -> str:
    def money(column: str) -> str:
        return formatting.money(whole[column], currency, brief=True)

    said = [
        f"Of {formatting.count(whole['clients'], 'client')} worth {money('value')} a year, "
        f"**{formatting.number(whole['high'])}** are at high risk, worth "
        f"**{money('value_at_risk')}**",
        f"{formatting.number(whole['renewals'])} renew within {SOON_DAYS} days, worth "
        f"{money('renewals_value')}, **{money('renewals_value_at_risk')}** of it at high risk",
    ]
    if whole["average_change"] is not None:
        said.append(
            f"the average score is **{formatting.number(whole['average'], 1)}**; of the "
            f"{formatting.count(whole['compared'], 'client')} scored on both days it moved by "
            f"{formatting.change(whole['average_change'], 1)} since {formatting.day(query.before)}"
        )
    return ". ".join(map(formatting.capital, said)) + "."


def _too_many(owners: pl.DataFrame, whole: Mapping[str, Any]) -> None:
    """Name the owners with too many clients at high risk, each opening them."""
    rule = (
        f"At least {TOO_MANY} clients at high risk, and half as much again of the scored clients "
        f"as in the whole book ({formatting.percent(100 * whole['high'] / whole['scored'])})."
        if whole["scored"]
        else None
    )
    found = owners.filter("has_too_many")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            "**Too many at high risk:**" if found.height else "No owner has too many at high risk.",
            help=rule,
            width="content",
        )
        for row in found.head(5).iter_rows(named=True):
            label = f"{_short(row['name'] or filters.NO_OWNER)}: {row['high']} of {row['scored']}"
            if st.button(markdown.escape(label), key=f"too_many_{row['name']}"):
                _open(Address.PORTFOLIO, TeamGroup.OWNER, row["name"], _HIGH)
        if found.height > 5:
            st.caption(f"and {formatting.count(found.height - 5, 'more owner')}")


def table(found: Team, query: TeamQuery, view: View) -> None:
    """Draw a row for each group and one for all; a number opens the clients behind it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(f"By {query.by.lower()}", anchor=False)
        download(
            f"the book by {query.by.lower()}",
            lambda reader: team_tables.groups(reader, query, view.currency),
            ask=view.ask,
            day=view.as_of,
        )
    orders = {head: column.order for head, column in _COLUMNS.items()}
    if query.by is not TeamGroup.SIZE:
        orders[query.by.value] = ("name",)
    groups = in_order(found.groups, _TABLE, orders)
    rows = [*found.whole.iter_rows(named=True), *groups.iter_rows(named=True)]
    names = [_short(group_name(row["name"], query.by)) for row in rows[1:]]
    shown = pl.DataFrame(
        [_row(row, name, view.currency) for row, name in zip(rows, ["All", *names], strict=True)],
        schema=dict.fromkeys((query.by.value, *_COLUMNS), pl.String),
        orient="row",
    )
    ordered_table(
        shown,
        _TABLE,
        column_config={
            query.by.value: st.column_config.TextColumn(
                pinned=True, width=150 if query.by is not TeamGroup.SIZE else 215
            ),
            **{
                head: st.column_config.ButtonColumn(
                    width=column.width or 66 + 6 * max(0, len(head) - 7),
                    alignment="right",
                    type="tertiary",
                    key=f"team_{head}",
                    help=column.help,
                )
                for head, column in _COLUMNS.items()
            },
        },
        hide_index=True,
        row_height=ROW,
        height=ROW * (min(shown.height, 16) + 1) + 2,
    )
    st.caption(
        f"Change since {formatting.day(query.before)}; renewals within {SOON_DAYS} days. A number "
        "opens the clients behind it; the head of a column orders the table."
    )
    for head in _COLUMNS:
        if clicked := st.session_state.get(f"team_{head}"):
            place = clicked["row"]
            _follow(head, query, rows[place]["name"], view, is_whole=place == 0)


_TABLE: Final = "team"


def _row(row: Mapping[str, Any], name: str, currency: str) -> tuple[str, ...]:
    def money(column: str) -> str:
        return formatting.money(row[column], currency, brief=True)

    number = formatting.number
    return (
        name,
        number(row["clients"]),
        *(number(row[level.lower()]) for level in LEVELS),
        number(row["not_scored"]),
        number(row["average"], 1),
        formatting.change(row["average_change"], 1),
        money("value"),
        money("value_at_risk"),
        count_and_value(row["renewals"], row["renewals_value"], currency),
        count_and_value(row["renewals_at_risk"], row["renewals_value_at_risk"], currency),
        number(row["calls"]),
        number(row["overdue"]),
    )


def count_and_value(clients: int, value: Decimal, currency: str) -> str:
    """Return ``4, $549k``: how many clients and what they are worth a year."""
    worth = f", {formatting.money(value, currency, brief=True)}" if clients else ""
    return f"{formatting.number(clients)}{worth}"


def _short(name: str) -> str:
    """The name of an owner without the company's domain."""
    return name.partition("@")[0]


def group_name(name: str | None, by: TeamGroup) -> str:
    """What the table and the address call a group."""
    if by is TeamGroup.SIZE:
        return filters.name_of_size(band_of(name or ""))
    if name is None:
        return filters.NO_OWNER if by is TeamGroup.OWNER else filters.NO_INDUSTRY
    return name


def _follow(head: str, query: TeamQuery, name: str | None, view: View, *, is_whole: bool) -> None:
    """Go to what is behind a number of a group."""
    if (
        head == "Overdue"
        and not view.is_past
        and (is_whole or (query.by is TeamGroup.OWNER and name))
    ):
        # Today lists the follow-ups themselves, of an owner or of all.
        st.session_state[filters.FOLLOW_UPS] = filters.EVERYBODYS
        filters.open_with(Address.TODAY, **({"owner": name} if name and not is_whole else {}))
    more: dict[str, str] = {}
    if head == "Change":
        # The span is that of this page: its choice holds on Trends, too.
        address = Address.TRENDS
    else:
        address, more = Address.PORTFOLIO, {**_COLUMNS[head].opens, "active": "true"}
    if head == "Calls":
        more["called"] = periods.name_of_span(query.days)
    if is_whole:
        filters.open_with(address, **more)
    _open(address, query.by, name, more)


def _open(address: Address, by: TeamGroup, name: str | None, more: Mapping[str, str]) -> None:
    filters.open_with(address, **{by.lower(): group_name(name, by), **more})
