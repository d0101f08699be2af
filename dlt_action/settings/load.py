"""
The door: a command line and an environment in, one frozen `Settings` out.

Everything that is wrong is told together, in the order of the table, so that a person
mends a workflow once and not once for each input.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from dlt_action.core.gate import NO_GATE, Gate
from dlt_action.core.model import UpdateRequest
from dlt_action.core.plan import LogLevel, Trigger
from dlt_action.errors import InputProblem, Misconfigured
from dlt_action.settings import (
    access,
    ambient,
    formats,
    judging,
    reading,
    refusals,
    starting,
    table,
    waiting,
)
from dlt_action.settings.entrance import Around, enter
from dlt_action.settings.model import (
    Access,
    CaBundle,
    Conduct,
    Patience,
    Reporting,
    Settings,
    Starting,
    Target,
)
from dlt_action.settings.profile import NO_PROFILE, Profile
from dlt_action.settings.reading import Given, Rank
from dlt_action.settings.shape import Input
from dlt_action.settings.signin import SIGNING_IN
from dlt_action.settings.values import Values, parse

Value = TypeVar("Value")

ENTERING = frozenset(one.name for one in access.ACCESS)
TIDYING = ENTERING | {table.LOG_LEVEL.name}  # what the post step reads
# And what does not keep it from anything: without a bundle it believes fewer.
ASIDE = (table.BY_NAME.keys() - ENTERING) | {access.CA_BUNDLE.name}


def load(  # noqa: PLR0913 - all that comes from outside
    argv: Sequence[str],
    environ: Mapping[str, str],
    known: Iterable[InputProblem] = (),
    *,
    profile: Profile = NO_PROFILE,
    fork: bool = False,
    tidies: bool = False,
) -> Settings:
    """
    Read all inputs; *argv* are the arguments after the command's name.

    *profile* is the one of the Databricks CLI that counts, *fork* whether the workflow
    runs for a pull request from a fork. Who *tidies* up has to sign in and nothing
    else: whatever is wrong with other inputs, or missing, is left aside.

    Raises `Misconfigured` with every problem, those already *known* from outside too;
    none of them repeats a secret.
    """
    around = Around(environ, profile, fork)
    if tidies:
        environ = reading.only_inputs(environ, TIDYING)
    given, problems = reading.read(argv, environ, profile)
    values, unread = parse(given)
    # Variables for signing in may be there for other tools: only if one is used.
    problems.extend(
        one
        for name, one in unread.items()
        if name not in SIGNING_IN or given[name].rank is Rank.INPUT
    )
    named = {problem.name for problem in problems}
    problems.extend(one for one in known if one.name not in named)
    named |= {problem.name for problem in problems}
    problems.extend(one for one in _missing(given) if one.name not in named)
    problems.extend(refusals.refused(values.read, given))
    if tidies:
        problems = [problem for problem in problems if problem.name not in ASIDE]
    entered = enter(values, given, unread, around, problems)
    if problems or entered is None:
        raise Misconfigured(_in_order(problems))
    return _settings(values, entered, environ)


def _settings(values: Values, entered: Access, environ: Mapping[str, str]) -> Settings:
    """Put together what was read."""
    return Settings(
        access=entered,
        pipelines=_pipelines(values),
        starting=_starting(values),
        update_id=values.optional(table.UPDATE_ID),
        request=_request(values),
        conduct=_conduct(values),
        patience=_patience(values),
        reporting=_reporting(values, environ),
        run_attempt=_run_attempt(environ),
        gate=_gate(values),
    )


def reporting_of(argv: Sequence[str], environ: Mapping[str, str]) -> Reporting:
    """What to write and where, also where other inputs, or some of these, are wrong."""
    given, _ = reading.read(argv, environ)
    return _reporting(parse(given)[0], environ)


def ca_bundle_of(argv: Sequence[str], environ: Mapping[str, str]) -> CaBundle:
    """The input `ca-bundle`, for whoever can read files."""
    given, _ = reading.read(argv, environ)
    found = parse(given)[0].optional(access.CA_BUNDLE)
    if found is None:
        return CaBundle()
    return CaBundle(pem=found) if formats.is_pem(found) else CaBundle(path=found)


def gate_file_of(argv: Sequence[str], environ: Mapping[str, str]) -> str | None:
    """The file that `quality-gate` names, for whoever can read files."""
    given, _ = reading.read(argv, environ)
    found = parse(given)[0].optional(judging.QUALITY_GATE)
    return found.path if isinstance(found, judging.RulesIn) else None


def secrets_around(environ: Mapping[str, str]) -> tuple[str, ...]:
    """What may be a secret, before anything of it is read."""
    given, _ = reading.read((), environ)
    found = [one.text for name, one in given.items() if table.BY_NAME[name].secret]
    of_the_ci = (ambient.ACCESS_TOKEN, ambient.REQUEST, ambient.TOKEN_VARIABLE)
    return (*found, *(environ[name] for name in of_the_ci if environ.get(name)))


def signs_in(argv: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Whether a host or a way to sign in is given, beside Azure's variables."""
    given, _ = reading.read(argv, environ)
    names = {name for name, one in given.items() if one.rank > Rank.ARM}
    wanted = SIGNING_IN | {access.HOST.name}
    return bool(names & wanted) or any(ambient.told(environ))


