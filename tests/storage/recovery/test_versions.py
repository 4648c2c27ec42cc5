"""Workarounds are tried anew with each version of DuckDB."""

from __future__ import annotations

import duckdb

from health.storage import recovery


def test_the_workarounds_were_tried_with_the_version_that_is_installed() -> None:
    assert duckdb.__version__ in recovery.TRIED, (
        "Run tests/proofs/crashes with this version of DuckDB, see which workaround in "
        "health/storage/recovery can go, and add the version to TRIED."
    )
