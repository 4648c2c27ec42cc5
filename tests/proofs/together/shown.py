"""What a page says about the files it was made from, read from what the browser would be sent.

A page asks several questions. What more than one of its answers tells has to be the same in all of
them, or the page shows two versions of the data.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from itertools import pairwise
from typing import Any, Final

import polars as pl
from streamlit.proto.Element_pb2 import Element

from health.formatting import NO_BREAK
from tests.proofs.together import files
from tests.proofs.together.files import LAST, Files
from tests.support.hovers import by_day, hovers

Facts = Mapping[str, set[object]]
"""By what it is about, everything that the page says; one thing where the page is of one version.

``scores of 1`` and ``usage of 1``: the file of loader 1, see
:func:`~tests.proofs.together.files.told_by`;
None where no file says what is shown.
"""

_Said = Iterator[tuple[str, object]]

_BADGE: Final = re.compile(r"badge\[\S+ (\d+) · ")
_ACTIVE: Final = re.compile(r"(?:to )?(\d+) of 100(?: licensed users)? active")
_NOW: Final = re.compile(r"from (\d+) to (\d+) of 100")
_COUNTED: Final = re.compile(r"^##### ([\d,]+) (calls?|clients?)$")
_CHANGED: Final = re.compile(r"Data of ([\d,]+) clients? changed after")
_IS_OLD: Final = "changed after its score was calculated"
_RISK: Final = re.compile(r". \*\*([\d,]+)\*\* ((?:high|medium|low) risk)")
_AVERAGE: Final = re.compile(r"\*\*([\d,]+)\*\* of ([\d,]+) clients fell.* to \*\*([\d.]+)\*\*\.")
_POINT: Final = re.compile(r"(\d+\s\w+\s\d+)<br>.*: ([\d,]+)$")
_USAGE: Final = re.compile(r"([\d,]+) usage values of")
_OF_CLIENTS: Final = re.compile(r" ([\d,]+) of [\d,]+ clients? since ")
_LOADED: Final = re.compile(r"UTC: (usage\S+)$")
_SINCE: Final = re.compile(r"Since (\d+ \w+ \d+), ")


def facts(page: str, elements: Iterable[Element], of: Files) -> Facts:
    """Everything a page says; ``page``: its title in the navigation."""
    shown = list(elements)
    found: dict[str, set[object]] = defaultdict(set)
    for what, said in (*_everywhere(shown, of), *_PAGES[page](shown, of)):
        found[what].add(said)
    return found


def mixed(found: Facts) -> list[str]:
    """What a page says in two ways, or as no file says it."""
    return [
        f"{what}: {sorted(map(str, said))}"
        for what, said in found.items()
        if len(said) > 1 or None in said
    ]


def _everywhere(shown: list[Element], of: Files) -> _Said:
    for text in texts(shown):
        if counted := _CHANGED.search(text):
            clients = _number(counted[1])
            yield "clients out of date", None if clients % of.clients else clients


def _today(shown: list[Element], of: Files) -> _Said:
    client = ""
    for element in shown:
        if element.WhichOneof("type") == "page_link":
            client = element.page_link.query_string.removeprefix("client=").partition("&")[0]
            text = element.page_link.label
        else:
            (text,) = texts([element]) or ("",)
        if counted := _COUNTED.match(text):
            yield "calls", _number(counted[1])
        if counted := re.search(r"([\d,]+) calls? to make", text):
            yield "calls", _number(counted[1])
        if not client:
            continue
        loader = of.loader(client)
        if badge := _BADGE.search(text):
            yield f"scores of {loader}", files.told_by(int(badge[1]))
        for told in _NOW.finditer(text):
            yield f"usage of {loader}", files.told_by(int(told[2]))


def _portfolio(shown: list[Element], of: Files) -> _Said:
    spread: Counter[str] = Counter()
    points = 0.0
    for trace in (trace for traces in _charts(shown) for trace in traces):
        if trace["type"] == "bar":
            spread[trace["name"]] = sum(trace["y"])
            # A bar is 5 points wide, and the scores in it are all the same.
            points += sum((x - 0.5) * y for x, y in zip(trace["x"], trace["y"], strict=True))
        for client, score in zip(trace.get("customdata") or (), trace["y"], strict=False):
            yield f"scores of {of.loader(client[0])}", files.told_by(score)
    yield from spread.items()
    yield "clients with a score", spread.total()
    yield "average score", f"{points / spread.total():.1f}"
    yield from _portfolio_numbers(shown)
    for table in _tables(shown):
        for name, score in table.select("Client", "Score").iter_rows():
            yield f"scores of {of.loader(_id(name))}", files.told_by(score)


def _portfolio_numbers(shown: list[Element]) -> _Said:
    for element in shown:
        kind = element.WhichOneof("type")
        if kind == "metric" and element.metric.label == "Average score":
            yield "average score", element.metric.body
        if kind == "button" and (told := _RISK.match(element.button.label)):
            yield told[2].capitalize(), _number(told[1])
    for text in texts(shown):
        if counted := _COUNTED.match(text):
            yield "clients with a score", _number(counted[1])


def _client(shown: list[Element], of: Files) -> _Said:
    found = list(_of_client(shown, of))
    yield from found
    usage, scores = ({said for what, said in found if kind in what} for kind in ("usage", "scores"))
    yield "scores are of the usage", usage == scores
    yield "scores are of the usage", not any(_IS_OLD in text for text in texts(shown))


def _of_client(shown: list[Element], of: Files) -> _Said:
    heading = next(e.heading.body for e in shown if e.WhichOneof("type") == "heading")
    loader = of.loader(_id(heading))
    scores, usage = f"scores of {loader}", f"usage of {loader}"
    by_name = {"Logins": scores, "Monthly active users": usage}
    for trace in (trace for traces in _charts(shown) for trace in traces):
        name = trace.get("name", "")
        if name == "Score":
            yield from ((scores, told) for told in _line(trace))
        elif name in by_name:
            yield from ((by_name[name], told) for told in _points(trace))
    for element in shown:
        if element.WhichOneof("type") == "metric" and element.metric.label == "Score":
            yield scores, files.told_by(int(element.metric.body))
    for text in map(_of_now, texts(shown)):
        for told in _ACTIVE.finditer(text):
            yield usage, files.told_by(int(told[1]))
        for told in _NOW.finditer(text):
            yield usage, files.told_by(int(told[2]))


def _of_now(text: str) -> str:
    """A text without the column of an earlier day, where it is the table of what changed."""
    if not text.startswith("| Part |"):
        return text
    return "\n".join(line.split(" | ")[2] for line in text.split("\n"))


def _line(trace: Mapping[str, Any]) -> Iterator[object]:
    for day, value in by_day(trace).items():
        if value is not None:
            yield files.told_by(value, date.fromisoformat(day))


def _points(trace: Mapping[str, Any]) -> Iterator[object]:
    """What the points of a small picture say: they share their axes, so only their words do."""
    for told in map(_POINT.match, filter(None, hovers(trace))):
        if told:
            yield files.told_by(_number(told[2]), _day(told[1]))


def _trends(shown: list[Element], of: Files) -> _Said:
    since = next((told[1] for told in map(_SINCE.match, texts(shown)) if told), "")
    for traces in _charts(shown):
        ends = [
            trace
            for trace in traces
            if trace.get("customdata") and trace["type"] != "bar" and "x" in trace
        ]
        for trace, day in zip(ends, (_day(since), LAST) if ends else (), strict=True):
            for client, score in zip(trace["customdata"], trace["x"], strict=False):
                yield f"scores of {of.loader(client[0])}", files.told_by(score, day)
        if traces[0].get("name") == "Average score":
            yield "average score", f"{[y for y in traces[0]['y'] if y is not None][-1]:.1f}"
        if traces[0].get("name") == "High risk":
            yield "clients with a score", round(2 * traces[3]["y"][-1])
    for text in texts(shown):
        if told := _AVERAGE.search(text):
            yield "clients with a score", _number(told[2])
            yield "average score", told[3]


def _data(shown: list[Element], _: Files) -> _Said:
    for text in texts(shown):
        if told := _USAGE.search(text):
            yield "usage values", _number(told[1])
        if told := _LOADED.search(text):
            yield "last file of usage", told[1].replace("\\", "")
        if text.startswith("| Metric |"):
            yield "usage values", sum(map(_number, _OF_CLIENTS.findall(text)))
    for table in _tables(shown):
        if "file" in table.columns:
            numbers, names = table["number"].to_list(), table["file"].to_list()
            yield "last file of usage", next(name for name in names if name.startswith("usage"))
            follow = all(later == number + 1 for later, number in pairwise(numbers))
            yield "newest import", numbers[0] if follow else None


_PAGES: Final[Mapping[str, Callable[[list[Element], Files], _Said]]] = {
    "Today": _today,
    "Portfolio": _portfolio,
    "Client": _client,
    "Trends": _trends,
    "Data": _data,
    # Of these, only what stands on every page is held against the files.
    **dict.fromkeys(("Adoption", "Team", "Model", "Back-test"), lambda *_: iter(())),
}


def texts(shown: Iterable[Element]) -> list[str]:
    """Every text on a page, with ordinary blanks."""
    return [
        getattr(element, kind).body.replace(NO_BREAK, " ")
        for element in shown
        if (kind := element.WhichOneof("type")) in {"markdown", "alert", "heading"}
    ]


def _charts(shown: Iterable[Element]) -> Iterator[list[dict[str, Any]]]:
    for element in shown:
        if element.WhichOneof("type") == "plotly_chart":
            yield json.loads(element.plotly_chart.spec)["data"]


def _tables(shown: Iterable[Element]) -> Iterator[pl.DataFrame]:
    for element in shown:
        if element.WhichOneof("type") == "dataframe":
            yield pl.read_ipc_stream(element.dataframe.arrow_data.data)


def _id(named: str) -> str:
    """The id of the client whose name is in a text."""
    return re.sub(r".*Client (\d+).*", r"C\1", named)


def _day(text: str) -> date:
    return datetime.strptime(f"{text} +0000", "%d %b %Y %z").date()


def _number(text: str) -> int:
    return int(text.replace(",", ""))
