"""What holds for the project as a whole and no single room can promise."""

from __future__ import annotations

import ast
import re
import subprocess
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports
from streamlit import config

from health.scoring.components import Component
from health.vocabulary import MetricType

ROOT = Path(__file__).resolve().parent.parent

TOP_LEVEL = {
    ".ci",
    ".gitignore",
    ".streamlit",
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "app.py",
    "constraints.txt",
    "data",
    "docs",
    "health",
    "pages",
    "pyproject.toml",
    "scripts",
    "tests",
}

# The only addresses the project names. A new one is a decision: the dashboard loads nothing from
# outside, and where its parts are downloaded from is the installer's business.
HOSTS = {"github.com", "keepachangelog.com", "semver.org", "www.apache.org"}
# Names of XML languages (SVG, Excel), which nothing ever opens.
HOSTS |= {"www.w3.org", "schemas.openxmlformats.org"}
# Reserved for examples, or this machine.
EXAMPLE_HOST = re.compile(r"(.+\.)?(example(\.(com|org|net))?|invalid|test|localhost)|127\.0\.0\.1")
HOST = re.compile(
    r"https?://(?:[^/@\s]+@)?([\w.-]+)"  # any address
    r"|(?<![@\w./-])((?:[\w-]+\.)+(?:com|org|net))\b"  # a bare name, but no e-mail address
)
PICTURES = {".png", ".jpg", ".parquet", ".xlsx", ".gz"}

TIME = re.compile(
    r"time\.(time|time_ns|localtime|gmtime|ctime|strftime)|date\.today|datetime\.(now|today|utcnow)"
)
SQL_TIME = re.compile(r"\b(?:current_(?:date|timestamp)\b|(?:now|today)\(\))", re.IGNORECASE)

# Lines of a module at most.
LONGEST = {"health": 400, "pages": 80}

READABLE = 4.5  # contrast of text on its ground, WCAG AA
VISIBLE = 3.0  # of a mark


@cache
def tracked() -> tuple[Path, ...]:
    """The files under version control; the test is skipped where there is none."""
    try:
        listing = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("Not a git checkout, so what is tracked cannot be listed.")
    return tuple(path for name in listing.split("\0") if name and (path := ROOT / name).is_file())


def texts() -> Iterator[tuple[str, str]]:
    """Name and content of each tracked file that is text."""
    for path in tracked():
        if path.suffix not in PICTURES:
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8", errors="replace")


def scripts(*places: str) -> Iterator[tuple[str, ast.Module]]:
    """Name and syntax tree of each Python file in these places."""
    for place in places:
        start = ROOT / place
        for path in sorted(start.rglob("*.py")) if start.is_dir() else [start]:
            yield str(path.relative_to(ROOT)), parsed(path)


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.Module) -> set[str]:
    """The packages that a module imports anywhere in it."""
    names = set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return {name.partition(".")[0] for name in names}


def dotted(tree: ast.Module) -> Iterator[str]:
    """What a module reaches into or imports: "date.today", "now().date", "time.time"."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield ".".join(ast.unparse(node).split(".")[-2:])
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{(node.module or '').split('.')[-1]}.{one.name}" for one in node.names)


def reads_the_time(tree: ast.Module) -> bool:
    """Whether a module asks the machine what time it is, and not how long a thing takes."""
    texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return any(TIME.fullmatch(name) for name in dotted(tree)) or any(
        SQL_TIME.search(text) for text in texts if isinstance(text, str)
    )


def asks_for_the_day(tree: ast.Module) -> bool:
    """Whether a module takes the present day from the clock."""
    return any(name.endswith(".today") or name == "now().date" for name in dotted(tree))


def longer_than(text: str, limit: int) -> bool:
    """Whether a module has more lines than it may have."""
    return len(text.splitlines()) > limit


def names_a_member(tree: ast.Module, of: Iterable[StrEnum]) -> bool:
    """Whether a module names a member of a vocabulary: "Component.LOGIN", "login_score"."""
    members = set(of)
    attributes = {f"{type(one).__name__}.{one.name}" for one in members}
    columns = {getattr(one, "column", str(one)) for one in members}
    # What a docstring gives as an example counts for nothing.
    said = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in said
    ]
    return not attributes.isdisjoint(dotted(tree)) or any(
        not columns.isdisjoint(re.findall(r"\w+", text)) for text in texts
    )


def imports_a_test(tree: ast.Module) -> bool:
    """Whether a module imports from a test or a conftest."""
    return any(name.startswith(("test_", "conftest")) for name in imported(tree)) or any(
        isinstance(node, ast.ImportFrom)
        and re.search(r"\btest_|\bconftest", node.module or "") is not None
        for node in ast.walk(tree)
    )


@cache
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@cache
def dashboard_settings() -> dict[str, Any]:
    return tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())


def options(table: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """The dotted names of all settings in a table."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from options(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def luminance(colour: str) -> float:
    """How bright "#RRGGBB" is, 0 to 1 (WCAG 2)."""
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(ink: str, ground: str) -> float:
    darker, brighter = sorted((luminance(ink), luminance(ground)))
    return (brighter + 0.05) / (darker + 0.05)


