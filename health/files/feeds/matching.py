"""What the columns of an unknown source may be, by their names and by what they hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from health.files.feeds import evidence
from health.files.feeds.columns import days_of
from health.files.feeds.feed import CLIENT, DateOrder, FeedKind, Notation, accepted
from health.files.file_columns import squeeze
from health.files.synonyms import UNSURE, renamed
from health.vocabulary import MetricType

_UNSURE: Final = {squeeze(name): ours for ours, names in UNSURE.items() for name in names}
_FEW: Final = 0.9
"""A column names each client once where its values repeat in fewer than a tenth of the rows."""


@dataclass(frozen=True, kw_only=True)
class Match:
    """A column of the source and the contract's column that its name points to.

    is_sure: the name says so, and is not one that may mean several things.
    """

    source: str
    target: str
    is_sure: bool
    why: str


def matches(names: Sequence[str], targets: Iterable[str]) -> dict[str, Match]:
    """For each of the contract's columns the source's column that its name points to, if any."""
    wanted = tuple(targets)
    found: dict[str, Match] = {}
    for one in (match for name in names for match in _match(name, wanted)):
        known = found.get(one.target)
        if known is None or (one.is_sure and not known.is_sure):
            found[one.target] = one
    taken: dict[str, Match] = {}
    for match in found.values():
        other = taken.get(match.source)
        if other is None or (match.is_sure and not other.is_sure):
            taken[match.source] = match
    return {match.target: match for match in taken.values()}


def _match(name: str, targets: Sequence[str]) -> Iterable[Match]:
    for target in targets:
        if squeeze(name) == squeeze(target):
            yield Match(source=name, target=target, is_sure=True, why="the same name")
            return
    meant = renamed(name, targets)
    if meant is not None:
        yield Match(source=name, target=meant, is_sure=True, why="a known name for it")
        return
    unsure = _UNSURE.get(squeeze(name))
    if unsure is not None and unsure in targets:
        yield Match(
            source=name,
            target=unsure,
            is_sure=False,
            why="may mean this or something else: look at it",
        )


def day_columns(names: Sequence[str]) -> Mapping[DateOrder, Sequence[str]]:
    """The columns that are named after a day, under each order that can read all of them."""
    orders = (DateOrder.ISO, DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST)
    found = {order: tuple(days_of(names, Notation(dates=order))) for order in orders}
    most = max(len(days) for days in found.values())
    return {order: days for order, days in found.items() if len(days) == most and most > 1}


def kind_of(names: Sequence[str], cells: pl.DataFrame) -> tuple[FeedKind, str]:
    """What kind of source this is likely to be, and why."""
    if day_columns(names):
        return FeedKind.DAYS, "Several columns are named after days."
    features = matches(names, accepted(FeedKind.FEATURES))
    if _sure(features, "feature_name"):
        return FeedKind.FEATURES, f"“{features['feature_name'].source}” names features."
    outcomes = matches(names, accepted(FeedKind.OUTCOMES))
    if _sure(outcomes, "outcome") and "date" in outcomes:
        return FeedKind.OUTCOMES, f"“{outcomes['outcome'].source}” says what became of clients."
    long = matches(names, accepted(FeedKind.USAGE_LONG))
    if _sure(long, "metric_type") and "value" in long:
        return FeedKind.USAGE_LONG, f"“{long['metric_type'].source}” names metrics."
    wide = matches(names, accepted(FeedKind.USAGE_WIDE))
    metrics = [wide[m.column].source for m in MetricType if m.column in wide]
    if "date" in wide and metrics and evidence.is_day(cells[wide["date"].source]):
        return FeedKind.USAGE_WIDE, f"“{metrics[0]}” is a metric, beside a day."
    days = [name for name in names if evidence.is_day(cells[name])]
    client = client_column(names)
    clients = matches(names, accepted(FeedKind.ORGANIZATIONS))
    are_clients = _sure(clients, CLIENT) and _sure(clients, "name")
    if days and client is not None:
        values = cells[client.source].drop_nulls()
        repeats = values.n_unique() < _FEW * values.len()
        timed = any(evidence.has_time(cells[name]) for name in days)
        if repeats or (timed and not are_clients):
            return FeedKind.EVENTS, (
                f"“{client.source}” has {values.n_unique()} different values in "
                f"{values.len()} rows, beside a moment."
            )
    return FeedKind.ORGANIZATIONS, "Each row seems to be a client."


def client_column(names: Sequence[str]) -> Match | None:
    """The column that says which client a row is of, by its id or else by its name."""
    found = matches(names, (CLIENT, "name"))
    if _sure(found, CLIENT):
        return found[CLIENT]
    return found.get("name") or found.get(CLIENT)


def _sure(found: Mapping[str, Match], target: str) -> bool:
    return target in found and found[target].is_sure
