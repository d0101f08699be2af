"""News → the lines of the log: one line per thing that a person would want to know."""

from __future__ import annotations

from typing import assert_never

from dlt_action.core.eta import said as said_to_be_left
from dlt_action.core.event import Event
from dlt_action.core.model import Attribution, FlowStatus, Level, UpdateState
from dlt_action.core.news import (
    Begun,
    Ended,
    Failing,
    Heartbeat,
    Logged,
    LooksPlainly,
    News,
    Noted,
    OutageBegan,
    OutageEnded,
    Parted,
    RunStarted,
    Started,
    StateSeen,
    StopAccepted,
    TaskFailed,
    TookUp,
    Warned,
)
from dlt_action.core.plan import LogLevel
from dlt_action.core.record import Hint, Problem
from dlt_action.core.rows import without_rows
from dlt_action.core.sources import told
from dlt_action.core.text import ELLIPSIS, one_line
from dlt_action.core.words import count, duration, plural

LONGEST_MESSAGE = 500
LONGEST_FLOW = 100  # characters of its name, beside others

# Shorter ones are usual, and say nothing.
SILENCE = 120.0

# Of single events: GitHub's page of a log is slow beyond some ten thousand lines.
MOST_EVENTS = 10_000


def line(news: News, detail: LogLevel) -> str | None:
    """The line that tells *news*, or None where it is not told at this *detail*."""
    match news:
        case Logged(event=event):
            return _logged(event, detail)
        case StateSeen() | Heartbeat() | Noted() | LooksPlainly():
            return None if detail is LogLevel.QUIET else _step(news)
        case Begun():
            return None
        case Ended(outcome=outcome):
            return f"{outcome.result.value}: {one_line(outcome.reason)}"
        case _:
            return _important(news)


class Lines:
    """The lines of one run; those of single events are bounded."""

    def __init__(self, detail: LogLevel) -> None:
        """Tell so much *detail*."""
        self._detail = detail
        self._events = 0

    def of(self, news: News) -> str | None:
        """The line that tells *news*, or None where it is not told."""
        text = line(news, self._detail)
        if text is None or not isinstance(news, Logged):
            return text
        self._events += 1
        return text if self._events <= MOST_EVENTS else None

    def more(self) -> str | None:
        """How many lines were left out, for the end; None where none was."""
        left_out = self._events - MOST_EVENTS
        return f"{plural(left_out, 'more line')} of events" if left_out > 0 else None


def _important(
    news: Started
    | RunStarted
    | TaskFailed
    | TookUp
    | OutageBegan
    | OutageEnded
    | Warned
    | Failing
    | Parted
    | StopAccepted,
) -> str:
    match news:
        case Started() | RunStarted():
            return _started(news)
        case Parted() | StopAccepted():
            return _leaving(news)
        case TookUp(update_id=update_id, cause=cause, url=url):
            return f"the platform went on with update {update_id} ({cause}): {url}"
        case Warned(text=text):
            return f"warning: {one_line(text)}"
        case Failing() | TaskFailed():
            return _failing(news)
        case OutageBegan() | OutageEnded():
            return _outage(news)
        case _:
            assert_never(news)


def _leaving(news: Parted | StopAccepted) -> str:
    match news:
        case Parted(text=text):
            return one_line(text)
        case StopAccepted(update_id=update_id):
            return f"update {update_id}: the stop was accepted"
        case _:
            assert_never(news)


def _started(news: Started | RunStarted) -> str:
    if isinstance(news, RunStarted):
        where = "" if news.url is None else f": {news.url}"
        return f"job run {news.run_id} started{where}"
    match news.attribution:
        case _ if news.by_task:
            what = "was started by the job run"
        case Attribution.CONFIRMED:
            what = "started"
        case Attribution.INFERRED:
            what = "is taken up, inferred to be ours"
        case Attribution.ATTACHED:
            what = "is followed; it began before this step, which never stops it"
        case _:
            assert_never(news.attribution)
    return f"update {news.update_id} {what}: {news.url}"


def _outage(news: OutageBegan | OutageEnded) -> str:
    match news:
        case OutageBegan(reason=reason, patience=patience):
            said = one_line(reason, LONGEST_MESSAGE)
            tries = f"trying for up to {duration(patience)}"
            return f"the API does not answer, {tries}; no verdict on the update: {said}"
        case OutageEnded(seconds=seconds):
            return f"the API answers again, after {duration(seconds)}"
        case _:
            assert_never(news)


