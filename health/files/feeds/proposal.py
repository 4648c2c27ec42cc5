"""A proposal of how an unknown file is read, each part with its evidence; nothing is stored.

What the file alone cannot decide is asked, and the proposal is no feed until it is answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import polars as pl

from health import formatting
from health.files.feeds import evidence, matching, notation
from health.files.feeds.feed import (
    CLIENT,
    ClientBy,
    Column,
    Condition,
    Count,
    Counted,
    DateOrder,
    Draft,
    FeedKind,
    Notation,
    Percent,
    accepted,
    required,
    shape_of,
)
from health.files.feeds.sample import Sample
from health.files.feeds.toml import feed_to_toml
from health.files.file_columns import PERCENTAGE, squeeze
from health.files.rules import Amount, Choice, Day, Integer, Rule, YesNo
from health.vocabulary import MetricType

DATES: Final = "values.dates"
DECIMAL: Final = "values.decimal"
METRIC: Final = "metric"

_ACTIVE: Final = {
    **dict.fromkeys(("active", "live", "customer", "current", "aktiv", "kunde", "open"), "true"),
    **dict.fromkeys(("inactive", "churned", "closed", "cancelled", "canceled", "lost"), "false"),
    **dict.fromkeys(("former", "inaktiv", "gekündigt", "closed lost", "ended"), "false"),
}
_USERS: Final = ("user", "userid", "useremail", "email", "login", "username", "nutzer", "member")
_TICKETS: Final = ("ticket", "ticketid", "subject", "requester", "priority", "betreff")
_MOST_WORDS: Final = 12


@dataclass(frozen=True, kw_only=True)
class Question:
    """What only a person can decide: the key in the TOML, and each answer with its words."""

    key: str
    text: str
    answers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """How a file seems to be written.

    draft: as far as it is known, with a value in place of each open question.
    evidence: by key of the TOML, such as ``columns.Account ID``, sentences.
    questions: what is open.
    """

    draft: Draft
    evidence: Mapping[str, tuple[str, ...]]
    questions: tuple[Question, ...]

    @property
    def toml(self) -> str:
        """The proposal as TOML that is no feed until its questions are answered."""
        head = ["A proposal: look at each line before you import it."]
        lacks = missing(self.draft)
        if lacks:
            head.append(f"No column is taken for {' or '.join(lacks)} yet: state which one.")
        said = dict(self.evidence)
        for question in self.questions:
            asked = f"TO DECIDE: {question.text}"
            answers = (f"  “{value}”: {words}" for value, words in question.answers.items())
            said[question.key] = (*said.get(question.key, ()), asked, *answers)
        return feed_to_toml(
            self.draft, {**said, "": head}, [question.key for question in self.questions]
        )


def missing(draft: Draft) -> list[str]:
    """The contract's columns that are required and not yet read from anywhere."""
    present = {column.target for column in draft.columns} | set(draft.constants)
    lacks = [name for name in required(draft.kind) if name not in present]
    metrics = {metric.column for metric in MetricType}
    if draft.kind is FeedKind.USAGE_WIDE and not present & metrics:
        lacks.append("a metric")
    if draft.kind is FeedKind.EVENTS and not draft.counts:
        lacks.append("the day of an event")
    return lacks


def propose(sample: Sample, name: str, kind: FeedKind | None = None) -> Proposal:
    """Propose how a file is read, as of ``kind`` if that is stated."""
    return _Proposing(sample, name, kind).proposal()