def faded(ink: str, ground: str) -> str:
    """The colour of a caption: the ink at 60 %."""
    pairs = ((int(ink[i : i + 2], 16), int(ground[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(0.6 * over + 0.4 * under):02X}" for over, under in pairs)


def test_the_top_level_holds_only_what_the_house_lists() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in tracked()} <= TOP_LEVEL


def test_no_file_names_an_address_outside_the_list() -> None:
    found = {
        f"{name}: {host}"
        for name, text in texts()
        for match in HOST.finditer(text)
        if (host := match[1] or match[2]) not in HOSTS and not EXAMPLE_HOST.fullmatch(host)
    }
    assert found == set()


def test_no_file_names_a_path_of_this_machine() -> None:
    own = {f"{path}/" for path in (ROOT, Path.home(), Path(tempfile.gettempdir()))}
    assert {name for name, text in texts() if any(path in text for path in own)} == set()


def test_both_lists_of_pins_agree() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line.removesuffix(" \\") for line in lines if re.match(r"\w", line)]
    assert pins == project()["tool"]["uv"]["constraint-dependencies"]


def test_every_pin_is_exact_and_hashed() -> None:
    pins = re.split(r"\n(?=\w)", (ROOT / "constraints.txt").read_text())[1:]
    assert pins
    assert [pin for pin in pins if not re.match(r"[\w.-]+==\S+.*\\\n +--hash=sha256:", pin)] == []


def test_every_dependency_is_pinned() -> None:
    tables = project()
    named = [
        *tables["project"]["dependencies"],
        *(line for extra in tables["project"]["optional-dependencies"].values() for line in extra),
        *tables["dependency-groups"]["dev"],
    ]
    pinned = {pin.partition("==")[0] for pin in tables["tool"]["uv"]["constraint-dependencies"]}
    assert {line for line in named if re.split(r"[^\w-]", line)[0] not in pinned} == set()


def test_a_room_imports_only_from_the_rooms_below_it(capsys: pytest.CaptureFixture[str]) -> None:
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"))
    assert status == EXIT_STATUS_SUCCESS, capsys.readouterr().out


def test_pages_ask_health_and_not_the_engine() -> None:
    reached = {
        f"{name}: {package}"
        for name, tree in scripts("app.py", "pages")
        for package in imported(tree) & {"duckdb", "pandas"}
    }
    assert reached == set()


def test_no_text_reaches_the_page_as_html() -> None:
    used = {
        name
        for name, tree in scripts("app.py", "pages", "health")
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg == "unsafe_allow_html"
    }
    assert used == set()


def test_only_the_clock_reads_the_time() -> None:
    reading = {name for name, tree in scripts("app.py", "pages", "health") if reads_the_time(tree)}
    assert reading == {"health/clock.py"}


def test_nothing_below_the_command_and_the_pages_asks_what_day_it_is() -> None:
    asking = {name for name, tree in scripts("health") if asks_for_the_day(tree)}
    edge = ("health/cli", "health/ui/", "health/clock.py")
    # What a program calls to record one value is an edge too.
    assert {name for name in asking if not name.startswith(edge)} == {"health/imports/entry.py"}


@pytest.mark.parametrize(
    "text",
    [
        "datetime.now(UTC)",
        "datetime.datetime.utcnow()",
        "date.today()",
        "time.time()",
        "time.localtime()",
        "from time import time_ns",
        "reader.value('SELECT current_date')",
        "reader.value('SELECT now()')",
    ],
)
def test_reading_the_time_is_noticed(text: str) -> None:
    assert reads_the_time(ast.parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "clock.today()",
        "from health.clock import today",
        "today = clock.today",
        "now().date()",
        "clock.now().date()",
    ],
)
def test_asking_for_the_day_is_noticed(text: str) -> None:
    assert asks_for_the_day(ast.parse(text))


