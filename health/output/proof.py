"""The proof of a score in words, in short tables of texts, and as JSON."""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from health.explanation.proof import day_of, in_force
from health.formatting import NO_DATA, count, day, inside, listing, moment, number, percent, span
from health.scoring.components.base import BASIS_POINTS, exactly
from health.scoring.components.window import Aggregate
from health.vocabulary import ALWAYS, FeatureName, MetricType

if TYPE_CHECKING:
    from health.explanation.proof import Half, Proof
    from health.scoring.components.window import WindowValue

_METRICS: Final = {metric.column: metric.label for metric in MetricType}
_FIELDS: Final = {
    "total_users": "Licensed users",
    "is_active": "Client",
    "is_enabled": "enabled",
    "is_used": "used",
    "first_used_at": "first used",
}
_HOW: Final = {
    Aggregate.LATEST: "latest value",
    Aggregate.GREATEST: "greatest value",
    Aggregate.TOTAL: "sum",
    Aggregate.DAYS: "days with a value",
}
_YES_NO: Final = {"true": "yes", "false": "no"}


def verdict(proof: Proof) -> str:
    """Return in one sentence whether the stored score is what its inputs give."""
    stored, computed = proof.stored["Score"], proof.recomputed.now.overall
    if proof.is_equal:
        if stored is None:
            return "No score is stored, and the values on file give none."
        return f"Proved: the values on file give {stored}, as is stored."
    if stored is None:
        return f"No score is stored, but the values on file give {computed}. Recalculate."
    if computed is None:
        return (
            f"Out of date: {stored} is stored, but the values on file give no score. Recalculate."
        )
    if computed == stored:
        parts = [name for name, _, __ in _differing(proof)]
        return f"Out of date: {stored} is right, but not its {_low(parts)}. Recalculate."
    return f"Out of date: {stored} is stored, the values on file give {computed}. Recalculate."


def _low(names: list[str]) -> str:
    return listing([inside(name) for name in names])


def _differing(proof: Proof) -> list[tuple[str, Any, Any]]:
    computed = proof.recomputed.stored_as
    return [
        (name, value, computed[name])
        for name, value in proof.stored.items()
        if value != computed[name]
    ]


def about(proof: Proof) -> tuple[str, ...]:
    """Return sentences of what is proved: the model, when it was computed, and what changed."""
    client, score = proof.evidence.client, proof.evidence.client.score
    said = f"Model {client.model.label} ({client.model.version})"
    lines = [
        f"{said}, {'computed ' + moment(score.calculated_at) + ' UTC' if score else 'in use'}."
    ]
    if proof.is_equal or score is None:
        return (*lines, *_forgotten(proof))
    changed = count(proof.changes.height, "value")
    if proof.is_explained:
        lines.append(
            f"{changed} changed since. With the values of before, the stored score comes out."
        )
    else:
        lines.append(
            f"{changed} changed since, as far as the history of imports goes; that alone does not "
            "explain the stored score."
        )
    return (*lines, *proof.evidence.undone, *_forgotten(proof))


def _forgotten(proof: Proof) -> tuple[str, ...]:
    """Say that the history of old imports is no longer whole, where a value is of one."""
    named = proof.evidence.imports.filter(
        pl.col("is_settled"), pl.col("import_id").is_in(proof.evidence.now.usage["import_id"])
    )
    if named.is_empty():
        return ()
    return (
        f"Imports up to {named['import_id'].sort()[-1]} can no longer be undone, and what they "
        "changed of each other is no longer kept: a value is named by the first that had its day.",
    )


def changes(proof: Proof) -> pl.DataFrame:
    """Return what changed since the score was computed, a row each."""
    files = _files(proof)
    return pl.DataFrame(
        [
            {
                "Value": _what(what),
                "Day": _since(on),
                "Then": _shown(before),
                "Now": _shown(after),
                "By": files.get(by, "an import since, no longer kept"),
            }
            for what, on, before, after, by in proof.changes.iter_rows()
        ],
        schema=dict.fromkeys(("Value", "Day", "Then", "Now", "By"), pl.String),
    )


