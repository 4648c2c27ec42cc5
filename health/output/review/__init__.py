"""The business review of a client on paper, for a span of days: for the client, or internal.

One HTML file that stands for itself: no script, no request, pictures drawn into it.
"""

from __future__ import annotations

from health.output.review.audience import Audience, file_name
from health.output.review.review_data import Review, ReviewQuery, review
from health.output.review.review_html import print_ready
from health.output.review.spans import Span, period

__all__ = [
    "Audience",
    "Review",
    "ReviewQuery",
    "Span",
    "file_name",
    "period",
    "print_ready",
    "review",
]
