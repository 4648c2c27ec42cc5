"""A file in any accepted format → typed rows, and rejected rows with reasons.

Pure: no database, no clock. :func:`read_file` does it; its docstring states the rules.
"""

from __future__ import annotations

from health.files.file_columns import Layout
from health.files.reading import REJECTS_KEPT, ParsedFile, read_file
from health.files.reasons import REJECTS, RejectReason, rejects_of, rejects_to_csv
from health.files.rejected_rows import rejected_rows, write_rejected_rows
from health.files.sources import MAXIMUM_BYTES

__all__ = [
    "MAXIMUM_BYTES",
    "REJECTS",
    "REJECTS_KEPT",
    "Layout",
    "ParsedFile",
    "RejectReason",
    "read_file",
    "rejected_rows",
    "rejects_of",
    "rejects_to_csv",
    "write_rejected_rows",
]
