"""What came of a run of the fleet, on every side of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.sim.desk import SimCi, SimLog
from tests.sim.fleet.jobs import Jobs, Run
from tests.sim.fleet.line import FleetLine
from tests.sim.fleet.schedule import FleetSchedule
from tests.sim.model import Update
from tests.sim.world import World


class FleetCi(SimCi):
    """It knows what was kept of each of several."""

    def outputs(self, values: Mapping[str, str]) -> None:
        """See `Dialect`."""
        super().outputs(values)
        for row in json.loads(values.get("results") or "[]"):
            self.known |= {row.get("update_id") or "", row.get("job_run_id") or ""}

    def state(self, values: Mapping[str, str]) -> None:
        """See `Dialect`."""
        super().state(values)
        self.kept_once |= set(values.values())


@dataclass(eq=False, slots=True, kw_only=True)
class Left:
    """What is left of ours at a moment."""

    updates: tuple[Update, ...] = ()  # started as such
    runs: tuple[Run, ...] = ()


@dataclass(eq=False, slots=True, kw_only=True)
class FleetPlayed:
    """What came of a run, on every side of it."""

    schedule: FleetSchedule
    worlds: tuple[World, ...]
    jobs: Jobs
    line: FleetLine
    ci: FleetCi
    log: SimLog
    code: int | None = None  # None: killed
    ran_away: bool = False
    unwritable: bool = False
    ended: float = 0.0
    left: Left = field(default_factory=Left)
    problems: list[str] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)
    post_code: int | None = None
    post_said: str = ""
    post_from: int | None = None
    post_began: float = 0.0
    post_ended: float = 0.0
    post_left: Left = field(default_factory=Left)
