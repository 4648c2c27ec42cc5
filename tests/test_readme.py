"""README and the command's own help say the same, and everything shown really works."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

import health
from health.cli import main
from health.cli.command import Command
from health.cli.command_line import COMMANDS, client_health
from health.settings import PREFIX, table

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
EPILOGS = [line for command in COMMANDS for line in command.examples]


def options(of: Command) -> set[str]:
    """The long options of a command, but for those of every command."""
    found = {name for parameter in of.params for name in parameter.opts}
    return {name for name in found if name.startswith("--")} - {"--database"}


def blocks(language: str) -> list[str]:
    """The code of a language in README; without a name, that of none."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)
    return [code for name, code in found if name == language]


def shown_commands() -> list[str]:
    """Every line after `client-health` in README's code, without comments and redirections."""
    lines = [line for block in blocks("sh") + blocks("") for line in block.splitlines()]
    commands = [part for line in lines for part in line.partition(" #")[0].split("&&")]
    found = [match[1] for part in commands if (match := re.search(r"client-health (.+)", part))]
    return list(dict.fromkeys(re.sub(r"[<>]\s*\S+", "", command).strip() for command in found))


def parses(line: str, folder: Path) -> bool:
    """Whether the command takes the line, where the files it names are there."""
    words = shlex.split(line)
    for word in words:
        name = word.replace("*", "all").lstrip("/")
        if "." in name and not word.startswith("-"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).touch()
    name, *rest = (word.replace("*", "all").lstrip("/") for word in words)
    client_health.commands[name].make_context(name, rest)
    return True


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_subcommand_is_in_the_readme_with_all_its_options(command: Command) -> None:
    name = command.name
    described = [line for line in README.splitlines() if f"`client-health {name}" in line]
    assert described, f"README does not mention client-health {name}"
    synopsis = re.search(rf"`client-health {name}([^`]*)`", "\n".join(described))
    assert synopsis
    assert set(re.findall(r"--[a-z-]+", synopsis[1])) == options(command)


def test_every_setting_of_the_readme_exists() -> None:
    named = set(re.findall(r"CLIENT_HEALTH_([A-Z_]+)", README))
    assert named == {one.variable.removeprefix(PREFIX) for one in table()}


@pytest.mark.parametrize("line", shown_commands())
def test_every_command_line_of_the_readme_parses(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert parses(line, tmp_path)


@pytest.mark.parametrize("line", EPILOGS)
def test_every_example_of_the_help_parses(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert parses(re.sub(r"> \S+", "", line), tmp_path)


def test_the_python_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["demo", "--organizations", "3", "--days", "40", *database(tmp_path)]) == 0
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), {})


def database(folder: Path) -> list[str]:
    """The options that name the database of the README's Python."""
    named = re.search(r'open_database\("([^"]+)"\)', README)
    return ["--database", str(folder / named[1])] if named else []


def test_what_is_public_can_be_imported_and_listed() -> None:
    names = [name for name in dir(health) if not name.startswith("_")]
    assert {"HEALTH_WEIGHTS", "HealthScoreQuery", "ScoringModel", "record_usage"} <= set(names)
    assert all(getattr(health, name) is not None for name in names)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        health.nonsense  # noqa: B018 -- looking is the test
