"""How fast events are read and kept, and in how much memory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.log.scripted import RATES
from benchmarks.report import Cell, Goal, Group, Table, met

TITLE = "The event log"

_ROOT = Path(__file__).resolve().parents[2]
_SIZES = (10_000, 100_000, 1_000_000)
_SEVERAL = "Fifty pipelines in a step"

# What is said, of which case and of what it found: at the largest size that was played.
_FOUND: Mapping[str, tuple[str, str]] = {
    "Events folded a second": ("fold", "events folded a second"),
    "Receptions of an event": ("follow", "receptions per event"),
    "Events not folded once": ("follow", "events not folded once"),
    "Memory of a followed run, MB": ("follow", "MB of memory"),
    "Events recorded a second": ("record", "events recorded a second"),
    "A report of a saved log: seconds of a processor": (
        "report",
        "seconds of a processor",
    ),
    "A report of a saved log: MB": ("report", "MB of memory"),
    f"{_SEVERAL}: exit code": ("several", "exit code"),
    f"{_SEVERAL}: calls of each, those of one alone = 1": (
        "several",
        "calls, those of one alone = 1",
    ),
    f"{_SEVERAL}: MB more than before": ("several", "MB more than before"),
}
_GROWTH = "A followed run: MB more for a hundred times the events"
_END = "Seconds from when the end could be seen to the end of the run"
_ENDS = {rate: f"{_END}: 100,000 events, {rate}" for rate in RATES}

_ABOUT = """\
Logs of made-up events in pages of 1,000, as the API would answer; no network. Of
`fold`, `record` and `report` times are those of a processor, which had another case
to play beside the million events. The others are played in virtual time with 0.2 s
for each call, so their seconds are those of the schedule and not of this machine.

The end of an update can be *seen* once its last event can be read; it is *known* when
GET update has said it; the run is *over* when the rest of the log was read as well.
`end` has the most of three runs, which look at other moments."""

GOALS = (
    Goal("Events folded a second", 40_000, least=True),
    Goal("Receptions of an event", 1.02),
    Goal("Events not folded once", 0),
    *(Goal(said, 3) for said in _ENDS.values()),
    Goal("Memory of a followed run, MB", 96),
    Goal(_GROWTH, 16),
    Goal("Events recorded a second", 30_000, least=True),
    Goal("A report of a saved log: seconds of a processor", 5),
    Goal("A report of a saved log: MB", 128),
    Goal(f"{_SEVERAL}: exit code", 0),
    Goal(f"{_SEVERAL}: calls of each, those of one alone = 1", 1.1),
    Goal(f"{_SEVERAL}: MB more than before", 64),
)


def play(*, quick: bool) -> Group:
    """Play each case at its sizes."""
    sizes = _SIZES[:2] if quick else _SIZES
    alone = {"fold": _SIZES[:2], "record": _SIZES[1:2], "report": _SIZES[1:2]}
    beside = {
        "fold": sizes[2:],
        "follow": sizes,
        "end": _SIZES[1:2],
        "several": _SIZES[:1],  # 200 of each, of as many flows
    }
    found: dict[str, dict[int, Mapping[str, float]]] = {
        case: {events: played(case, events) for events in of}
        for case, of in alone.items()
    }
    # What takes long, or is no time of this machine's: two at the same time.
    with ThreadPoolExecutor(2) as pool:
        begun = {
            case: {events: pool.submit(played, case, events) for events in reversed(of)}
            for case, of in beside.items()
        }
    for case, of in beside.items():
        results = {events: begun[case][events].result() for events in of}
        found.setdefault(case, {}).update(results)
    largest = {case: of[max(of)] for case, of in found.items()}
    said = {said: largest[case][what] for said, (case, what) in _FOUND.items()}
    memory = [of["MB of memory"] for of in found["follow"].values()]
    ends = {
        said: found["end"][_SIZES[1]][f"{rate}: seconds until the run was over"]
        for rate, said in _ENDS.items()
    }
    return Group(
        tables=[_table(case, of) for case, of in found.items()],
        goals=met(GOALS, said | ends | {_GROWTH: memory[-1] - memory[0]}),
        about=_ABOUT,
        numbers={case: {str(n): dict(of[n]) for n in of} for case, of in found.items()},
    )


def played(case: str, events: int) -> Mapping[str, float]:
    """What a process of its own found."""
    words = [sys.executable, "-m", "benchmarks.log", case, str(events)]
    done = subprocess.run(words, cwd=_ROOT, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _table(case: str, found: Mapping[int, Mapping[str, float]]) -> Table:
    columns = list(found.values())
    rows: list[list[Cell]] = [
        [what, *(column[what] for column in columns)] for what in columns[0]
    ]
    return Table((case, *(f"{events:,} events" for events in found)), rows)
