"""Streamlit's own scripts and styles travel packed, to whoever takes it, and nothing else does."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import brotli
import pytest
from server_requests import run_in_own_loop

from health.ui.server import packed_files, streamlit_private, web_server
from health.ui.server.access import Access
from health.ui.server.packed_files import PackedFiles

SCRIPT = next((streamlit_private.STATIC_FILES / "static" / "js").glob("index.*.js"))
ADDRESS = f"/static/js/{SCRIPT.name}"


def asked(
    path: str, method: str = "GET", kind: str = "", **headers: str
) -> tuple[dict[str, str], bytes]:
    """The headers and body of the answer; ``inside`` where Streamlit would answer.

    kind: the content type of what Streamlit would answer.
    """
    sent: list[Any] = []

    async def inside(_scope: Any, _receive: Any, send: Any) -> None:
        of_kind = [(b"content-type", kind.encode())] if kind else []
        await send({"type": "http.response.start", "status": 200, "headers": of_kind})
        await send({"type": "http.response.body", "body": b"inside"})

    async def receive() -> Any:
        return await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": [(n.replace("_", "-").encode(), v.encode()) for n, v in headers.items()],
    }
    run_in_own_loop(PackedFiles(inside)(scope, receive, send))
    found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return found, b"".join(message.get("body", b"") for message in sent[1:])


@pytest.mark.parametrize(
    ("accepted", "coding", "unpack"),
    [
        ("gzip, deflate, br, zstd", "br", brotli.decompress),
        ("gzip, deflate", "gzip", gzip.decompress),
        ("br;q=0, gzip", "gzip", gzip.decompress),
    ],
)
def test_a_script_travels_packed_and_is_the_same_script(
    accepted: str, coding: str, unpack: Callable[[bytes], bytes]
) -> None:
    for _ in range(2):
        headers, body = asked(ADDRESS, accept_encoding=accepted)
        assert unpack(body) == SCRIPT.read_bytes()
        assert headers["content-encoding"] == coding
        assert headers["content-length"] == str(len(body))
        assert headers["content-type"].startswith("text/javascript")
        assert headers["vary"] == "accept-encoding"
        assert "immutable" in headers["cache-control"]


def test_a_first_visit_loads_less_than_a_third() -> None:
    scripts = [file for file in packed_files._files().values() if file.suffix == ".js"]
    assert len(scripts) > 50
    plain = sum(file.stat().st_size for file in scripts)
    by_brotli, by_gzip = (
        sum(len(packed_files._pack(file, coding)) for file in scripts) for coding in ("br", "gzip")
    )
    assert by_gzip < plain / 3
    assert by_brotli < 0.9 * by_gzip


@pytest.mark.parametrize(
    ("path", "method", "headers"),
    [
        pytest.param(ADDRESS, "GET", {}, id="packed files are not taken"),
        pytest.param(ADDRESS, "GET", {"accept_encoding": "zstd"}, id="only others are taken"),
        pytest.param(ADDRESS, "HEAD", {"accept_encoding": "gzip"}, id="only its headers"),
        pytest.param(
            ADDRESS, "GET", {"accept_encoding": "gzip", "range": "bytes=0-9"}, id="a part of it"
        ),
        pytest.param("/", "GET", {"accept_encoding": "gzip"}, id="the first page"),
        pytest.param("/index.html", "GET", {"accept_encoding": "gzip"}, id="by its name"),
        pytest.param("/static/js/none.js", "GET", {"accept_encoding": "gzip"}, id="no file"),
        pytest.param(
            "/static/js/../../index.html", "GET", {"accept_encoding": "gzip"}, id="a way out"
        ),
    ],
)
def test_all_else_is_answered_by_streamlit(path: str, method: str, headers: dict[str, str]) -> None:
    assert asked(path, method, **headers) == ({}, b"inside")


def test_a_page_names_the_scripts_that_it_wants_soon() -> None:
    headers, _ = asked("/portfolio", kind="text/html; charset=utf-8")
    named = [link.partition(">")[0].strip(" <") for link in headers["link"].split(",")]
    assert all(
        (streamlit_private.STATIC_FILES / address.lstrip("/")).is_file() for address in named
    )
    wanted = {address.rpartition("/")[2].partition(".")[0] for address in named}
    assert set(packed_files._SOON_WANTED) <= wanted
    assert "link" not in asked("/media/scores.csv", kind="text/csv")[0]


def test_what_a_script_imports_comes_before_it_unless_the_page_names_it() -> None:
    page = streamlit_private.first_page()
    order = packed_files._soon_wanted(packed_files._files())
    assert len(order) == len(set(order)) > len(packed_files._SOON_WANTED)
    for place, address in enumerate(order):
        assert address not in page
        script = (streamlit_private.STATIC_FILES / address.lstrip("/")).read_text(encoding="utf-8")
        for name in packed_files._IMPORT.findall(script):
            assert f"/static/js/{name}" in page or f"/static/js/{name}" in order[:place]


def test_without_the_files_streamlit_answers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(streamlit_private, "STATIC_FILES", tmp_path / "moved")
    assert asked(ADDRESS, accept_encoding="gzip") == ({}, b"inside")
    assert "link" not in asked("/", kind="text/html")[0]


def test_the_dashboard_sends_them_packed_to_whoever_may_come_in() -> None:
    layers = [layer.cls for layer in web_server.middleware()]
    assert layers.index(Access) < layers.index(PackedFiles)
