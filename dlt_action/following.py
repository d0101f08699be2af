"""
The second half of the story: what was found is started and followed to its end.

All that a run needs from its start on is imported here, and so while the first answer
is on its way (see `story.run`).
"""

from __future__ import annotations

from collections.abc import Sequence

from dlt_action.core.machine import Machine, Pursuit
from dlt_action.core.plan import Plan
from dlt_action.core.record import Asked, Outcome
from dlt_action.core.run import Run
from dlt_action.core.together import together
from dlt_action.core.verdicts import crashed
from dlt_action.debts import Debts
from dlt_action.driving import Terms, drive
from dlt_action.reports.telling import introduction
from dlt_action.settings.model import Settings
from dlt_action.teller import Teller
from dlt_action.world import World


def follow(
    plans: Sequence[Plan],
    settings: Settings,
    world: World,
    asked: Asked,
    debts: Debts,
) -> tuple[Outcome, ...]:
    """Start what *plans* say and follow it to its end."""
    starting = settings.starting
    most, fail_fast = starting.max_parallel, starting.fail_fast
    world.desk.writer.say(introduction(asked, plans, at_once=most, fail_fast=fail_fast))
    runs = [_machine(plan, settings, world) for plan in plans]
    teller = Teller(
        asked,
        settings.reporting,
        debts,
        runs,
        elapsed=lambda: world.line.now() - world.began,
    )

    def fails(one: Machine, error: Exception) -> Outcome:
        world.explain(error)
        return next(_crashed(run, error) for run in runs if run is one)

    terms = Terms(most, fail_fast, fails)
    try:
        ended = drive(runs, world.line, teller.tell, terms)
    except Exception as error:  # noqa: BLE001 - our bug must not lose the updates
        world.explain(error)
        ended = tuple(_crashed(one, error) for one in runs)
    ended = teller.judged(ended, together(plans[0].gate, ended))
    teller.close(ended)
    debts.owe(teller.debts())
    return ended


def _machine(plan: Plan, settings: Settings, world: World) -> Pursuit:
    deadline = world.began + settings.patience.timeout
    if plan.job is None:
        return Run(plan, deadline=deadline, chance=world.chance)
    from dlt_action.core.jobs.run import JobRun  # noqa: PLC0415 - few run a job

    return JobRun(plan, deadline=deadline, chance=world.chance)


def _crashed(one: Pursuit, error: Exception) -> Outcome:
    return crashed(error).ends(one.so_far())
