"""A scoring model as TOML, in and out, so that it can be read, reviewed and kept in a repository.

Weights are percentages there; the model holds basis points. Its version stands in a comment: a
file is edited, and who reads it gives the numbers a version.
"""

from __future__ import annotations

import tomllib
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any, Final

from health.errors import InvalidModel
from health.files.toml_values import toml_value
from health.scoring.components.extra import ExtraPart, Form
from health.scoring.model import ScoringModel

UNNAMED: Final = "draft"
"""The version of a model that was read or edited and is not stored yet."""

_SHARES: Final = ("weights", "targets")
_EXTRA: Final = "extra_parts"
_NUMBERS: Final = tuple(
    one.name
    for one in fields(ScoringModel)
    if one.name not in ("version", "label", *_SHARES, _EXTRA)
)


def model_to_toml(model: ScoringModel) -> str:
    """The model as TOML; :func:`model_from_toml` reads it back, but for its version."""
    lines = [f"# version {toml_value(model.version)}", f"name = {toml_value(model.label)}"]
    lines += [f"{name} = {toml_value(getattr(model, name))}" for name in _NUMBERS]
    lines += ["", "[weights]  # percent of the score, together 100"]
    lines += [f"{name} = {value / 100:g}" for name, value in model.weights.items()]
    lines += ["", "[targets]  # percent that earns all points"]
    lines += [f"{name} = {value}" for name, value in model.targets.items() if value != 100]
    for part in model.extra_parts:
        lines += ["", f"[{_EXTRA}.{part.key}]"]
        lines += [f"{name} = {toml_value(value)}" for name, value in _extra_values(part).items()]
    return "\n".join(lines) + "\n"


def model_from_toml(text: str) -> ScoringModel:
    """The model in a TOML text, with the version :data:`UNNAMED`.

    What the text leaves out is as in the model ``standard``. Raises :class:`InvalidModel` that
    says what is wrong, with the key it is wrong at.
    """
    try:
        read = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise InvalidModel(f"It is not TOML: {error}.") from error
    known = ("name", *_NUMBERS, *_SHARES, _EXTRA)
    if faults := {
        name: f"“{name}” means nothing in a model. There are: {', '.join(known)}."
        for name in read
        if name not in known
    }:
        raise InvalidModel(faults=faults)
    name = read.pop("name", None)
    if not isinstance(name, str) or not name.strip():
        raise InvalidModel(faults={"name": "The model needs a name, in quotes."})
    weights = read.get("weights")
    if isinstance(weights, dict):
        read["weights"] = {
            part: _hundredths(f"weights.{part}", f"weight “{part}”", share)
            for part, share in weights.items()
        }
    read[_EXTRA] = _extra_parts(read.get(_EXTRA, {}))
    return ScoringModel(version=UNNAMED, label=name.strip(), **read)


def _extra_values(part: ExtraPart) -> dict[str, Any]:
    """What a file says of an extra part: its weight in percent, and the points a unit costs."""
    values = part.to_values()
    del values["key"]
    values["weight"] = _hundredth(part.weight)
    values["points_lost"] = _hundredth(part.points_lost)
    del values["target" if part.form is Form.INVERSE else "points_lost"]
    return values


def _hundredth(value: int) -> float | int:
    return value // 100 if value % 100 == 0 else value / 100


def _extra_parts(read: Any) -> tuple[ExtraPart, ...]:
    if not isinstance(read, dict):
        said = f"Each extra part is a table of its own, [{_EXTRA}.key]."
        raise InvalidModel(faults={_EXTRA: said})
    parts = []
    for key, given in read.items():
        if not isinstance(given, dict):
            said = f"“{key}” must be a table of its own, [{_EXTRA}.{key}]."
            raise InvalidModel(faults={f"{_EXTRA}.{key}": said})
        exact = {
            name: _hundredths(f"{_EXTRA}.{key}.{name}", name, given[name])
            for name in ("weight", "points_lost")
            if name in given
        }
        parts.append(ExtraPart.from_values({**given, **exact, "key": key}))
    return tuple(parts)


def _hundredths(place: str, what: str, given: Any) -> int:
    """The number in hundredths, exactly: the share as basis points."""
    is_number = isinstance(given, int | Decimal) and not isinstance(given, bool)
    # Infinity and NaN are numbers of TOML.
    if not is_number or not Decimal(given).is_finite() or Decimal(given) * 100 % 1:
        kind = "number" if what == "points_lost" else "percentage"
        said = f"The {what} must be a {kind} with two decimals at most, not {given}."
        raise InvalidModel(faults={place: said})
    return int(Decimal(given) * 100)


def differences(one: ScoringModel, other: ScoringModel) -> list[tuple[str, Any, Any]]:
    """Return what differs: part (as ``weights.login``), its value in one, and in the other.

    None is the value of an extra part where a model does not have it.
    """
    first, second = (_parts(replace(model, version=UNNAMED)) for model in (one, other))
    names = dict.fromkeys((*first, *second))
    return [
        (name, first.get(name), second.get(name))
        for name in names
        if first.get(name) != second.get(name)
    ]


def _parts(model: ScoringModel) -> dict[str, Any]:
    return (
        {"name": model.label}
        | {name: getattr(model, name) for name in _NUMBERS}
        | {
            f"{share}.{name}": value
            for share in _SHARES
            for name, value in getattr(model, share).items()
        }
        | {
            f"{_EXTRA}.{part.key}.{name}": ", ".join(value) if name == "metrics" else value
            for part in model.extra_parts
            for name, value in _extra_values(part).items()
        }
    )
