from __future__ import annotations

import io
import logging
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from other_process import command, owned

from health import log
from health.cli.handover import Order
from health.storage import command_server
from health.storage.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator

ORGANIZATIONS = "organization_id,name\nORG-1,Alder\nORG-2,Birch\n"


def test_the_process_that_holds_the_database_does_the_commands_of_others(tmp_path: Path) -> None:
    (tmp_path / "organizations.csv").write_text(ORGANIZATIONS)
    with owned(tmp_path) as database:
        loaded = command(tmp_path, "load", "organizations.csv")
        assert (loaded.returncode, loaded.stderr) == (0, "")
        assert "2 rows: 2 new" in loaded.stdout
        names = database.query("SELECT name FROM organizations ORDER BY name")["name"]
        assert names.to_list() == ["Alder", "Birch"]
        by = database.query("SELECT imported_by FROM imports")["imported_by"]
        assert by.to_list() == ["night"]


def test_a_command_that_is_handed_over_imports_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "organizations.csv").write_text(ORGANIZATIONS)
    script = (
        "import sys; from health.cli import main; "
        "status = main(['load', 'organizations.csv', '--database', 'health.duckdb']); "
        "assert not {'duckdb', 'numpy', 'polars', 'pyarrow', 'rich'} & set(sys.modules); "
        "sys.exit(status)"
    )
    with owned(tmp_path) as database:
        subprocess.run([sys.executable, "-c", script], cwd=tmp_path, timeout=60, check=True)
        assert database.version == 1


def test_the_owner_can_be_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "health.duckdb"
    assert not command_server.is_there(path)
    with owned(tmp_path):
        assert command_server.is_there(path)
    assert not command_server.is_there(path)


def test_an_export_through_the_owner_is_byte_for_byte_the_same(tmp_path: Path) -> None:
    (tmp_path / "organizations.csv").write_text(ORGANIZATIONS)
    command(tmp_path, "load", "organizations.csv")
    alone = command(tmp_path, "export", "organizations").stdout
    with owned(tmp_path):
        handed_over = command(tmp_path, "export", "organizations")
        to_a_file = command(tmp_path, "export", "organizations", "--output", "out.csv")
    assert (handed_over.returncode, handed_over.stdout) == (0, alone)
    assert to_a_file.returncode == 0
    assert (tmp_path / "out.csv").read_text() == alone


def test_a_refusal_through_the_owner_keeps_its_words_and_its_exit_status(tmp_path: Path) -> None:
    (tmp_path / "wrong.csv").write_text("organization_id,name\n,Nobody\n")
    with owned(tmp_path) as database:
        refused = command(tmp_path, "load", "wrong.csv")
        assert database.version == 0
    assert refused.returncode == 1
    assert "Nothing was stored" in refused.stderr


def test_a_command_waits_for_a_process_that_does_nothing_for_others(tmp_path: Path) -> None:
    (tmp_path / "organizations.csv").write_text(ORGANIZATIONS)
    database = Database.open(tmp_path / "health.duckdb")
    threading.Timer(1.0, database.close).start()
    begun = time.monotonic()
    loaded = command(tmp_path, "load", "organizations.csv")
    assert loaded.returncode == 0, loaded.stderr
    assert time.monotonic() - begun > 0.5


def test_a_command_that_waits_in_vain_says_who_holds_the_database(tmp_path: Path) -> None:
    with Database.open(tmp_path / "health.duckdb"):
        refused = command(tmp_path, "export", "organizations", wait=0)
    assert refused.returncode == 1
    assert str(os.getpid()) in refused.stderr


def test_an_owner_that_ends_in_the_middle_leaves_the_answer_open(tmp_path: Path) -> None:
    path = tmp_path / "health.duckdb"
    script = (
        "import os, sys; from pathlib import Path; "
        "from health.storage.command_server import CommandServer; "
        "CommandServer(Path(sys.argv[1]), lambda request: os._exit(9));"
        "print('ready', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        assert command_server.hand_over(path, "{}", sys.stdout.buffer, sys.stderr.buffer) is None
        process.kill()
    assert command_server.hand_over(path, "{}", sys.stdout.buffer, sys.stderr.buffer) is None


@pytest.fixture
def log_file(tmp_path: Path) -> Iterator[Path]:
    """A file that the log of this process goes to; afterwards it goes nowhere again."""
    logger = logging.getLogger("health")
    log.set_up(str(tmp_path / "health.log"), form="text", level="info")
    yield tmp_path / "health.log"
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()
    logger.setLevel(logging.NOTSET)
    logger.propagate = True


def test_a_bug_in_a_command_of_another_process_is_in_the_log_of_the_one_that_did_it(
    tmp_path: Path, log_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("SECRET-ID")

    monkeypatch.setattr("health.queries.imports.list_imports", broken)
    caller = {"by": "night", "today": "2026-11-20", "undo_days": 400, "currency": "USD"}
    options = {"limit": 20, "long": False}
    order = Order(command="imports", options=options, caller=caller, is_watched=False)
    out, err = io.BytesIO(), io.BytesIO()
    with owned(tmp_path) as database:
        assert command_server.hand_over(database.path, order.written(), out, err) == 70
    (line,) = log_file.read_text().splitlines()
    reference = re.search(r"event=bug reference=(\w+) kind=ZeroDivisionError", line)
    assert reference
    assert f"report reference {reference[1]} from the log" in err.getvalue().decode()
    assert "SECRET" not in line + err.getvalue().decode()


def test_a_bug_outside_of_a_command_is_an_exit_status_and_not_a_wait(
    tmp_path: Path, log_file: Path
) -> None:
    path = tmp_path / "health.duckdb"

    def broken(_: command_server.Request) -> int:
        raise ZeroDivisionError

    listening = command_server.CommandServer(path, broken)
    try:
        assert command_server.hand_over(path, "{}", io.BytesIO(), io.BytesIO()) == 70
    finally:
        listening.close()
    assert "kind=ZeroDivisionError" in log_file.read_text()


def test_output_that_nobody_reads_any_more_ends_a_command_and_does_not_repeat_it(
    tmp_path: Path,
) -> None:
    class Closed(io.BytesIO):
        def write(self, _: object) -> int:
            raise BrokenPipeError

    done = []

    def answer_at_length(request: command_server.Request) -> int:
        done.append(request.words)
        request.out.write("a line\n")
        return 0

    path = tmp_path / "health.duckdb"
    listening = command_server.CommandServer(path, answer_at_length)
    try:
        with pytest.raises(BrokenPipeError):
            command_server.hand_over(path, "{}", Closed(), io.BytesIO())
    finally:
        listening.close()
    assert done == ["{}"]


def test_only_this_user_can_reach_the_owner(tmp_path: Path) -> None:
    with owned(tmp_path):
        (folder,) = tmp_path.glob(".*.owner")
        assert folder.stat().st_mode & 0o077 == 0


def test_a_database_deep_in_folders_has_an_owner_too(tmp_path: Path) -> None:
    deep = tmp_path / ("a" * 60) / ("b" * 60)
    deep.mkdir(parents=True)
    (deep / "organizations.csv").write_text(ORGANIZATIONS)
    with owned(deep) as database:
        assert command(deep, "load", "organizations.csv").returncode == 0
        assert database.version == 1
