"""The command as a person types it: what it does, says, and returns."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import re
import signal
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from other_process import held_by_another_process
from workbooks_by_hand import workbook

import health.cli
from health import log
from health.cli import main
from health.cli.boundary import BUG, STOPPED
from health.cli.command_line import COMMANDS
from health.cli.export import EXPORTS, FORMATS
from health.cli.terminal import Terminal
from health.maintenance.demo import generate
from health.output.exports import EXPORTS as REAL_EXPORTS
from health.output.exports import Format
from health.storage.command_server import CommandServer
from health.storage.database import Database
from health.ui.server import web_server

DAY = date(2026, 11, 20)
ORGANIZATIONS = "organization_id,name,total_users\nA,Alpha,60\nB,Beta,100\n"
USAGE = (
    "organization_id,metric_type,date,value\n"
    "A,MONTHLY_ACTIVE_USERS,2026-11-20,38\n"
    "B,MONTHLY_ACTIVE_USERS,2026-11-20,50\n"
)
WRONG = (
    "organization_id,metric_type,date,value\n"
    "A,MONTHLY_ACTIVE_USERS,2026-11-19,30\n"
    "A,LOGINS,2026-11-19,5\n"
    "A,API_CALLS,2026-11-19,-3\n"
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own, where the default database is made."""
    monkeypatch.chdir(tmp_path)
    for name, text in {"organizations": ORGANIZATIONS, "usage": USAGE, "wrong": WRONG}.items():
        (tmp_path / f"{name}.csv").write_text(text)
    return tmp_path


def plain(text: str) -> str:
    """The text with plain spaces."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture
def loaded(folder: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A database with two clients and a value of each, not scored."""
    assert main(["load", "organizations.csv", "usage.csv"]) == 0
    capsys.readouterr()
    return folder / "data" / "health.duckdb"


def rows(path: Path, table: str) -> pl.DataFrame:
    with Database.open(path) as database:
        return database.query(f"SELECT * FROM {table} ORDER BY ALL")


HEAVY = "{'duckdb', 'numpy', 'pandas', 'polars', 'pyarrow', 'streamlit', 'rich'}"


@pytest.mark.parametrize(
    "words",
    [["--help"], ["paint"], ["check"], *([command.name, "--help"] for command in COMMANDS)],
    ids=" ".join,
)
def test_help_and_what_is_refused_at_once_import_nothing_heavy(words: list[str]) -> None:
    script = (
        f"import sys; from health.cli import main; main({words}); "
        f"assert not {HEAVY} & set(sys.modules), {HEAVY} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)


def test_every_import_of_the_command_is_a_statement_that_checkers_see() -> None:
    modules = Path(health.cli.__file__).parent.glob("*.py")
    assert [path.name for path in modules if "import_module" in path.read_text()] == []


def test_the_help_lists_every_command_and_teaches_the_first_steps(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--help"]) == 0
    said = capsys.readouterr().out
    assert "client-health serve --demo" in said
    listed = [line.split()[0] for line in said.partition("Commands:")[2].splitlines() if line]
    assert listed[: len(COMMANDS)] == [command.name for command in COMMANDS]


def test_the_command_knows_what_can_be_exported() -> None:
    assert EXPORTS == REAL_EXPORTS
    assert tuple(Format) == FORMATS


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["load", "nowhere.csv"], "there is no file nowhere.csv"),
        (["load"], "FILE"),
        (["export", "clients"], "clients"),
        (["score", "--as-of", "20.11.2026"], "20.11.2026 is not a day such as 2026-11-20"),
        (["score", "--as-of", "2026-02-30"], "2026-02-30 is not a day"),
        (["serve", "--port", "70000"], "70000 is not a port"),
        (["undo", "0"], "it must be 1 or more"),
        (["demo", "--days", "-3"], "--days"),
        (["paint"], "paint"),
    ],
)
def test_a_mistyped_command_line_is_an_error_of_usage(
    arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert named in capsys.readouterr().err


def test_the_database_is_named_before_or_after_the_subcommand(folder: Path) -> None:
    assert main(["--database", "one.duckdb", "load", "organizations.csv"]) == 0
    assert main(["load", "organizations.csv", "--database", "two.duckdb"]) == 0
    assert rows(folder / "one.duckdb", "organizations").height == 2
    assert rows(folder / "two.duckdb", "organizations").height == 2
    assert not (folder / "data").exists()


def test_the_database_is_named_by_the_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIENT_HEALTH_DATABASE", "named.duckdb")
    assert main(["load", "organizations.csv"]) == 0
    assert (folder / "named.duckdb").exists()


@pytest.mark.parametrize(
    "command", [["check"], ["score"], ["export", "scores"], ["imports"], ["undo", "1"]]
)
def test_what_only_looks_at_a_database_does_not_make_one(
    command: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command) == 1
    assert "There is no database" in capsys.readouterr().err
    assert not (folder / "data").exists()


def test_a_file_that_is_no_database_is_said_in_a_sentence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["check", "--database", "usage.csv"]) == 1
    assert "not a DuckDB database" in capsys.readouterr().err


