"""
The other story: stop what was left behind, and say what came of it.

It is what the post step does, and `dlt-action stop`. It can start nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from dlt_action.core.cleaning import (
    SECONDS_FOR_A_RESTART,
    SECONDS_OF_OUTAGE,
    Cleaning,
)
from dlt_action.core.jobs.cleaning import JobCleaning
from dlt_action.core.jobs.seeking import JobSeeking, where_to_look
from dlt_action.core.machine import Machine
from dlt_action.core.model import Pipeline, PipelineId, PipelineState
from dlt_action.core.news import Ended, News
from dlt_action.core.owed import Debt, Due, JobDue, Owed, Sought, debts_in
from dlt_action.core.plan import Plan
from dlt_action.core.record import Outcome, worst_of
from dlt_action.core.telling import line
from dlt_action.core.verdicts import crashed
from dlt_action.driving import Terms, drive
from dlt_action.lean import replace
from dlt_action.reports.order import speaks_http
from dlt_action.settings.asking import planned
from dlt_action.settings.model import Settings
from dlt_action.world import Desk, World

MOST_NAMED = 5
LEFT_BEHIND = "An update may have been left behind"


def dues_of(state: Mapping[str, str], desk: Desk) -> tuple[Debt, ...]:
    """What the *state* of a main step leaves to be stopped; it says so if nothing."""
    debts = debts_in(state)
    owed = [one for one in debts if one.stop]
    if "owed" not in state:
        desk.writer.say("The main step left no state: nothing is known to be stopped.")
    elif not owed:
        desk.writer.say(
            "Nothing is left to do: no update of this step is to be stopped."
        )
    else:
        _tell_of_the_unknown([one for one in owed if one.due is None], desk)
    return tuple(one.due for one in owed if one.due is not None)


def _tell_of_the_unknown(owed: Sequence[Owed], desk: Desk) -> None:
    """Say of what it is not known whether it was started."""
    for job in (one.job_id for one in owed if one.token):
        which = "the job" if job is None else f"job {job}"
        _warn(
            "The main step ended before it knew of a job run. If the page of"
            f" {which} shows one that began then or a little later, it may be this"
            " step's: cancel it there if it should not run.",
            desk,
        )
    others = [one for one in owed if not one.token]
    if not others:
        return
    known = [one.pipeline_id for one in others if one.pipeline_id is not None]
    _warn(
        f"The main step ended before it knew of an update. If {_pages(known)} shows one"
        " that began then or a little later, it may be this step's: stop it there if it"
        " should not run.",
        desk,
    )


def _pages(known: Sequence[str]) -> str:
    """Where to look, as far as it is *known* which pipelines these are."""
    if not known:
        return "the page of a pipeline, or of a job, that the step was to run"
    if len(known) == 1:
        return f"the page of pipeline {known[0]}"
    more = len(known) - MOST_NAMED
    rest = f" and {more} more" if more > 0 else ""
    return f"a page of the pipelines {', '.join(known[:MOST_NAMED])}{rest}"


def tell_what_is_left(dues: Sequence[Debt], desk: Desk) -> None:
    """Name what is due, where nobody can sign in to stop it."""
    for number, due in enumerate(dues):
        message = f"Nothing was stopped, and nothing canceled: {_left(due)}"
        if number < MOST_NAMED:  # a page shows a few annotations of a step
            _warn(message, desk)
        else:
            desk.writer.say(f"warning: {message}")


def _left(due: Debt) -> str:
    match due:
        case JobDue(run_id=run):
            return f"job run {run} may still be running."
        case Sought(token=token):
            return f"a one-time run may be running. {where_to_look(token)}"
        case Due(pipeline_id=pipeline, update_id=update):
            return f"update {update} of pipeline {pipeline} may still be running."
        case _:
            assert_never(due)


def _warn(message: str, desk: Desk) -> None:
    desk.writer.say(f"warning: {message}")
    desk.ci.annotate("warning", message, title=LEFT_BEHIND)


def clean_up(settings: Settings, state: Mapping[str, str], world: World) -> int:
    """Stop what the *state* names, and its restarts; the exit code."""
    return stop_all(settings, dues_of(state, world.desk), world)


def stop_all(settings: Settings, dues: Sequence[Debt], world: World) -> int:
    """
    Stop what is due, all at once, and its restarts; the exit code.

    0 where all of it is stopped, has ended, or nothing is owed.
    """
    machines = {_named(due): _machine(due, settings, world) for due in dues}
    ended = _play(machines, settings, world)
    return worst_of(ended).exit_code if ended else 0


def _play(
    machines: Mapping[str, Machine], settings: Settings, world: World
) -> tuple[Outcome, ...]:
    """Play *machines*, each of which has a name, and tell of them."""
    several = len(machines) > 1
    names = {id(one): f"[{name}] " * several for name, one in machines.items()}

    def tell(machine: Machine, news: News) -> None:
        if isinstance(news, Ended):
            return  # told when all have ended
        text = line(news, settings.reporting.log_level)
        if text is not None:
            world.desk.writer.say(f"{names[id(machine)]}{text}")

    def fails(_: Machine, error: Exception) -> Outcome:
        world.explain(error)
        return crashed(error).outcome()

    ended = drive([*machines.values()], world.line, tell, Terms(crashed=fails))
    # Not as they come: an end that cannot be told is a failure of this step.
    for machine, outcome in zip(machines.values(), ended, strict=True):
        _tell_end(outcome, world.desk, names[id(machine)])
    return ended


def _named(due: Debt) -> str:
    if isinstance(due, JobDue):
        return f"run {due.run_id}"
    if isinstance(due, Sought):
        return f"one-time run of {due.pipeline_id}"
    return due.pipeline_id


def _machine(due: Debt, settings: Settings, world: World) -> Machine:
    if isinstance(due, Sought):
        world.desk.writer.say(
            "to be looked for, and canceled: a one-time run of pipeline"
            f" {due.pipeline_id} whose start was not answered"
        )
        plan = _plan(settings, due.pipeline_id, world)
        return JobSeeking(plan, due.token, chance=world.chance)
    if isinstance(due, JobDue):
        world.desk.writer.say(f"to be canceled, if it still runs: job run {due.run_id}")
        plan = _plan(settings, PipelineId(""), world)
        return JobCleaning(plan, due.run_id, chance=world.chance)
    plan = _plan(settings, due.pipeline_id, world)
    link = plan.links.update(due.pipeline_id, due.update_id)
    world.desk.writer.say(
        f"to be stopped, if it still runs: update {due.update_id}: {link}"
    )
    return Cleaning(plan, due.update_id, asked=due.asked, chance=world.chance)


def _plan(settings: Settings, known: PipelineId, world: World) -> Plan:
    # Nothing of the pipeline has been read, and nothing needs to be.
    pipeline = Pipeline(pipeline_id=known, name="", state=PipelineState.UNRECOGNISED)
    return replace(
        planned(settings, pipeline, began=world.began, began_at=world.began_at),
        outage_grace=SECONDS_OF_OUTAGE,
        restart_grace=SECONDS_FOR_A_RESTART,
    )


def _tell_end(outcome: Outcome, desk: Desk, prefix: str) -> None:
    if not outcome.warnings:
        desk.writer.say(f"{prefix}{outcome.reason}")
    for warning in outcome.warnings:  # these say it as well
        _warn(f"{prefix}{warning}", desk)
    if outcome.server_said:
        label = "the API" if speaks_http(outcome.server_said) else "cause"
        desk.writer.say(f"{prefix}{label}: {outcome.server_said}")
    if outcome.exit_code != 0:
        desk.writer.say(f"{prefix}{outcome.advice}")
        desk.writer.block(outcome.paste.splitlines())
        desk.ci.annotate("warning", outcome.reason, title=LEFT_BEHIND)
