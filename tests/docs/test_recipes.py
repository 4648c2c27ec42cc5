"""The recipes of docs/extending.md work as they stand there."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import recipes

PAGE = """
import os, sys
from streamlit.testing.v1 import AppTest

os.environ["CLIENT_HEALTH_DATABASE"] = sys.argv[1]
visitor = AppTest.from_file("app.py", default_timeout=60)
shown = visitor.switch_page("pages/clients/renewals.py").run()
assert not shown.exception and not shown.error, (shown.exception, shown.error)
assert [title.value for title in shown.title] == ["Which contracts renew when?"]
drawn = shown.get("plotly_chart")
assert len(drawn) == 1 and "contract" in drawn[0].proto.spec, drawn
"""

COMMAND = """
from health.cli import main

sys.exit(main(sys.argv[1:]))
"""

RULE = """
import os, sys
from datetime import date
import health

os.environ["CLIENT_HEALTH_ALERT_LAST_USERS"] = "1000000"
thresholds = health.Settings.read().alerts
with health.open_database(sys.argv[1]) as database, database.read() as reader:
    day = health.latest_day(reader)
    query = health.AlertQuery(as_of=day, thresholds=thresholds)
    alerts = health.attention(reader, query).alerts
    said = [
        health.alert_of(row).says for row in alerts.iter_rows(named=True)
        if row["rule"] == "LAST_USERS"
    ]
assert said and all(text.endswith("left") for text in said), said
"""

MIGRATION = """
import sys
import health
from health.storage import migrations

with health.open_database(sys.argv[1]) as database:
    assert database.query("FROM favourites").columns == ["organization", "person", "since"]
    version = database.query("SELECT schema_version FROM state")["schema_version"].item()
    assert version == migrations.latest()
    clients = database.query("SELECT count(*) AS clients FROM organizations")["clients"].item()
    assert clients == 24
"""


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package after every recipe."""
    folder = recipes.copy(tmp_path_factory.mktemp("recipes"))
    for name in recipes.names():
        recipes.follow(name, folder)
    return folder


def test_each_thing_that_can_be_added_has_a_recipe() -> None:
    assert recipes.names() == [
        "A metric",
        "A component",
        "An alert rule",
        "A question",
        "A chart",
        "A page",
        "A command",
        "A migration",
    ]


def test_a_page_shows_its_chart(extended: Path, demo_copy: Path) -> None:
    recipes.run(PAGE, extended, demo_copy)


def test_a_command_answers_and_is_in_the_help(extended: Path, demo_copy: Path) -> None:
    said = recipes.run(COMMAND, extended, "renewals", "--database", demo_copy)
    assert said.split()[:2] == ["month", "contracts"]
    assert len(said.splitlines()) > 1
    assert "renewals" in recipes.run(COMMAND, extended, "--help")


def test_an_alert_rule_raises_alerts_by_its_threshold(extended: Path, demo_copy: Path) -> None:
    recipes.run(RULE, extended, demo_copy)


def test_a_migration_lifts_a_database_from_before(extended: Path, demo_copy: Path) -> None:
    recipes.run(MIGRATION, extended, demo_copy)


def test_the_code_of_the_recipes_passes_lint_and_the_layers(extended: Path) -> None:
    shutil.copy(recipes.ROOT / "pyproject.toml", extended)
    for command in (["ruff", "check"], ["ruff", "format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", *command, "--quiet", "health", "pages"],
            cwd=extended,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    recipes.run("from importlinter.cli import lint_imports\nsys.exit(lint_imports())", extended)
