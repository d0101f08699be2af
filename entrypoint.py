#!/usr/bin/env -S /usr/local/bin/python -I -u -B -X utf8
"""
What the container runs, and what a checkout runs without being installed.

The order is the point. As PID 1 the kernel drops a SIGTERM that nobody handles, and a
runner that cancels a step sends each signal once: so the handlers come before anything
that takes time to import. What arrives until `dlt_action.cli` installs its own is kept,
in order, and handed over.
"""

from __future__ import annotations

import os
import signal
import sys
from collections import deque
from types import FrameType

EARLY_SIGNALS: deque[int] = deque()


def keep(signal_number: int, _frame: FrameType | None) -> None:
    """Remember one signal; a handler must do no more than that."""
    EARLY_SIGNALS.append(signal_number)


def start() -> int:
    """Run the program and return its exit code."""
    signal.signal(signal.SIGINT, keep)
    signal.signal(signal.SIGTERM, keep)
    # urllib3 would write the session keys there, even where Python itself is told
    # to ignore the environment.
    os.environ.pop("SSLKEYLOGFILE", None)
    # Isolated mode leaves the script's own folder off the path. In the image the
    # dependencies lie in lib/ beside it; a checkout has none and uses its venv.
    here = os.path.dirname(os.path.realpath(__file__))  # noqa: PTH120 - before pathlib
    sys.path[:0] = [here, f"{here}/lib"]
    from dlt_action.cli import main  # noqa: PLC0415 - slow, so after the handlers

    return main(early_signals=EARLY_SIGNALS)


if __name__ == "__main__":
    sys.exit(start())
