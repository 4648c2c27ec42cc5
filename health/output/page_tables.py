"""The tables of the pages as files hold them: all rows, numbers as numbers and days as days.

Columns are named and rows ordered as on the page. What a page says by a mark or an abbreviation is
a word here, what it says of a day (“in 23 days”) is the day, and a unit stands in the column's
name. A client's id is there too, to find its row in other files.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, count
from typing import TYPE_CHECKING, Final

import polars as pl

from health import formatting
from health.explanation.call_wording import call
from health.output import client_reasons
from health.queries.adoption import AdoptionMatrixQuery, adoption_matrix
from health.queries.adoption_levels import AdoptionLevel
from health.queries.alerts.attention import alert_of
from health.queries.alerts.rules import AlertRule
from health.queries.imports import ImportsQuery, list_imports
from health.queries.inputs import comparisons
from health.queries.not_scored import NotScoredQuery, not_scored
from health.queries.portfolio import sparklines
from health.queries.score_models import trend_days
from health.queries.scores import HealthScoreQuery, health_scores
from health.queries.trends import MoversQuery, movers
from health.vocabulary import AlertLevel, FeatureName, HealthTrend, NotScoredReason, RiskLevel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date

    from health.explanation.ledger import Ledger
    from health.queries.adoption import AdoptionFilter, AdoptionOrder
    from health.queries.adoption_levels import LevelRule
    from health.queries.alerts.attention import AlertQuery
    from health.queries.alerts.rules import Alert
    from health.queries.client_features import FeatureUse
    from health.queries.imports import Import
    from health.queries.inputs import Comparison
    from health.queries.inventory import MetricOnFile
    from health.settings import Thresholds
    from health.storage.database import Reader

AT_ONCE: Final = 1_000
"""Rows asked for at a time: reasons of more clients than these would fill the memory."""

_RANGE: Final = "If all were known"
"""The column of the scores between which one with gaps would be."""

_RISKS: Final = {level.value: level.label.removesuffix(" risk") for level in RiskLevel}
_TRENDS: Final = {trend.value: trend.label for trend in HealthTrend}
_REASONS: Final = {reason.value: reason.label for reason in NotScoredReason}
_LEVELS: Final = {level.value: level.label for level in AdoptionLevel}


def scored(reader: Reader, query: HealthScoreQuery, as_of: date, currency: str) -> pl.DataFrame:
    """Return all pages of the list of clients with a score on ``as_of``, the day of ``query``."""
    days = trend_days(reader, as_of)

    def page(number: int) -> pl.DataFrame:
        found = health_scores(reader, replace(query, page=number, limit=AT_ONCE))
        names = found.frame["organization_id"].to_list()
        told = client_reasons.at_once(reader, names, as_of)
        history = sparklines(reader, names, as_of)
        frame = found.frame.join(history, on="organization_id", how="left", maintain_order="left")
        return _scored(frame, told, query.from_day or as_of, currency, days)

    return _all_pages(page)


def _scored(
    frame: pl.DataFrame,
    told: Mapping[str, client_reasons.Why],
    from_day: date,
    currency: str,
    days: int | None,
) -> pl.DataFrame:
    rows = frame.select("organization_id", "risk_level", "trend", "overall_score").rows()
    reasons = [
        told[name].in_a_list(RiskLevel[level], HealthTrend[trend]) if name in told else ""
        for name, level, trend, _ in rows
    ]
    between = [told[name].between(score) if name in told else "" for name, _, _, score in rows]
    return frame.select(
        **_CLIENT,
        Score=pl.col("overall_score").cast(pl.Int64),
        Risk=_in_words("risk_level", _RISKS),
        Trend=_in_words("trend", _TRENDS),
        **{
            "Change in 7 days": _since(7),
            f"Change {f'in {days} days' if days else 'over the trend'}": pl.col("change").cast(
                pl.Int64
            ),
            "Change in 90 days": _since(90),
        },
        Why=_texts(reasons),
        **_contract(from_day, currency),
        **{"Coverage, %": pl.col("coverage").cast(pl.Int64)},
        **{_RANGE: _texts(between)},
    )


def _since(days: int) -> pl.Expr:
    """Points gained in so many days, of a history that ends today; null without both scores."""
    history = pl.col("history").cast(pl.List(pl.Int64)).list
    return history.get(-1) - history.get(-1 - days, null_on_oob=True)


def unscored(reader: Reader, query: NotScoredQuery, as_of: date, currency: str) -> pl.DataFrame:
    """Return all pages of the list of clients without a score on ``as_of``, as above."""

    def page(number: int) -> pl.DataFrame:
        found = not_scored(reader, replace(query, page=number, limit=AT_ONCE))
        return found.frame.select(
            **_CLIENT,
            Why=_in_words("reason", _REASONS),
            **{"Last usage": "last_usage"},
            Industry="industry",
            **_contract(query.from_day or as_of, currency),
        )

    return _all_pages(page)


def moved(reader: Reader, query: MoversQuery, *, direction: str, currency: str) -> pl.DataFrame:
    """Return every client whose score went ``down`` or ``up``, the largest change first."""
    found: pl.DataFrame = getattr(movers(reader, replace(query, limit=10_000)), direction)
    told = [
        client_reasons.moves_at_once(
            reader, part["organization_id"].to_list(), query.before, query.as_of
        )
        for part in found.iter_slices(AT_ONCE)
    ]
    brief = {name: _plain(reason) for part in told for name, (_, reason, _) in part.items()}
    between = {name: known or None for part in told for name, (_, _, known) in part.items()}
    return found.select(
        **_CLIENT,
        Change=pl.col("change").cast(pl.Int64),
        Why=_in_words("organization_id", brief),
        **{
            f"Then, {_plain(formatting.day(query.before))}": pl.col("score_before").cast(pl.Int64),
            f"Now, {_plain(formatting.day(query.as_of))}": pl.col("score").cast(pl.Int64),
            _RANGE: _in_words("organization_id", between),
        },
        **_contract(query.as_of, currency),
    )


def adoption(
    reader: Reader,
    chosen: AdoptionFilter,
    order: AdoptionOrder,
    features: Sequence[str],
    rule: LevelRule,
) -> pl.DataFrame:
    """Return all pages of clients against ``features``, a word in each cell."""

    def page(number: int) -> pl.DataFrame:
        query = AdoptionMatrixQuery(**vars(chosen), order=order, page=number, limit=AT_ONCE)
        matrix = adoption_matrix(reader, query, rule)
        levels = (
            matrix.cells.select("organization_id", "feature_name", "level")
            .cast(pl.String)
            .pivot("feature_name", on_columns=list(features), index="organization_id")
        )
        return matrix.clients.join(
            levels, on="organization_id", how="left", maintain_order="left"
        ).select(
            Client="name",
            **{"Client id": "organization_id"},
            **{
                "Rate, %": (pl.col("rate") + 0.5).floor().cast(pl.Int64),
                "Used": pl.col("used").cast(pl.Int64),
                "Licensed": pl.col("enabled").cast(pl.Int64),
            },
            **{
                FeatureName[name].label: _in_words(name, _LEVELS).fill_null(
                    AdoptionLevel.NOT_LICENSED.label
                )
                for name in features
            },
        )

    return _all_pages(page)


def calls(reader: Reader, found: pl.DataFrame, query: AlertQuery, currency: str) -> pl.DataFrame:
    """Return the rows of ``Attention.calls``, the first call first."""
    compared: dict[str, Comparison] = {}
    for pairs in chain.from_iterable(
        client_reasons.to_compare(part, query.as_of) for part in found.iter_slices(AT_ONCE)
    ):
        compared |= comparisons(reader, pairs)
    every = [call(row, compared.get(row["organization_id"])) for row in found.iter_rows(named=True)]
    return found.select(
        **{"No.": pl.int_range(1, pl.len() + 1)},
        **_CLIENT,
        Score=pl.col("overall_score").cast(pl.Int64),
        Risk=_in_words("risk_level", _RISKS),
        **{_RANGE: _texts(one.between for one in every)},
        Change=pl.col("change").cast(pl.Int64),
        Since="since",
        **{"Talk about": _texts(one.topic for one in every)},
        Why=_texts(one.why for one in every),
        Alerts=_texts(" · ".join(alert.says for alert in one.alerts) for one in every),
        Proactive=_yes("alert_level", AlertLevel.PROACTIVE),
        **_contract(query.from_day or query.as_of, currency),
        Urgency=pl.col("urgency").cast(pl.Int64),
    )


def alerts(found: pl.DataFrame, thresholds: Thresholds) -> pl.DataFrame:
    """Return the rows of ``Attention.alerts``, rule by rule as on the page."""
    ordered = found.sort(
        pl.col("rule").replace_strict({rule.value: at for at, rule in enumerate(AlertRule)}),
        maintain_order=True,
    )
    every = _alerts(ordered)
    return ordered.select(
        Alert=_texts(alert.rule.name_with(thresholds) for alert in every),
        **_CLIENT,
        What=_texts(alert.says for alert in every),
        Proactive=_yes("alert_level", AlertLevel.PROACTIVE),
    )


def news(new: pl.DataFrame, left: pl.DataFrame) -> pl.DataFrame:
    """Return what is new since an earlier look: who became and left high risk, and other alerts.

    new: rows of ``Attention.alerts``.
    left: what :func:`health.accounts.visits.left_high_risk` returns.
    """
    became = pl.col("rule") == AlertRule.HIGH_RISK
    raised = new.select(
        **{"What changed": pl.when(became).then(pl.lit(_BECAME)).otherwise(pl.lit("New alert"))},
        **_CLIENT,
        What=_texts(alert.says for alert in _alerts(new)),
    )
    gone = left.select(
        **{"What changed": pl.lit("Left high risk")},
        **_CLIENT,
        What=pl.format(
            "{} risk with a score of {}", _in_words("risk_level", _RISKS), "overall_score"
        ),
    )
    is_first = pl.col("What changed") == _BECAME
    return pl.concat([raised.filter(is_first), gone, raised.filter(~is_first)])


_BECAME: Final = "New at high risk"


def ledger(moved: Ledger) -> pl.DataFrame:
    """Return what each part of a change of score rested on then and now, and its points."""
    rows = [
        (line.label, _plain(line.before), _plain(line.after), float(line.shown_points))
        for line in moved.lines
    ]
    rows.append(("Score", str(moved.before), str(moved.after), float(moved.change)))
    return pl.DataFrame(
        rows,
        schema={
            "Part": pl.String,
            f"Then, {_plain(formatting.day(moved.first_day))}": pl.String,
            f"Now, {_plain(formatting.day(moved.last_day))}": pl.String,
            "Points": pl.Float64,
        },
        orient="row",
    )


def features(listed: Sequence[FeatureUse], as_of: date) -> pl.DataFrame:
    """Return a client's features in the order given; a use after ``as_of`` is left out."""
    rows = [(feature, feature.was_used_by(as_of)) for feature in listed]
    return pl.DataFrame(
        {
            "Feature": [feature.feature_name.label for feature, _ in rows],
            "Level": [feature.level.label for feature, _ in rows],
            "Uses": [feature.usage_count if used else None for feature, used in rows],
            "Uses per licensed user": [
                feature.uses_per_user if used else None for feature, used in rows
            ],
            "Lower quarter of its peers": [feature.low for feature, _ in rows],
            "Upper quarter of its peers": [feature.high for feature, _ in rows],
            "First used": [feature.first_used_at if used else None for feature, used in rows],
            "Last used": [feature.last_used_at if used else None for feature, used in rows],
        },
        schema_overrides={
            "Uses": pl.Int64,
            "Uses per licensed user": pl.Float64,
            "Lower quarter of its peers": pl.Float64,
            "Upper quarter of its peers": pl.Float64,
            "First used": pl.Date,
            "Last used": pl.Date,
        },
    )


