"""What has to happen in the server's process before it takes its first visitor."""

from __future__ import annotations

import contextlib
import ctypes
import sys
from typing import Final

_MMAP_THRESHOLD: Final = -3  # of mallopt
_LARGE: Final = 128 * 1024  # bytes, glibc's own default


def prepare_process() -> None:
    """Import what charts need, give freed memory back, and let threads take turns more often."""
    _import_what_plotly_imports_late()
    _give_large_blocks_back()
    # A command of another process is done in a thread beside the scripts of the visitors. DuckDB
    # asks for the interpreter hundreds of times in a load, and each time waits for every busy
    # script to let go of it: 5 ms if nothing is said. Beside four busy threads a load of 200,000
    # rows, which takes 0.7 s alone, took 11 to 21 s, and so 4 to 5 s. The scripts pay 3 to 10 %.
    sys.setswitchinterval(0.0005)


def _import_what_plotly_imports_late() -> None:
    """Import modules that plotly imports when it first needs them.

    With several first visitors at once those imports meet half way: "partially initialized module
    'numpy'", plotly/plotly.py#2433. This is the one place that names
    pandas, which comes with Streamlit.
    """
    import numpy  # noqa: F401
    import pandas  # noqa: F401, TID251
    import plotly.graph_objects
    import plotly.io  # noqa: F401


def _give_large_blocks_back() -> None:
    """Let glibc map each large block for itself, so that it goes back to the system once freed.

    glibc does so at first, but raises its threshold up to 32 MB as such blocks are freed, and then
    cuts them out of pieces that one small block keeps. See the manual of ``mallopt``.
    """
    # Other systems have no such function, and Windows no such library.
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE)
