"""
One case in this process: `python -m benchmarks.log follow 100000`.

Nothing in here is a test: a machine that does something else at the same time is slower
by half. Times are those of a processor; of many laps it is the one that is faster than
nine of ten. Even so they are not the same twice.
"""

from __future__ import annotations

import argparse
import json
import sys

from benchmarks.log.cases import CASES


def main(argv: list[str]) -> int:
    """Print what the case found, as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.log")
    parser.add_argument("case", choices=CASES)
    parser.add_argument("events", type=int, nargs="?", default=100_000)
    asked = parser.parse_args(argv)
    print(json.dumps(dict(CASES[asked.case](asked.events))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
