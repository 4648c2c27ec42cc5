"""Segments as TOML, in and out: in order, each with its rule and the model by version or name."""

from __future__ import annotations

import tomllib
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from health.errors import InvalidModel
from health.files.toml_values import toml_value
from health.scoring.catalogue import model_named
from health.scoring.segments import Rule, Segment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from health.storage.database import Reader


def segments_to_toml(segments: Sequence[Segment]) -> str:
    """The segments as TOML; :func:`segments_from_toml` reads it back."""
    lines = ["# The first rule that fits a client says which model scores it."]
    for segment in segments:
        lines += ["", "[[segments]]", f"model = {toml_value(segment.model.version)}"]
        lines += [
            f"{one.name} = {toml_value(value)}"
            for one in fields(Rule)
            if (value := getattr(segment.rule, one.name)) not in ((), None)
        ]
    return "\n".join(lines) + "\n"


def segments_from_toml(reader: Reader, text: str) -> tuple[Segment, ...]:
    """The segments in a TOML text; raises :class:`InvalidModel` that says which one is wrong."""
    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidModel(f"It is not TOML: {error}.") from error
    listed: Any = read.pop("segments", None)
    if read or not isinstance(listed, list) or not listed:
        raise InvalidModel("A file of segments has tables named [[segments]] and nothing else.")
    return tuple(_segment(reader, one, place) for place, one in enumerate(listed, start=1))


def _segment(reader: Reader, given: Any, place: int) -> Segment:
    try:
        if not isinstance(given, dict) or not isinstance(given.get("model"), str):
            raise InvalidModel('It must name its model, as model = "targets".')
        asked = {name: value for name, value in given.items() if name != "model"}
        return Segment(rule=Rule.of(asked), model=model_named(reader, given["model"]))
    except InvalidModel as error:
        raise InvalidModel(f"Segment {place}: {error.message}") from error
