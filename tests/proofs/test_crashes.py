"""The short form of ``python -m tests.proofs.crashes``, in a process of its own: it forks."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_kills_power_cuts_and_a_full_disk_lose_nothing(tmp_path: Path) -> None:
    words = "--kills 4 --recovery 1 --cuts 8 --full 2 --json --folder"
    done = subprocess.run(
        [sys.executable, "-m", "tests.proofs.crashes", *words.split(), str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["kills"]["kills"] >= 4
    assert told["cuts"]["power cuts"] == 8
    assert told["cuts"]["mended itself"] > 0
