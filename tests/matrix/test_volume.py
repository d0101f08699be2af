"""A hundred thousand events: the log of the step stays one that a person can read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dlt_action.standin import Scenario
from dlt_action.standin.play import Pipeline
from dlt_action.standin.scenarios import flows, parts
from dlt_action.standin.scenarios.flows import Flow
from dlt_action.standin.scenarios.shop import dry_run, shop
from dlt_action.standin.script import Act, Beat, Scene
from tests.matrix.program import program
from tests.story.virtual import Stage

EVENTS = 100_000
CLICKS = Flow(name="raw_clicks", begins=39.5, ends=56.0, streaming=True)


def flood(scene: Scene) -> Iterator[Beat]:
    """The shop, and a flow that tells a hundred thousand batches in five seconds."""
    batches = (
        flows.micro_batch(CLICKS, 45.0 + n / 20_000, n, metrics=flows.rows(1))
        for n in range(EVENTS)
    )
    yield from parts.in_order(shop(scene), batches)


FLOOD = Scenario(
    name="flood",
    title="A hundred thousand events in five seconds",
    expect="succeeded",
    seconds=74,
    acts=(Act(script=flood),),
    dry=dry_run,
)


def test_a_hundred_thousand_events_are_all_read_and_are_a_few_lines(
    tmp_path: Path,
) -> None:
    stage = Stage(tmp_path, manners={"page_size": 1000})
    world = stage.workspace.world
    world.pipelines["flood"] = Pipeline(
        FLOOD, "flood", "flood", world.pace, world.clock()
    )

    ended = program(stage, "flood")

    assert ended.verdict == (0, "succeeded", "true")
    # Of the shop 51,417, and one of each batch.
    assert ended.outputs["rows-written"] == str(51_417 + EVENTS)
    assert len(ended.log.splitlines()) < 100
    # Each page as it came, and once more for what was late; and what was read before
    # METRICS events got a cursor of their own.
    pages = [one for one in stage.workspace.requests if one.path.endswith("/events")]
    assert len(pages) < 2 * EVENTS / 1000 + 2 * 40 + 50
