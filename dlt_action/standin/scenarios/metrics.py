"""
Logs that METRICS events swamp: a workspace that serves them, and one that does not.

The schema calls METRICS "high-volume events stored only in the Delta table"; whether
REST serves them as well is not documented, so both are played.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dlt_action.standin.scenarios import flows
from dlt_action.standin.scenarios.flows import Flow
from dlt_action.standin.scenarios.shop import dry_run, with_stream
from dlt_action.standin.script import Act, Beat, Scenario, Scene

BATCHES = 3_000
BEGINS, ENDS, UPDATE_ENDS = 39.5, 112.0, 118.0
PER_SECOND = 50

READINGS = Flow(
    name="raw_readings", begins=BEGINS, ends=ENDS, rows=BATCHES, streaming=True
)


def flood(scene: Scene) -> Iterator[Beat]:
    """A shop with a flow that tells each of its 3,000 batches, for a minute."""
    batches = (
        replace(
            flows.micro_batch(
                READINGS, 45.0 + n / PER_SECOND, n, metrics=flows.rows(1)
            ),
            level="METRICS",
        )
        for n in range(BATCHES)
    )
    yield from with_stream(scene, READINGS, batches, UPDATE_ENDS)


METRICS_SERVED = Scenario(
    name="metrics",
    title="Completes; 3,000 METRICS events, which the API serves, within a minute",
    expect="succeeded",
    seconds=UPDATE_ENDS,
    acts=(Act(script=flood),),
    dry=dry_run,
)
METRICS_KEPT = replace(
    METRICS_SERVED,
    name="metrics-kept",
    title="Completes; its METRICS events are in the Delta table only",
    serves_metrics=False,
)
