"""After a load nobody waits: the server has visited the pages before the first visitor."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from health.storage.database import Database

ROOT = Path(__file__).parents[3]

# A server in a process of its own: there is one for each, and it stays.
SERVER = """
import asyncio, json, sys, threading
from unittest.mock import patch
import streamlit as st
from health.ui.server import web_server
from health.ui.server.streamlit_private import Rehearsal
from health.ui.session import answers, first_views
from health.ui.session.memory import Memory

said, made, wrong = {}, [], []
get, ask = Memory.get, answers.Answers.__call__

def noted(memory, key, make):
    return get(memory, key, lambda: made.append(str(key)[:200]) or make())

def compared(answers, question, *arguments, **named):
    found = ask(answers, question, *arguments, **named)
    if repr(found) != repr(question(answers.reader, *arguments, **named)):
        wrong.append(question.__qualname__)
    return found

async def visit(visitor):
    for page in ["", *visitor.pages]:
        visitor.begin(page)
        assert await visitor.has_ended(within=60)

async def serve(app):
    async with app.lifespan()(None):
        visitor = Rehearsal()
        await visit(visitor)  # the first page, which tells of the others
        await visit(visitor)
        said["cold"] = len(made)
        database = answers.open_already()
        with database.write() as writer:
            writer.execute("UPDATE clients SET annual_value = annual_value + 1")
        said["ready"] = await first_views.make_ready()
        made.clear()
        with patch.object(answers.Answers, "__call__", compared):
            await visit(visitor)
        said["asked"], said["wrong"] = list(made), wrong
        with database.read() as reader:
            said["looked"] = reader.value("SELECT count(*) FROM viewers")

        made.clear()
        with answers.versions().during_command(), database.write() as writer:
            writer.execute("UPDATE clients SET annual_value = annual_value + 1")
        await visit(visitor)
        said["asked before it is ready"] = list(made)
        said["awaited"] = answers.awaited()
        await first_views.make_ready()
        made.clear()
        await visit(visitor)
        said["asked when it is ready"] = list(made)
        said["awaited at last"] = answers.awaited()
        said["newest"] = database.version

        begun, over = threading.Event(), threading.Event()

        def load():
            with database.write():
                begun.set()
                over.wait()

        loading = asyncio.create_task(asyncio.to_thread(load))
        await asyncio.to_thread(begun.wait)
        said["ready beside a load"] = await first_views.make_ready()
        over.set()
        await loading

        calls = []
        async def call():
            calls.append(database.version)
            return True
        with patch.object(first_views, "make_ready", call):
            keeper = first_views.Keeper()
            for _ in range(3):
                await keeper.look()
            assert calls == []
            with database.write() as writer:
                writer.execute(
                    "INSERT INTO scoring_runs SELECT * REPLACE (run_id + 1 AS run_id) "
                    "FROM scoring_runs QUALIFY run_id = max(run_id) OVER ()"
                )
            for looks in (0, 1, 1):
                await keeper.look()
                assert len(calls) == looks
            with answers.versions().during_command(), database.write():
                pass  # no load and no calculation, but pages go on without it
            for looks in (1, 2):
                await keeper.look()
                assert len(calls) == looks
        visitor.close()

web_server.know_the_script()
with patch.object(Memory, "get", noted):
    asyncio.run(serve(st.App(sys.argv[1], lifespan=web_server.lifespan)))
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def said(demo_database: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    path = tmp_path_factory.mktemp("server") / "health.duckdb"
    shutil.copy(demo_database, path)
    with Database.open(path) as database, database.write() as writer:
        writer.execute("DELETE FROM viewers")  # pages of other tests were looked at
    done = subprocess.run(
        [sys.executable, "-c", SERVER, ROOT / "app.py"],
        env=os.environ | {"CLIENT_HEALTH_DATABASE": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_first_visit_after_a_change_asks_nothing_and_the_answers_are_right(
    said: dict[str, object],
) -> None:
    assert isinstance(said["cold"], int)
    assert said["cold"] > 20
    assert said["ready"] is True
    assert (said["asked"], said["wrong"]) == ([], [])


def test_the_visits_of_the_server_are_no_visits(said: dict[str, object]) -> None:
    assert said["looked"] == 0


def test_open_pages_ask_nothing_and_wait_for_what_a_command_stored(
    said: dict[str, object],
) -> None:
    assert said["asked before it is ready"] == said["asked when it is ready"] == []
    assert said["awaited"] == said["newest"]
    assert said["awaited at last"] is None


def test_pages_are_not_made_ready_beside_a_load(said: dict[str, object]) -> None:
    assert said["ready beside a load"] is False