def test_load_stores_files_in_whatever_order_and_says_what_changed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["load", "usage.csv", "organizations.csv"]) == 0
    said = capsys.readouterr()
    assert "usage.csv: usage metrics, one row per metric" in said.out
    assert "2 rows: 2 new, 0 changed, 0 unchanged, 0 rejected" in said.out
    assert "Stored as imports 1 and 2." in said.out
    assert "2 scores of 2 clients are missing or out of date (2026-11-20 to 2026-11-20)" in said.out
    assert "Next: client-health score" in said.out
    assert said.err == ""
    assert rows(folder / "data" / "health.duckdb", "usage_metrics")["value"].to_list() == [38, 50]


def test_new_clients_are_named_one_by_one(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = "".join(f"N{number},New {number}\n" for number in range(23))
    (folder / "many.csv").write_text(f"organization_id,name\n{lines}")
    assert main(["load", "many.csv", "--dry-run"]) == 0
    said = plain(capsys.readouterr().out)
    assert "  23 new clients:\n    New 0 (N0)\n" in said
    assert said.count("    New ") == 20
    assert "… and 3 more; load the file with --dry-run --list-new to see them all" in said
    assert main(["load", "many.csv", "--dry-run", "--list-new"]) == 0
    said = plain(capsys.readouterr().out)
    assert said.count("    New ") == 23
    assert "more; load" not in said


def test_loading_twice_changes_nothing_and_says_that_the_file_is_known(
    loaded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = rows(loaded, "usage_metrics")
    assert main(["load", "usage.csv"]) == 0
    said = capsys.readouterr().out
    assert "2 rows: 0 new, 0 changed, 2 unchanged" in said
    assert "Exactly this file was loaded before, as import 2." in said
    assert rows(loaded, "usage_metrics").equals(before)


def test_one_bad_row_refuses_all_files_of_a_load(
    loaded: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "more.csv").write_text("organization_id,name\nC,Gamma\n")
    assert main(["load", "more.csv", "wrong.csv"]) == 1
    said = capsys.readouterr()
    assert "wrong.csv     3  metric_type  LOGINS  unknown metric" in said.out
    assert "wrong.csv     4  value        -3      negative" in said.out
    assert "Nothing was stored, because 2 rows cannot be" in said.err
    assert rows(loaded, "organizations").height == 2
    assert rows(loaded, "imports").height == 2


def test_a_refused_cell_shows_what_would_be_accepted_and_a_note_how_it_was_read(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "report.csv").write_text(
        "Report\norganization_id,name,renewal_date\nA,Alpha,20.11.2026\nB,Beta,n/a\n"
    )
    assert main(["load", "report.csv"]) == 1
    said = capsys.readouterr().out
    assert "Note: Line 1 above the header was skipped: “Report”." in said
    assert re.search(r"reason +would be accepted\n.*not an ISO date +2026-11-20\n", said)
    assert "counted as empty: “n/a”" in said


def test_the_tables_of_an_archive_are_stored_together(folder: Path) -> None:
    with zipfile.ZipFile(folder / "month.zip", "w") as archive:
        archive.writestr("clients.csv", "organization_id,name\nA,Alpha\n")
        archive.writestr(
            "usage.csv", "organization_id,date,api_calls\nA,2026-11-19,x\nA,2026-11-18,1\n"
        )
    command = ["load", "month.zip", "--valid-rows-only", "--rejected-rows", "fix.csv"]
    assert main(["load", "month.zip"]) == 1
    assert main(command) == 0
    assert (folder / "fix-month-2.csv").read_text().splitlines()[1].endswith(",A,2026-11-19,x")
    assert len((folder / "fix-month-1.csv").read_text().splitlines()) == 1


def test_a_sheet_that_is_no_table_is_left_out_by_naming_the_others(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clients = [["organization_id", "name"], ["A", "Alpha"]]
    sheets = {"Notes": [["see mail"]], "My clients": clients, "More": [clients[0], ["B", "Beta"]]}
    (folder / "book.xlsx").write_bytes(workbook({**sheets, "Old": clients}, hidden="Old"))
    assert main(["load", "book.xlsx"]) == 1
    said = plain(capsys.readouterr().err)
    assert "“Notes”: None of its columns is known" in said
    assert (
        "To load only “My clients” and “More”: "
        "client-health load book.xlsx --sheet 'My clients' --sheet More" in said
    )
    assert main(["load", "book.xlsx", "--sheet", "My clients", "--sheet", "More"]) == 0
    path = folder / "data" / "health.duckdb"
    assert rows(path, "organizations")["organization_id"].to_list() == ["A", "B"]
    capsys.readouterr()
    assert main(["load", "book.xlsx", "--sheet", "Client"]) == 1
    assert "has no sheet “Client”" in (said := plain(capsys.readouterr().err))
    assert "“Old” (hidden)" in said
    assert "feeds propose" not in said
    assert main(["load", "book.xlsx", "--sheet", "Old"]) == 0
    assert "The sheet “Old” is hidden in the workbook." in plain(capsys.readouterr().out)
    assert main(["load", "organizations.csv", "--sheet", "Old"]) == 1
    assert "the file is no workbook" in plain(capsys.readouterr().err)


def test_rejected_rows_are_written_to_be_mended_and_loaded(loaded: Path, folder: Path) -> None:
    mending = folder / "to-mend.csv"
    load = ["load", "wrong.csv", "--valid-rows-only", "--rejected-rows", str(mending)]
    assert main(load) == 0
    assert main(["load", str(mending)]) == 1
    text = mending.read_text().replace("LOGINS", "REPORTS_GENERATED").replace("'-3", "3")
    mending.write_text(text)
    assert main(["load", str(mending)]) == 0
    stored = rows(loaded, "usage_metrics").filter(pl.col("date") == date(2026, 11, 19))
    assert sorted(stored["value"]) == [3, 5, 30]


def test_rejected_rows_of_several_files_are_written_apart_and_old_ones_go(
    loaded: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert loaded.exists()
    (folder / "more.csv").write_text(USAGE)
    (folder / "to-mend-more.csv").write_text("of last night")
    command = ["load", "wrong.csv", "more.csv", "--dry-run", "--rejected-rows", "to-mend.csv"]
    assert main(command) == 1
    said = capsys.readouterr().out
    assert f"2 rejected rows of wrong.csv to fix and load again: {folder}/to-mend-wrong.csv" in said
    assert len((folder / "to-mend-wrong.csv").read_text().splitlines()) == 3
    assert len((folder / "to-mend-more.csv").read_text().splitlines()) == 1


def test_what_looks_wrong_is_said_before_and_after_storing_and_holds_nothing_back(
    loaded: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "many.csv").write_text(USAGE.replace(",38", ",75"))
    for options in (["--dry-run"], []):
        assert main(["load", "many.csv", *options]) == 0
        said = capsys.readouterr().out
        assert "Warning: More users active than licensed (1). Compare the active users" in said
        assert "Alpha (A): 75 monthly active users on 20 Nov 2026, 60 licensed" in plain(said)
    assert 75 in rows(loaded, "usage_metrics")["value"]


FEED = "ABCDEF"
CLIENTS = "organization_id,name\n" + "".join(f"{one},Client {one}\n" for one in FEED)
WEEKS = "organization_id,date,daily_active_users\n" + "".join(
    f"{one},2026-11-{day:02},20\n" for day in range(1, 22) for one in FEED
)
ZERO = "organization_id,date,daily_active_users\n" + "".join(
    f"{one},2026-11-22,0\n" for one in FEED
)


def test_what_looks_wrong_as_a_whole_is_held_where_that_is_asked_for(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in {"clients": CLIENTS, "weeks": WEEKS, "zero": ZERO}.items():
        (folder / f"{name}.csv").write_text(text)
    assert main(["load", "clients.csv", "weeks.csv", "--hold"]) == 0
    database = folder / "data" / "health.duckdb"
    before = rows(database, "usage_metrics")
    for options in (["--hold"], ["--hold", "--dry-run"], ["--hold", "--valid-rows-only"]):
        capsys.readouterr()
        assert main(["load", "zero.csv", *options]) == 3
        said = capsys.readouterr()
        assert "Held: 6 clients at 0: daily active users, on 22 Nov 2026." in plain(said.out)
        assert "1 thing above (“Held”) should be looked at first" in plain(said.err)
    assert rows(database, "usage_metrics").equals(before)
    assert rows(database, "imports").height == 2
    assert main(["load", "zero.csv", "--dry-run"]) == 0
    said = plain(capsys.readouterr().out)
    assert "Without --hold it would be stored; with --hold it would be held" in said
    assert "because 1 thing above (“Held”) should be looked at first." in said
    assert rows(database, "imports").height == 2
    assert main(["load", "zero.csv"]) == 0
    assert "Held: 6 clients at 0" in plain(capsys.readouterr().out)


def test_what_would_be_stored_wrong_for_certain_is_held_even_so(
    loaded: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "tickets.csv").write_text(
        "organization_id,date,support_tickets\n" + 3 * "A,2026-11-20T09:10,1\n"
    )
    assert main(["load", "tickets.csv"]) == 3
    said = capsys.readouterr()
    assert "it looks like one row an event" in said.out
    assert "Nothing was stored: the numbers would be wrong" in said.err
    assert rows(loaded, "usage_metrics").height == 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("organization_id,date,support_tickets\n", "nothing.csv has a header and no rows."),
        ("organization_id,date,api_calls\nX,2026-11-20,3\n", "its only row cannot be stored."),
    ],
)
@pytest.mark.parametrize("options", [[], ["--valid-rows-only"], ["--valid-rows-only", "--dry-run"]])
def test_a_file_with_nothing_to_store_is_not_stored(
    loaded: Path,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    text: str,
    why: str,
    options: list[str],
) -> None:
    (folder / "nothing.csv").write_text(text)
    assert main(["load", "nothing.csv", *options]) == 1
    assert why in plain(capsys.readouterr().err)
    assert rows(loaded, "imports").height == 2


def test_the_valid_rows_are_stored_when_asked_for(loaded: Path) -> None:
    assert main(["load", "wrong.csv", "--valid-rows-only"]) == 0
    stored = rows(loaded, "usage_metrics").filter(pl.col("date") == date(2026, 11, 19))
    assert stored.select("organization_id", "metric_type", "value").rows() == [
        ("A", "MONTHLY_ACTIVE_USERS", 30)
    ]


def test_a_dry_run_says_the_same_and_stores_nothing(
    loaded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["load", "usage.csv", "--dry-run"]) == 0
    assert "2 unchanged" in capsys.readouterr().out
    assert main(["load", "wrong.csv", "--dry-run"]) == 1
    assert main(["load", "wrong.csv", "--dry-run", "--valid-rows-only"]) == 0
    assert "dry run" in capsys.readouterr().out
    assert rows(loaded, "imports").height == 2
    assert rows(loaded, "usage_metrics").height == 2


def test_what_becomes_empty_is_said_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "full.csv").write_text("organization_id,name,csm\nA,Alpha,Ann\nB,Beta,Bo\n")
    (folder / "less.csv").write_text("organization_id,name,csm\nA,Alpha,\nB,Beta,Bo\n")
    assert main(["load", "full.csv"]) == 0
    capsys.readouterr()
    assert main(["load", "less.csv", "--empty-clears", "--dry-run"]) == 0
    said = plain(capsys.readouterr().out)
    assert "Becomes empty: 1 of csm" in said
    assert said.casefold().count("empty") == 1


def test_a_dry_run_makes_no_database(folder: Path) -> None:
    assert main(["load", "organizations.csv", "usage.csv", "--dry-run"]) == 0
    assert not (folder / "data").exists()


def test_every_file_that_cannot_be_read_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "picture.csv").write_bytes(b"\x89PNG\r\n\x1a\n....")
    (folder / "nothing.csv").write_bytes(b"")
    assert main(["load", "organizations.csv", "picture.csv", "nothing.csv"]) == 1
    said = capsys.readouterr().err
    assert "picture.csv: The file cannot be read. By its content the file is a PNG picture" in said
    assert "nothing.csv: The file cannot be read. The file is empty" in said
    assert "Nothing was stored." in said
    assert rows(folder / "data" / "health.duckdb", "organizations").is_empty()


@pytest.mark.parametrize(
    ("content", "helps"),
    [
        (b"Client,Seats\nA,3\n", True),
        ("organization_id,name\nA,M\u00fcller\n".encode("cp1252"), True),
        (b"organization_id,name\n" + b"A,x\n" * 40_000 + b"B,\xfc\n", True),
        (b"", False),
        (b"\x89PNG\r\n\x1a\n....", False),
        (b"PK\x03\x04 cut short", False),
        (b'organization_id,name\nA,"open\n', False),
        (b",".join(b"c%d" % number for number in range(600)) + b"\n", False),
    ],
    ids=["header", "encoding", "encoding later", "empty", "picture", "damaged", "quote", "wide"],
)
def test_a_feed_is_proposed_only_where_stating_one_helps(
    folder: Path, capsys: pytest.CaptureFixture[str], content: bytes, helps: bool
) -> None:
    (folder / "export.csv").write_bytes(content)
    assert main(["load", "export.csv"]) == 1
    assert ("client-health feeds propose export.csv" in capsys.readouterr().err) is helps


def test_rejects_are_written_whole_and_harmless(
    loaded: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = "".join(f"A,=cmd{number},2026-11-19,5\n" for number in range(30))
    (folder / "many.csv").write_text("organization_id,metric_type,date,value\n" + lines)
    assert main(["load", "many.csv", "--rejects", "rejects.csv"]) == 1
    assert "… and 10 more" in capsys.readouterr().out
    written = pl.read_csv(folder / "rejects.csv")
    assert written.columns == ["file", "line", "column", "value", "reason", "accepted"]
    assert written["line"].to_list() == list(range(2, 32))
    assert written["value"][0] == "'=cmd0"
    assert rows(loaded, "imports").height == 2


def test_mixing_real_files_with_the_demo_is_warned_of(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["demo", "--organizations", "2", "--days", "40"]) == 0
    assert main(["load", "organizations.csv"]) == 0
    assert "made up" in capsys.readouterr().err


def test_score_computes_what_is_missing_and_then_nothing(
    loaded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["score"]) == 0
    assert "2 scores stored, model Standard." in capsys.readouterr().out
    assert rows(loaded, "tenant_health_scores")["overall_score"].to_list() == [63, 50]
    assert main(["score"]) == 0
    assert "There was nothing to score." in capsys.readouterr().out


def test_score_of_a_day_and_of_a_range(loaded: Path) -> None:
    assert main(["score", "--as-of", "2026-11-25"]) == 0
    assert set(rows(loaded, "scores")["score_date"]) == {date(2026, 11, 25)}
    assert main(["score", "--from", "2026-11-19", "--as-of", "2026-11-21"]) == 0
    assert set(rows(loaded, "scores")["score_date"]) == {
        date(2026, 11, 20),
        date(2026, 11, 21),
        date(2026, 11, 25),
    }


@pytest.mark.usefixtures("loaded")
def test_a_range_that_ends_before_it_begins_is_an_error_of_usage(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["score", "--from", "2026-11-21", "--as-of", "2026-11-20"]) == 2
    assert "from" in capsys.readouterr().err


def test_another_model_scores_everything_anew(loaded: Path) -> None:
    main(["score"])
    assert main(["score", "--model", "targets"]) == 0
    stored = rows(loaded, "tenant_health_scores")
    assert stored["overall_score"].to_list() == [90, 71]
    assert set(stored["model_version"]) == {"targets-1"}


def test_without_usage_there_is_nothing_to_score(capsys: pytest.CaptureFixture[str]) -> None:
    main(["load", "organizations.csv"])
    assert main(["score"]) == 1
    assert "Load a usage file first" in capsys.readouterr().err


def test_ctrl_c_ends_scoring_between_two_steps(
    loaded: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @contextlib.contextmanager
    def stopped(_: Terminal) -> Iterator[object]:
        yield lambda: True

    monkeypatch.setattr(Terminal, "stopping", stopped)
    assert main(["score"]) == STOPPED == 130
    assert "0 % was recalculated and is stored" in capsys.readouterr().err
    assert rows(loaded, "scores").is_empty()


def quiet_terminal() -> Terminal:
    return Terminal(out=io.StringIO(), err=io.StringIO(), data=io.BytesIO(), is_watched=True)


def test_a_bug_is_a_reference_and_a_line_in_the_log(
    loaded: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("SECRET-ID")

    logged: list[tuple[str, BaseException]] = []
    monkeypatch.setattr(log, "bug", lambda *given: logged.append(given))
    monkeypatch.setattr("health.queries.imports.list_imports", broken)
    assert main(["imports", "--database", str(loaded)]) == BUG == 70
    ((reference, error),) = logged
    assert isinstance(error, ZeroDivisionError)
    said = capsys.readouterr().err
    assert f"report reference {reference} from the log" in said
    assert "SECRET" not in said


def test_ctrl_c_ends_a_command_in_a_sentence(
    loaded: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("health.queries.imports.list_imports", stopped)
    assert main(["imports", "--database", str(loaded)]) == STOPPED
    assert capsys.readouterr().err == "Stopped. What was not finished is not stored.\n"


def test_columns_stand_below_each_other_whatever_the_width_of_a_letter() -> None:
    terminal = quiet_terminal()
    terminal.table([("file", "rows"), ("日本[b].csv", "7"), ("a.csv", "1,200")], right=[1])
    drawn = terminal.out.getvalue() if isinstance(terminal.out, io.StringIO) else ""
    assert drawn.splitlines() == [
        "  file          rows",
        "  日本[b].csv      7",
        "  a.csv        1,200",
    ]


@pytest.fixture
def heeds_ctrl_c() -> Iterator[None]:
    """Begun in the background, a process ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeds_ctrl_c")
def test_the_first_ctrl_c_asks_and_the_second_one_stops() -> None:
    with quiet_terminal().stopping() as is_stopped:
        assert not is_stopped()
        signal.raise_signal(signal.SIGINT)
        assert is_stopped()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_progress_is_one_line_that_goes_away() -> None:
    terminal = quiet_terminal()
    with terminal.progress("Scoring [all]") as tell:
        tell(0.5)
    drawn = terminal.err.getvalue() if isinstance(terminal.err, io.StringIO) else ""
    assert drawn.startswith("Scoring [all] …")
    assert drawn.endswith("\x1b[1A\x1b[2K")
    assert drawn.count("\n") == drawn.count("\x1b[1A") == 1


@pytest.mark.usefixtures("loaded")
def test_only_data_goes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    main(["score"])
    capsys.readouterr()
    assert main(["export", "scores"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    header, first, second = said.out.splitlines()
    assert header.startswith("organization_id,score_date,login_score,case_resolution_score,")
    assert first.startswith("A,2026-11-20,63,,,,,63,,20,STABLE,MEDIUM,standard-1,")
    assert second.startswith("B,2026-11-20,50,,,,,50,,20,STABLE,MEDIUM,standard-1,")


@pytest.mark.usefixtures("loaded")
def test_a_day_without_scores_exports_a_header_and_a_warning(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["export", "scores", "--as-of", "2026-11-20"]) == 0
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 1
    assert "client-health score --as-of 2026-11-20" in said.err


@pytest.mark.usefixtures("loaded")
def test_an_export_to_a_file_appears_whole(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "usage_metrics", "--format", "parquet", "--output", "u.parquet"]) == 0
    assert "2 rows of usage_metrics" in capsys.readouterr().out
    assert pl.read_parquet(folder / "u.parquet")["value"].to_list() == [38, 50]
    assert main(["export", "usage_metrics", "--output", "no/such/folder.csv"]) == 2
    assert {path.name for path in folder.iterdir() if path.is_dir()} == {"data"}


@pytest.mark.usefixtures("loaded")
def test_a_day_goes_only_with_scores(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "organizations", "--as-of", "2026-11-20"]) == 2
    assert "as_of" in capsys.readouterr().err


@pytest.mark.usefixtures("loaded")
def test_a_review_is_written_to_a_file_or_to_standard_output(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIENT_HEALTH_CURRENCY", "EUR")
    main(["score"])
    (folder / "value.csv").write_text("organization_id,name,annual_value\nA,Alpha,38900\n")
    main(["load", "value.csv"])
    capsys.readouterr()
    assert main(["review", "A"]) == 0
    assert "€38,900" not in capsys.readouterr().out
    assert main(["review", "A", "--internal"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.startswith("<!DOCTYPE html>")
    assert said.out.endswith("</html>\n")
    assert "€38,900" in said.out
    assert main(["review", "A", "--internal", "--output", "review.html"]) == 0
    assert "review of A, 2026-10-21 to 2026-11-20, is in" in capsys.readouterr().out
    assert (folder / "review.html").read_text(encoding="utf-8") == said.out
    assert main(["review", "A", "--internal", "--as-of", "2026-11-19"]) == 0
    assert "This is a past day" in capsys.readouterr().out


@pytest.mark.usefixtures("loaded")
def test_a_score_is_proved_with_every_step_until_a_value_changes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["score"]) == 0
    capsys.readouterr()
    assert main(["prove", "A", "2026-11-20", "--rows"]) == 0
    said = plain(capsys.readouterr().out)
    assert said.startswith("Proved: the values on file give 63, as is stored.")
    assert "100 × 38 ÷ 60 = 63.3333…" in said
    assert "(63 × 2,000) ÷ 2,000 = 63, rounded half up: 63." in said
    assert re.search(r"Monthly active users +2026-11-20 +38 +.*usage.csv", said)
    (folder / "later.csv").write_text(USAGE.replace("38", "30"))
    assert main(["load", "later.csv"]) == 0
    capsys.readouterr()
    assert main(["prove", "A", "2026-11-20"]) == 1
    said = plain(capsys.readouterr().out)
    assert said.startswith("Out of date: 63 is stored, the values on file give 50. Recalculate.")
    assert "1 value changed since. With the values of before, the stored score comes out." in said
    assert re.search(r"Monthly active users +20 Nov 2026 +38 +30 +import 3, later.csv", said)


@pytest.mark.usefixtures("loaded")
def test_a_proof_as_json_holds_the_model_and_every_value(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["score"]) == 0
    capsys.readouterr()
    assert main(["prove", "A", "2026-11-20", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["stored"] == found["computed"]
    assert found["stored"]["Score"] == 63
    assert found["model"]["version"] == "standard-1"
    assert [row["Value"] for row in found["usage"]] == [38]
    assert main(["prove", "X", "2026-11-20"]) == 1
    assert "X" in capsys.readouterr().err


@pytest.mark.usefixtures("loaded")
def test_a_review_of_a_period_is_named_by_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["review", "A", "--period", "2026-10", "--output", "."]) == 0
    assert (folder / "Alpha 2026-10 review.html").is_file()
    assert main(["review", "A", "--period", "2026-Q4", "--internal", "--output", "."]) == 0
    assert (folder / "Alpha 2026-10-01 to 2026-11-20 internal review.html").is_file()
    assert main(["review", "A", "--from", "2026-11-01", "--to", "2026-11-10"]) == 0
    assert "Review from 1\u00a0Nov\u00a02026 to" in capsys.readouterr().out
    assert main(["review", "A", "--period", "2026-10", "--to", "2026-11-10"]) == 2
    assert main(["review", "A", "--period", "soon"]) == 2
    assert "such as 2026-10" in capsys.readouterr().err


@pytest.mark.usefixtures("loaded")
def test_a_review_of_nobody_is_refused_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", "nobody", "--output", "review.html"]) == 1
    assert "nobody" in capsys.readouterr().err
    assert not Path("review.html").exists()


@pytest.mark.parametrize(
    ("words", "target"),
    [
        (["review", "A", "--output"], "data/health.duckdb"),
        (["export", "organizations", "--output"], "data/health.duckdb"),
        (["export", "organizations", "--output"], "data/health.duckdb.receipts"),
        (["load", "again.csv", "--rejects"], "data/health.duckdb"),
        (["load", "again.csv", "--rejected-rows"], "again.csv"),
    ],
)
@pytest.mark.usefixtures("loaded")
def test_what_is_read_is_not_written_over(
    folder: Path, words: list[str], target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    place = folder / target
    (folder / "again.csv").write_text("organization_id,name\nC,\n")
    before = place.read_bytes()
    assert main([*words, str(place)]) == 2
    assert f"{place} would be lost" in capsys.readouterr().err
    assert place.read_bytes() == before


@pytest.mark.parametrize("file_format", FORMATS[:2])
def test_what_was_exported_can_be_loaded_again(
    loaded: Path, folder: Path, file_format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "features.csv").write_text("organization_id,feature_name\nA,SSO\nB,SSO\n")
    assert main(["load", "features.csv"]) == 0
    files = []
    for table in ("organizations", "usage_metrics", "feature_adoption"):
        files.append(f"{table}.{file_format}")
        assert main(["export", table, "--format", file_format, "--output", files[-1]]) == 0
    assert main(["load", *files]) == 0
    assert "new, 0 changed, 2 unchanged" in capsys.readouterr().out
    assert main(["load", *files, "--database", "copy.duckdb"]) == 0
    for table in ("organizations", "usage_metrics"):
        plain = pl.exclude("created_at", "updated_at")
        copied = rows(folder / "copy.duckdb", table).select(plain)
        assert copied.equals(rows(loaded, table).select(plain))


@pytest.mark.usefixtures("loaded")
def test_a_sound_database_passes(capsys: pytest.CaptureFixture[str]) -> None:
    main(["score"])
    assert main(["check"]) == 0
    said = capsys.readouterr().out
    assert "passed   Scores equal a recomputation" in said
    assert "The database is sound." in said


def test_a_wrong_score_fails_the_check_with_its_client_and_day(
    loaded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["score"])
    with Database.open(loaded) as database, database.write() as writer:
        writer.execute("UPDATE scores SET overall_score = 99 WHERE overall_score = 63")
    assert main(["check"]) == 1
    said = capsys.readouterr()
    assert "A, 2026-11-20: overall_score 99 instead of 63" in said.out
    assert re.fullmatch(r"1 of \d+ checks failed\.\n", said.err)


def test_an_import_is_listed_and_can_be_undone(
    loaded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["undo", "2"]) == 0
    assert "Import 2 is undone." in capsys.readouterr().out
    assert rows(loaded, "usage_metrics").is_empty()
    assert main(["imports"]) == 0
    listed = capsys.readouterr().out
    assert "organizations.csv" in listed
    assert "undone by" in listed
    digest = hashlib.sha256(USAGE.encode()).hexdigest()
    assert digest[:12] in listed
    assert digest not in listed
    assert f"{len(USAGE)} B" in listed
    assert main(["imports", "--long"]) == 0
    assert digest in capsys.readouterr().out
    assert main(["undo", "2"]) == 1
    assert "undone already" in capsys.readouterr().err
    assert main(["undo", "77"]) == 2


@pytest.mark.usefixtures("loaded")
def test_what_was_done_about_ids_stands_in_the_list_of_imports(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["ids", "alias", "A", "Acme"]) == 0
    capsys.readouterr()
    assert main(["imports"]) == 0
    first = plain(capsys.readouterr().out).splitlines()[1]
    assert first.strip().startswith("ids 1")
    assert "Acme is another id of A." in first


def test_an_import_that_is_too_old_says_that_it_cannot_be_undone(
    loaded: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Database.open(loaded) as database, database.write() as writer:
        writer.execute("UPDATE imports SET imported_at = imported_at - INTERVAL 401 DAY")
    (folder / "later.csv").write_text(USAGE.replace(",38", ",40"))
    assert main(["load", "later.csv"]) == 0
    capsys.readouterr()
    assert main(["imports"]) == 0
    assert capsys.readouterr().out.count("can no longer be undone") == 2
    assert main(["undo", "2", "--anyway"]) == 1
    assert "Import 2 can no longer be undone" in capsys.readouterr().err


def test_an_undo_under_a_later_import_has_to_be_insisted_on(
    loaded: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "later.csv").write_text(USAGE.replace(",38", ",40"))
    main(["load", "later.csv"])
    assert main(["undo", "2"]) == 1
    assert "first by import 3" in capsys.readouterr().err
    assert main(["undo", "2", "--anyway"]) == 0
    assert rows(loaded, "usage_metrics")["value"].to_list() == [40]


def test_demo_files_are_the_same_every_time_and_can_be_loaded(folder: Path) -> None:
    small = ["demo", "--organizations", "3", "--days", "40", "--output"]
    assert main([*small, "one"]) == 0
    assert main([*small, "two"]) == 0
    files = sorted((folder / "one").iterdir())
    assert [path.name for path in files] == [
        "feature_adoption.csv",
        "organizations.csv",
        "usage_metrics.csv",
    ]
    assert [p.read_bytes() for p in files] == [
        p.read_bytes() for p in sorted((folder / "two").iterdir())
    ]
    assert not (folder / "data").exists()


def test_the_defaults_in_the_help_of_demo_are_those_of_the_demo(
    capsys: pytest.CaptureFixture[str],
) -> None:
    defaults = generate.__kwdefaults__
    assert main(["demo", "--help"]) == 0
    said = capsys.readouterr().out
    for name in ("organizations", "days", "seed"):
        assert f"[default: {defaults[name]}]" in said


def test_the_demo_does_not_mix_with_real_clients(
    loaded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--organizations", "3", "--days", "40"]) == 1
    assert "holds 2 clients that are not made up" in capsys.readouterr().err
    assert rows(loaded, "organizations").height == 2


def test_a_demo_of_impossible_size_is_an_error_of_usage(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["demo", "--organizations", "0", "--output", "files"]) == 2
    assert "organizations" in capsys.readouterr().err


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """What the server was started with; none is."""
    started: list[dict[str, object]] = []
    monkeypatch.setattr(web_server, "run", lambda **options: started.append(options))
    monkeypatch.setattr(web_server, "check_address", lambda _host, _port: None)
    # The command tells the dashboard its database by the environment, which is this process's.
    monkeypatch.setenv("CLIENT_HEALTH_DATABASE", "")
    return started


def test_serve_prints_where_it_is_and_nothing_of_streamlit(folder: Path) -> None:
    # Everything but the server itself; only then does Streamlit read its options for real.
    script = (
        "import sys; from streamlit.web import bootstrap; from health.cli import main; "
        "bootstrap.run_asgi_app = lambda *given: None; "
        f"sys.exit(main(['serve', '--port', '{free_port()}']))"
    )
    served = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, check=True
    )
    assert served.stderr == ""
    assert len(served.stdout.splitlines()) == 2


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_serve_makes_a_demo_beside_the_real_database(
    served: list[dict[str, object]], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--demo", "--port", "8600"]) == 0
    said = capsys.readouterr()
    assert "Open http://127.0.0.1:8600 in a browser" in said.out
    assert served == [{"host": "127.0.0.1", "port": 8600, "max_upload_mb": 200}]
    assert not (folder / "data" / "health.duckdb").exists()
    assert rows(folder / "data" / "demo.duckdb", "organizations").height == 200
    assert main(["serve", "--demo"]) == 0
    assert "The demo is in" not in capsys.readouterr().out


def test_serve_leaves_clients_that_are_there_alone(
    served: list[dict[str, object]], loaded: Path
) -> None:
    assert main(["serve", "--demo", "--database", str(loaded)]) == 0
    assert served
    assert rows(loaded, "organizations").height == 2


def test_serve_starts_while_a_command_is_at_work(
    served: list[dict[str, object]], loaded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with held_by_another_process(loaded):
        assert main(["serve", "--database", str(loaded)]) == 0
    assert served
    assert "A command is at work on the database" in capsys.readouterr().err


def test_serve_does_not_start_beside_another_dashboard(
    served: list[dict[str, object]], loaded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with held_by_another_process(loaded):
        other = CommandServer(loaded, lambda _: 0)
        try:
            assert main(["serve", "--database", str(loaded)]) == 1
        finally:
            other.close()
    assert not served
    assert "The database is in use" in capsys.readouterr().err


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_this_machine_is_served_without_a_word(
    served: list[dict[str, object]], host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--host", host]) == 0
    assert served
    assert not capsys.readouterr().err


def test_serving_beyond_this_machine_without_sign_in_has_to_be_insisted_on(
    served: list[dict[str, object]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--host", "0.0.0.0"]) == 1
    assert not served
    assert "--allow-anonymous" in capsys.readouterr().err
    assert main(["serve", "--host", "0.0.0.0", "--allow-anonymous"]) == 0
    assert served
    assert "no sign-in" in capsys.readouterr().err


def test_a_taken_port_is_said_with_the_way_out(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert main(["serve", "--port", str(port)]) == 1
    said = capsys.readouterr().err
    assert f"Port {port} is taken" in said
    assert f"--port {port + 1}" in said


def test_an_address_of_another_machine_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--host", "192.0.2.1", "--allow-anonymous"]) == 1
    assert "There is no address 192.0.2.1" in capsys.readouterr().err


def test_the_script_of_the_dashboard_is_there() -> None:
    assert web_server.app_script().name == "app.py"
    assert web_server.app_script().is_file()
