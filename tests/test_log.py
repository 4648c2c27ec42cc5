"""The log says who did what, when and how much, and nothing of the data."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from small_files import TODAY, usage

from health import imports, log
from health.errors import Cancelled
from health.files import read_file
from health.scoring import runs
from health.storage.database import Database

SECRETS = ("SECRET-ID", "Secret name", "secret_file", "4711")


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    """A file that the log goes to; afterwards it goes nowhere again."""
    logger = logging.getLogger("health")
    yield tmp_path / "health.log"
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()
    logger.setLevel(logging.NOTSET)
    logger.propagate = True


def lines(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_an_import_a_run_and_an_undo_are_a_line_each_without_a_word_of_the_data(
    file: Path, database: Database
) -> None:
    log.set_up(str(file), form="json", level="info")
    clients = b"organization_id,name,total_users\nSECRET-ID,Secret name,4711\n"
    parsed = read_file(clients, name="secret_file.csv", today=TODAY)
    imports.store(database, [parsed], by="ada@example.org")
    used = usage(("SECRET-ID", "MONTHLY_ACTIVE_USERS", date(2026, 11, 20), 4711))
    (outcome,) = imports.store(database, [used], by="ada@example.org")
    runs.score(database, requested_by="ada@example.org")
    assert outcome.import_id is not None
    imports.undo(database, outcome.import_id, by="bob@example.org")

    found = lines(file)
    assert [one["event"] for one in found] == ["import", "import", "scoring", "undo"]
    assert [one["by"] for one in found] == ["ada@example.org"] * 3 + ["bob@example.org"]
    assert (found[0]["rows_new"], found[0]["kind"]) == (1, "organizations")
    assert found[0]["sha256"] == parsed.sha256[:12]
    assert (found[2]["scores"], found[2]["model"]) == (1, "standard-1")
    assert [word for word in SECRETS if word in file.read_text()] == []


def test_a_cancelled_run_is_a_line_too(file: Path, database: Database) -> None:
    used = usage(("A", "MONTHLY_ACTIVE_USERS", date(2026, 11, 20), 1))
    clients = b"organization_id,name,total_users\nA,Ada,5\n"
    imports.store(database, [read_file(clients, name="c.csv", today=TODAY)], by="ada")
    imports.store(database, [used], by="ada")
    log.set_up(str(file), form="json", level="info")
    with pytest.raises(Cancelled):
        runs.score(database, requested_by="ada", cancelled=lambda: True)
    (line,) = lines(file)
    assert (line["event"], line["by"], line["scores"]) == ("scoring cancelled", "ada", 0)


def test_an_error_in_the_log_of_another_library_is_a_line_of_ours(file: Path) -> None:
    log.set_up(str(file), form="json", level="info")
    log.take_over("tests.another")
    seen = []
    other = logging.getLogger("tests.another")
    handler = logging.Handler()
    handler.emit = seen.append  # type: ignore[method-assign]
    other.addHandler(handler)
    try:
        raise ValueError("Secret name")
    except ValueError as error:
        other.error("Uncaught app execution", exc_info=error)
    other.error("said without an error")
    (line,) = lines(file)
    assert (line["event"], line["kind"]) == ("bug", "ValueError")
    assert "Secret" not in file.read_text()
    assert [record.getMessage() for record in seen] == ["said without an error"]


def test_a_refused_file_is_a_line_too(file: Path, database: Database) -> None:
    log.set_up(str(file), form="json", level="info")
    unknown = usage(("SECRET-ID", "MONTHLY_ACTIVE_USERS", date(2026, 11, 20), 4711))
    with pytest.raises(imports.FilesRefused):
        imports.store(database, [unknown], by="ada")
    (line,) = lines(file)
    assert (line["event"], line["rows"]) == ("import refused", 1)
    assert "SECRET" not in file.read_text()


def test_a_bug_is_its_kind_and_place_and_its_words_only_where_they_were_asked_for(
    file: Path,
) -> None:
    error = ZeroDivisionError("SECRET-ID")
    log.set_up(str(file), form="text", level="info")
    log.bug("abcd", error)
    (line,) = file.read_text().splitlines()
    assert "event=bug reference=abcd kind=ZeroDivisionError" in line
    assert "SECRET" not in line
    log.set_up(str(file), form="text", level="debug")
    log.bug("abcd", error)
    assert "SECRET-ID" in file.read_text().splitlines()[1]


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_message_of_any_kind_brings_the_data_into_the_log(file: Path, form: str) -> None:
    log.set_up(str(file), form=form, level="info")
    logger = logging.getLogger("health.anywhere")
    try:
        raise ValueError("SECRET-ID", "4711")
    except ValueError as error:
        logger.error("Reference %s", "secret_file", exc_info=error)
        logger.exception("Secret name")
        log.bug("abcd", error)
    logger.warning("%s lacks %d", "secret_file", 4711)
    logger.warning(f"{'secret_file'}: no receipt")
    logger.warning("%(file)s: no receipt", {"file": "secret_file"})
    written = file.read_text()
    assert len(written.splitlines()) == 6
    assert [word for word in SECRETS if word in written] == []
    assert written.count("ValueError") == 3
    assert written.count("test_log.py") >= 5
    assert "%s lacks %d" in written


def test_at_the_level_debug_a_message_is_written_whole(file: Path) -> None:
    log.set_up(str(file), form="json", level="debug")
    logging.getLogger("health.anywhere").warning("%s lacks %d", "secret_file", 4711)
    (line,) = lines(file)
    assert line["event"] == "secret_file lacks 4711"


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_someone_writes_makes_no_line_of_its_own(file: Path, form: str) -> None:
    log.set_up(str(file), form=form, level="info")
    log.event("import", by='eve"\nlevel=info event=undo by=ada', rows=None)
    (line,) = file.read_text().splitlines()
    assert r"\n" in line
    assert "rows" not in line


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(log.UnusableLog, match="CLIENT_HEALTH_LOG"):
        log.set_up(str(tmp_path), form="text", level="info")