def metrics(found: Sequence[MetricOnFile]) -> pl.DataFrame:
    """Return how many values of each metric are on file, and from which day to which."""
    return pl.DataFrame(
        {
            "Metric": [one.metric.label for one in found],
            "Last day": [one.last_day for one in found],
            "First day": [one.first_day for one in found],
            "Values": [one.values for one in found],
            "Clients": [one.clients for one in found],
        },
        schema_overrides={"Last day": pl.Date, "First day": pl.Date},
    )


def imports(reader: Reader) -> pl.DataFrame:
    """Return every import, the newest first."""
    return _all_pages(
        lambda number: _imports(list_imports(reader, ImportsQuery(page=number, limit=AT_ONCE)).rows)
    )


def _imports(rows: Sequence[Import]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "No.": [row.import_id for row in rows],
            "Stored (UTC)": [row.imported_at for row in rows],
            "By": [row.imported_by for row in rows],
            "File": [row.name for row in rows],
            "Size, bytes": [row.size for row in rows],
            "SHA-256": [row.sha256 for row in rows],
            "Kind": [row.kind.label for row in rows],
            "Read by feed": [row.read_by for row in rows],
            "New": [row.rows_new for row in rows],
            "Changed": [row.rows_changed for row in rows],
            "Rejected": [row.rows_rejected for row in rows],
            "First day": [row.first_date for row in rows],
            "Last day": [row.last_date for row in rows],
            "Undo": [formatting.capital(row.fate) for row in rows],
            "Warnings": ["\n".join(one.sentence for one in row.warnings) for row in rows],
        },
        schema_overrides={
            "Stored (UTC)": pl.Datetime,
            "First day": pl.Date,
            "Last day": pl.Date,
            "Warnings": pl.String,
        },
    )


