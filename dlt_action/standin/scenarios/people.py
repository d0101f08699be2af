"""Updates that other people have a hand in."""

from __future__ import annotations

from collections.abc import Iterator

from dlt_action.standin.ending import stopped, under_way
from dlt_action.standin.scenarios import parts
from dlt_action.standin.scenarios.shop import dry_run, shop
from dlt_action.standin.script import Act, Beat, Scenario, Scene

CANCELED_AT = 58.0
AN_HOUR = 3_600.0


def canceled(scene: Scene) -> Iterator[Beat]:
    """The shop, until somebody stops it half-way."""
    played = list(parts.before(shop(scene), CANCELED_AT))
    yield from played
    yield parts.user_action(CANCELED_AT, parts.ANNA, "STOP")
    yield from stopped(scene, under_way(played), CANCELED_AT)


def long(scene: Scene) -> Iterator[Beat]:
    """The shop, with flows that take an hour longer."""
    return parts.delayed(shop(scene), after=46.0, by=AN_HOUR)


CANCELED = Scenario(
    name="canceled",
    title="A person cancels the update while it runs",
    expect="canceled",
    seconds=62,
    acts=(Act(script=canceled),),
    dry=dry_run,
)
ALREADY_ACTIVE = Scenario(
    name="already-active",
    title="Another person's update is active for an hour: the start is refused",
    expect="conflict",
    seconds=1,
    acts=(Act(script=shop),),
    dry=dry_run,
    before=long,
)
