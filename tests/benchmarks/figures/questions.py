"""The questions that pages ask, at the largest size and at the one below it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from health.database import Reader
from health.queries import adoption, client, portfolio, scores, status, trends, usage
from health.state import latest_day
from tests.benchmarks import generating, stores
from tests.benchmarks.bench import Bench
from tests.benchmarks.measuring import Row, Spread, Timed, Turns, in_turns, seconds
from tests.benchmarks.sizes import L, Size

MILLISECONDS: Final = 10
MATRIX_MILLISECONDS: Final = 15
GROWTH: Final = 2.0
PORTFOLIO, CLIENT, ADOPTION, TRENDS = "Portfolio", "Client", "Adoption", "Trends"
PROMISED: Final = {PORTFOLIO: MILLISECONDS, CLIENT: MILLISECONDS, ADOPTION: MATRIX_MILLISECONDS}


@dataclass(frozen=True, kw_only=True)
class About:
    """What a question is about this time: the data, and one client of it."""

    size: Size
    client: str

    def usage(self, days: int) -> usage.UsageMetricQuery:
        """The client's usage of the last days."""
        return usage.UsageMetricQuery(
            organization_id=self.client,
            start_date=self.size.last - timedelta(days=days - 1),
            end_date=self.size.last,
        )


@dataclass(frozen=True, kw_only=True)
class Question:
    """Something a page asks."""

    page: str
    what: str
    ask: Callable[[Reader, About], object]


def _scores(**arguments: object) -> Callable[[Reader, About], object]:
    def ask(reader: Reader, about: About) -> object:
        query = scores.HealthScoreQuery(as_of=about.size.last, limit=200, **arguments)  # type: ignore[arg-type]
        return scores.health_scores(reader, query)

    return ask


def _sparklines(reader: Reader, about: About) -> object:
    shown = [generating.organization_id(n) for n in range(1, min(200, about.size.clients) + 1)]
    return portfolio.sparklines(reader, shown, about.size.last)


QUESTIONS: Final = (
    Question(page=PORTFOLIO, what="the latest day", ask=lambda reader, _: latest_day(reader)),
    Question(
        page=PORTFOLIO,
        what="how fresh the data is",
        ask=lambda reader, about: status.freshness(reader, about.size.last),
    ),
    Question(
        page=PORTFOLIO,
        what="owners and industries",
        ask=lambda reader, _: portfolio.choices(reader),
    ),
    Question(
        page=PORTFOLIO,
        what="the numbers above the list",
        ask=lambda reader, about: portfolio.overview(
            reader, scores.ScoreFilter(as_of=about.size.last)
        ),
    ),
    Question(
        page=PORTFOLIO,
        what="the picture of all clients",
        ask=lambda reader, about: portfolio.landscape(
            reader, scores.ScoreFilter(as_of=about.size.last)
        ),
    ),
    Question(page=PORTFOLIO, what="200 clients, most urgent first", ask=_scores()),
    Question(
        page=PORTFOLIO,
        what="200 clients, found by a part of the name",
        ask=_scores(search="client 00"),
    ),
    Question(
        page=PORTFOLIO,
        what="200 clients, by name, high risk only",
        ask=_scores(sort_by=scores.SortBy.ORGANIZATION_NAME, risk_level="HIGH"),
    ),
    Question(page=PORTFOLIO, what="90 days of 200 clients", ask=_sparklines),
    Question(
        page=PORTFOLIO,
        what="clients without a score",
        ask=lambda reader, about: scores.not_scored(
            reader, scores.NotScoredQuery(as_of=about.size.last)
        ),
    ),
    Question(
        page=CLIENT,
        what="the client and its score",
        ask=lambda reader, about: client.client(
            reader, client.ClientQuery(organization_id=about.client, as_of=about.size.last)
        ),
    ),
    Question(
        page=CLIENT,
        what="its name",
        ask=lambda reader, about: client.client_name(reader, about.client),
    ),
    Question(
        page=CLIENT,
        what="2,000 clients to choose from",
        ask=lambda reader, _: client.find_clients(reader, client.ClientSearch(limit=2_000)),
    ),
    Question(
        page=CLIENT,
        what="a year of its scores",
        ask=lambda reader, about: client.score_history(
            reader,
            client.ScoreHistoryQuery(
                organization_id=about.client,
                start_date=about.size.year_start,
                end_date=about.size.last,
            ),
        ),
    ),
    Question(
        page=CLIENT,
        what="its usage of 30 days against 30 before",
        ask=lambda reader, about: usage.usage_metrics(reader, about.usage(30)),
    ),
    Question(
        page=CLIENT,
        what="90 days of its usage",
        ask=lambda reader, about: usage.usage_rows(reader, about.usage(90)),
    ),
    Question(
        page=CLIENT,
        what="its features",
        ask=lambda reader, about: adoption.feature_adoption(
            reader,
            adoption.FeatureAdoptionQuery(organization_id=about.client, as_of=about.size.last),
        ),
    ),
    Question(
        page=ADOPTION,
        what="the matrix of clients and features",
        ask=lambda reader, about: adoption.adoption_matrix(
            reader, adoption.AdoptionMatrixQuery(as_of=about.size.last)
        ),
    ),
    Question(
        page=TRENDS,
        what="the portfolio over a year",
        ask=lambda reader, about: trends.history(
            reader, trends.HistoryQuery(start_date=about.size.year_start, end_date=about.size.last)
        ),
    ),
    Question(
        page=TRENDS,
        what="whose score moved in 30 days",
        ask=lambda reader, about: trends.movers(reader, trends.MoversQuery(as_of=about.size.last)),
    ),
)


