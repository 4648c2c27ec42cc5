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
from health.scoring.model import ScoringModel

UNNAMED: Final = "draft"
"""The version of a model that was read or edited and is not stored yet."""

_SHARES: Final = ("weights", "targets")
_NUMBERS: Final = tuple(
    one.name for one in fields(ScoringModel) if one.name not in ("version", "label", *_SHARES)
)


def model_to_toml(model: ScoringModel) -> str:
    """The model as TOML; :func:`model_from_toml` reads it back, but for its version."""
    lines = [f"# version {toml_value(model.version)}", f"name = {toml_value(model.label)}"]
    lines += [f"{name} = {toml_value(getattr(model, name))}" for name in _NUMBERS]
    lines += ["", "[weights]  # percent of the score, together 100"]
    lines += [f"{name} = {value / 100:g}" for name, value in model.weights.items()]
    lines += ["", "[targets]  # percent that earns all points"]
    lines += [f"{name} = {value}" for name, value in model.targets.items() if value != 100]
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
    known = ("name", *_NUMBERS, *_SHARES)
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
        read["weights"] = {part: _basis_points(part, share) for part, share in weights.items()}
    return ScoringModel(version=UNNAMED, label=name.strip(), **read)


def _basis_points(name: str, share: Any) -> int:
    """The share in basis points, exactly."""
    is_number = isinstance(share, int | Decimal) and not isinstance(share, bool)
    # Infinity and NaN are numbers of TOML.
    if not is_number or not Decimal(share).is_finite() or Decimal(share) * 100 % 1:
        said = f"The weight “{name}” must be a percentage with two decimals at most, not {share}."
        raise InvalidModel(faults={f"weights.{name}": said})
    return int(Decimal(share) * 100)


def differences(one: ScoringModel, other: ScoringModel) -> list[tuple[str, Any, Any]]:
    """Return what differs: part (as ``weights.login``), its value in one, and in the other."""
    first, second = (_parts(replace(model, version=UNNAMED)) for model in (one, other))
    return [(name, first[name], second[name]) for name in first if first[name] != second[name]]


def _parts(model: ScoringModel) -> dict[str, Any]:
    return (
        {"name": model.label}
        | {name: getattr(model, name) for name in _NUMBERS}
        | {
            f"{share}.{name}": value
            for share in _SHARES
            for name, value in getattr(model, share).items()
        }
    )
