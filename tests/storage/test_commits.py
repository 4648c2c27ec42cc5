"""The version of the data is asked for once after each change, and not kept while one comes."""

from __future__ import annotations

from pathlib import Path

from health.storage.commits import Commits

HERE = Path("somewhere.duckdb")


def test_the_version_is_asked_for_once_after_each_change() -> None:
    commits, asked = Commits.of(HERE), list[int]()

    def ask() -> int:
        asked.append(len(asked) + 1)
        return asked[-1]

    assert [commits.version(ask) for _ in range(3)] == [1, 1, 1]
    commits.number += 1  # a change is being stored: it is seen or not
    assert [commits.version(ask) for _ in range(2)] == [2, 3]
    commits.number += 1
    assert [commits.version(ask) for _ in range(2)] == [4, 4]


def test_a_version_read_while_a_change_came_is_not_kept() -> None:
    commits = Commits.of(HERE)

    def overtaken() -> int:
        commits.number += 2
        return 1

    assert commits.version(overtaken) == 1
    assert commits.version(lambda: 2) == 2


def test_a_file_opened_twice_has_the_same_changes_and_another_one_its_own() -> None:
    first = Commits.of(HERE)
    assert first.version(lambda: 1) == 1
    again = Commits.of(HERE)
    assert again is first
    assert again.version(lambda: 2) == 2  # perhaps another file under this name
    assert Commits.of(Path("elsewhere.duckdb")) is not first
