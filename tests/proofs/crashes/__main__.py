"""``python -m tests.proofs.crashes``."""

from __future__ import annotations

import sys

from tests.proofs.crashes.command import main

sys.exit(main())