def _files(proof: Proof) -> dict[int | None, str]:
    return {
        import_id: f"import {import_id}, {name}"
        for import_id, name in proof.evidence.imports.select("import_id", "name").iter_rows()
    }


def _what(what: str) -> str:
    """A value in words: a metric, a field of the client, or a feature and its field."""
    if what in _METRICS:
        return _METRICS[what]
    *feature, field = what.split()
    if not feature:
        return _FIELDS[field]
    return f"{FeatureName[feature[0]].label}: {_FIELDS[field]}"


def _shown(text: str | None) -> str:
    if text is None:
        return NO_DATA
    if text.isdecimal():
        return number(int(text))
    return _YES_NO.get(text, text)


def _since(on: Any) -> str:
    return "always" if on == ALWAYS else day(on)


def values(proof: Proof, half: Half) -> pl.DataFrame:
    """Return what the usage of a window adds up to, a row for each value that counts."""
    usage = _of(proof, half)
    files = _files(proof)

    def row(value: WindowValue) -> dict[str, str]:
        rows = usage.filter(pl.col("metric") == value.metric.column).sort("date")
        alone = day_of(value, rows)
        used = rows if alone is None else rows.filter(pl.col("date") == alone)
        days = span(used["date"].sort()[0], used["date"].sort()[-1]) if used.height else ""
        named = [files[one] for one in used["import_id"].unique(maintain_order=True).to_list()]
        return {
            "Metric": value.metric.label,
            "Counts": _HOW[value.aggregate],
            "Number": number(half.inputs[value]),
            "Of": f"{count(used.height, 'value')} {days}".strip(),
            "From": _some(named),
        }

    return pl.DataFrame([row(value) for value in proof.evidence.client.model.window_values])


_NAMED: Final = 3


def _some(names: list[str]) -> str:
    """The first names, and how many more there are."""
    more = len(names) - _NAMED
    return ", ".join([*names[:_NAMED], *([f"{more} more"] if more > 0 else [])])


def _of(proof: Proof, half: Half) -> pl.DataFrame:
    window = half.window
    return proof.evidence.now.usage.filter(pl.col("date").is_between(window.first, window.last))


def standing(proof: Proof, half: Half) -> pl.DataFrame:
    """Return licensed users and features in force on the last day of a window, and since when."""
    files = _files(proof)
    held = in_force(proof.evidence.now.standing, half.window.last)
    rows = []
    for (feature,), fields in held.group_by("feature_name", maintain_order=True):
        known = dict(fields.select("field", "value").iter_rows())
        rows.append(
            {
                "In force": FeatureName[str(feature)].label if feature else "Client",
                "Value": _features(known) if feature else _client(known),
                "Since": _since(fields["valid_from"].max()),
                "From": _some(
                    [files[by] for by in fields["import_id"].drop_nulls().unique().sort()]
                ),
            }
        )
    return pl.DataFrame(rows)


def _client(known: dict[str, str | None]) -> str:
    users = known["total_users"]
    licensed = "licensed users not on file" if users is None else f"{int(users):,} licensed users"
    return licensed if known["is_active"] == "true" else f"no client; {licensed}"


def _features(known: dict[str, str | None]) -> str:
    if known["is_enabled"] != "true":
        return "not enabled"
    if known["is_used"] != "true":
        return "enabled, not used"
    first = known["first_used_at"]
    return f"enabled and used{f', first on {day(date.fromisoformat(first))}' if first else ''}"


def parts(proof: Proof, half: Half) -> pl.DataFrame:
    """Return the arithmetic of each part, a row each."""
    model = proof.evidence.client.model
    rows = []
    for part in half.explanation.contributions:
        rules, score = part.component.rules, part.score
        rows.append(
            {
                "Part": part.component.label,
                "Rests on": part.basis,
                "Arithmetic": "" if score is None else rules.arithmetic(half.inputs, model),
                "Points": number(score),
                "Weight": percent(part.weight / 100, 0 if part.weight % 100 == 0 else 2),
                "Points × weight": ""
                if score is None
                else exactly(Fraction(part.weight * score, BASIS_POINTS)),
            }
        )
    return pl.DataFrame(rows)


