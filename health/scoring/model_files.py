"""A scoring model as TOML, in and out, so that it can be read, reviewed and kept in a repository.

Weights are percentages there; the model holds basis points.
"""

from __future__ import annotations

import tomllib
from dataclasses import fields
from decimal import Decimal
from typing import Any, Final

from health.errors import InvalidModel
from health.files.toml_values import toml_value
from health.scoring.model import ScoringModel

_TABLES: Final = ("weights", "targets")
_FIELDS: Final = tuple(one.name for one in fields(ScoringModel))
_IN_PERCENT: Final = "Percent of the score; they add up to 100. A part with 0 is left out."


def to_toml(model: ScoringModel) -> str:
    """The model as TOML; :func:`from_toml` reads it back."""
    lines = [
        f"{name} = {toml_value(getattr(model, name))}" for name in _FIELDS if name not in _TABLES
    ]
    lines += ["", f"# {_IN_PERCENT}", "[weights]"]
    lines += [f"{name} = {value / 100:g}" for name, value in model.weights.items()]
    lines += ["", "# Percent that earns all points.", "[targets]"]
    lines += [f"{name} = {value}" for name, value in model.targets.items() if value != 100]
    return "\n".join(lines) + "\n"


def from_toml(text: str) -> ScoringModel:
    """The model in a TOML text; what it leaves out is as in the model ``standard``.

    Raises :class:`InvalidModel` that says what is wrong, with the key it is wrong at.
    """
    try:
        read = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise InvalidModel(f"It is not TOML: {error}.") from error
    unknown = [name for name in read if name not in _FIELDS]
    if unknown:
        known = ", ".join(_FIELDS)
        raise InvalidModel(
            faults={
                name: f"“{name}” means nothing in a model. There are: {known}." for name in unknown
            }
        )
    weights = read.get("weights")
    if isinstance(weights, dict):
        read["weights"] = {name: _basis_points(name, value) for name, value in weights.items()}
    return ScoringModel(**{"version": "", "label": "", **read})


def _basis_points(name: str, share: Any) -> int:
    """The share in basis points, exactly."""
    number = isinstance(share, int | Decimal) and not isinstance(share, bool)
    # Infinity and NaN are numbers of TOML.
    if not number or not Decimal(share).is_finite() or Decimal(share) * 100 % 1:
        said = f"The weight “{name}” must be a percentage with two decimals at most, not {share}."
        raise InvalidModel(faults={f"weights.{name}": said})
    return int(Decimal(share) * 100)
