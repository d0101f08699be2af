"""A canceled step: the runner's signal reaches Python as the first process."""

from __future__ import annotations

import time
from dataclasses import replace
from signal import SIGINT, SIGTERM, Signals

import pytest

from dlt_action.standin import Workspace
from tests.container.conftest import Step

pytestmark = pytest.mark.container

# Then the runner sends its second signal; 2.5 s later it leaves the container alone.
PATIENCE_OF_THE_RUNNER = 7.5


@pytest.mark.parametrize("signal", [SIGINT, SIGTERM])
def test_a_canceled_step_stops_its_update_and_is_gone_in_time(
    signal: Signals, step: Step, workspace: Workspace
) -> None:
    inputs = {**step.inputs, "pipeline-name": "slow-resources"}
    with replace(step, inputs=inputs).begin() as running:
        assert running.stdout is not None
        log = []
        for line in running.stdout:
            log.append(line)
            if "WAITING_FOR_RESOURCES" in line:
                break
        began = time.monotonic()
        running.send_signal(signal)  # docker hands it on to the first process
        log.append(running.stdout.read())
        took = time.monotonic() - began

    said = "".join(log)
    assert took < PATIENCE_OF_THE_RUNNER, said
    assert step.outputs()["result"] == "interrupted", said
    stops = [each for each in workspace.requests if each.path.endswith("/stop")]
    assert len(stops) == 1, said