def of_pages(bench: Bench) -> Iterator[Row]:
    large = bench.largest()
    small = bench.sizes[-2] if len(bench.sizes) > 1 else large
    with contextlib.ExitStack() as stack:
        readers = {
            size: stack.enter_context(
                stack.enter_context(stores.opened_copy(stores.scored(bench.data, size))).read()
            )
            for size in (large, small)
        }
        details = [
            row for question in QUESTIONS for row in _rows(bench, question, large, small, readers)
        ]
    yield from _slowest(details, large)
    yield from details


def _timed(question: Question, size: Size, reader: Reader) -> Timed:
    def timed(number: int) -> float:
        about = About(size=size, client=generating.organization_id(1 + 37 * number % size.clients))
        return seconds(lambda: question.ask(reader, about))

    return timed


def _rows(
    bench: Bench, question: Question, large: Size, small: Size, readers: dict[Size, Reader]
) -> Iterator[Row]:
    """How long it takes, and how much longer than at the smaller size."""
    # A question takes milliseconds: four times the rounds cost nothing and steady the median.
    seconds_large, seconds_small = in_turns(
        4 * bench.repeat,
        _timed(question, large, readers[large]),
        _timed(question, small, readers[small]),
    )
    turns = Turns(work=seconds_large, limit=seconds_small)
    promised = large is L and question.page in PROMISED
    work = f"{question.page}: {question.what}"
    yield Row(
        work=work,
        size=large.name,
        against="–",
        value=Spread.of([1_000 * taken for taken in turns.work]),
        unit="ms",
        at_most=PROMISED[question.page] if promised else None,
        is_detail=True,
    )
    if small is not large:
        yield turns.row(
            work=work,
            size=large.name,
            against=f"the same at {small.name}",
            at_most=GROWTH if promised else None,
            is_detail=True,
        )


def _slowest(details: list[Row], large: Size) -> Iterator[Row]:
    """The worst question of each promise stands for all of them."""
    for pages, at_most in (((PORTFOLIO, CLIENT), MILLISECONDS), ((ADOPTION,), MATRIX_MILLISECONDS)):
        of_page = [row for row in details if row.work.startswith(pages)]
        for unit, promise in (("ms", at_most), ("×", GROWTH)):
            rows = [row for row in of_page if row.unit == unit]
            if not rows:
                continue
            worst = max(rows, key=lambda row: row.value.median)
            missed = sum(row.verdict == "missed" for row in rows)
            yield Row(
                work=f"Each of {len(rows)} questions behind {' and '.join(pages)}; the worst: "
                f"{worst.work.partition(': ')[2]}"
                if len(rows) > 1
                else f"The question behind {pages[0]}: {worst.work.partition(': ')[2]}",
                size=large.name,
                against=worst.against if unit == "×" else f"{promise} ms",
                value=worst.value,
                unit=unit,
                at_most=promise if large is L else None,
                remarks=(f"{missed} of {len(rows)} miss it",) if missed else (),
            )
