"""An exception that comes into the calling thread, at each moment of a run."""

from __future__ import annotations

import ctypes
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from dlt_action import run_update
from tests.cli.program import CANARY, shop, until

# As many as a run has until its update is followed, and a few more.
MOMENTS = range(1, 11)


class Terminated(BaseException):
    """What a scheduler sends."""


@dataclass(frozen=True, slots=True)
class Left:
    """What became of a run into which an exception came."""

    note: str
    starts: int
    states: list[str]  # of its pipeline's updates


def interrupted(moment: int) -> Left:
    """A run whose caller gets an exception after so many requests."""
    with shop(stretch=0.05) as served:
        pipeline = served.workspace.pipeline_id("slow-resources")
        caller = ctypes.c_ulong(threading.get_ident())

        def send() -> None:
            until(lambda: len(served.workspace.requests) >= moment)
            error = ctypes.py_object(Terminated)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(caller, error)

        threading.Thread(target=send).start()
        with pytest.raises(Terminated) as raised:
            run_update(
                pipeline_id=pipeline,
                poll_interval="1s",
                log=lambda _: None,
                environ={
                    "DATABRICKS_HOST": served.server.url,
                    "DATABRICKS_TOKEN": CANARY,
                },
            )
        with served.workspace.lock:
            found = served.workspace.world.pipelines[pipeline]
            found.advance(time.time())
            states = [run.state for run in found.runs]
        return Left(raised.value.__notes__[0], served.starts, states)


@pytest.fixture(scope="module")
def left() -> list[Left]:
    with ThreadPoolExecutor(len(MOMENTS)) as pool:
        return list(pool.map(interrupted, MOMENTS))


def test_whenever_it_comes_no_update_is_left_running(left: list[Left]) -> None:
    assert {state for one in left for state in one.states} == {"CANCELED"}
    assert max(one.starts for one in left) == 1


def test_it_tells_what_became_of_the_update(left: list[Left]) -> None:
    for one in left:
        said = "was stopped and is CANCELED" if one.starts else "Nothing was started"
        assert said in one.note
