"""``python -m tests.together``."""

from __future__ import annotations

import sys

from tests.together.command import main

sys.exit(main())
