"""Clocks: the one that waits are counted by is `time.monotonic`."""

from __future__ import annotations

import time

# Linux counts on while a machine is suspended, as the lives of tokens do; elsewhere
# CLOCK_MONOTONIC does, or nobody.
_LASTING = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))


def lasting() -> float:
    """Seconds by a clock that a suspended machine does not stop."""
    return time.monotonic() if _LASTING is None else time.clock_gettime(_LASTING)
