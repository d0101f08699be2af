"""Updates that go no further, and updates that do not care for a stop."""

from __future__ import annotations

from collections.abc import Iterator

from dlt_action.standin import ending
from dlt_action.standin.scenarios import parts
from dlt_action.standin.scenarios.shop import dry_run, shop
from dlt_action.standin.script import Act, Beat, Scenario, Scene

# Longer than any job of a hosted runner may take.
HALF_A_DAY = 43_200.0
LAST_WORD = 58.0


def queued(scene: Scene) -> Iterator[Beat]:
    """QUEUED, and nothing after it."""
    yield from parts.opening(scene)
    yield parts.state(scene, 0.0, "QUEUED")


def silent(scene: Scene) -> Iterator[Beat]:
    """The shop, with twelve hours in the middle of which nobody hears anything."""
    return parts.delayed(shop(scene), after=LAST_WORD, by=HALF_A_DAY)


QUEUED_FOR_EVER = Scenario(
    name="queued-for-ever",
    title="Stays QUEUED: only a timeout or a queue-timeout ends the wait",
    expect="timed-out",
    seconds=HALF_A_DAY,
    acts=(Act(script=queued),),
    dry=queued,
)
GOES_SILENT = Scenario(
    name="goes-silent",
    title="Runs, then neither event nor state for 12 hours (see stall-timeout)",
    expect="timed-out",
    seconds=HALF_A_DAY + 74,
    acts=(Act(script=silent),),
    dry=dry_run,
)
STOP_IGNORED = Scenario(
    name="stop-ignored",
    title="Completes; but once stopped, it is STOPPING for ever",
    expect="succeeded",
    seconds=74,
    acts=(Act(script=shop),),
    dry=dry_run,
    stopping=ending.for_ever,
)
STOP_TOO_LATE = Scenario(
    name="stop-too-late",
    title="Completes; and when stopped too, 10 seconds later",
    expect="succeeded",
    seconds=74,
    acts=(Act(script=shop),),
    dry=dry_run,
    stopping=ending.too_late,
)
