"""The rows as a table for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from tests.benchmarks.measuring import Row, Spread

DEFINITIONS: Final = """\
Each work and its limit are taken in turns in one run, after one round that is not counted; a
ratio is the median of the ratios pair by pair, in brackets the least and the greatest. *Missed*
means that the median is above what is promised. What is timed:

- The work alone, in an open database whose file the system has in memory; generating, copying and
  opening are left out.
- *Scan of the needed columns* reads exactly the columns and days that the scores rest on out of
  the stored table. *As a frame* it hands every value over, which a computation has to do at least
  once; *added up in the engine* it only sums them, the cheapest there is.
- Of the large file half of the rows are on file already, 1 % of those with another value, and one
  in 10,000 is wrong; it is stored as `load --valid-rows-only` does, which counts what a preview
  counts.
- Memory is the most that a process of its own held: engine, reader and interpreter together.
- A click is timed inside the page, until everything in sight is painted, tables and charts too;
  *all of it sent by the server* is the same click of a visitor that draws nothing. Answers are
  remembered from an earlier click, as they are from an earlier visitor, but where it says *nothing
  remembered*. Browser and server share the cores.
- A first load is timed from the request until everything in sight is painted, in a browser that
  has no file of it yet; over a line, every byte, also of the page itself, passes it.
- People at once, and people with thought, draw nothing: what they wait for is the server.
- The empty page is served by Streamlit as it comes, which lets the last part of an answer wait
  40 ms for the browser where a click follows another at once. The dashboard does not wait: what an
  empty page takes is up to three times what it has to.
"""

_HEADER: Final = ("work", "size", "against", "value", "at most", "aim", "time", "limit", "verdict")


def write(
    folder: Path,
    machine: Mapping[str, object],
    rows: Sequence[Row],
    failures: Mapping[str, str],
) -> tuple[Path, Path]:
    """Write both files; returns their paths. ``failures``: why a figure was not taken whole."""
    markdown, data = folder / "benchmark.md", folder / "benchmark.json"
    markdown.write_text(_markdown(machine, rows, failures), encoding="utf-8")
    content = {
        "machine": machine,
        "rows": [{**asdict(row), "verdict": row.verdict} for row in rows],
        "failures": dict(failures),
    }
    data.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return markdown, data


def row_from(values: Mapping[str, Any]) -> Row:
    """A row as :func:`write` put it down."""
    spreads = {
        name: Spread(**values[name])
        for name in ("value", "seconds", "limit_seconds")
        if values[name] is not None
    }
    rest = {name: value for name, value in values.items() if name != "verdict"}
    return Row(**rest | spreads | {"remarks": tuple(values["remarks"])})


def _markdown(
    machine: Mapping[str, object], rows: Sequence[Row], failures: Mapping[str, str]
) -> str:
    main = [row for row in rows if not row.is_detail]
    details = [row for row in rows if row.is_detail]
    parts = [
        "# Benchmark",
        "\n".join(f"- {name}: {value}" for name, value in machine.items()),
        DEFINITIONS.rstrip(),
        _table(main),
    ]
    if failures:
        parts += [
            "## Not measured, or not to the end",
            "\n".join(f"- {n}: {why}" for n, why in failures.items()),
        ]
    if details:
        parts += ["## Details", _table(details)]
    return "\n\n".join(parts) + "\n"


def _table(rows: Sequence[Row]) -> str:
    lines = [_HEADER, ("---",) * len(_HEADER), *map(_cells, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cells(row: Row) -> tuple[str, ...]:
    remarks = f" ({'; '.join(row.remarks)})" if row.remarks else ""
    return (
        row.work + remarks,
        row.size,
        row.against,
        _value(row.value, row.unit),
        "–" if row.at_most is None else _number(row.at_most, row.unit),
        "–" if row.aim is None else _number(row.aim, row.unit),
        _seconds(row.seconds),
        _seconds(row.limit_seconds),
        row.verdict,
    )


def _value(spread: Spread, unit: str) -> str:
    middle = _number(spread.median, unit)
    if spread.minimum == spread.maximum:
        return middle
    low, high = (_number(value, unit) for value in (spread.minimum, spread.maximum))
    return f"{middle} ({low} to {high})"


def _seconds(spread: Spread | None) -> str:
    if spread is None:
        return "–"
    seconds = spread.median
    return f"{seconds:.2f} s" if seconds >= 1 else f"{_number(1_000 * seconds, 'ms')}"


def _number(value: float, unit: str) -> str:
    """What says something of a number: 1/164, 0.23, 1.23, 12.3, 1,234."""
    if unit == "×" and 0 < value < 0.1:
        return f"1/{1 / value:,.0f}"
    digits = 0 if value >= 100 or value == 0 else 1 if value >= 10 else 2
    text = f"{value:,.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{text}{'' if unit == '×' else ' '}{unit}"
