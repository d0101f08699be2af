"""
What is measured: reading a log, keeping it on disk, and telling it again.

Each case is a function of a number of events to what it found, and is played in a
process of its own, because the most memory that a process had is never less again.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks import machine
from benchmarks.log import fleet
from benchmarks.log.scripted import PER_SECOND, PIPELINE, RATES, UPDATE, ScriptedLog
from benchmarks.log.served import MOST, ServedLog

# All of the program, so that the memory of a case is that of a step.
from dlt_action import composing  # noqa: F401 - see above
from dlt_action.core import wire
from dlt_action.core.calls import Call
from dlt_action.core.event import Event
from dlt_action.core.eventlog import EventLog
from dlt_action.core.exchange import Executed, Outcome, decide
from dlt_action.core.model import PipelineId, UpdateId
from dlt_action.core.reply import Answer
from dlt_action.core.tally import Tally
from dlt_action.edge.recorder import EVENTS, LARGEST, Recorder, Room
from dlt_action.edge.writer import Writer

ROOT = Path(__file__).resolve().parents[2]

# A token of the workspace, one of GitHub and two of sign-ins that were renewed.
_SECRETS = ("dapi0123456789abcdef0123456789abcdef", *(f"eyJ{n:0800}" for n in range(3)))

# Runs that look at other moments.
_CHANCES = (0.1, 0.5, 0.9)

_IDS = PipelineId(PIPELINE), UpdateId(UPDATE)


def most_memory() -> float:
    """The most memory that this process had, in MB."""
    about = Path("/proc/self/status")
    if not about.exists():
        return machine.megabytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    # Linux counts the memory of whoever made a process in what it tells otherwise.
    (line,) = (
        line
        for line in about.read_text("ascii").splitlines()
        if line.startswith("VmHWM:")
    )
    return int(line.split()[1]) * 1024 / 1e6


@contextmanager
def lap(laps: list[float]) -> Iterator[None]:
    """Keep how much time of a processor it took."""
    began = time.process_time()
    yield
    laps.append(time.process_time() - began)


def a_second(laps: list[float], events: int = MOST) -> float:
    """Events a second in laps of so many, when little else happened at the time."""
    return events / sorted(laps)[len(laps) // 10]


def _answered(page: bytes) -> Outcome:
    return decide(Answer(200, {"content-type": "application/json"}, page))


def fold(events: int) -> Mapping[str, float]:
    """A log that is all there: pages of JSON become events, and these sums."""
    written = ScriptedLog(events)
    served, over = ServedLog(written), written.seconds + 10.0
    log, tally = EventLog(*_IDS), Tally()
    parsing: list[float] = []
    folding: list[float] = []
    call: Call | None = log.read()
    while call is not None:
        page = served.page(dict(call.query), over)
        with lap(parsing):
            outcome = _answered(page)
        assert isinstance(outcome, Executed)  # noqa: S101 - a mistake in here
        with lap(folding):
            fresh = log.took(wire.events(outcome.body), wire.next_page(outcome.body))
            for event in fresh:
                tally.fold(event)
        call = log.more()
    return {
        "events folded": tally.events,
        "events parsed a second": a_second(parsing),
        "events folded a second": a_second(folding),
    }


def follow(events: int, per_second: float = PER_SECOND) -> Mapping[str, float]:
    """An update that is started and followed to its end, in virtual time."""
    log, folded = ScriptedLog(events, per_second), bytearray(events)

    def tell(event: Event) -> None:
        folded[int(event.event_id[:8], 16)] += 1

    code, line = fleet.follow(log, tell)
    (name,) = line.names
    sent, end = line.logs[name].sent, log.visible_at(events - 1)
    over, known = line.seconds(name), max(end, line.told[name])
    return {
        "exit code": code,
        "events not folded once": events - folded.count(1),
        "receptions per event": sent.events / events,
        "MB received": sent.size / 1e6,
        "calls": line.sent,
        "of them pages of events": sent.pages,
        "seconds until the end was visible": end,
        "seconds from there until it was known": known - end,
        "seconds from there to the end of the run": over - known,
        "MB of memory": most_memory(),
    }


def end(events: int) -> Mapping[str, float]:
    """How late it is over, where a look may be early or late; the most of each."""
    found: dict[str, float] = {}
    for said, per_second in RATES.items():
        for chance in _CHANCES:
            log = ScriptedLog(events, per_second)
            _, line = fleet.follow(log, lambda _: None, chance)
            (name,) = line.names
            visible = log.visible_at(events - 1)
            known, over = max(line.told[name], visible), line.seconds(name)
            for what, seconds in (
                ("until it was known", known - visible),
                ("from there until the run was over", over - known),
                ("until the run was over", over - visible),
            ):
                row = f"{said}: seconds {what}"
                found[row] = max(seconds, found.get(row, 0.0))
    return found


def record(events: int) -> Mapping[str, float]:
    """Events are written to `events.ndjson` as they come, without secrets."""
    log, writer = ScriptedLog(events), Writer(None, clock=None, github=False)
    for secret in _SECRETS:
        writer.hide(secret)
    laps: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        recorder = Recorder(Path(folder), ".", writer, Room(10 * LARGEST))
        for begin in range(0, events, MOST):
            page = log.page(begin, min(begin + MOST, events))
            outcome = _answered(page)
            assert isinstance(outcome, Executed)  # noqa: S101 - a mistake in here
            fresh = wire.events(outcome.body)
            with lap(laps):
                for event in fresh:
                    recorder.record(event)
        recorder.close()
        size = (Path(folder) / EVENTS).stat().st_size
    return {
        "MB written": size / 1e6,
        "events recorded a second": a_second(laps),
    }


def report(events: int) -> Mapping[str, float]:
    """`dlt-action report` of a log of so many events, from its start to its end."""
    log = ScriptedLog(events)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / EVENTS
        with path.open("w", encoding="ascii") as file:
            file.writelines(f"{log.event(number)}\n" for number in range(events))
        program = str(ROOT / "entrypoint.py")
        command = [sys.executable, "-I", program, "report", str(path)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
    return {
        "exit code": process.returncode,
        "seconds of a processor": used.ru_utime + used.ru_stime,
        "MB of memory": machine.megabytes(used.ru_maxrss),
    }


def several(events: int) -> Mapping[str, float]:
    """Fifty pipelines in one step for an hour, with so many events all together."""
    before, laps = most_memory(), list[float]()
    with tempfile.TemporaryDirectory() as folder, lap(laps):
        each = max(events // fleet.PIPELINES, 1)
        code, line = fleet.play(fleet.PIPELINES, each, Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        _, alone = fleet.play(1, each, Path(folder))
    return {
        "exit code": code,
        "virtual seconds": line.now(),
        "seconds of a processor": laps[0],
        "calls per pipeline": line.sent / fleet.PIPELINES,
        "calls, those of one alone = 1": line.sent / fleet.PIPELINES / alone.sent,
        "MB of memory": most_memory(),
        "MB more than before": most_memory() - before,
    }


CASES: Mapping[str, Callable[[int], Mapping[str, float]]] = {
    "fold": fold,
    "follow": follow,
    "end": end,
    "record": record,
    "report": report,
    "several": several,
}
