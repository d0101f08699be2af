"""Killed anywhere, a step with several pipelines leaves none of its updates behind."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from signal import SIGKILL, SIGTERM, Signals

import pytest

from dlt_action.core.owed import debts_in
from dlt_action.standin.play import Run
from tests.cli.program import Ended, environment
from tests.kill.judging import SECONDS
from tests.kill.killing import chosen
from tests.kill.process import Watched, post
from tests.kill.stage import A_WHILE, Scene, Stage

NAMES = ("slow-resources", "goes-silent", "late-end")
POINTS = (
    *("before GET-pipeline 2", "after GET-updates 2", "before POST-updates 1"),
    *("after POST-updates 1", "before POST-updates 2", "after POST-updates 2"),
    # One write may tell of both: their answers may come at the same time.
    *(f"{when} write-state-stop-update 1" for when in ("amid", "after")),
    *(f"{when} write-output-unfinished-update 1" for when in ("amid", "after")),
    *("before GET-update 1", "after GET-update 2", "in nap-after-GET-events 1"),
)
CASES: Sequence[tuple[str, Signals]] = tuple(product(POINTS, (SIGTERM, SIGKILL)))


def inputs(stage: Stage) -> dict[str, str]:
    ids = map(stage.workspace.pipeline_id, NAMES)
    given = {
        "host": stage.url,
        "pipeline-id": "\n".join(ids),
        "max-parallel": "2",
        "poll-interval": "1s",
        "restart-grace": "1s",
        "report-dir": "reports",
    }
    return {f"INPUT_{name.upper()}": value for name, value in given.items()}


def runs(stage: Stage) -> list[Run]:
    """Every update of every pipeline, as it is now."""
    stage.pass_time(0.0)
    pipelines = stage.workspace.world.pipelines.values()
    for pipeline in pipelines:
        pipeline.advance(stage.workspace.world.clock())
    return [run for pipeline in pipelines for run in pipeline.runs]


def after(ended: Ended, folder: Path, environ: dict[str, str]) -> Ended:
    own = folder / "post"
    own.mkdir()
    state = {f"STATE_{name}": value for name, value in ended.state.items()}
    return post(own, {**environ, **environment(own), **state})


@pytest.mark.parametrize(("point", "signal"), chosen(CASES, sample=5))
def test_none_of_its_updates_is_left_behind(
    point: str, signal: Signals, tmp_path: Path
) -> None:
    scene = Scene(scenario=NAMES[0], beside=NAMES[1:])
    with Stage(scene, None) as stage:
        environ = environment(tmp_path, **inputs(stage))
        with Watched(tmp_path, environ, (point,)) as program:
            assert program.gets_to(point), program.journal
            if point.startswith("in "):
                time.sleep(0.01)  # told just before it waits
            began = time.monotonic()
            program.signal(signal)
            program.go_on()
            ended = program.end(began)
        stage.pass_time(A_WHILE)
        known = {one.update_id for one in debts_in(ended.state)} - {None}
        stepped = after(ended, tmp_path, environ)
        left = [run for run in runs(stage) if run.ended is None]
    journal = "\n".join(program.journal)
    assert stepped.code == 0, stepped.log
    assert len(runs(stage)) <= 2, journal
    # Killed between an answer and the file, nobody could have written it.
    assert not known & {run.scene.update_id for run in left}, f"{journal}\n{ended.log}"
    if signal is SIGTERM:
        assert ended.seconds - program.starved <= SECONDS, journal
        assert ended.outputs["result"] == "interrupted", ended.outputs
        assert left == [], journal
    elif left:
        assert ended.outputs["result"] == "unfinished"
