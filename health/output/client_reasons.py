"""Why each client of a list is in it: reasons of a whole page of clients, from one question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import polars as pl

from health.explanation.breakdown import between, late, outline
from health.explanation.ledger import ledger
from health.explanation.sentences import main_reason, moved_because, moved_because_in_brief
from health.queries.inputs import ComparisonQuery, comparisons, over_trends
from health.vocabulary import HealthTrend, RiskLevel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    from health.storage.database import Reader


class Asking(Protocol):
    """A page that looks at a day: ``ask(question, *arguments)`` answers of one data version."""

    @property
    def as_of(self) -> date:
        """The day looked at."""

    @property
    def ask(self) -> Callable[..., Any]:
        """Asks a question and may remember its answer."""


@dataclass(frozen=True, kw_only=True)
class Why:
    """What a list says of a client beside its score.

    reason: why it moved over the days of the trend, or where most points are missing.
    overall: the score that this is about; None without one.
    lowest, highest: what the score could be if everything without data were known.
    late: that no usage arrives any more, if so.
    """

    reason: str
    overall: int | None
    lowest: int
    highest: int
    late: str

    def in_a_list(self, level: RiskLevel, trend: HealthTrend) -> str:
        """Why to look at a client; of one that is well only that its feed stands still."""
        is_well = level is RiskLevel.LOW and trend is HealthTrend.STABLE
        return self.late or ("" if is_well else self.reason)

    def between(self, score: int) -> str:
        """Between which scores a stored one with gaps would be; empty where it is of other data."""
        return between(score, self.lowest, self.highest) if self.overall == score else ""


def of_clients(view: Asking, organization_ids: Sequence[str]) -> dict[str, Why]:
    """Return by id what to say of the clients of a list, on the day shown."""
    told: dict[str, Why] = {}
    for query in view.ask(over_trends, tuple(organization_ids), view.as_of):
        told |= view.ask(_of_clients, query)
    return told


def at_once(reader: Reader, organization_ids: Sequence[str], as_of: date) -> dict[str, Why]:
    """Return the same without remembering it, for a file."""
    told: dict[str, Why] = {}
    for query in over_trends(reader, organization_ids, as_of):
        told |= _of_clients(reader, query)
    return told


def of_moves(
    view: Asking, organization_ids: Sequence[str], before: date
) -> dict[str, tuple[str, str, str]]:
    """Return by id the largest part of what each client moved by since a day, also in brief.

    The third text says between which scores one with gaps is.
    """
    query = ComparisonQuery(
        organization_ids=tuple(organization_ids), start_date=before, end_date=view.as_of
    )
    told: dict[str, tuple[str, str, str]] = view.ask(_of_moves, query)
    return told


def moves_at_once(
    reader: Reader, organization_ids: Sequence[str], before: date, as_of: date
) -> dict[str, tuple[str, str, str]]:
    """Return the same without remembering it, for a file."""
    query = ComparisonQuery(
        organization_ids=tuple(organization_ids), start_date=before, end_date=as_of
    )
    return _of_moves(reader, query)


def to_compare(calls: pl.DataFrame, as_of: date) -> Iterator[ComparisonQuery]:
    """Yield what to ask for the comparisons of calls, those of one earlier day together."""
    # Without an earlier score the day is compared with itself: what it rests on is needed, too.
    scored = calls.drop_nulls("overall_score").with_columns(pl.col("since").fill_null(as_of))
    for (since,), group in sorted(scored.group_by("since")):
        yield ComparisonQuery(
            organization_ids=tuple(sorted(group["organization_id"])),
            start_date=since,
            end_date=as_of,
        )


def _of_clients(reader: Reader, query: ComparisonQuery) -> dict[str, Why]:
    found = {}
    for name, compared in comparisons(reader, query).items():
        score = outline(compared.after, compared.after_model)
        found[name] = Why(
            reason=main_reason(compared),
            overall=score.overall,
            lowest=score.lowest,
            highest=score.highest,
            late=late(compared.after.last_usage, query.end_date),
        )
    return found


def _of_moves(reader: Reader, query: ComparisonQuery) -> dict[str, tuple[str, str, str]]:
    found = {}
    for name, compared in comparisons(reader, query).items():
        moved, score = ledger(compared), outline(compared.after, compared.after_model)
        if moved is not None:
            found[name] = (
                moved_because(moved),
                moved_because_in_brief(moved),
                between(score.overall, score.lowest, score.highest),
            )
    return found
