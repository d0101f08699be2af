"""An update whose log tells of its flows: some twenty, in three layers."""

from __future__ import annotations

from collections.abc import Iterator
from math import exp
from random import Random

from dlt_action.standin import Scenario
from dlt_action.standin.scenarios import flows, parts
from dlt_action.standin.scenarios.flows import Flow
from dlt_action.standin.script import Act, Beat, Scene

LAYERS = (8, 7, 5)
SIGMA = 0.8  # of the length of a flow
BATCHES = 10  # of each that streams
WAITS = 1.0  # until it waits for resources
SETS_UP = 6.0  # from the analysed graph to RUNNING
LEAST_START = 9.0  # until RUNNING
START = 0.3  # the same, as a share of the whole
GAP = (1.0, 5.0)  # from the end of the last flow to that of the update,
MOST_GAP = 0.125  # but not more than such a share of the whole
SHORTEST = 1.5  # of a flow: it has to begin before it ends


def update(seconds: float, seed: int) -> Scenario:
    """An update that takes so long."""
    dice = Random(seed)  # noqa: S311 - to be repeated
    start = max(START * seconds, LEAST_START)
    gap = min(dice.uniform(*GAP), MOST_GAP * seconds)
    graph = tuple(_graph(dice, start, seconds - gap))

    def script(scene: Scene) -> Iterator[Beat]:
        analysed = start - SETS_UP
        yield from parts.in_order(
            parts.beginning(scene, waits=WAITS, initializes=analysed - 1.0),
            parts.setting_up(scene, analysed, graph),
            (flows.progress(flow, start, "QUEUED") for flow in graph),
            *map(_play, graph),
            [parts.state(scene, seconds, "COMPLETED")],
        )

    return Scenario(
        name="benchmark",
        title=f"An update of {len(graph)} flows that takes {seconds:.0f} seconds",
        expect="succeeded",
        seconds=seconds,
        acts=(Act(script=script),),
        dry=script,
    )


def _graph(dice: Random, start: float, end: float) -> Iterator[Flow]:
    """Flows, from *start* to *end*; each layer waits for the one before it."""
    layers = [[exp(dice.gauss(0.0, SIGMA)) for _ in range(size)] for size in LAYERS]
    whole = (end - start) / len(layers)
    for number, layer in enumerate(layers):
        began = start + whole * number
        for flow, length in enumerate(layer):
            yield Flow(
                name=f"layer_{number}_flow_{flow}",
                begins=began,
                ends=began + max(whole * length / max(layer), SHORTEST),
                reads=(f"layer_{number - 1}_flow_0",) if number else (),
                rows=dice.randrange(10_000),
                streaming=flow % 3 == 0,
            )


def _play(flow: Flow) -> Iterator[Beat]:
    if flow.streaming:
        return flows.stream(flow, *flows.micro_batches(flow, BATCHES))
    return flows.batch(flow)
