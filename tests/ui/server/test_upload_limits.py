"""How much may be uploaded."""

from __future__ import annotations

import pytest
from server_requests import UPLOAD, ask

from health.settings import Settings
from health.ui.server import streamlit_private


def test_a_file_within_the_limits_is_taken() -> None:
    assert ask(UPLOAD, method="PUT", content_length=str(200 * 2**20))[:2] == (200, "inside")
    assert ask(UPLOAD, method="DELETE")[0] == 200


def test_a_file_that_is_too_large_is_refused_before_a_byte_of_it_is_read() -> None:
    status, text, headers = ask(UPLOAD, method="PUT", content_length=str(202 * 2**20))
    assert status == 413
    assert "200 MB" in text
    assert headers["connection"] == "close"


@pytest.mark.parametrize("length", ["", "-1", "abc", "1e3"])
def test_a_file_without_a_length_is_refused(length: str) -> None:
    assert ask(UPLOAD, method="PUT", content_length=length)[0] == 411


def test_the_files_that_wait_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    few = Settings(max_upload_files=2, max_upload_total_mb=10)
    megabyte = str(2**20)
    monkeypatch.setattr(streamlit_private, "uploaded_sizes", lambda: {"session": [1, 1]})
    status, text, _ = ask(UPLOAD, method="PUT", content_length=megabyte, settings=few)
    assert (status, "Up to 2 files" in text) == (413, True)
    monkeypatch.setattr(streamlit_private, "uploaded_sizes", lambda: {"another": [9 * 2**20 + 1]})
    status, text, _ = ask(UPLOAD, method="PUT", content_length=megabyte, settings=few)
    assert (status, "10 MB" in text) == (503, True)