def mean(half: Half) -> str:
    """Return the weighted mean of a window as a sentence, or why it has no score."""
    last = day(half.window.last)
    if not half.is_active:
        return f"No score on {last}: it was no client then."
    known = [part for part in half.explanation.contributions if part.score is not None]
    if not any(part.component.rules.is_usage for part in known):
        return f"No score on {last}: no part that rests on usage has data."
    if half.overall is None:
        return f"No score on {last}: too little is known."
    weights = sum(part.weight for part in known)
    earned = sum(part.weight * (part.score or 0) for part in known)
    return (
        f"({' + '.join(f'{part.score} × {part.weight:,}' for part in known)}) ÷ {weights:,} = "
        f"{exactly(Fraction(earned, weights))}, rounded half up: {half.overall}."
    )


def coverage(half: Half) -> str:
    """Return how much is known, as a sentence."""
    weights = sum(p.weight for p in half.explanation.contributions if p.score is not None)
    known = half.explanation.coverage
    return f"{weights:,} of {BASIS_POINTS:,} of the weights have data: {known} % known."


def compared(proof: Proof) -> pl.DataFrame:
    """Return the stored and the computed values side by side."""
    computed = proof.recomputed.stored_as
    return pl.DataFrame(
        [
            {
                "Value": name,
                "Stored": NO_DATA if value is None else str(value),
                "Computed": NO_DATA if computed[name] is None else str(computed[name]),
                "": "equal" if value == computed[name] else "differs",
            }
            for name, value in proof.stored.items()
        ]
    )


def rows(proof: Proof) -> pl.DataFrame:
    """Return every value of usage that counts, with the import it came from."""
    now, earlier = proof.recomputed.now.window, proof.recomputed.earlier.window
    return (
        proof.evidence.now.usage.join(proof.evidence.imports, on="import_id", how="left")
        .sort("metric", "date")
        .select(
            pl.col("metric").replace_strict(_METRICS, return_dtype=pl.String).alias("Metric"),
            pl.col("date").alias("Day"),
            pl.col("value").alias("Value"),
            pl.col("date").is_between(now.first, now.last).alias("Counts for the score"),
            pl.col("date")
            .is_between(earlier.first, earlier.last)
            .alias("Counts for the score before"),
            pl.col("import_id").alias("Import"),
            pl.col("name").alias("File"),
            pl.col("imported_by").alias("Loaded by"),
            pl.col("imported_at").alias("Loaded at (UTC)"),
        )
    )


def as_json(proof: Proof) -> str:
    """Return the whole proof as JSON: every value, every step, and the model with its numbers."""
    client = proof.evidence.client
    found = {
        "client": client.organization_id,
        "day": client.as_of,
        "is_equal": proof.is_equal,
        "verdict": verdict(proof),
        "model": json.loads(client.model.to_json()),
        "calculated_at": client.score and client.score.calculated_at,
        "stored": proof.stored,
        "computed": proof.recomputed.stored_as,
        "score": _half(proof, proof.recomputed.now),
        "score_before": _half(proof, proof.recomputed.earlier),
        "trend": proof.recomputed.trend_rule,
        "risk": proof.recomputed.risk_rule,
        "usage": rows(proof).to_dicts(),
        "changed_since": changes(proof).to_dicts(),
        "changes_explain_it": proof.is_explained,
        "undone_since": proof.evidence.undone,
    }
    return json.dumps(found, default=str, indent=2, ensure_ascii=False)


def _half(proof: Proof, half: Half) -> dict[str, Any]:
    return {
        "first_day": half.window.first,
        "last_day": half.window.last,
        "values": values(proof, half).to_dicts(),
        "in_force": standing(proof, half).to_dicts(),
        "parts": parts(proof, half).to_dicts(),
        "mean": mean(half),
        "overall": half.overall,
    }


def headline(proof: Proof, half: Half) -> str:
    """Return what a window is for, as a title."""
    of = "The score" if half is proof.recomputed.now else "The score it is compared with"
    return f"{of}: usage {span(half.window.first, half.window.last)}"
