"""
The first thing that runs: signals are kept before anything slow is imported.

As PID 1 the kernel drops a SIGTERM that nobody handles, and a runner that cancels a
step sends each signal once. What arrives until `dlt_action.cli` installs its own
handlers is kept, in order, and handed over.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections import deque
from types import FrameType

# What isolated mode does not cover: urllib3 writes session keys to the first, and
# OpenSSL loads code that the others name.
NOT_OURS = ("SSLKEYLOGFILE", "OPENSSL_CONF", "OPENSSL_MODULES", "OPENSSL_ENGINES")

EARLY_SIGNALS: deque[int] = deque()
_HANGUP = getattr(signal, "SIGHUP", None)  # Windows has none


def keep(signal_number: int, _frame: FrameType | None) -> None:
    """Remember one signal; a handler must do no more than that."""
    EARLY_SIGNALS.append(signal_number)


def prepare() -> None:
    """Keep signals from now on, and drop what is not ours."""
    if _HANGUP is not None and signal.getsignal(_HANGUP) is not signal.SIG_IGN:
        signal.signal(_HANGUP, keep)  # it is ignored by nohup
    signal.signal(signal.SIGINT, keep)
    signal.signal(signal.SIGTERM, keep)
    for name in NOT_OURS:
        os.environ.pop(name, None)
    gc.disable()  # what is imported stays: to look for garbage in it takes 10 ms


def imported() -> None:
    """Look for garbage from now on, and in nothing that is there already."""
    gc.freeze()
    gc.enable()


def start() -> int:
    """Run the program and return its exit code."""
    prepare()
    from dlt_action.cli import main  # noqa: PLC0415 - slow, so after the handlers

    imported()
    return main(early_signals=EARLY_SIGNALS)


def tidy_up() -> int:
    """Run the post step, which only stops, and return its exit code."""
    prepare()
    from dlt_action.cli import post  # noqa: PLC0415 - likewise

    imported()
    return post(early_signals=EARLY_SIGNALS)


if __name__ == "__main__":
    sys.exit(start())