_CLIENT: Final = {"Client": pl.col("organization_name"), "Client id": pl.col("organization_id")}


def _contract(from_day: date, currency: str) -> dict[str, pl.Expr]:
    days = pl.col("days_until_renewal").cast(pl.Int64)
    return {
        "Renewal": pl.lit(from_day) + pl.duration(days=days),
        "Days to renewal": days,
        "Owner": pl.col("csm"),
        f"Value a year, {currency}": pl.col("annual_value"),
    }


def _all_pages(page: Callable[[int], pl.DataFrame]) -> pl.DataFrame:
    """The rows of page 1, 2, …, until one is not full."""
    pages = []
    for number in count(1):
        pages.append(page(number))
        if pages[-1].height < AT_ONCE:
            return pl.concat(pages, how="vertical_relaxed")
    raise AssertionError


def _in_words(column: str, said: Mapping[str, str | None]) -> pl.Expr:
    return pl.col(column).cast(pl.String).replace_strict(said, default=None, return_dtype=pl.String)


def _yes(column: str, value: str) -> pl.Expr:
    return pl.when(pl.col(column) == value).then(pl.lit("yes"))


def _alerts(rows: pl.DataFrame) -> list[Alert]:
    return [alert_of(row) for row in rows.iter_rows(named=True)]


def _texts(texts: Iterable[str]) -> pl.Series:
    """Texts as a column; an empty one is an empty cell."""
    return pl.Series([_plain(text) or None for text in texts], dtype=pl.String)


def _plain(text: str) -> str:
    """Words with ordinary blanks, as one searches for them in a spreadsheet."""
    return text.replace(formatting.NO_BREAK, " ")
