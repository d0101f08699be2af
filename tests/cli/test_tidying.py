"""
`post.py` and `dlt-action stop` as processes: what is sent, and how they leave.

All the stopping happens at once, because most of it is waiting.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from dlt_action.cleanup import MOST_NAMED
from tests.cli.program import (
    CANARY,
    FILES,
    Ended,
    Shop,
    environment,
    post,
    shop,
    start,
    until,
)

# A runner kills 10 s after the first signal.
SECONDS = 7.0
INT, TERM = signal.SIGINT, signal.SIGTERM


@dataclass(frozen=True, slots=True)
class Tidied:
    """A process that tidied up, and what the workspace saw of it."""

    ended: Ended
    starts: int  # of all that was played
    stops: int
    states: tuple[str, ...]  # of the updates of the pipeline, oldest first


def states(served: Shop, scenario: str) -> tuple[str, ...]:
    workspace = served.workspace
    with workspace.lock:  # it is being served meanwhile
        pipeline = workspace.world.pipelines[workspace.pipeline_id(scenario)]
        pipeline.advance(workspace.world.clock())
        return tuple(run.state for run in pipeline.runs)


def tidied(served: Shop, scenario: str, ended: Ended) -> Tidied:
    return Tidied(ended, served.starts, served.stops, states(served, scenario))


def owed(served: Shop, scenario: str, update: str) -> dict[str, str]:
    pipeline = served.workspace.pipeline_id(scenario)
    return {"owed": "stop", "pipeline_id": pipeline, "update_id": update}


def stop_by_command(folder: Path) -> Tidied:
    """`dlt-action stop`, of an update that runs."""
    with shop(stretch=0.05) as served:
        update = served.workspace.rival("slow-resources")
        flags = (*served.flags("slow-resources"), f"--update-id={update}")
        return tidied(served, "slow-resources", start(folder, "stop", *flags).end())


def stop_of_what_is_over(folder: Path) -> Tidied:
    """`dlt-action stop`, of an update that was canceled before somebody began one."""
    with shop(stretch=0.05) as served:
        update = served.workspace.rival("slow-resources")
        served.workspace.person_stops("slow-resources")
        until(lambda: states(served, "slow-resources") == ("CANCELED",))
        served.workspace.rival("slow-resources")
        flags = (*served.flags("slow-resources"), f"--update-id={update}")
        return tidied(served, "slow-resources", start(folder, "stop", *flags).end())


def killed_and_tidied(folder: Path) -> Tidied:
    """A step that is killed while it follows, and its post step."""
    with shop(stretch=0.05) as served:
        program = start(folder, *served.flags("slow-resources"), "--poll-interval=1s")
        until(lambda: served.starts == 1 and served.sent("GET", "/events") > 0)
        killed = program.signal(signal.SIGKILL)
        before = [(folder / name).read_bytes() for name in FILES]
        ended = post(folder, killed.state, INPUT_HOST=served.server.url, **NAMED).end()
        assert [(folder / name).read_bytes() for name in FILES] == before
        assert killed.state["update_id"] == killed.outputs["update-id"]
        return tidied(served, "slow-resources", ended)


def tidied_with_odd_inputs(folder: Path) -> Tidied:
    """A post step whose inputs name no pipeline, and are wrong where they can be."""
    with shop(stretch=0.05) as served:
        update = served.workspace.rival("slow-resources")
        state = owed(served, "slow-resources", update)
        odd = {
            "INPUT_TIMEOUT": "soon",
            "INPUT_PIPELINE-ID": "../x",
            "INPUT_JOB-ID": "x",
            "INPUT_LOG-LEVEL": "loud",
            "INPUT_ODD": "1",
            "INPUT_QUALITY-GATE": "file:gone.txt",
            "INPUT_CA-BUNDLE": "certs/gone.pem",
        }
        ended = post(folder, state, INPUT_HOST=served.server.url, **odd).end()
        return tidied(served, "slow-resources", ended)


def killed_with_the_retry_to_come(folder: Path) -> Tidied:
    """A step that is killed between two attempts, and its post step."""
    with shop(stretch=0.2) as served:
        program = start(folder, *served.flags("retry-succeeds"), "--poll-interval=1s")
        until(lambda: states(served, "retry-succeeds") == ("FAILED",))
        killed = program.signal(signal.SIGKILL)
        ended = post(folder, killed.state, INPUT_HOST=served.server.url, **NAMED).end()
        return tidied(served, "retry-succeeds", ended)


def succeeded_and_tidied(folder: Path) -> Tidied:
    """A step that succeeded, and its post step: a later one failed."""
    with shop() as served:
        whole = start(folder, *served.flags("success"), "--poll-interval=1s").end()
        assert whole.verdict == (0, "succeeded", "true")
        ended = post(folder, whole.state, INPUT_HOST=served.server.url, **NAMED).end()
        return tidied(served, "success", ended)


def interrupted(number: signal.Signals) -> Callable[[Path], Tidied]:
    """A post step that gets a signal while it watches what does not end."""

    def play(folder: Path) -> Tidied:
        with shop(stretch=1.0) as served:
            state = owed(served, "stop-ignored", served.workspace.rival("stop-ignored"))
            host = served.server.url
            program = post(folder, state, INPUT_HOST=host, **NAMED)
            until(lambda: served.stops == 1)
            return tidied(served, "stop-ignored", program.signal(number))

    return play


NAMED = {"INPUT_PIPELINE-NAME": "success", "INPUT_IF-ACTIVE": "replace"}
SCENES: Mapping[str, Callable[[Path], Tidied]] = {
    "stop": stop_by_command,
    "over": stop_of_what_is_over,
    "killed": killed_and_tidied,
    "odd": tidied_with_odd_inputs,
    "retried": killed_with_the_retry_to_come,
    "succeeded": succeeded_and_tidied,
    "INT": interrupted(INT),
    "TERM": interrupted(TERM),
}


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Tidied]]:
    with ThreadPoolExecutor(len(SCENES)) as pool:
        playing = {
            name: pool.submit(play, tmp_path_factory.mktemp(name))
            for name, play in SCENES.items()
        }
        yield {name: future.result() for name, future in playing.items()}


def test_the_command_stops_the_update_that_it_is_given_and_watches_it(
    scenes: Mapping[str, Tidied],
) -> None:
    scene = scenes["stop"]
    assert scene.ended.code == 0, scene.ended.log
    assert (scene.starts, scene.stops, scene.states) == (0, 1, ("CANCELED",))
    assert "was stopped and is CANCELED" in scene.ended.log


def test_the_command_leaves_alone_who_came_after_the_one_that_it_is_given(
    scenes: Mapping[str, Tidied],
) -> None:
    scene = scenes["over"]
    assert scene.ended.code == 0, scene.ended.log
    assert (scene.starts, scene.stops) == (0, 0)
    assert scene.states[1] not in ("STOPPING", "CANCELED")


def test_what_a_kill_left_running_the_post_step_stops(
    scenes: Mapping[str, Tidied],
) -> None:
    scene = scenes["killed"]
    assert scene.ended.code == 0, scene.ended.log
    assert (scene.starts, scene.stops, scene.states) == (1, 1, ("CANCELED",))


def test_nothing_but_a_sign_in_keeps_the_post_step_from_a_stop(
    scenes: Mapping[str, Tidied],
) -> None:
    scene = scenes["odd"]
    assert scene.ended.code == 0, scene.ended.log
    assert "warning: ca-bundle: It cannot be used" in scene.ended.log
    assert "only Mozilla's are believed" in scene.ended.log
    assert (scene.starts, scene.stops, scene.states) == (0, 1, ("CANCELED",))


def test_the_retry_of_what_a_kill_left_behind_the_post_step_stops(
    scenes: Mapping[str, Tidied],
) -> None:
    scene = scenes["retried"]
    assert scene.ended.code == 0, scene.ended.log
    assert (scene.starts, scene.stops) == (1, 1)
    assert scene.states == ("FAILED", "CANCELED")


def test_after_a_success_the_post_step_sends_nothing(
    scenes: Mapping[str, Tidied],
) -> None:
    scene = scenes["succeeded"]
    assert scene.ended.code == 0, scene.ended.log
    assert (scene.starts, scene.stops, scene.states) == (1, 0, ("COMPLETED",))
    assert "Nothing is left to do" in scene.ended.log


def test_a_signal_in_the_post_step_says_what_may_still_run_and_leaves_in_time(
    scenes: Mapping[str, Tidied],
) -> None:
    for number in (INT, TERM):
        scene = scenes[number.name.removeprefix("SIG")]
        assert scene.ended.code == 128 + number
        assert scene.ended.seconds <= SECONDS
        assert scene.stops == 1
        assert "may still be running" in scene.ended.log


def test_nothing_is_said_on_the_other_stream_and_no_secret_anywhere(
    scenes: Mapping[str, Tidied],
) -> None:
    assert {scene.ended.err for scene in scenes.values()} == {b""}
    assert [n for n, scene in scenes.items() if CANARY in scene.ended.everything] == []


@pytest.fixture(scope="module")
def idle() -> Iterator[Shop]:
    """A workspace of which nobody wants anything."""
    with shop() as opened:
        yield opened
        assert opened.workspace.requests == []


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({}, "The main step left no state"),
        ({"owed": "nothing"}, "Nothing is left to do"),
        ({"owed": "stop"}, "::warning title=An update may have been left behind"),
        ({"owed": "stop"}, "If the page of a pipeline, or of a job, that the step was"),
        ({"owed": "stop", "token": "t"}, "If the page of the job shows one that began"),
        ({"owed": "stop", "token": "t", "job_id": "7"}, "If the page of job 7 shows"),
        ({"owed": "stop", "pipeline_id": "p", "update_id": "../x"}, "::warning title"),
        ({"owed": "stop", "pipeline_id": "p", "update_id": "u\nx"}, "::warning title"),
        ({"owed": "stop", "pipeline_id": "../../x", "update_id": "u"}, "::warning"),
        ({"owed": "\nstop", "pipeline_id": "p", "update_id": "u"}, "Nothing is left"),
        ({"owed": "stop\n::error::x", "update_id": "u"}, "Nothing is left to do"),
    ],
)
def test_a_state_without_an_update_to_stop_sends_nothing_and_ends_well(
    tmp_path: Path, idle: Shop, state: Mapping[str, str], said: str
) -> None:
    ended = post(tmp_path, state, INPUT_HOST=idle.server.url, **NAMED).end()
    assert ended.code == 0
    assert said in ended.log
    assert {command.name for command in ended.commands} <= {"warning", "add-mask"}
    assert ended.err == b""


def test_where_nothing_is_owed_wrong_inputs_are_nobodys_business(
    tmp_path: Path,
) -> None:
    ended = post(tmp_path, {"owed": "nothing"}, INPUT_TIMEOUT="soon").end()
    assert ended.code == 0


@pytest.mark.parametrize(
    ("state", "left"),
    [
        ({"pipeline_id": "p", "update_id": "u1"}, "update u1 of pipeline p may still"),
        ({"run_id": "7"}, "job run 7 may still be running"),
        ({"pipeline_id": "p", "token": "0123456789"}, "whose name ends in 01234567"),
    ],
)
def test_where_a_stop_is_owed_it_is_told_what_signing_in_lacks_and_what_is_left(
    tmp_path: Path, state: Mapping[str, str], left: str
) -> None:
    ended = post(tmp_path, {"owed": "stop", **state}, **NAMED).end()
    assert ended.code == 2
    assert "host: " in ended.log
    (warning,) = [one for one in ended.commands if one.name == "warning"]
    assert left in warning.data
    assert warning.properties["title"] == "An update may have been left behind"


def test_of_many_that_are_left_a_few_are_annotated_and_all_named(
    tmp_path: Path,
) -> None:
    state = {"debts": "12", "owed": "stop", "run_id": "100"}
    for number in range(2, 13):
        state |= {f"owed_{number}": "stop", f"run_id_{number}": f"{100 + number}"}
    ended = post(tmp_path, state, **NAMED).end()
    assert sum(one.name == "warning" for one in ended.commands) == MOST_NAMED
    assert all(f"job run {state[key]} " in ended.log for key in state if "run" in key)


def test_the_post_step_takes_no_orders_on_its_command_line(
    tmp_path: Path, idle: Shop
) -> None:
    flags = idle.flags("success")
    for argv in (("run", *flags), flags, ("stop", *flags, "--update-id=u")):
        assert post(tmp_path, {}, *argv).end().code == 0


def test_all_that_a_stop_lacks_is_told_at_once(tmp_path: Path) -> None:
    ended = start(tmp_path, "stop", "--pipeline-id=p").end()
    assert ended.code == 2
    for name in ("host", "update-id"):
        assert f"{name}: It is" in ended.log


@pytest.mark.parametrize(
    ("flags", "name"),
    [
        (("--pipeline-id=p",), "update-id"),
        (("--pipeline-id=p", "--update-id=latest"), "update-id"),
        (("--pipeline-id=p", "--update-id=../x"), "update-id"),
        (("--pipeline-id=../x", "--update-id=u"), "pipeline-id"),
        (("--pipeline-name=success", "--update-id=u"), "pipeline-id"),
        (("--pipeline-id=p", "--update-id=u", "--full-refresh"), "full-refresh"),
        (("--update-id=u",), "pipeline-id"),
        (("--pipeline-id=p", "--update-id=u", "--odd"), "odd"),
    ],
)
def test_a_stop_that_does_not_say_what_to_stop_is_refused_and_sends_nothing(
    tmp_path: Path, idle: Shop, flags: tuple[str, ...], name: str
) -> None:
    host = f"--host={idle.server.url}"
    ended = start(tmp_path, "stop", host, *flags).end()
    assert ended.code == 2
    assert f"{name}: " in ended.log
    assert CANARY not in ended.everything


def test_a_stop_without_a_token_is_refused(tmp_path: Path, idle: Shop) -> None:
    environ = environment(tmp_path, INPUT_TOKEN="")
    flags = (*idle.flags("success"), "--update-id=u")
    ended = start(tmp_path, "stop", *flags, environ=environ).end()
    assert ended.code == 2
    assert "token: " in ended.log
