"""``python -m tests.proofs.together``."""

from __future__ import annotations

import sys

from tests.proofs.together.command import main

sys.exit(main())
