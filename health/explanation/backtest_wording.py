"""What a back-test found, in sentences: what it shows first, then what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from health import formatting
from health.backtest.area import difference
from health.backtest.judgement import LEAST_OUTCOMES, Verdict

if TYPE_CHECKING:
    from health.backtest.area import Area, Difference
    from health.backtest.judgement import Backtest, Horizon
    from health.backtest.suggestion import Suggestion

NOTHING: Final = "These outcomes do not show that the score predicts anything"


def verdict(found: Backtest) -> str:
    """Say in one sentence whether the score predicted these outcomes."""
    main = found.main
    area = main.area
    compared = 0 if area is None else area.outcomes
    match main.verdict:
        case Verdict.TOO_FEW:
            few = formatting.count(compared, "outcome")
            return (
                f"{NOTHING}: {few} can be judged {_before(main)}, and {LEAST_OUTCOMES} are needed."
            )
        case Verdict.CHANCE:
            return f"{NOTHING}: {_ranked(main)}, which is no better than chance (50)."
        case Verdict.WRONG_WAY:
            return f"{NOTHING}: {_ranked(main)}, which is worse than chance (50)."
        case Verdict.PREDICTS:
            return f"The score told these outcomes beforehand: {_ranked(main)}; chance is 50."


def controls(found: Backtest) -> list[str]:
    """Say what ranks the outcomes better than the score or as well, by more than noise."""
    main = found.main
    if main.area is None:
        return []
    better = [
        f"{formatting.inside(part.label)} ({hundredths(area)})"
        for part, area in main.parts.items()
        if area is not None and difference(area, main.area).low > 0
    ]
    said = []
    if better:
        listed = formatting.listing(better)
        said.append(f"By themselves, {listed} ranked these outcomes better than the whole score.")
    if (
        main.verdict is Verdict.PREDICTS
        and main.renewal is not None
        and difference(main.area, main.renewal).low <= 0
    ):
        said.append(
            f"The renewal date alone ({hundredths(main.renewal)}) ranked them as well, within "
            "what chance allows."
        )
    return said


def compared(before: Backtest, after: Backtest) -> str:
    """Say whether another model would have ranked the same outcomes better, beyond noise."""
    one, other = before.main.area, after.main.area
    if one is None or other is None:
        return "They cannot be compared on these outcomes."
    moved = difference(other, one)
    by = _by(moved)
    name = f"“{after.model.label}”"
    if moved.low > 0:
        return f"{name} would have ranked them better: {by}."
    if moved.high < 0:
        return f"{name} would have ranked them worse: {by}."
    return f"{name} ranks them no differently, beyond noise: {by}."


def suggestion(found: Suggestion) -> str:
    """Say which weights are suggested, or why none are."""
    fitted = formatting.count(found.fitted_on, "older outcome")
    newer = formatting.count(found.before.main.outcomes, "newer one")
    moved = found.difference
    if moved is None:
        return f"No other weights are suggested: the {newer} cannot be compared."
    if found.is_offered:
        weights = [
            f"{formatting.inside(part.label)} {formatting.percent(weight / 100)}"
            for part in found.draft.parts
            if (weight := found.draft.weight(part))
        ]
        return (
            f"Other weights, fitted on the {fitted}, rank the {newer} better: "
            f"{formatting.listing(weights)}. {_by(moved)}. They are a draft; nothing was changed."
        )
    return (
        f"No other weights are suggested: fitted on the {fitted}, they rank the {newer} no better "
        f"than the present ones, beyond noise: {_by(moved)}."
    )


def _by(moved: Difference) -> str:
    return (
        f"{formatting.change(100 * moved.value)} of 100 comparisons "
        f"(95{formatting.NO_BREAK}% interval {formatting.change(100 * moved.low)} to "
        f"{formatting.change(100 * moved.high)})"
    )


def rests_on(found: Backtest) -> list[str]:
    """Say how many outcomes are judged, how much was known of them and when, and how early."""
    main = found.main
    when = formatting.span(found.first_day, found.last_day)
    judged = f"{formatting.number(main.scored)} of {formatting.count(main.outcomes, 'outcome')}"
    said = [
        *_by_segments(found),
        f"{judged} {when} had a score {_before(main)}"
        + (
            f", with {formatting.percent(main.coverage)} of it known on average."
            if main.scored
            else "."
        ),
    ]
    later = main.losses.filter("loaded_later").height
    if later:
        said.append(
            f"The usage before {formatting.count(later, 'outcome')} was loaded after the outcome: "
            "it counts by its own days, but whoever wrote it knew how it ended."
        )
    early = main.losses["lead_days"].count()
    if main.median_lead is not None:
        said.append(
            f"{formatting.count(early, 'outcome')} had been at high risk before, half of them "
            f"{formatting.count(round(main.median_lead), 'day')} before or earlier."
        )
    return said


def _by_segments(found: Backtest) -> list[str]:
    if not found.scheme.segments:
        return []
    return [
        "Each client is judged by the model that its segment has, on the values in force on the "
        f"day scored: {found.scheme.label}."
    ]


def figures(one: Horizon, currency: str) -> dict[str, str]:
    """Return what is shown of a horizon: a label and its value, in order."""
    wrong = one.false_alarms.height
    return {
        "Ranked right": "no data" if one.area is None else interval(one.area),
        "By chance": "no data"
        if one.chance is None
        else f"{one.chance[0] * 100:.0f} to {one.chance[1] * 100:.0f}",
        "Lost value at high risk before": _share(one, currency),
        "Outcomes in the worst tenth": "no data"
        if one.lift is None
        else f"{formatting.number(one.lift, 1)} times as many as by chance",
        "False alarms": f"{formatting.number(wrong)} of "
        f"{formatting.count(one.alarms, 'client')} at high risk",
        "Missed": f"{formatting.number(one.misses.height)} of "
        f"{formatting.count(one.scored, 'outcome')}",
    }


def hundredths(area: Area | None) -> str:
    """Return the comparisons of 100 that an area ranks right."""
    return formatting.NO_DATA if area is None else f"{area.value * 100:.0f}"


def interval(area: Area) -> str:
    """Return an area in comparisons of 100, with its interval."""
    return f"{hundredths(area)} of 100 ({area.low * 100:.0f} to {area.high * 100:.0f})"


def _ranked(main: Horizon) -> str:
    assert main.area is not None
    return (
        f"{_before(main)}, it ranked a client with a bad outcome lower than one without in "
        f"{hundredths(main.area)} of 100 comparisons "
        f"(95{formatting.NO_BREAK}% interval {main.area.low * 100:.0f} to "
        f"{main.area.high * 100:.0f}, {formatting.count(main.area.outcomes, 'outcome')})"
    )


def _before(main: Horizon) -> str:
    return f"{formatting.count(main.days, 'day')} before"


def _share(one: Horizon, currency: str) -> str:
    if not one.churned_value:
        return formatting.NO_DATA
    share = formatting.percent(float(100 * one.churned_value_high / one.churned_value))
    return f"{share} of {formatting.money(one.churned_value, currency, brief=True)}"
