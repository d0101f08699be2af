"""When to look next: pure schedules, all in seconds."""

from __future__ import annotations

# The end is noticed half an interval late on average, and each look costs two calls.
# A share of the time since the start keeps the delay small beside the run itself:
# ≤ 2 s for a short update, ≤ 20 s for an hour's, some 450 calls in the first hour.
SHARE = 0.05
FLOOR = 2.0
CEILING = 20.0

LONGEST_BACKOFF = 30.0


def look_again_after(elapsed: float, *, ceiling: float | None) -> float:
    """Seconds until the next look at an update that is followed for *elapsed*."""
    longest = CEILING if ceiling is None else ceiling
    return min(max(elapsed * SHARE, FLOOR), longest)


def back_off(failures: int, *, hint: float | None, chance: float) -> float:
    """
    Seconds to wait after so many *failures* in a row (1, 2, …).

    *chance* in [0, 1) spreads clients that failed together. The server's *hint* may
    lengthen the wait and never shorten it.
    """
    exponent = min(failures, 10)  # 2**1024 would not be a float any more
    own = (0.5 + chance / 2) * min(LONGEST_BACKOFF, 2.0**exponent)
    return own if hint is None else max(own, hint)
