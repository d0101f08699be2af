"""
The other story: stop what was left behind, and say what came of it.

It is what the post step does, and `dlt-action stop`. It can start nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dlt_action.core.cleaning import (
    SECONDS_FOR_A_RESTART,
    SECONDS_OF_OUTAGE,
    Cleaning,
)
from dlt_action.core.machine import Machine
from dlt_action.core.model import Pipeline, PipelineState
from dlt_action.core.news import News
from dlt_action.core.owed import Due, read
from dlt_action.core.plan import Plan
from dlt_action.core.record import Outcome
from dlt_action.core.telling import Detail, line
from dlt_action.driving import drive
from dlt_action.publishing import Desk
from dlt_action.reports.order import speaks_http
from dlt_action.settings.asking import planned
from dlt_action.settings.model import Settings
from dlt_action.world import World

LEFT_BEHIND = "An update may have been left behind"


def due_of(state: Mapping[str, str], desk: Desk) -> Due | None:
    """What the *state* of a main step leaves to be stopped; it says so if nothing."""
    owed = read(state)
    if "owed" not in state:
        desk.writer.say("The main step left no state: nothing is known to be stopped.")
    elif not owed.stop:
        desk.writer.say(
            "Nothing is left to do: no update of this step is to be stopped."
        )
    elif owed.due is None:
        where = "" if owed.pipeline_id is None else f" {owed.pipeline_id}"
        message = (
            "The main step ended before it knew of an update. If the page of pipeline"
            f"{where} shows one that began then, it may be this step's: stop it there"
            " if it should not run."
        )
        desk.writer.say(f"warning: {message}")
        desk.ci.annotate("warning", message, title=LEFT_BEHIND)
    return owed.due


def clean_up(settings: Settings, state: Mapping[str, str], world: World) -> int:
    """
    Stop the update that the *state* names, and its restarts; the exit code.

    0 where it is stopped, has ended, or nothing is owed.
    """
    desk = world.desk
    due = due_of(state, desk)
    if due is None:
        return 0
    plan = _plan(settings, due, world)
    link = plan.links.update(due.pipeline_id, due.update_id)
    desk.writer.say(f"to be stopped, if it still runs: update {due.update_id}: {link}")
    machine = Cleaning(plan, due.update_id, asked=due.asked, chance=world.chance)

    def tell(_: Machine, news: News) -> None:
        text = line(news, Detail[settings.reporting.log_level.name])
        if text is not None:
            desk.writer.say(text)

    try:
        (outcome,) = drive([machine], world.line, tell)
    except Exception as error:
        world.explain(error)
        raise
    _tell_end(outcome, desk)
    return outcome.exit_code


def _plan(settings: Settings, due: Due, world: World) -> Plan:
    # Nothing of the pipeline has been read, and nothing needs to be.
    pipeline = Pipeline(
        pipeline_id=due.pipeline_id, name="", state=PipelineState.UNRECOGNISED
    )
    return replace(
        planned(settings, pipeline, began=world.began, began_at=world.began_at),
        outage_grace=SECONDS_OF_OUTAGE,
        restart_grace=SECONDS_FOR_A_RESTART,
    )


def _tell_end(outcome: Outcome, desk: Desk) -> None:
    desk.writer.say(outcome.reason)
    if outcome.server_said:
        label = "the API" if speaks_http(outcome.server_said) else "cause"
        desk.writer.say(f"{label}: {outcome.server_said}")
    if outcome.exit_code != 0:
        desk.writer.say(outcome.advice)
        desk.writer.block(outcome.paste.splitlines())
        desk.ci.annotate("warning", outcome.reason, title=LEFT_BEHIND)
