"""Updates that come to a good end, some of them by a detour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dlt_action.standin.scenarios import flows, parts
from dlt_action.standin.scenarios.flows import Check, Flow
from dlt_action.standin.scenarios.shop import (
    SHOP,
    SHOP_ENDS,
    dry_run,
    shop,
    whole,
    with_stream,
)
from dlt_action.standin.script import Act, Asked, Beat, Others, Scenario, Scene

LATE_SECONDS = 5.0
BURST = 5_000
TWENTY_MINUTES = 1_200.0
AN_HOUR = 3_600.0
TAKES_IN = 46.0  # by then all of the first layer runs
GOOD_DAYS_MORE, BAD_DAYS_MORE = 200.0, 260.0


def late_end(scene: Scene) -> Iterator[Beat]:
    """The shop, whose last event shows only 5 seconds after the state."""
    for beat in shop(scene):
        last = beat.state == "COMPLETED"
        yield replace(beat, lag=LATE_SECONDS) if last else beat


def slow(scene: Scene) -> Iterator[Beat]:
    """The shop, after 20 minutes without a cluster."""
    return parts.delayed(shop(scene), after=2.4, by=TWENTY_MINUTES)


def unknown_state(scene: Scene) -> Iterator[Beat]:
    """The shop, with six seconds in a state that no client has heard of."""
    yield from parts.in_order(
        shop(scene),
        [parts.state(scene, 55.0, "REBALANCING"), parts.state(scene, 61.0, "RUNNING")],
    )


CLICKS = Flow(name="raw_clicks", begins=39.5, ends=56.0, rows=BURST, streaming=True)


def burst(scene: Scene) -> Iterator[Beat]:
    """A shop whose clicks arrive in 5,000 batches within half a second."""
    batches = (
        flows.micro_batch(CLICKS, 45.0 + n / 10_000, n, metrics=flows.rows(1))
        for n in range(BURST)
    )
    yield from with_stream(scene, CLICKS, batches, SHOP_ENDS)


def _worse(flow: Flow) -> Flow:
    """A flow of the shop on a day on which the orders are bad."""
    if flow.name == "orders":
        checks = Check("valid id", 16_493, 1_909), Check("positive amount", 18_402)
        return replace(flow, rows=16_493, dropped=1_909, checks=checks)
    if flow.name == "customers":
        return replace(flow, checks=(Check("has email", 2_203, 7),))
    return flow


RETURNS = Flow(name="returns", begins=63.6, ends=69.5, reads=("orders",), rows=412)
BAD_DAY = (*map(_worse, SHOP), RETURNS)


def good_day(scene: Scene) -> Iterator[Beat]:
    """The shop, taking in what came in a day."""
    return parts.delayed(shop(scene), after=TAKES_IN, by=GOOD_DAYS_MORE)


def bad_day(scene: Scene) -> Iterator[Beat]:
    """The same with one flow more, slower, and with worse data."""
    played = whole(scene, BAD_DAY, ends=SHOP_ENDS)
    return parts.delayed(played, after=TAKES_IN, by=BAD_DAYS_MORE)


def _of_shop(name: str, title: str, script: Act, seconds: float = 74) -> Scenario:
    return Scenario(
        name=name,
        title=title,
        expect="succeeded",
        seconds=seconds,
        acts=(script,),
        dry=dry_run,
    )


SUCCESS = _of_shop(
    "success",
    f"A triggered update of {len(SHOP)} flows in three layers that completes",
    Act(script=shop),
)
LATE_END = _of_shop(
    "late-end",
    "Completes; its last event becomes visible 5 seconds after the state",
    Act(script=late_end),
)
SLOW_RESOURCES = _of_shop(
    "slow-resources",
    "Waits 20 minutes for resources, then completes",
    Act(script=slow),
    74 + TWENTY_MINUTES,
)
UNKNOWN_STATE = _of_shop(
    "unknown-state",
    "Passes through a state that nobody knows, then completes",
    Act(script=unknown_state),
)
BURST_OF_EVENTS = _of_shop(
    "burst",
    "Completes; 5,000 events become visible within 2 seconds",
    Act(script=burst),
)
WORSE_DATA = Scenario(
    name="worse-data",
    title="Completes, slower and with worse data than an hour ago (see quality-gate)",
    expect="succeeded",
    seconds=SHOP_ENDS + BAD_DAYS_MORE,
    acts=(Act(script=bad_day),),
    dry=dry_run,
    before=Others(acts=(Act(script=good_day),), asked=Asked(), began=AN_HOUR),
)
