"""What came of a run, on every side of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.sim.desk import SimCi, SimLog
from tests.sim.line import SimLine
from tests.sim.model import Chain, Update, Who
from tests.sim.schedule import Schedule
from tests.sim.world import World


@dataclass(eq=False, slots=True, kw_only=True)
class Played:
    """What came of a run, on every side of it."""

    schedule: Schedule
    world: World
    line: SimLine
    ci: SimCi
    log: SimLog
    code: int | None = None  # None: killed
    ran_away: bool = False
    unwritable: bool = False  # the outputs could not be written at the very start
    ended: float = 0.0
    running: tuple[Update, ...] = ()  # ours, at the end
    problems: list[str] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)  # the state, at the end
    post_code: int | None = None
    post_said: str = ""
    post_from: int | None = None  # so many calls were made before the post step
    post_began: float = 0.0
    post_ended: float = 0.0
    post_left: tuple[Update, ...] = ()  # ours that run after it

    @property
    def outputs(self) -> dict[str, str]:
        return self.ci.values

    @property
    def result(self) -> str:
        return self.outputs.get("result", "")

    @property
    def reason(self) -> str:
        return self.outputs.get("reason", "")

    @property
    def ours(self) -> list[Chain]:
        """The chains that we started."""
        return [chain for chain in self.world.chains if chain.who is Who.US]


def ours_running(world: World) -> tuple[Update, ...]:
    """What runs of ours, or is about to be restarted."""
    return tuple(
        chain.last
        for chain in world.chains
        if chain.who is Who.US
        and not world.deleted
        and (not chain.last.ended or chain.pending)
    )
