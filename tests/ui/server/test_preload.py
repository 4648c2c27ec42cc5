"""What the server's process is told before its first visitor."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

from health.ui.server import preload

FREED_AND_TAKEN = """
import ctypes
from health.ui.server.preload import _give_large_blocks_back

class Taken(ctypes.Structure):
    names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
    _fields_ = [(name, ctypes.c_size_t) for name in names.split()]

library = ctypes.CDLL(None)
library.mallinfo2.restype = Taken
library.malloc.restype = ctypes.c_void_p
library.free.argtypes = [ctypes.c_void_p]
{told}
library.free(library.malloc(20_000_000))  # glibc raises its threshold by it
before = library.mallinfo2().hblkhd
library.malloc(5_000_000)
print(library.mallinfo2().hblkhd - before)
"""


def mapped_by_itself(told: str) -> int:
    """Bytes that glibc maps for a block of 5 MB after a larger one was freed."""
    script = FREED_AND_TAKEN.format(told=told)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="glibc 2.33 tells it")
def test_a_large_block_goes_back_to_the_system_once_it_is_freed() -> None:
    assert mapped_by_itself("") == 0, "what glibc does if not told"
    assert mapped_by_itself("_give_large_blocks_back()") >= 5_000_000


@pytest.mark.parametrize("error", [OSError, AttributeError, TypeError])
def test_a_system_without_that_is_none_the_worse(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def missing(_: object) -> None:
        raise error

    monkeypatch.setattr(ctypes, "CDLL", missing)
    preload._give_large_blocks_back()
