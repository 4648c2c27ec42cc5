"""``python -m tests.crashes``."""

from __future__ import annotations

import sys

from tests.crashes.command import main

sys.exit(main())
