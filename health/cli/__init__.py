"""The ``client-health`` command."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from health import clock
from health.cli.boundary import REFUSED, Boundary
from health.cli.command import Call
from health.cli.command_line import client_health
from health.cli.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    call = Call(terminal=Terminal.standard(), today=clock.today())
    try:
        with Boundary(call.terminal) as boundary:
            with client_health.make_context("client-health", words, obj=call) as context:
                status: int = client_health.invoke(context)
            return status
        return boundary.status
    except BrokenPipeError:
        # Whoever read the output has seen enough; the interpreter would complain as it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return REFUSED
