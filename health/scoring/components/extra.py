"""Extra parts of a score: a model may weigh any metric beside the five, by one of four forms."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from health.errors import InvalidModel
from health.formatting import number
from health.scoring.components import extra_forms
from health.scoring.components.base import BASIS_POINTS, FULL
from health.scoring.components.extra_forms import HUNDREDTHS
from health.vocabulary import MAXIMUM_VALUE, MetricType, Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from health.scoring.components.base import ComponentRules

MOST_PARTS: Final = 5
"""The most extra parts that a model may have."""

_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Form(Word):
    """How a metric earns points."""

    SHARE = "share", "Share of two metrics", "The first out of the second, in percent."
    PER_USER = "per_user", "Amount per licensed user", "Counted for each 100 licensed users."
    AMOUNT = "amount", "Amount", "The target earns 100 points."
    INVERSE = "inverse", "Inverse amount", "Each unit loses points."

    @property
    def metrics(self) -> int:
        """How many metrics it takes."""
        return 2 if self is Form.SHARE else 1

    @property
    def most_target(self) -> int:
        """The highest target."""
        return {Form.SHARE: FULL, Form.PER_USER: 1_000_000}.get(self, MAXIMUM_VALUE)


@dataclass(frozen=True, kw_only=True)
class ExtraPart:
    """A part of a score that a model adds to the five.

    key: its name in files and definitions: small letters, digits and ``_``.
    label: what people read; unit: one of what it counts, in the singular: ``report``.
    metrics: one metric, or for a share the part and the whole.
    weight: basis points of the score.
    target: what earns 100 points: percent of a share, units for each 100 licensed users, or units.
    points_lost: hundredths of a point that each unit costs, for the inverse form; else 0.
    """

    key: str
    label: str
    unit: str
    form: Form
    metrics: tuple[MetricType, ...]
    weight: int
    target: int = FULL
    points_lost: int = 0

    def __str__(self) -> str:
        return self.key

    @property
    def value(self) -> str:
        """Its name beside those of the five and the columns of a query: never one of them."""
        return f"extra_{self.key}"

    @property
    def description(self) -> str:
        """What earns its points, as a sentence."""
        return self.rules.description

    @property
    def column(self) -> str:
        """Its column where a query has one for each part."""
        return f"{self.value}_score"

    @cached_property
    def rules(self) -> ComponentRules:
        """What it does."""
        match self.form:
            case Form.SHARE:
                return extra_forms.Share(self)
            case Form.PER_USER:
                return extra_forms.PerUser(self)
            case Form.AMOUNT:
                return extra_forms.Amount(self)
            case Form.INVERSE:
                return extra_forms.Inverse(self)

    def faults(self) -> Iterator[tuple[str, str]]:
        """What is wrong with it: the field, and a sentence."""
        given: Any = self
        if not isinstance(given.key, str) or not _KEY.fullmatch(self.key):
            yield "key", "The key must be small letters, digits and “_”, and begin with a letter."
        for name, most in (("label", 60), ("unit", 40)):
            text = getattr(self, name)
            if not isinstance(text, str) or not 0 < len(text.strip()) <= most:
                yield name, f"The extra part needs a {name} of at most {most} letters."
        if not _is_number(self.weight, 0, BASIS_POINTS):
            yield "weight", "The weight of an extra part must be from 0 to 100 %."
        if not isinstance(given.form, Form):
            yield "form", f"The form must be one of {', '.join(Form)}, not {self.form}."
            return
        yield from self._form_faults()

    def _form_faults(self) -> Iterator[tuple[str, str]]:
        given: Any = self.metrics
        unknown = [name for name in given if not isinstance(name, MetricType)]
        if unknown:
            yield "metrics", f"“{unknown[0]}” is no metric. There are: {', '.join(MetricType)}."
        elif len(set(self.metrics)) != self.form.metrics or len(self.metrics) != self.form.metrics:
            asked = "two different metrics" if self.form is Form.SHARE else "one metric"
            yield "metrics", f"“{self.form.label}” takes {asked}."
        if self.form is Form.INVERSE:
            if not _is_number(self.points_lost, 1, FULL * HUNDREDTHS):
                yield "points_lost", "The points lost per unit must be from 0.01 to 100."
            if self.target != FULL:
                yield "target", "The inverse form has no target: take it out."
            return
        if self.points_lost != 0:
            yield "points_lost", "Only the inverse form loses points per unit."
        if not _is_number(self.target, 1, self.form.most_target):
            most = number(self.form.most_target)
            yield "target", f"The target must be a whole number from 1 to {most}."

    def to_values(self) -> dict[str, Any]:
        """Return its fields as texts, numbers and lists."""
        return asdict(self) | {"form": str(self.form), "metrics": [str(m) for m in self.metrics]}

    @classmethod
    def from_values(cls, values: Any) -> ExtraPart:
        """Read what :meth:`to_values` wrote; unknown words stay for :meth:`faults` to name.

        Raises :class:`InvalidModel` where a field is missing or unknown.
        """
        known = dict(values) if hasattr(values, "keys") else {}
        place = f"extra_parts.{known.get('key', '')}".removesuffix(".")
        needed = {"key", "label", "unit", "form", "metrics", "weight"}
        if missing := sorted(needed - known.keys()):
            raise InvalidModel(
                faults={place: f"The extra part lacks {missing[0]}: add it, or take the part out."}
            )
        if unknown := sorted(known.keys() - needed - {"target", "points_lost"}):
            raise InvalidModel(
                faults={f"{place}.{unknown[0]}": f"“{unknown[0]}” means nothing in an extra part."}
            )
        listed = known["metrics"] if isinstance(known["metrics"], list | tuple) else ()
        known["metrics"] = tuple(_word(MetricType, one) for one in listed)
        known["form"] = _word(Form, known["form"])
        return cls(**known)


def _word(words: type[Word], text: Any) -> Any:
    """The member with this value, or the text where there is none."""
    return next((word for word in words if word.value == text), text)


def _is_number(value: object, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most


def read_parts(values: Iterable[Any]) -> tuple[ExtraPart, ...]:
    """Return the extra parts of a stored definition; raises :class:`InvalidModel`."""
    return tuple(ExtraPart.from_values(one) for one in values)