def test_no_module_is_too_long_to_read_at_once() -> None:
    found = {
        name
        for place, limit in LONGEST.items()
        for path in (ROOT / place).rglob("*.py")
        if longer_than(path.read_text(encoding="utf-8"), limit)
        and (name := str(path.relative_to(ROOT)))
    }
    assert found == set()


def test_a_line_too_many_is_noticed() -> None:
    assert longer_than("pass\n" * 81, 80)
    assert not longer_than("pass\n" * 80, 80)


def test_no_component_is_named_outside_its_own_place() -> None:
    naming = {name for name, tree in scripts("health", "pages") if names_a_member(tree, Component)}
    own = "health/scoring/components/"
    assert {name for name in naming if not name.startswith(own)} == set()


CHECKS = ("checks.py", "defects.py", "score_defects.py")


def test_the_checks_name_no_metric() -> None:
    assert not [
        name
        for name, tree in scripts(*(f"health/maintenance/{name}" for name in CHECKS))
        if names_a_member(tree, MetricType)
    ]


@pytest.mark.parametrize(
    "text",
    ["Component.LOGIN", "vocabulary.Component.LOGIN.label", "query('SELECT login_score FROM x')"],
)
def test_naming_a_component_is_noticed(text: str) -> None:
    assert names_a_member(ast.parse(text), Component)
    assert not names_a_member(ast.parse(text), MetricType)


def test_no_test_imports_from_another() -> None:
    assert {name for name, tree in scripts("tests", "scripts") if imports_a_test(tree)} == set()


@pytest.mark.parametrize(
    "text",
    ["from test_ledger import WORKED", "import conftest", "from tests.cli.test_cli import a"],
)
def test_importing_from_a_test_is_noticed(text: str) -> None:
    assert imports_a_test(ast.parse(text))


def test_streamlit_knows_every_setting_of_the_dashboard() -> None:
    assert set(options(dashboard_settings())) <= set(config.get_config_options())


def test_the_dashboard_keeps_to_this_machine() -> None:
    settings = dashboard_settings()
    assert settings["server"]["address"] == "127.0.0.1"
    assert settings["browser"]["gatherUsageStats"] is False
    assert settings["client"]["showErrorDetails"] == "none"
    assert settings["client"]["allowedOrigins"] == []


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_is_readable_in_both_themes(mode: str) -> None:
    theme = dashboard_settings()["theme"][mode]
    inks = [value for name, value in theme.items() if name.endswith("TextColor")]
    inks += [theme["textColor"], theme["linkColor"]]
    grounds = [theme["backgroundColor"], theme["secondaryBackgroundColor"]]
    pairs = {(ink, ground) for ink in inks for ground in grounds}
    pairs |= {(faded(theme["textColor"], ground), ground) for ground in grounds}
    # The text of a main button.
    pairs |= {("#FFFFFF", theme["primaryColor"]), ("#FFFFFF", theme["sidebar"]["primaryColor"])}
    assert {pair for pair in pairs if contrast(*pair) < READABLE} == set()
    marks = [(theme["primaryColor"], ground) for ground in grounds]
    assert {pair for pair in marks if contrast(*pair) < VISIBLE} == set()
