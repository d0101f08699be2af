#!/usr/bin/env -S -u PYTHONEXECUTABLE -u __PYVENV_LAUNCHER__ /usr/local/bin/python -I -u -B -X utf8
"""
What the container runs when the step is over: stops what the step left behind.

It starts nothing. Isolated mode leaves the script's own folder off the path. In the
image the dependencies lie in lib/ beside it; a checkout has none and uses its venv.
"""

from __future__ import annotations

import os
import sys

here = os.path.dirname(os.path.realpath(__file__))  # noqa: PTH120 - before pathlib
sys.path[:0] = [here, f"{here}/lib"]

from dlt_action.__main__ import tidy_up  # noqa: E402 - now it can be found

if __name__ == "__main__":
    sys.exit(tidy_up())
