"""How fast the product is, beside the fastest that the machine could do.

``python -m tests.benchmarks`` takes every figure beside its limit in the same run, in turns, so
that a busy minute slows both.
"""

from __future__ import annotations