def _step(news: StateSeen | Heartbeat | Noted | LooksPlainly) -> str:
    match news:
        case StateSeen(state=state):
            return f"state {one_line(state, limit=60)}"
        case Heartbeat():
            return progress(news)
        case Noted(text=text):
            return one_line(text)
        case LooksPlainly():
            return _plainly(news)
        case _:
            assert_never(news)


def _plainly(news: LooksPlainly) -> str:
    match news.flows:
        case _ if news.behind:
            why = "the event log is behind, so it does not say how near the end is"
        case 0:
            why = "the event log tells of no flows, so not how near the end is"
        case 1:
            why = "the event log tells of one flow, so not how near the end is"
        case _:
            why = "nothing says how near the end is"
    return f"{why}: looking every {news.every:.0f} s"


# In this order; queued ones are what is left of the total.
_SHOWN = (
    FlowStatus.RUNNING,
    FlowStatus.IDLE,
    FlowStatus.FAILED,
    FlowStatus.SKIPPED,
    FlowStatus.STOPPED,
    FlowStatus.EXCLUDED,
)


def progress(beat: Heartbeat) -> str:
    """
    How far the update is, and how long it still takes.

    `flows 12/28 · 3 running · 1.2 M rows · 04:10 · about 3 min left`

    Where nothing has changed since the last line, it says what runs, and how long, and
    for how long there was no news at all:
    `flows 27/28 · 1 running: main.sales.orders 08:10 · no news for 03:00 · 12:10`
    """
    ends = [duration(beat.elapsed)]
    if beat.left is not None:
        ends.append(said_to_be_left(beat.left))
    total = sum(beat.flows.values())
    if total == 0:
        known = beat.state if beat.state != UpdateState.UNRECOGNISED else "waiting"
        return " · ".join((known, *ends))
    parts = [f"flows {beat.flows.get(FlowStatus.COMPLETED, 0)}/{total}"]
    parts.extend(
        f"{beat.flows[status]} {status.value.lower()}{_longest(beat, status)}"
        for status in _SHOWN
        if beat.flows.get(status)
    )
    if beat.rows is not None:
        parts.append(f"{count(beat.rows)} rows")
    if beat.silent >= SILENCE:
        parts.append(f"no news for {duration(beat.silent)}")
    return " · ".join((*parts, *ends))


def _longest(beat: Heartbeat, status: FlowStatus) -> str:
    """The flows that run longest, after how many run."""
    if status is not FlowStatus.RUNNING or not beat.longest:
        return ""
    named = [
        one_line(one.flow, LONGEST_FLOW)
        + ("" if one.seconds is None else f" {duration(one.seconds)}")
        for one in beat.longest
    ]
    if beat.flows[status] > len(named):
        named.append(ELLIPSIS)
    return f": {', '.join(named)}"


def failure(problem: Problem, *, final: bool = True) -> str:
    """A failure on one line: the flow, the exception, what it said, and where."""
    word = "FAILED" if final else "failed (to be tried again)"
    who = "update" if problem.flow is None else f"flow {one_line(problem.flow, 200)}"
    named = problem.exception and problem.exception not in problem.headline
    name = f" {problem.exception}:" if named else ":"
    where = told(problem)
    at = f" (at {one_line(where, LONGEST_MESSAGE)})" if where else ""
    said = one_line(problem.headline, LONGEST_MESSAGE)
    return f"{word} {who}{name} {said}{at}"


def _failing(news: Failing | TaskFailed) -> str:
    if isinstance(news, TaskFailed):
        told = one_line(without_rows(news.said), LONGEST_MESSAGE)
        kind = f" ({one_line(news.kind, limit=60)})" if news.kind else ""
        who = f"task {one_line(news.key, 100)}{kind}"
        how = f"{who}: {one_line(news.state, limit=60)}"
        return f"{how}: {told}" if told else how
    problem = news.problem
    said = failure(problem, final=news.final)
    if not news.final or problem.hint is None:
        return said
    return f"{said}\n    {help_of(problem.hint)}"


def help_of(hint: Hint) -> str:
    """What usually helps, on one line, with the page that says more."""
    return f"{one_line(hint.text)} {one_line(hint.url)}"


def _logged(event: Event, detail: LogLevel) -> str | None:
    # States and failures have lines of their own, in better words.
    shown = detail is LogLevel.EVENTS and event.level is not Level.METRICS
    if not shown and detail is not LogLevel.DEBUG:
        return None
    message = one_line(without_rows(event.message), LONGEST_MESSAGE)
    kind = one_line(event.event_type, 60)
    stamp = event.at.strftime("%H:%M:%S.%f")[:-3]
    return f"{event.level.value:7} {kind} [{stamp}] {message}"
