"""
The other story: stop what was left behind, and say what came of it.

It is what the post step does, and `dlt-action stop`. It can start nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from dlt_action.core.cleaning import SECONDS_OF_OUTAGE, Cleaning
from dlt_action.core.model import Pipeline, PipelineState
from dlt_action.core.news import News
from dlt_action.core.owed import read
from dlt_action.core.record import Outcome
from dlt_action.core.telling import Detail, line
from dlt_action.driving import drive
from dlt_action.publishing import Desk
from dlt_action.settings.asking import planned
from dlt_action.settings.model import Settings
from dlt_action.world import World

LEFT_BEHIND = "An update may have been left behind"


def owes(state: Mapping[str, str], desk: Desk) -> bool:
    """Whether the *state* of a main step leaves something to do; says so if not."""
    owed = read(state)
    if "owed" not in state:
        desk.writer.say("The main step left no state: nothing is known to be stopped.")
    elif not owed.stop:
        desk.writer.say(
            "Nothing is left to do: no update of this step is to be stopped."
        )
    elif owed.pipeline_id is None or owed.update_id is None:
        message = (
            "The main step ended before it knew of an update. If the pipeline's page"
            " shows one that began then, it may be this step's: stop it there if it"
            " should not run."
        )
        desk.writer.say(f"warning: {message}")
        desk.ci.annotate("warning", message, title=LEFT_BEHIND)
    else:
        return True
    return False


def clean_up(settings: Settings, state: Mapping[str, str], world: World) -> int:
    """
    Stop the update that the *state* names, and its restarts; the exit code.

    0 where it is stopped, has ended, or nothing is owed.
    """
    owed, desk = read(state), world.desk
    if not owes(state, desk) or owed.pipeline_id is None or owed.update_id is None:
        return 0
    began_at = world.wall() - timedelta(seconds=world.line.now() - world.began)
    pipeline = Pipeline(
        pipeline_id=owed.pipeline_id, name="", state=PipelineState.UNRECOGNISED
    )
    planned_ = planned(settings, pipeline, began=world.began, began_at=began_at)
    plan = replace(planned_, outage_grace=SECONDS_OF_OUTAGE)
    link = plan.links.update(owed.pipeline_id, owed.update_id)
    desk.writer.say(f"to be stopped, if it still runs: update {owed.update_id}: {link}")
    machine = Cleaning(plan, owed.update_id, asked=owed.asked, chance=world.chance)

    def tell(news: News) -> None:
        text = line(news, Detail[settings.reporting.log_level.name])
        if text is not None:
            desk.writer.say(text)

    (outcome,) = drive([machine], world.line, tell)
    _tell_end(outcome, desk)
    return outcome.exit_code


def _tell_end(outcome: Outcome, desk: Desk) -> None:
    desk.writer.say(outcome.reason)
    if outcome.server_said:
        desk.writer.say(f"the API: {outcome.server_said}")
    if outcome.exit_code != 0:
        desk.writer.say(outcome.advice)
        desk.ci.annotate("warning", outcome.reason, title=LEFT_BEHIND)
