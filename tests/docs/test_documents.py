"""README and docs/ say what is true: commands, settings, names, links, and Python that runs."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
from documents import DOCUMENTS, README, ROOT, blocks, prose, script

import health
from health.cli import main
from health.cli.command import Command, Group, leaves
from health.cli.command_line import COMMANDS, client_health
from health.scoring.components import Component
from health.scoring.model import STANDARD
from health.settings import PREFIX, table

EPILOGS = [line for command in leaves(COMMANDS) for line in command.examples]
COMMANDS_PAGE, SETTINGS_PAGE = "docs/commands.md", "docs/settings.md"
MADE = {"docs/benchmark.md", COMMANDS_PAGE, SETTINGS_PAGE}
"""Documents that a program writes."""


def options(of: Command) -> set[str]:
    """The long options of a command by their first names, but for those of every command."""
    found = {parameter.opts[0] for parameter in of.params}
    return {name for name in found if name.startswith("--")} - {"--database"}


def shown_commands() -> list[str]:
    """Every line after `client-health` in code, without comments and redirections."""
    lines = [
        line
        for document in DOCUMENTS
        for block in blocks(document, "sh") + blocks(document, "")
        for line in block.splitlines()
    ]
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
    command = client_health.commands[name]
    if isinstance(command, Group):
        name, *rest = rest
        command = command.commands[name]
    command.make_context(name, rest)
    return True


def exists(name: str) -> bool:
    """Whether a path or a module of the project has this name."""
    path = ROOT / (name if "/" in name else name.replace(".", "/"))
    return path.exists() or path.with_suffix(".py").exists()


@pytest.mark.parametrize("command", [*leaves(COMMANDS)], ids=lambda command: command.path)
def test_every_subcommand_is_described_with_all_its_options(command: Command) -> None:
    text = DOCUMENTS[COMMANDS_PAGE]
    section = re.search(
        rf"^## `client-health {command.path}`\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL
    )
    assert section, f"{COMMANDS_PAGE} does not describe client-health {command.path}"
    assert set(re.findall(r"^- `(--[a-z-]+)", section[1], re.MULTILINE)) == options(command)


def test_commands_and_settings_are_described_as_the_code_says() -> None:
    reference = script("reference")
    assert DOCUMENTS[COMMANDS_PAGE] == reference.commands(), "Run scripts/reference."
    assert DOCUMENTS[SETTINGS_PAGE] == reference.settings(), "Run scripts/reference."


def test_the_picture_of_the_layers_is_what_the_code_says() -> None:
    drawn = (ROOT / "docs" / "architecture.svg").read_text(encoding="utf-8")
    assert drawn == script("architecture").picture(), "Run scripts/architecture."


def test_every_setting_is_described_and_every_one_that_is_named_exists() -> None:
    known = {one.variable.removeprefix(PREFIX) for one in table()}
    named = {
        document: set(re.findall(r"CLIENT_HEALTH_([A-Z]\w*)", text))
        for document, text in DOCUMENTS.items()
    }
    assert named[SETTINGS_PAGE] - {"ALERT_"} == known
    # A recipe adds one.
    assert set().union(*named.values()) - known - {"ALERT_"} == {"ALERT_LAST_USERS"}


@pytest.mark.parametrize("line", shown_commands())
def test_every_command_line_of_the_documents_parses(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert parses(line, tmp_path)


def test_what_does_not_hold_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(click.UsageError):
        parses("score --nonsense", tmp_path)
    assert not exists("health/nonsense.py")
    assert not exists("health.nonsense")


@pytest.mark.parametrize("line", EPILOGS)
def test_every_example_of_the_help_parses(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert parses(re.sub(r"> \S+", "", line), tmp_path)


def test_the_python_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["demo", "--organizations", "3", "--days", "40", *database(tmp_path)]) == 0
    for block in blocks(README, "python"):
        exec(compile(block, README, "exec"), {})


def database(folder: Path) -> list[str]:
    """The options that name the database of the README's Python."""
    named = re.search(r'open_database\("([^"]+)"\)', DOCUMENTS[README])
    return ["--database", str(folder / named[1])] if named else []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_somewhere(document: str) -> None:
    targets = re.findall(r"\]\(([^)]+)\)", DOCUMENTS[document])
    assert [one for one in targets if not (ROOT / document).parent.joinpath(one).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_and_module_that_is_named_exists(document: str) -> None:
    text = prose(document)
    named = set(re.findall(r"`((?:health|pages|tests|scripts|docs)/[\w./]*)`", text))
    named |= set(re.findall(r"`(health(?:\.\w+)+)`", text))
    named |= set(re.findall(r"python -m (tests[\w.]*)", DOCUMENTS[document]))
    named = {name for name in named if not name.startswith("health.duckdb")}
    made = set(re.findall(r"new \w+\s+`([^`]+)`:", text))
    assert {name for name in named - made if not exists(name)} == set()


def test_every_proof_that_is_named_can_be_started() -> None:
    named = {one for text in DOCUMENTS.values() for one in re.findall(r"-m (tests[\w.]+)", text)}
    packages = {one for one in named if (ROOT / one.replace(".", "/")).is_dir()}
    modules = sorted(named | {f"{one}.command" for one in packages})
    done = subprocess.run(
        [sys.executable, "-c", f"import {', '.join(modules)}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("document", sorted(set(DOCUMENTS) - MADE))
def test_lines_have_at_most_100_letters_outside_of_tables_and_code(document: str) -> None:
    lines = prose(document).splitlines()
    long = [line for line in lines if len(line) > 100 and line[:1] not in "|!"]
    assert long == []


@pytest.mark.parametrize("document", [README, "docs/score.md"])
def test_the_score_is_described_with_the_components_and_weights_of_the_model(document: str) -> None:
    rows = re.findall(r"^\| ([A-Z][a-z ]+) \| (\d+) % \|", DOCUMENTS[document], re.MULTILINE)
    assert [*rows] == [
        (component.label, str(STANDARD.weight(component) // 100)) for component in Component
    ]


def test_what_is_public_can_be_imported_and_listed() -> None:
    names = [name for name in dir(health) if not name.startswith("_")]
    assert {"HEALTH_WEIGHTS", "HealthScoreQuery", "ScoringModel", "record_usage"} <= set(names)
    assert {"Feed", "save_feed", "read_recognized", "merge_clients", "undo_action"} <= set(names)
    assert all(getattr(health, name) is not None for name in names)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        health.nonsense  # noqa: B018 -- looking is the test
