"""
How much of all that could be played is played: one of so many.

What every change is tested by must not take an hour. `DLT_ACTION_HOSTILE=all` plays
everything, as before a release.
"""

from __future__ import annotations

import os

_ALL = os.environ.get("DLT_ACTION_HOSTILE") == "all"

STRINGS = 1 if _ALL else 2
MUTANTS = 1 if _ALL else 4
PLAYED = 1 if _ALL else 25  # of events of the stand-in, which has few shapes