def _missing(given: Mapping[str, Given]) -> Iterable[InputProblem]:
    """Yield a problem for what no run can do without."""
    if access.HOST.name not in given:
        yield _absent(access.HOST, "the workspace's URL")
    pipelines = (table.PIPELINE_ID.name, table.PIPELINE_NAME.name)
    jobs = (starting.JOB_ID.name, starting.JOB_NAME.name)
    trigger = given.get(starting.TRIGGER.name)
    if (
        trigger is not None
        and trigger.text == Trigger.JOB
        and given.keys().isdisjoint(jobs)
    ):
        remedy = "Set `job-id` or `job-name`."
        yield InputProblem(jobs[0], "`trigger: job` needs to know which.", remedy)
    elif given.keys().isdisjoint((*pipelines, *jobs)):
        what = "It says which pipeline to update, and is missing."
        remedy = f"Set `{pipelines[0]}` or `{pipelines[1]}`; or a job, by `{jobs[0]}`."
        yield InputProblem(pipelines[0], what, remedy)


def _absent(one: Input[str], meaning: str) -> InputProblem:
    """Say that *one* is missing, and both places where it can come from."""
    remedy = f"Set the input `{one.name}` or the variable `{one.variable}`."
    return InputProblem(one.name, f"It is {meaning}, and is missing.", remedy)


def _pipelines(values: Values) -> tuple[Target, ...]:
    """Build which pipelines are updated; none where a job says it."""
    ids = values.optional(table.PIPELINE_ID) or ()
    names = values.optional(table.PIPELINE_NAME) or ()
    return (*(Target(id=one) for one in ids), *(Target(name=one) for one in names))


def _starting(values: Values) -> Starting:
    """Build how updates are started; a job is started as one."""
    job = Target(
        id=values.optional(starting.JOB_ID), name=values.optional(starting.JOB_NAME)
    )
    trigger = values.optional(starting.TRIGGER)
    by_job = job != Target()
    default = Trigger.JOB if by_job else Trigger.UPDATE
    return Starting(
        trigger=default if trigger is None else trigger,
        job=job if by_job else None,
        max_parallel=values.value(starting.MAX_PARALLEL),
        fail_fast=values.value(starting.FAIL_FAST),
    )


def _request(values: Values) -> UpdateRequest:
    """Build what to ask of StartUpdate."""
    return UpdateRequest(
        full_refresh=values.value(table.FULL_REFRESH),
        refresh_selection=values.optional(table.REFRESH_SELECTION) or (),
        full_refresh_selection=values.optional(table.FULL_REFRESH_SELECTION) or (),
        reset_checkpoint_selection=(
            values.optional(table.RESET_CHECKPOINT_SELECTION) or ()
        ),
        validate_only=values.value(table.VALIDATE_ONLY),
        development=values.optional(table.DEVELOPMENT),
        parameters=values.optional(table.PARAMETERS) or {},
        extra=values.optional(table.REQUEST_JSON) or {},
    )


def _patience(values: Values) -> Patience:
    """Build how long to wait for what."""
    return Patience(
        timeout=values.value(waiting.TIMEOUT),
        poll_ceiling=values.optional(waiting.POLL_INTERVAL),
        follow_restarts=values.value(waiting.FOLLOW_RESTARTS),
        restart_grace=values.value(waiting.RESTART_GRACE),
        outage_grace=values.value(waiting.OUTAGE_GRACE),
        wait=values.value(waiting.WAIT),
        wait_for=values.value(waiting.WAIT_FOR),
        settle_time=values.value(waiting.SETTLE_TIME),
        queue_timeout=values.value(waiting.QUEUE_TIMEOUT),
        stall_timeout=values.value(waiting.STALL_TIMEOUT),
    )


def _conduct(values: Values) -> Conduct:
    """Build how to behave towards other updates, and what to leave behind."""
    return Conduct(
        if_active=values.value(waiting.IF_ACTIVE),
        on_timeout=values.value(waiting.ON_TIMEOUT),
        on_cancel=values.value(waiting.ON_CANCEL),
        on_ambiguous_start=values.value(waiting.ON_AMBIGUOUS_START),
    )


def _gate(values: Values) -> Gate:
    """Read the rules that stand in the input itself."""
    found = values.optional(judging.QUALITY_GATE)
    return found if isinstance(found, Gate) else NO_GATE


def _run_attempt(environ: Mapping[str, str]) -> int:
    """Read which attempt of its workflow run this is; GitHub counts them."""
    text = environ.get("GITHUB_RUN_ATTEMPT", "")
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text, re.ASCII) else 1


def _reporting(values: Values, environ: Mapping[str, str]) -> Reporting:
    """Build what to write; a debug run of GitHub's runner outranks `log-level`."""
    debug = environ.get("RUNNER_DEBUG") == "1"
    return Reporting(
        summary=values.value(table.SUMMARY),
        annotations=values.value(table.ANNOTATIONS),
        log_level=LogLevel.DEBUG if debug else values.value(table.LOG_LEVEL),
        report_dir=values.optional(table.REPORT_DIR),
    )


def _in_order(problems: Iterable[InputProblem]) -> tuple[InputProblem, ...]:
    """Sort by the table's order; names that are in no table come first."""
    order = {name: place for place, name in enumerate(table.BY_NAME)}
    return tuple(sorted(problems, key=lambda problem: order.get(problem.name, -1)))
