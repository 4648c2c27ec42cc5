"""The review of a client on one sheet of paper: what the Client page says, to be printed or sent.

One HTML file that stands for itself: no script, no request, pictures drawn into it.
"""

from __future__ import annotations

from health.output.review.review_data import Review, review
from health.output.review.review_html import print_ready

__all__ = ["Review", "print_ready", "review"]
