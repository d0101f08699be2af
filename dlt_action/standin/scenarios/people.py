"""Updates that other people have a hand in, and pipelines that they keep busy."""

from __future__ import annotations

from collections.abc import Iterator

from dlt_action.standin.ending import STOPPING_SECONDS, stopped, under_way
from dlt_action.standin.scenarios import parts
from dlt_action.standin.scenarios.failures import division
from dlt_action.standin.scenarios.restarts import again
from dlt_action.standin.scenarios.shop import dry_run, shop
from dlt_action.standin.script import Act, Asked, Beat, Others, Scenario, Scene

CANCELED_AT = 58.0
AN_HOUR = 3_600.0
# The shop takes 74 seconds and others began a minute ago: another 90 are left.
A_WHILE = 76.0
# From the first look at the workspace to CANCELED, for one that is STOPPING.
STILL_STOPPING = 60.0


def canceled(scene: Scene) -> Iterator[Beat]:
    """The shop, until somebody stops it half-way."""
    return _canceled(scene, takes=STOPPING_SECONDS)


def _canceled(scene: Scene, takes: float) -> Iterator[Beat]:
    played = list(parts.before(shop(scene), CANCELED_AT))
    yield from played
    yield parts.user_action(CANCELED_AT, parts.ANNA, "STOP")
    yield from stopped(scene, under_way(played), CANCELED_AT, takes=takes)


def slowly_canceled(scene: Scene) -> Iterator[Beat]:
    """The same, but it takes its time: two seconds of it before one looks."""
    return _canceled(scene, takes=STILL_STOPPING + 2.0)


def long(scene: Scene) -> Iterator[Beat]:
    """The shop, with flows that take an hour longer."""
    return parts.delayed(shop(scene), after=46.0, by=AN_HOUR)


def for_a_while(scene: Scene) -> Iterator[Beat]:
    """The shop, with flows that take a minute and a quarter longer."""
    return parts.delayed(shop(scene), after=46.0, by=A_WHILE)


def queued(scene: Scene) -> Iterator[Beat]:
    """The shop, for an update that had to wait for its turn."""
    first, second, *rest = shop(scene)
    yield from (first, second, parts.state(scene, 0.0, "QUEUED"))
    yield parts.state(scene, 0.5, "CREATED")
    yield from rest


def _busy(
    name: str,
    title: str,
    others: Others,
    *,
    expect: str = "conflict",
    seconds: float = 1,
) -> Scenario:
    return Scenario(
        name=name,
        title=title,
        expect=expect,
        seconds=seconds,
        acts=(Act(script=shop),),
        dry=dry_run,
        before=others,
    )


CANCELED = Scenario(
    name="canceled",
    title="A person cancels the update while it runs",
    expect="canceled",
    seconds=62,
    acts=(Act(script=canceled),),
    dry=dry_run,
)
ALREADY_ACTIVE = _busy(
    "already-active",
    "Another person's update is active for an hour: the start is refused",
    Others(acts=(Act(script=long),)),
)
BUSY_FOR_A_WHILE = _busy(
    "busy-for-a-while",
    "Another person's update completes after 90 seconds: worth waiting for",
    Others(acts=(Act(script=for_a_while),)),
)
BUSY_WITH_RETRY = _busy(
    "busy-with-retry",
    "Another person's update fails and is retried: refused in the gap, too",
    Others(acts=(Act(script=division), again(Act(script=shop)))),
)
BUSY_STOPPING = _busy(
    "busy-stopping",
    "Another person's update is being stopped for a minute; then ours completes",
    Others(acts=(Act(script=slowly_canceled),)),
    expect="succeeded",
    seconds=STILL_STOPPING + 74,
)
TWIN_ACTIVE = _busy(
    "twin-active",
    "An API call's update of everything is active for 90 seconds: as ours would be",
    Others(acts=(Act(script=for_a_while),), asked=Asked()),
)
QUEUED_BEHIND = Scenario(
    name="queued-behind",
    title="Somebody was faster: ours is accepted, but QUEUED until theirs ended",
    expect="succeeded",
    seconds=148,
    acts=(Act(script=queued),),
    dry=dry_run,
    ahead=shop,
)
