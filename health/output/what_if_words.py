"""What a draft of the scoring model would do, in words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from health import formatting
from health.output.markdown import escape
from health.scoring.model import parts_by_value
from health.vocabulary import HealthTrend, RiskLevel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from health.queries.what_if import WhatIf
    from health.scoring.components import Part


def answer(found: WhatIf, currency: str, what: str = "this draft") -> str:
    """Return in markdown how many clients move to another risk level, and what they are worth.

    what: what is tried.
    """
    in_force = list(found.in_force.values())
    if in_force and all(
        one == replace(draft, version=one.version, label=one.label)
        for draft in found.drafts.values()
        for one in in_force
    ):
        return (
            f"The draft has the numbers of **{escape(found.compared_with)}**. Change one, and you "
            "see at once what that does to your clients. Nothing is stored by trying."
        )
    if found.compared.is_empty():
        return _joined_and_left(found) or "Nothing changes."
    up, down = found.to_higher_risk, found.to_lower_risk
    than = f", compared with {escape(found.compared_with)},"
    if not up.height and not down.height:
        said = f"With {what}{than} **no client** changes its risk level."
    else:
        said = (
            f"With {what}{than} **{formatting.number(up.height + down.height)}** of "
            f"{formatting.count(found.compared.height, 'client')} change their risk level: "
            f"**{formatting.number(up.height)}** to a higher risk, worth {_value(up, currency)} a "
            f"year, and **{formatting.number(down.height)}** to a lower one, worth "
            f"{_value(down, currency)}."
        )
    return f"{said} {_joined_and_left(found)}".strip()


def _joined_and_left(found: WhatIf) -> str:
    """Who has a score by one of the two only; empty where nobody has."""
    only_before = found.frame["score_after"].null_count()
    only_after = found.frame["score_before"].null_count()
    parts = []
    if only_before:
        parts.append(f"{formatting.count(only_before, 'client')} would have no score any more")
    if only_after:
        parts.append(f"{formatting.count(only_after, 'client')} without a score would get one")
    return f"{formatting.capital(formatting.listing(parts))}." if parts else ""


def before_and_after(found: WhatIf, currency: str) -> pl.DataFrame:
    """Return the averages and what is at risk, now and with the draft, as texts."""
    rows = [("Average score", *(formatting.number(found.mean(f"score_{w}"), 1) for w in _WHEN))]
    rows += [
        (
            f"Clients at {level.label.lower()}",
            *(formatting.number(_at(found, level, place)) for place in range(len(_WHEN))),
        )
        for level in reversed(RiskLevel)
    ]
    rows.append(
        (
            "Value at high risk",
            *(
                _value(found.frame.filter(pl.col(f"risk_level_{w}") == RiskLevel.HIGH), currency)
                for w in _WHEN
            ),
        )
    )
    rows.append(
        (
            "Average coverage",
            *(formatting.percent(found.mean(f"coverage_{w}"), 1) for w in _WHEN),
        )
    )
    return pl.DataFrame(
        rows,
        schema=dict.fromkeys(("All clients", "Now", "With the draft"), pl.String),
        orient="row",
    )


_WHEN: Final = ("before", "after")

_ARROW: Final = f"{formatting.NO_BREAK}→{formatting.NO_BREAK}"
"""Between what was and what is, in one line."""


def _at(found: WhatIf, level: RiskLevel, place: int) -> int:
    """Return how many clients are at a level. place: in :data:`_WHEN`."""
    return sum(clients for levels, clients in found.moves.items() if levels[place] == level)


def _value(rows: pl.DataFrame, currency: str) -> str:
    return formatting.money(rows["annual_value"].sum(), currency, brief=True)


def rows(found: WhatIf, shown: pl.DataFrame, currency: str) -> pl.DataFrame:
    """Return rows of ``found.frame`` as a page lists them."""
    return pl.DataFrame(
        [
            (
                row["organization_name"],
                None if row["change"] is None else formatting.change(row["change"]),
                _score(row),
                _risk(row),
                why(row, found),
                formatting.money(row["annual_value"], currency),
            )
            for row in shown.iter_rows(named=True)
        ],
        schema=dict.fromkeys(("Client", "Change", "Score", "Risk", "Why", "Value"), pl.String),
        orient="row",
    )


def _score(row: Mapping[str, Any]) -> str:
    before, after = (formatting.number(row[f"score_{when}"]) for when in _WHEN)
    return _became(before, after)


def _risk(row: Mapping[str, Any]) -> str:
    before, after = (
        RiskLevel[level].label.removesuffix(" risk")
        if (level := row[f"risk_level_{when}"])
        else "no score"
        for when in _WHEN
    )
    return _became(before, after)


def _became(before: str, after: str) -> str:
    return after if before == after else f"{before}{_ARROW}{after}"


def as_file(found: WhatIf, shown: pl.DataFrame, currency: str) -> pl.DataFrame:
    """Return rows of ``found.frame`` as a file holds them: numbers as numbers."""
    sides = dict(zip(_WHEN, ("now", "after"), strict=True))
    levels = {level.value: level.label.removesuffix(" risk") for level in RiskLevel}
    return shown.select(
        Client="organization_name",
        **{"Client id": "organization_id"},
        Change=pl.col("change").cast(pl.Int64),
        **{f"Score {said}": pl.col(f"score_{w}").cast(pl.Int64) for w, said in sides.items()},
        **{
            f"Risk {said}": pl.col(f"risk_level_{w}").cast(pl.String).replace_strict(levels)
            for w, said in sides.items()
        },
        Why=pl.Series([why(row, found) for row in shown.iter_rows(named=True)], dtype=pl.String),
        **{f"Value a year, {currency}": "annual_value"},
    )


def why(row: Mapping[str, Any], found: WhatIf) -> str:
    """Return what moved a client: the part that did most, its trend, or a threshold.

    Of one with a score by one of the two only, that it is so.
    """
    if row["change"] is None:
        return "Gets a score" if row["score_before"] is None else "Loses its score"
    if row["part"] is not None:
        draft, present = found.drafts[row["drafted"]], found.in_force[row["in_force"]]
        part = parts_by_value((draft, present))[row["part"]]
        return _of_part(part, row, present.weight(part), draft.weight(part))
    if row["trend_before"] != row["trend_after"]:
        return f"Trend: {_trend(row['trend_before'])} → {_trend(row['trend_after'])}"
    if row["risk_level_before"] != row["risk_level_after"]:
        return "The thresholds of risk"
    return "Stays"


def _of_part(part: Part, row: Mapping[str, Any], before: int, after: int) -> str:
    then, now = row["points_before"], row["points_after"]
    name = part.rules.brief_label
    if then == now:
        return f"{name}: weight {_share(before)} → {_share(after)}"
    points = _ARROW.join("no data" if one is None else str(one) for one in (then, now))
    return f"{name}: {points} point{'' if now == 1 else 's'}"


def _share(weight: int) -> str:
    return formatting.percent(weight / 100, 0 if weight % 100 == 0 else 2)


def _trend(trend: str) -> str:
    return HealthTrend[trend].label.lower()
