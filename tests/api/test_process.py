"""A program that calls the API, as a process: how it begins, and how it is killed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.program import CANARY, shop, until

SECONDS = 60.0

# What schedulers do: a handler that raises, whatever the main thread is doing; or one
# that says so to whoever is there, and goes on.
PROGRAM = """
import json, signal, sys, threading
import dlt_action

class Terminated(BaseException):
    pass

def fail(number, frame):
    raise Terminated("by a scheduler")

cancel = threading.Event()
handler = fail if sys.argv[1] == "fail" else lambda *_: cancel.set()
signal.signal(signal.SIGTERM, handler)
# Where a shell began us in the background, it is ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
inputs = json.loads(sys.argv[2])
try:
    result = dlt_action.run_update(
        **inputs, cancel=cancel, log=lambda line: print(line, flush=True)
    )
    print(json.dumps([result.result, [result.reason]]))
except BaseException as error:
    print(json.dumps([type(error).__name__, error.__notes__]))
"""


@dataclass(frozen=True, slots=True)
class Killed:
    """What a process said, and the workspace saw, after a signal."""

    came: str
    notes: list[str]
    log: str
    state: str  # of its update
    stops: int


def kill(number: signal.Signals, handler: str = "fail", **inputs: str) -> Killed:
    """Send a signal to a program that follows an update."""
    with shop(stretch=0.05) as served:
        chosen = {
            "host": served.server.url,
            "token": CANARY,
            "pipeline_id": served.workspace.pipeline_id("slow-resources"),
            "poll_interval": "1s",
            **inputs,
        }
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, handler, json.dumps(chosen)],
            stdout=subprocess.PIPE,
            text=True,
        )
        until(lambda: served.starts == 1 and served.sent("GET", "/events") > 0)
        process.send_signal(number)
        log, _ = process.communicate(timeout=SECONDS)
        came, notes = json.loads(log.splitlines()[-1])
        world = served.workspace.world.pipelines[chosen["pipeline_id"]]
        (run,) = world.runs
        return Killed(came, notes, log, run.state, served.stops)


SCENES: Mapping[str, tuple[signal.Signals, Mapping[str, str]]] = {
    "TERM": (signal.SIGTERM, {}),
    "INT": (signal.SIGINT, {}),
    "TERM cancel": (signal.SIGTERM, {"handler": "cancel"}),
    "TERM leave": (signal.SIGTERM, {"on_cancel": "leave"}),
}


@pytest.fixture(scope="module")
def killed() -> Iterator[Mapping[str, Killed]]:
    with ThreadPoolExecutor(len(SCENES)) as pool:
        playing = {
            name: pool.submit(kill, number, **inputs)
            for name, (number, inputs) in SCENES.items()
        }
        yield {name: future.result() for name, future in playing.items()}


def test_an_exception_out_of_a_handler_leaves_no_update_behind(
    killed: Mapping[str, Killed],
) -> None:
    scenes = (
        ("TERM", "Terminated", "The program that called it is leaving"),
        ("INT", "KeyboardInterrupt", "The step was canceled (SIGINT)"),
    )
    for name, error, why in scenes:
        scene = killed[name]
        assert scene.came == error
        assert (scene.state, scene.stops) == ("CANCELED", 1)
        assert why in scene.notes[0]
        assert "was stopped and is CANCELED" in scene.notes[0]
        assert "was stopped and is CANCELED" in scene.log


def test_a_handler_may_set_the_flag_and_the_call_returns(
    killed: Mapping[str, Killed],
) -> None:
    scene = killed["TERM cancel"]
    assert scene.came == "interrupted"
    assert (scene.state, scene.stops) == ("CANCELED", 1)
    assert "was stopped and is CANCELED" in scene.notes[0]


def test_what_is_to_be_left_running_is_left_running(
    killed: Mapping[str, Killed],
) -> None:
    scene = killed["TERM leave"]
    assert (scene.came, scene.stops) == ("Terminated", 0)
    assert scene.state != "CANCELED"


def imported(code: str) -> set[str]:
    """What is imported by *code*, and was not before."""
    told = "print(*set(sys.modules) - before)"
    program = f"import sys; before = set(sys.modules); {code}; {told}"
    ended = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[2],
        text=True,
    )
    return set(ended.stdout.split())


def test_importing_the_package_imports_nothing_else() -> None:
    assert imported("import dlt_action") == {"dlt_action"}


def test_types_of_inputs_cost_a_dag_that_is_parsed_no_network_library() -> None:
    found = imported("from dlt_action import Inputs")
    assert not found & {"requests", "urllib3", "ssl", "dlt_action.api"}


def test_importing_the_api_imports_no_stand_in_and_no_command_line() -> None:
    found = imported("from dlt_action import run_update")
    assert "dlt_action.api" in found
    assert not found & {"dlt_action.cli", "dlt_action.standin", "argparse"}
