"""Names of companies that do not exist: an invented place, a trade and a legal form."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, kw_only=True)
class Industry:
    """A line of business: its label, its trades, and whether people work at weekends.

    A trade belongs to one industry only, so that an invented place with a trade is one company.
    """

    label: str
    trades: Sequence[str]
    works_weekends: bool = False
    has_legal_form: bool = True


@dataclass(frozen=True, kw_only=True)
class Tongue:
    """A language to make places of: any stem with any ending, and its legal forms."""

    stems: Sequence[str]
    endings: Sequence[str]
    legal_forms: Sequence[str]


_DATA: Final = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
INDUSTRIES: Final = tuple(Industry(**given) for given in _DATA["industries"])
_TONGUES: Final = tuple(Tongue(**given) for given in _DATA["tongues"])

PLACES: Final = sum(len(tongue.stems) * len(tongue.endings) for tongue in _TONGUES)
# Without a common factor with the number of places: every place comes once before one comes again.
_PLACE_STEP: Final = 1_567
_SEED_STEP: Final = 977


def company_name(number: int, seed: int, industry: Industry, legal_form: int) -> str:
    """The name of the ``number``-th client (from 1): unique up to 8 × ``PLACES`` clients.

    Args:
        number: which client.
        seed: moves the whole list of places along.
        industry: its line of business, which gives the trade.
        legal_form: any number from 0; the tongue has four forms.
    """
    turn, nth = divmod(number - 1, PLACES)
    place = (nth * _PLACE_STEP + seed * _SEED_STEP) % PLACES
    rest, tongue_index = divmod(place, len(_TONGUES))
    tongue = _TONGUES[tongue_index]
    ending, stem = divmod(rest, len(tongue.stems))
    # A place that comes again takes the next trade: two companies may share their place, but
    # never their place and their trade.
    trade = industry.trades[(place + turn) % len(industry.trades)]
    words = [tongue.stems[stem] + tongue.endings[ending], trade]
    if industry.has_legal_form:
        words.append(tongue.legal_forms[legal_form % len(tongue.legal_forms)])
    return " ".join(words)
