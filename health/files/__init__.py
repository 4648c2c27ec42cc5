"""A file in any accepted format → typed rows, and rejected rows with reasons.

Pure: no database, no clock. :func:`read_file` does it; its docstring states the rules.
"""

from __future__ import annotations

from health.files.file_columns import Layout
from health.files.parsed_file import ParsedFile
from health.files.reading import REJECTS_KEPT, read_file, read_files, sheets
from health.files.reasons import REJECTS, RejectReason, rejects_of, rejects_to_csv
from health.files.rejected_rows import rejected_rows, write_rejected_rows
from health.files.sources import MAXIMUM_BYTES
from health.files.stated import Stated

__all__ = [
    "MAXIMUM_BYTES",
    "REJECTS",
    "REJECTS_KEPT",
    "Layout",
    "ParsedFile",
    "RejectReason",
    "Stated",
    "read_file",
    "read_files",
    "rejected_rows",
    "rejects_of",
    "rejects_to_csv",
    "sheets",
    "write_rejected_rows",
]
