"""A feed as TOML, in and out, so that it can be read, reviewed and kept in a repository."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Final, TypeVar

from health.errors import InvalidFeed
from health.files.feeds.feed import (
    ClientBy,
    Column,
    Condition,
    Count,
    Counted,
    DateOrder,
    Draft,
    Feed,
    FeedKind,
    Notation,
    Percent,
    Source,
)
from health.files.toml_values import toml_key, toml_value
from health.vocabulary import MetricType

IGNORED: Final = "ignored"
"""Stands for a column that is not read."""

_TOP: Final = ("name", "version", "kind", "metric", "client_by", "empty_clears")
_FILE: Final = ("sheet", "header_line", "encoding", "delimiter")
_ENDS: Final = ("ends_at_blank_line", "ends_at", "left_out")
_VALUES: Final = (
    "dates",
    "decimal",
    "time_zone",
    "days_in",
    "percent",
    "rounded",
    "units",
    "no_value",
)
_COUNT: Final = ("metric", "day", "what", "of", "where", "every_client")
_TABLES: Final = ("file", "values", "columns", "constants", "words", "count")
_CONDITIONS: Final = ("is", "is_not", "one_of", "none_of")

_Enum = TypeVar("_Enum", bound=StrEnum)


def feed_to_toml(
    feed: Draft,
    evidence: Mapping[str, Iterable[str]] | None = None,
    undecided: Iterable[str] = (),
) -> str:
    """The feed as TOML; ``evidence`` has comments for some keys, such as ``values.dates``.

    Those of the key "" stand on top. Keys that are ``undecided`` have the value "?", which no
    feed can have.
    """
    said = {key: tuple(lines) for key, lines in (evidence or {}).items()}
    lines = list(_written(feed, said, set(undecided)))
    return "\n".join(lines).strip() + "\n"


def feed_from_toml(text: str) -> Feed:
    """The feed in a TOML text; raises :class:`InvalidFeed` saying what is wrong with it."""
    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidFeed(f"It is not TOML: {error}.") from error
    _only(read, (*_TOP, *_TABLES), "the feed")
    table, values = _table(read, "file"), _table(read, "values")
    _only(table, (*_FILE, *_ENDS), "[file]")
    _only(values, _VALUES, "[values]")
    words = _table(read, "words")
    columns = tuple(
        Column(
            source=source,
            target=None if _text({source: target}, source) == IGNORED else target,
            values=_texts_by_word(words.get(source, {}), source),
        )
        for source, target in _table(read, "columns").items()
    )
    _only(words, [column.source for column in columns], "[words]")
    return Feed(
        name=_text(read, "name"),
        kind=_word(FeedKind, read, "kind"),
        version=_whole(read, "version", 1),
        source=Source(
            **{name: _text(table, name) for name in table if name in _FILE and name != _FILE[1]},
            header_line=_whole(table, "header_line") if "header_line" in table else None,
            ends_at_blank_line=_flag(table, "ends_at_blank_line"),
            ends_at=_list(table, "ends_at"),
            left_out=_list(table, "left_out"),
        ),
        notation=_notation(values),
        columns=columns,
        constants=_texts_by_word(_table(read, "constants"), "constants"),
        client_by=_word(ClientBy, read, "client_by") if "client_by" in read else ClientBy.ID,
        metric=_word(MetricType, read, "metric") if "metric" in read else None,
        counts=tuple(_count(each) for each in _tables(read, "count")),
        empty_clears=_flag(read, "empty_clears"),
    )


def _notation(values: Mapping[str, Any]) -> Notation:
    return Notation(
        dates=_word(DateOrder, values, "dates") if "dates" in values else DateOrder.ISO,
        percent=_word(Percent, values, "percent") if "percent" in values else Percent.PERCENT,
        rounded=_flag(values, "rounded"),
        units=_list(values, "units"),
        no_value=_list(values, "no_value"),
        **{
            name: _text(values, name)
            for name in ("decimal", "time_zone", "days_in")
            if name in values
        },
    )


def _count(read: Mapping[str, Any]) -> Count:
    _only(read, _COUNT, "[[count]]")
    return Count(
        metric=_word(MetricType, read, "metric"),
        day=_text(read, "day"),
        what=_word(Counted, read, "what") if "what" in read else Counted.ROWS,
        of=_text(read, "of") if "of" in read else None,
        where=tuple(_condition(each) for each in _tables(read, "where")),
        every_client=_flag(read, "every_client"),
    )


def _condition(read: Mapping[str, Any]) -> Condition:
    _only(read, ("column", *_CONDITIONS), "where")
    said = [name for name in _CONDITIONS if name in read]
    if len(said) != 1:
        raise InvalidFeed(f"A condition says one of {', '.join(_CONDITIONS)}.")
    is_list = said[0] in ("one_of", "none_of")
    return Condition(
        column=_text(read, "column"),
        words=_list(read, said[0]) if is_list else (_text(read, said[0]),),
        negated=said[0] in ("is_not", "none_of"),
    )


def _written(
    feed: Draft, evidence: Mapping[str, tuple[str, ...]], undecided: Collection[str]
) -> Iterator[str]:
    yield from (f"# {line}" for line in evidence.get("", ()))
    top = {
        "name": feed.name,
        "version": feed.version,
        "kind": feed.kind.value,
        "metric": "?" if "metric" in undecided else feed.metric.value if feed.metric else None,
        "client_by": None if feed.client_by is ClientBy.ID else feed.client_by.value,
        "empty_clears": feed.empty_clears,
    }
    yield from _pairs(top, "", evidence)
    source = {name: getattr(feed.source, name) for name in (*_FILE, *_ENDS)}
    yield from _section("file", source, evidence)
    notation = {name: getattr(feed.notation, name) for name in _VALUES}
    if feed.notation.percent is Percent.PERCENT:
        notation["percent"] = None
    notation |= {name: "?" for name in _VALUES if f"values.{name}" in undecided}
    yield from _section("values", notation, evidence)
    columns = {column.source: column.target or IGNORED for column in feed.columns}
    yield from _section("columns", columns, evidence)
    yield from _section("constants", feed.constants, evidence)
    for column in feed.columns:
        if column.values:
            yield from _section(f"words.{toml_key(column.source)}", column.values, evidence)
    for count in feed.counts:
        yield from ("", "[[count]]")
        yield from (f"# {line}" for line in evidence.get(f"count.{count.metric}", ()))
        is_open = f"count.{count.metric}" in undecided
        said = {
            "metric": "?" if is_open else count.metric.value,
            "day": count.day,
            "what": count.what.value,
        }
        yield from _pairs({**said, "of": count.of, "every_client": count.every_client}, "count", {})
        if count.where:
            yield f"where = [{', '.join(_condition_written(each) for each in count.where)}]"


def _section(
    name: str, values: Mapping[str, Any], evidence: Mapping[str, tuple[str, ...]]
) -> Iterator[str]:
    lines = list(_pairs(values, name, evidence))
    if lines:
        yield from ("", f"[{name}]", *lines)


def _pairs(
    values: Mapping[str, Any], section: str, evidence: Mapping[str, tuple[str, ...]]
) -> Iterator[str]:
    is_open = section.startswith(("columns", "constants", "words"))
    for name, value in values.items():
        comments = evidence.get(f"{section}.{name}" if section else name, ())
        yield from (f"# {line}" for line in comments)
        if is_open or value not in (None, False, ()):
            yield f"{toml_key(name)} = {toml_value(value)}"


def _condition_written(condition: Condition) -> str:
    one = len(condition.words) == 1
    verb = ("is_not" if one else "none_of") if condition.negated else ("is" if one else "one_of")
    words: Any = condition.words[0] if one else condition.words
    return f"{{ column = {toml_value(condition.column)}, {verb} = {toml_value(words)} }}"


def _only(read: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    known = list(known)
    for name in read:
        if name not in known:
            raise InvalidFeed(f"“{name}” means nothing in {where}. There are: {', '.join(known)}.")


def _table(read: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = read.get(name, {})
    if not isinstance(value, dict):
        raise InvalidFeed(f"“{name}” must be a table, [{name}].")
    return value


def _tables(read: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = read.get(name, [])
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise InvalidFeed(f"“{name}” must be a list of tables.")
    return value


def _text(read: Mapping[str, Any], name: str) -> str:
    value = read.get(name)
    if not isinstance(value, str):
        raise InvalidFeed(f"“{name}” is missing." if value is None else f"“{name}” must be text.")
    return value


def _list(read: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = read.get(name, [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise InvalidFeed(f"“{name}” must be a list of texts.")
    return tuple(value)


def _flag(read: Mapping[str, Any], name: str) -> bool:
    value = read.get(name, False)
    if not isinstance(value, bool):
        raise InvalidFeed(f"“{name}” must be true or false.")
    return value


def _whole(read: Mapping[str, Any], name: str, default: int | None = None) -> int:
    value = read.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise InvalidFeed(f"“{name}” must be a whole number from 1.")
    return value


def _texts_by_word(read: Any, name: str) -> dict[str, str]:
    if not isinstance(read, dict) or not all(isinstance(each, str) for each in read.values()):
        raise InvalidFeed(f"“{name}” must be a table of texts.")
    return dict(read)


def _word(words: type[_Enum], read: Mapping[str, Any], name: str) -> _Enum:
    value = _text(read, name)
    known = [str(word) for word in words]
    if value not in known:
        raise InvalidFeed(f"{name} = “{value}” is not known. There are: {', '.join(known)}.")
    return words(value)
