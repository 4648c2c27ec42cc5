from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from health.errors import UnreadableFile
from health.files.opening import open_file
from health.files.other_formats import refuse_binary
from health.files.sources import open_source
from health.files.stated import AS_FOUND, Stated

NOISE = random.Random(7).randbytes(5_000)


def refusal(content: bytes, stated: Stated = AS_FOUND) -> str:
    with (
        open_source(content, maximum=1_000_000) as intake,
        pytest.raises(UnreadableFile) as refused,
    ):
        open_file(intake, stated=stated)
    assert type(refused.value) is UnreadableFile, "a feed is offered, and would not help"
    return refused.value.message


@pytest.mark.parametrize("encoding", [None, "cp1252", "iso-8859-1", "utf-8"])
def test_random_bytes_are_called_binary_and_no_encoding_is_advised(encoding: str | None) -> None:
    said = refusal(NOISE, Stated(encoding=encoding))
    assert "looks like a binary file" in said
    assert "Export the table again, as CSV (UTF-8) or as an Excel workbook (.xlsx)" in said
    assert "cp1252" not in said


@pytest.mark.parametrize(
    ("beginning", "what"),
    [
        (b"%PDF-1.7\n", "a PDF document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Word document (.doc)"),
        (b"II*\x00", "a TIFF picture"),
        (b"\x00\x01\x00\x00Standard ACE DB\x00", "an Access database"),
        (b"BM", "a bitmap picture"),
        (b"ID3\x04", "a sound"),
        (b"\x00\x00\x00\x18ftypheic", "a film or a picture of a phone"),
    ],
)
def test_a_binary_file_is_named_by_its_first_bytes(beginning: bytes, what: str) -> None:
    assert what in refusal(beginning + NOISE)


@pytest.mark.parametrize(
    "content",
    [
        b"BMW,ID3,ORC\n1,2,3\n",
        "organization_id,name\nA,M\u00fcller\n".encode("cp1252"),
        "\u0438\u043c\u044f;\u0434\u0430\u0442\u0430\n".encode("cp1251") * 50,
        "organization_id,name\nA,\u0418\u043c\u044f\n".encode("utf-16-le") * 20,
        b"organization_id,name\nA,B\x00\n" + b"A,B\n" * 20,
        b"organization_id,name\r\nA,B\r\n\x1a",
        b"organization_id,name\nA,\x07\x07\x07\n",
    ],
)
def test_text_in_any_encoding_and_a_stray_nul_are_not_called_binary(content: bytes) -> None:
    refuse_binary(content)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]) | st.sampled_from("\n\t\r")))
def test_no_text_in_utf8_is_called_binary(text: str) -> None:
    refuse_binary(text.encode())
