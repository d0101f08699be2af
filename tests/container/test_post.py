"""The post step as the runner starts it: the image, by another path."""

from __future__ import annotations

import time
from dataclasses import replace
from signal import SIGTERM

import pytest

from dlt_action.standin import Workspace
from tests.container.conftest import TOKEN, Step
from tests.container.test_hostile import ENVIRONMENT, SHADOWS, poison

pytestmark = pytest.mark.container

# Of the runner, for a step that is canceled.
PATIENCE_OF_THE_RUNNER = 7.5


def posts(workspace: Workspace) -> list[str]:
    """What was started and stopped, by the ends of the paths."""
    sent = [each for each in workspace.requests if each.method == "POST"]
    return [each.path.rsplit("/", 1)[-1] for each in sent]


def kill(step: Step) -> str:
    """Kill the step while it follows its update; its log."""
    name = f"dlt-action-test-{time.monotonic_ns()}"
    with step.begin(f"--name={name}") as one:
        assert one.stdout is not None
        log = []
        for line in one.stdout:
            log.append(line)
            if "WAITING_FOR_RESOURCES" in line:
                break
        assert step.engine.call("kill", "--signal=KILL", name).returncode == 0
        log.append(one.stdout.read())
    return "".join(log)


def slow(step: Step) -> Step:
    return replace(step, inputs={**step.inputs, "pipeline-name": "slow-resources"})


def test_what_a_killed_step_left_running_is_stopped(
    step: Step, workspace: Workspace
) -> None:
    killed = slow(step)
    log = kill(killed)
    assert killed.outputs()["result"] == "unfinished", log
    assert killed.state()["update_id"] == killed.outputs()["update-id"]

    ended = killed.after()

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "was stopped and is CANCELED" in ended.stdout
    assert ended.stderr == ""
    assert posts(workspace) == ["updates", "stop"]


def test_after_a_step_that_came_to_its_end_nothing_is_sent(
    step: Step, workspace: Workspace
) -> None:
    assert step.run().returncode == 0
    before = len(workspace.requests)

    ended = step.after()

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Nothing is left to do" in ended.stdout
    assert len(workspace.requests) == before


def test_without_a_main_step_there_is_nothing_to_do(step: Step) -> None:
    step.start_options()  # the folders and files of the runner

    ended = step.after()

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "left no state" in ended.stdout


def test_neither_checkout_nor_environment_change_what_the_post_step_does(
    step: Step, workspace: Workspace
) -> None:
    killed = slow(step)
    kill(killed)
    for name in SHADOWS:
        poison(killed.checkout, name)

    ended = replace(killed, environment=ENVIRONMENT).after()

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert posts(workspace) == ["updates", "stop"]
    assert [path.name for path in killed.checkout.glob("POISONED-*")] == []
    assert TOKEN not in "".join(
        line for line in ended.stdout.splitlines() if "::add-mask::" not in line
    )


def test_a_signal_reaches_the_post_step_too(step: Step, workspace: Workspace) -> None:
    update = workspace.rival("stop-ignored")
    step.start_options()
    owed = {
        "owed": "stop",
        "pipeline_id": workspace.pipeline_id("stop-ignored"),
        "update_id": update,
    }
    with step.begin(*step.post_options(owed)) as post:
        assert post.stdout is not None
        log = []
        for line in post.stdout:
            log.append(line)
            if "the stop was accepted" in line:
                break
        began = time.monotonic()
        post.send_signal(SIGTERM)
        log.append(post.stdout.read())
        took = time.monotonic() - began

    said = "".join(log)
    assert took < PATIENCE_OF_THE_RUNNER, said
    # Not the code: what a client says of a container that is gone, engines disagree on.
    assert "may still be running" in said
