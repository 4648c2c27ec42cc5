"""A scoring model as TOML, in and out: to be read, reviewed and kept in a repository."""

from __future__ import annotations

import json
import tomllib
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final

from health.errors import InvalidModel
from health.scoring.model import ScoringModel

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME: Final = "name"
_SHARES: Final = {"weights": "basis points; together 10000", "targets": "percent; 100 is all"}
_NUMBERS: Final = tuple(
    one.name for one in fields(ScoringModel) if one.name not in (*_SHARES, "version", "label")
)

UNNAMED: Final = "new"
"""The version of a model that was read and is not stored yet."""


def model_to_toml(model: ScoringModel) -> str:
    """Return the model as TOML; its version stands in a comment."""
    return "\n".join(_lines(model)) + "\n"


def _lines(model: ScoringModel) -> Iterator[str]:
    yield f"# version {model.version}"
    yield f"{_NAME} = {json.dumps(model.label, ensure_ascii=False)}"
    yield from (f"{name} = {json.dumps(getattr(model, name))}" for name in _NUMBERS)
    for share, unit in _SHARES.items():
        yield f"\n[{share}]  # {unit}"
        yield from (f"{name} = {value}" for name, value in getattr(model, share).items())


def model_from_toml(text: str) -> ScoringModel:
    """Return the model in a TOML text, with the version :data:`UNNAMED`.

    Raises :class:`InvalidModel` saying what is wrong with it.
    """
    try:
        read: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidModel(f"It is not TOML: {error}.") from error
    unknown = read.keys() - {_NAME, *_NUMBERS, *_SHARES}
    if unknown:
        raise InvalidModel(f"A model has no part called {', '.join(sorted(unknown))}.")
    if not isinstance(read.get(_NAME), str) or not read[_NAME].strip():
        raise InvalidModel(f"The model needs a {_NAME}.")
    return ScoringModel(version=UNNAMED, label=read.pop(_NAME).strip(), **read)


def differences(one: ScoringModel, other: ScoringModel) -> list[tuple[str, Any, Any]]:
    """Return what differs: part (as ``weights.login``), its value in one, and in the other."""
    first, second = (_parts(replace(model, version=UNNAMED)) for model in (one, other))
    return [(name, first[name], second[name]) for name in first if first[name] != second[name]]


def _parts(model: ScoringModel) -> dict[str, Any]:
    return (
        {_NAME: model.label}
        | {name: getattr(model, name) for name in _NUMBERS}
        | {
            f"{share}.{name}": value
            for share in _SHARES
            for name, value in getattr(model, share).items()
        }
    )
