"""Feeds on the command line: proposed, imported, recognized by load, exported and removed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from health.cli import main
from health.cli.handover import Order
from health.cli.remote_command import answer
from health.storage.command_server import CommandServer, Request
from health.storage.database import Database

TICKETS = """\
Id,Subject,Status,Created at,Organization
1,Cannot sign in,Open,2026-11-02 09:14,Alpha Ltd
2,Export,Solved,2026-11-02 10:00,alpha  ltd
3,Export,Solved,2026-11-03 10:00,Beta
4,Export,Solved,2026-11-03 10:00,Beta
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "organizations.csv").write_text("organization_id,name\nA,Alpha Ltd\nB,Beta\n")
    (tmp_path / "tickets.csv").write_text(TICKETS)
    assert main(["load", "organizations.csv"]) == 0
    return tmp_path


def usage() -> list[tuple[str, str, date, int]]:
    with Database.open(Path("data/health.duckdb")) as database:
        return database.query(
            "SELECT organization_id, metric_type, date, value FROM usage_metrics ORDER BY ALL"
        ).rows()


def test_an_export_is_described_once_and_read_right_from_then_on(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["load", "tickets.csv"]) == 1
    assert main(["feeds", "propose", "tickets.csv", "--output", "tickets.toml"]) == 0
    assert main(["feeds", "import", "tickets.toml"]) == 0
    capsys.readouterr()

    assert main(["feeds", "check", "tickets.csv"]) == 0
    shown = capsys.readouterr().out
    assert "4 rows of the source became 2 values." in shown
    assert "Ignored columns: Id, Subject, Status." in shown
    assert usage() == []

    assert main(["load", "tickets.csv"]) == 0
    assert "Read by the feed “tickets”, version 1." in capsys.readouterr().out
    assert usage() == [
        ("A", "SUPPORT_TICKETS", date(2026, 11, 2), 2),
        ("B", "SUPPORT_TICKETS", date(2026, 11, 3), 2),
    ]
    assert main(["imports"]) == 0
    newest, first = capsys.readouterr().out.splitlines()[-2:]
    assert "tickets, version 1" in newest
    assert "version" not in first

    (folder / "december.csv").write_text(TICKETS.replace("2026-11", "2026-10"))
    assert main(["load", "december.csv"]) == 0
    assert len(usage()) == 4


def test_a_source_that_changed_is_stopped_with_the_difference(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["feeds", "propose", "tickets.csv", "--output", "tickets.toml"])
    main(["feeds", "import", "tickets.toml"])
    (folder / "changed.csv").write_text(TICKETS.replace("Status", "State"))
    capsys.readouterr()
    for words in (["load", "changed.csv"], ["load", "changed.csv", "--feed", "tickets"]):
        assert main(words) == 1
        said = capsys.readouterr().err
        assert "“Status” is missing and “State” is new" in said
        assert "Nothing was stored." in said
    assert main(["load", "tickets.csv", "--feed", "ticket"]) == 1
    assert "Did you mean “tickets”?" in capsys.readouterr().err


def test_versions_stay_and_a_removed_feed_reads_nothing_more(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["feeds", "propose", "tickets.csv", "--output", "tickets.toml"])
    main(["feeds", "import", "tickets.toml"])
    main(["load", "tickets.csv"])
    text = (folder / "tickets.toml").read_text()
    (folder / "tickets.toml").write_text(
        text + 'where = [{ column = "Status", is_not = "Solved" }]\n'
    )
    main(["feeds", "import", "tickets.toml"])
    capsys.readouterr()
    assert main(["feeds", "show", "Tickets"]) == 0
    shown = capsys.readouterr().out
    assert "version = 2" in shown
    assert "# version 1: " in shown
    assert "1 import" in shown
    assert main(["feeds", "show", "tickets", "--version", "3"]) == 1
    assert main(["feeds", "export", "tickets", "--output", "again.toml"]) == 0
    assert main(["feeds", "import", "again.toml"]) == 0
    capsys.readouterr()
    assert main(["feeds", "list"]) == 0
    assert "tickets        2" in capsys.readouterr().out

    assert main(["feeds", "remove", "tickets"]) == 0
    assert main(["load", "tickets.csv"]) == 1
    capsys.readouterr()
    assert main(["feeds", "list"]) == 0
    assert "No feed is on file" in capsys.readouterr().out
    assert main(["feeds", "list", "--retired"]) == 0
    assert "removed by" in capsys.readouterr().out


def test_clients_that_no_name_fits_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["feeds", "propose", "tickets.csv", "--output", "tickets.toml"])
    main(["feeds", "import", "tickets.toml"])
    (folder / "other.csv").write_text(TICKETS.replace("Beta", "Gamma"))
    capsys.readouterr()
    assert main(["load", "other.csv"]) == 1
    said = capsys.readouterr().out
    assert "Gamma" in said
    assert "unknown organization" in said
    assert usage() == []


def test_feeds_are_told_by_the_process_that_holds_the_database(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["feeds", "propose", "tickets.csv", "--output", "tickets.toml"])
    path = folder / "data" / "health.duckdb"
    asked = []

    def do(request: Request) -> int:
        asked.append(Order.read(request.words).command)
        return answer(database, request)

    with Database.open(path) as database:
        server = CommandServer(path, do)
        try:
            capsys.readouterr()
            assert main(["feeds", "import", "tickets.toml"]) == 0
            assert main(["feeds", "list"]) == 0
            assert main(["feeds", "check", "tickets.csv"]) == 0
        finally:
            server.close()
    assert asked == ["feeds import", "feeds list", "feeds check"]
    assert "4 rows of the source became 2 values." in capsys.readouterr().out
