"""What pages remember: the open database, cached answers, widgets, the viewer, running jobs."""

from __future__ import annotations
