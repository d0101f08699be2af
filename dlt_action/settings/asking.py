"""What the settings ask for, in the words of the core."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from dlt_action import __version__
from dlt_action.core.model import Kind, Pipeline, PipelineId, UpdateRequest
from dlt_action.core.owed import Owed
from dlt_action.core.plan import LATEST, JobPlan, Links, Parting, Plan
from dlt_action.core.record import Asked
from dlt_action.core.text import one_line
from dlt_action.lean import replace
from dlt_action.settings.model import Access, Settings, Target, WaitFor

MOST_NAMED = 5  # parameters
LONGEST_NAME = 100  # characters of each


def what_is_asked(settings: Settings) -> Asked:
    """What the reports may know of the settings."""
    request, access = settings.request, settings.access
    return Asked(
        host=access.host,
        pipeline=_asked_for(settings),
        kind=", ".join((_kind(settings), *_ways(request))),
        resets=request.kind.resets,
        selection=(
            *_named(request.full_refresh_selection, "full refresh"),
            *_named(request.refresh_selection, "refresh"),
            *_named(request.reset_checkpoint_selection, "checkpoint reset"),
        ),
        waits_for=settings.patience.wait_for.value
        if settings.patience.wait
        else "nothing",
        timeout_seconds=settings.patience.timeout,
        sign_in=_sign_in(access),
        left_aside=access.aside,
        report_dir=settings.reporting.report_dir,
        version=__version__,
        rules=len(settings.gate.rules),
    )


def _asked_for(settings: Settings) -> str:
    """The pipelines, or the job, by what was given of them."""
    job = settings.starting.job
    targets = settings.pipelines if job is None else (job,)
    return ", ".join(map(_called, targets))


def _called(target: Target) -> str:
    if target.id is not None:
        return target.id
    return "" if target.name is None else target.name


def owed_at_first(settings: Settings) -> tuple[Owed, ...]:
    """What is owed before updates are known: that they are stopped, if so asked."""
    starts = settings.update_id is None and settings.patience.wait
    stop = starts and settings.conduct.on_cancel is Parting.STOP
    if not settings.pipelines:  # a job says which
        return (Owed(stop=stop),)
    return tuple(
        Owed(stop=stop, pipeline_id=None if one.id is None else PipelineId(one.id))
        for one in settings.pipelines
    )


def _kind(settings: Settings) -> str:
    if settings.starting.job is not None and _is_plain(settings.request):
        return "as the job says"  # its tasks may well reset tables
    if settings.update_id is None:
        return settings.request.kind.value
    if settings.update_id == LATEST:
        return "follow the latest update"
    return f"follow update {settings.update_id}"


def _ways(request: UpdateRequest) -> Iterator[str]:
    """What else is asked of an update; of parameters the names only."""
    if request.development is not None:
        yield f"{'' if request.development else 'not '}in development mode"
    names = [one_line(name, LONGEST_NAME) for name in request.parameters]
    more = len(names) - MOST_NAMED
    if more > 0:
        names[MOST_NAMED:] = [f"{more} more"]
    if names:
        yield f"with parameters ({', '.join(names)})"


def _is_plain(request: UpdateRequest) -> bool:
    """Whether nothing is asked of which tables are updated, and how."""
    resets = request.reset_checkpoint_selection
    return request.kind is Kind.REFRESH and not resets


def _named(names: tuple[str, ...], what: str) -> tuple[str, ...]:
    return tuple(f"{name} ({what})" for name in names)


def _sign_in(access: Access) -> str:
    """The kind of sign-in, the principal as far as it is known, and the source."""
    principal = access.scheme.principal
    who = f" as {principal}" if principal else ""
    elsewhere = access.profile and access.profile not in access.source
    profile = f", with the profile {access.profile}" if elsewhere else ""
    return f"{access.scheme.auth_type}{who} ({access.source}){profile}"


def planned(
    settings: Settings,
    pipeline: Pipeline,
    *,
    began: float,
    began_at: datetime,
    job: JobPlan | None = None,
) -> Plan:
    """The plan for *pipeline*, or for a *job*; *began* is monotonic seconds."""
    patience, conduct = settings.patience, settings.conduct
    return Plan(
        pipeline=pipeline,
        request=settings.request,
        links=Links(settings.access.host, settings.access.workspace_id),
        principal=settings.access.scheme.principal,
        began=began,
        began_at=began_at,
        wait=patience.wait,
        until_running=patience.wait_for is WaitFor.RUNNING,
        settle_time=patience.settle_time,
        poll_ceiling=patience.poll_ceiling,
        follow_restarts=patience.follow_restarts,
        restart_grace=patience.restart_grace,
        outage_grace=patience.outage_grace,
        queue_timeout=patience.queue_timeout,
        stall_timeout=patience.stall_timeout,
        if_active=conduct.if_active,
        on_timeout=conduct.on_timeout,
        on_cancel=conduct.on_cancel,
        on_ambiguous_start=conduct.on_ambiguous_start,
        take_up=settings.update_id,
        run_attempt=settings.run_attempt,
        gate=replace(settings.gate, shared=len(settings.pipelines) > 1),
        job=job,
    )