class _Proposing:
    """What is known so far while a proposal is made."""

    def __init__(self, sample: Sample, name: str, kind: FeedKind | None) -> None:
        self._sample = sample
        self._name = name
        guessed, why = matching.kind_of(sample.names, sample.cells)
        self._kind = kind or guessed
        self._evidence = dict(sample.evidence)
        if kind in (None, guessed):
            self._evidence["kind"] = (why,)
        self._questions: list[Question] = []

    def proposal(self) -> Proposal:
        match self._kind:
            case FeedKind.DAYS:
                draft = self._days()
            case FeedKind.EVENTS:
                draft = self._events()
            case _:
                draft = self._records()
        return Proposal(draft=draft, evidence=self._evidence, questions=tuple(self._questions))

    def _records(self) -> Draft:
        found = matching.matches(self._sample.names, accepted(self._kind))
        self._doubt_clients(found)
        rules = {
            c.header: c.rule for c in shape_of(self._kind, date.max - timedelta(days=1)).columns
        }
        by_source = {match.source: match for match in found.values()}
        columns = []
        for name in self._sample.names:
            match = by_source.get(name)
            if match is None:
                columns.append(Column(source=name, target=None))
                continue
            self._say(f"columns.{name}", match.why)
            words = self._words(name, rules[match.target])
            columns.append(Column(source=name, target=match.target, values=words))
        written = self._notation({m.source: rules[m.target] for m in found.values()})
        return self._draft(columns, written)

    def _days(self) -> Draft:
        by_order = matching.day_columns(self._sample.names)
        order = next(iter(by_order), DateOrder.ISO)
        days = by_order.get(order, ())
        rest = [name for name in self._sample.names if name not in days]
        client = matching.client_column(rest)
        written = self._notation(dict.fromkeys(days, Integer()))
        self._questions = [one for one in self._questions if one.key != DATES]
        self._evidence.pop(DATES, None)
        if len(by_order) > 1 and order is not DateOrder.ISO:
            self._ask_order(days[0])
        elif days:
            self._say(DATES, f"{len(days)} columns are named after days, such as “{days[0]}”.")
        metrics = {metric.value: metric.label for metric in MetricType}
        self._questions.append(
            Question(key=METRIC, text="What do the numbers below the days count?", answers=metrics)
        )
        return self._draft(
            self._client_columns(rest, client),
            replace(written, dates=order),
            metric=MetricType.DAILY_ACTIVE_USERS,
            client_by=self._client_by(client),
        )

    def _events(self) -> Draft:
        names, cells = self._sample.names, self._sample.cells
        client = matching.client_column(names)
        rest = [name for name in names if client is None or name != client.source]
        days = [name for name in rest if evidence.is_day(cells[name])]
        if not days:
            return self._draft(self._client_columns(names, client), self._notation({}))
        day = next((name for name in days if cells[name].null_count() == 0), days[0])
        written = self._notation({day: Day()})
        count, read = self._count(rest, day)
        where: tuple[Condition, ...] = ()
        if cells[day].null_count():
            where = (Condition(column=day, words=("",), negated=True),)
        columns = [
            column
            for column in self._client_columns(names, client)
            if column.target or column.source not in read
        ]
        return self._draft(
            columns,
            written,
            counts=(replace(count, where=where),),
            client_by=self._client_by(client),
        )

    def _count(self, names: list[str], day: str) -> tuple[Count, set[str]]:
        user = next((name for name in names if squeeze(name) in _USERS), None)
        if any(squeeze(name) in _TICKETS for name in names):
            metric = MetricType.SUPPORT_TICKETS
            self._say(f"count.{metric}", "The columns are those of tickets; each row counts once.")
        elif user is not None:
            metric = MetricType.DAILY_ACTIVE_USERS
            self._say(f"count.{metric}", f"Different values of “{user}” on a day count once.")
            return Count(metric=metric, day=day, what=Counted.DISTINCT, of=user), {day, user}
        else:
            metric = MetricType.SUPPORT_TICKETS
            words = {each.value: each.label for each in MetricType}
            self._questions.append(
                Question(key=f"count.{metric}", text="What does a row count as?", answers=words)
            )
        self._say(f"count.{metric}", f"“{day}” is taken for the day of the event.")
        return Count(metric=metric, day=day), {day}

    def _client_columns(
        self, names: list[str] | tuple[str, ...], client: matching.Match | None
    ) -> list[Column]:
        if client is not None:
            self._say(f"columns.{client.source}", f"says which client: {client.why}")
        return [
            Column(source=name, target=CLIENT if client and name == client.source else None)
            for name in names
        ]

    def _client_by(self, client: matching.Match | None) -> ClientBy:
        by_name = client is not None and client.target == "name"
        if by_name:
            self._say("client_by", "The column seems to hold names of clients, and not their ids.")
        return ClientBy.NAME if by_name else ClientBy.ID

    def _draft(self, columns: list[Column], written: Notation, **more: Any) -> Draft:
        return Draft(
            name=self._name,
            kind=self._kind,
            source=self._sample.source,
            notation=written,
            columns=tuple(columns),
            **more,
        )

    def _notation(self, rules: Mapping[str, Rule]) -> Notation:
        """How days and numbers of the columns are written, with what is open asked."""
        cells = self._sample.cells
        days = evidence.date_order(cells[n] for n, rule in rules.items() if isinstance(rule, Day))
        numbers = [cells[n] for n, rule in rules.items() if isinstance(rule, Integer | Amount)]
        rates = [cells[n] for n, rule in rules.items() if rule == PERCENTAGE]
        units = evidence.units(numbers)
        sign = evidence.decimal_sign(numbers, units)
        self._say(DATES, *days.evidence)
        self._say(DECIMAL, *sign.evidence)
        if days.is_open:
            self._ask_order(days.example)
        if sign.is_open:
            self._ask_sign(sign.example)
        if units:
            self._say("values.units", "Numbers stand beside these words.")
        are_shares = any(map(evidence.are_shares, rates))
        if are_shares:
            self._say("values.percent", "All are between 0 and 1.")
        return Notation(
            dates=days.value or DateOrder.ISO,
            decimal=sign.value,
            percent=Percent.SHARE if are_shares else Percent.PERCENT,
            units=units,
        )

    def _words(self, name: str, rule: Rule) -> Mapping[str, str]:
        """The source's words for ours, where it has few of them."""
        if not isinstance(rule, YesNo | Choice):
            return {}
        values = self._sample.cells[name].drop_nulls()
        words = values.unique(maintain_order=True)
        if words.len() > _MOST_WORDS:
            return {}
        unknown = words.filter(rule.typed(words).is_null()).to_list()
        known = {word: _ACTIVE[word.lower()] for word in unknown if word.lower() in _ACTIVE}
        left = [f"“{word}”" for word in unknown if word not in known]
        if left and isinstance(rule, YesNo):
            self._say(f"columns.{name}", f"what do {', '.join(left)} mean?")
        return known if isinstance(rule, YesNo) else {}

    def _doubt_clients(self, found: dict[str, matching.Match]) -> None:
        """An id that is found by a name only others use is looked at, and said to be."""
        client = found.get(CLIENT)
        if client is not None and not client.is_sure:
            values = self._sample.cells[client.source].drop_nulls()
            if values.n_unique() < values.len():
                self._say(f"columns.{client.source}", "its values repeat")

    def _ask_order(self, example: str) -> None:
        self._questions.append(
            Question(
                key=DATES,
                text=f"Is “{example}” written with the day or the month first?",
                answers={
                    order.value: f"{order.label}, {_read(example, order)}"
                    for order in (DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST)
                },
            )
        )

    def _ask_sign(self, example: str) -> None:
        self._questions.append(
            Question(
                key=DECIMAL,
                text=f"Does the dot or the comma stand before the decimals in “{example}”?",
                answers={
                    sign: f"{word}, so it is {_number(example, sign)}"
                    for sign, word in ((".", "The dot"), (",", "The comma"))
                },
            )
        )

    def _say(self, key: str, *sentences: str) -> None:
        if sentences:
            self._evidence[key] = (*self._evidence.get(key, ()), *sentences)


def _read(example: str, order: DateOrder) -> str:
    """How an example is read: 3 May 2026."""
    day = notation.iso_days(pl.Series([example]), Notation(dates=order))
    found = day.str.to_date("%Y-%m-%d", strict=False)[0]
    return f"so it is {formatting.day(found)}" if found else "which it cannot be"


def _number(example: str, sign: str) -> str:
    """How a number is read, as it is written everywhere here."""
    bare = "".join(letter for letter in example if letter in "-0123456789.,")
    digits = notation.numbers(Notation(decimal=sign), whole=False)(pl.Series([bare]))[0]
    try:
        return f"{Decimal(str(digits)).normalize():,f}"
    except InvalidOperation:
        return str(digits)
