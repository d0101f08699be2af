from __future__ import annotations

from dataclasses import replace

import pytest

from dlt_action.core.eta import Left
from dlt_action.core.model import (
    Attribution,
    Cause,
    FlowStatus,
    Level,
    Location,
    RunId,
    UpdateId,
)
from dlt_action.core.news import (
    Failing,
    Heartbeat,
    Logged,
    News,
    Noted,
    OutageBegan,
    OutageEnded,
    Parted,
    Running,
    RunStarted,
    Started,
    StateSeen,
    StopAccepted,
    TaskFailed,
    TookUp,
    Warned,
)
from dlt_action.core.plan import LogLevel
from dlt_action.core.record import Hint, InCheckout, Problem
from dlt_action.core.telling import (
    MOST_EVENTS,
    Lines,
    failure,
    line,
    progress,
)
from tests.core.events import NOON, event

U1, U2 = UpdateId("u1"), UpdateId("u2")
PROBLEM = Problem(at=NOON, flow="main.a.b", headline="boom", exception="E.X")
BEAT = Heartbeat(state="RUNNING", elapsed=250.0)
COUNTS = {FlowStatus.COMPLETED: 12, FlowStatus.RUNNING: 3, FlowStatus.QUEUED: 13}
ENDED = {FlowStatus.COMPLETED: 4, FlowStatus.FAILED: 1, FlowStatus.SKIPPED: 3}
FLOWS = replace(BEAT, flows=COUNTS, rows=1_200_000)
HINT = Hint("Do\nthis.", "https://docs/x")
LOGGED = Logged(event("flow_progress", {}, 1.5, flow="f"))

SAID: list[tuple[News, str]] = [
    (
        Started(update_id=U1, url="https://h/u1", attribution=Attribution.CONFIRMED),
        "update u1 started: https://h/u1",
    ),
    (
        Started(update_id=U1, url="https://h/u1", attribution=Attribution.INFERRED),
        "update u1 is taken up, inferred to be ours: https://h/u1",
    ),
    (
        Started(update_id=U1, url="https://h/u1", attribution=Attribution.ATTACHED),
        (
            "update u1 is followed; it began before this step, which never stops it:"
            " https://h/u1"
        ),
    ),
    (
        Started(
            update_id=U1,
            url="https://h/u1",
            attribution=Attribution.INFERRED,
            by_task=True,
        ),
        "update u1 was started by the job run: https://h/u1",
    ),
    (
        RunStarted(run_id=RunId("77"), url="https://h/77"),
        "job run 77 started: https://h/77",
    ),
    (RunStarted(run_id=RunId("77"), url=None), "job run 77 started"),
    (TaskFailed("load", "FAILED", "It\nbroke."), "task load: FAILED: It broke."),
    (TaskFailed("::a\nb", "FAILED", "", "x\ny"), "task ::a b (x y): FAILED"),
    (Parted("The timeout passed,\nupdate u1"), "The timeout passed, update u1"),
    (StopAccepted(U2), "update u2: the stop was accepted"),
    (
        TookUp(
            update_id=U2,
            url="https://h/u2",
            cause=Cause.RETRY_ON_FAILURE,
            predecessor=U1,
        ),
        "the platform went on with update u2 (RETRY_ON_FAILURE): https://h/u2",
    ),
    (Warned("a warning\nof two lines"), "warning: a warning of two lines"),
    (Failing(PROBLEM, final=True), "FAILED flow main.a.b E.X: boom"),
    (
        Failing(replace(PROBLEM, hint=HINT), final=True),
        "FAILED flow main.a.b E.X: boom\n    Do this. https://docs/x",
    ),
    (
        Failing(replace(PROBLEM, hint=HINT), final=False),
        "failed (to be tried again) flow main.a.b E.X: boom",
    ),
    (OutageBegan("HTTP 503", 900.0), "the API does not answer, trying {}: HTTP 503"),
    (OutageEnded(600), "the API answers again, after 10:00"),
    (StateSeen(U1, "RUNNING", NOON), "state RUNNING"),
    (StateSeen(U1, "NEW\n::error::STATE", None), "state NEW ::error::STATE"),
    (BEAT, "RUNNING · 04:10"),
    (Noted("a note\nof two lines"), "a note of two lines"),
]


@pytest.mark.parametrize("detail", [LogLevel.PROGRESS, LogLevel.EVENTS, LogLevel.DEBUG])
@pytest.mark.parametrize(("news", "said"), SAID)
def test_each_news_is_one_line(news: News, said: str, detail: LogLevel) -> None:
    said = said.replace("{}", "for up to 15:00; no verdict on the update")
    assert line(news, detail) == said


@pytest.mark.parametrize(("news", "said"), SAID)
def test_quiet_leaves_out_steps_and_nothing_important(news: News, said: str) -> None:
    step = isinstance(news, StateSeen | Heartbeat | Noted)
    assert (line(news, LogLevel.QUIET) is None) == step, said


@pytest.mark.parametrize(
    ("level", "detail", "told"),
    [
        (Level.INFO, LogLevel.QUIET, False),
        (Level.ERROR, LogLevel.PROGRESS, False),
        (Level.INFO, LogLevel.EVENTS, True),
        (Level.METRICS, LogLevel.EVENTS, False),
        (Level.METRICS, LogLevel.DEBUG, True),
        (Level.UNRECOGNISED, LogLevel.EVENTS, True),
    ],
)
def test_events_are_told_to_whom_asks_for_them(
    level: Level, detail: LogLevel, *, told: bool
) -> None:
    assert (
        line(Logged(replace(LOGGED.event, level=level)), detail) is not None
    ) == told


def test_an_event_says_level_kind_time_and_message() -> None:
    assert line(LOGGED, LogLevel.EVENTS) == (
        "INFO    flow_progress [12:00:01.500] flow_progress of f"
    )


def test_an_event_is_one_line_without_rows() -> None:
    hostile = replace(
        LOGGED.event,
        event_type="odd\n::error::kind",
        message="a\nb Output record: '{s3cret}'",
    )
    said = line(Logged(hostile), LogLevel.DEBUG)
    assert said is not None
    assert "s3cret" not in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("beat", "said"),
    [
        (replace(BEAT, state="UNRECOGNISED"), "waiting · 04:10"),
        (FLOWS, "flows 12/28 · 3 running · 1.2 M rows · 04:10"),
        (replace(BEAT, flows=ENDED), "flows 4/8 · 1 failed · 3 skipped · 04:10"),
        (replace(FLOWS, rows=0), "flows 12/28 · 3 running · 0 rows · 04:10"),
        (
            replace(FLOWS, longest=(Running("a.b", 490.0), Running("c\n", None))),
            "flows 12/28 · 3 running: a.b 08:10, c, … · 1.2 M rows · 04:10",
        ),
        (
            replace(FLOWS, longest=tuple(Running(one, 0.4) for one in "abc")),
            "flows 12/28 · 3 running: a 00:00, b 00:00, c 00:00 · 1.2 M rows · 04:10",
        ),
        (replace(FLOWS, silent=119.0), "flows 12/28 · 3 running · 1.2 M rows · 04:10"),
        (
            replace(FLOWS, silent=120.0),
            "flows 12/28 · 3 running · 1.2 M rows · no news for 02:00 · 04:10",
        ),
    ],
)
def test_progress_says_what_is_known(beat: Heartbeat, said: str) -> None:
    assert progress(beat) == said


PLACE = Location(path="/nb", cell=1, line=7)


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (replace(PROBLEM, flow=None), "FAILED update E.X: boom"),
        (replace(PROBLEM, exception=""), "FAILED flow main.a.b: boom"),
        (replace(PROBLEM, headline="[E.X] boom"), "FAILED flow main.a.b: [E.X] boom"),
        (
            replace(PROBLEM, location=PLACE),
            "FAILED flow main.a.b E.X: boom (at /nb, cell 1, line 7)",
        ),
        (
            replace(PROBLEM, location=Location(path="x.py", line=7)),
            "FAILED flow main.a.b E.X: boom (at x.py:7)",
        ),
        (
            replace(PROBLEM, location=PLACE, source=InCheckout("etl/nb.py", 17)),
            "FAILED flow main.a.b E.X: boom (at etl/nb.py:17)",
        ),
        (replace(PROBLEM, flow="a\nb", headline="c\nd"), "FAILED flow a b E.X: c d"),
    ],
)
def test_a_failure_says_who_what_and_where(problem: Problem, said: str) -> None:
    assert failure(problem) == said


def test_a_try_that_is_not_the_last_is_not_called_the_end() -> None:
    said = failure(PROBLEM, final=False)
    assert said == "failed (to be tried again) flow main.a.b E.X: boom"


def told_of(events: int, detail: LogLevel) -> tuple[int, str | None]:
    """How many of so many *events* have a line, and what the end says of the others."""
    lines = Lines(detail)
    told = sum(lines.of(LOGGED) is not None for _ in range(events))
    assert lines.of(BEAT) == line(BEAT, detail)  # the rest is told all the same
    return told, lines.more()


@pytest.mark.parametrize(
    ("events", "detail", "told", "more"),
    [
        (3, LogLevel.EVENTS, 3, None),
        (MOST_EVENTS, LogLevel.EVENTS, MOST_EVENTS, None),
        (MOST_EVENTS + 1, LogLevel.DEBUG, MOST_EVENTS, "1 more line of events"),
        (
            MOST_EVENTS + 1234,
            LogLevel.EVENTS,
            MOST_EVENTS,
            "1,234 more lines of events",
        ),
        (MOST_EVENTS + 1, LogLevel.PROGRESS, 0, None),
    ],
)
def test_ten_thousand_events_have_lines_and_the_others_are_counted_once(
    events: int, detail: LogLevel, told: int, more: str | None
) -> None:
    assert told_of(events, detail) == (told, more)


@pytest.mark.parametrize(
    ("beat", "said"),
    [
        (
            replace(FLOWS, left=Left(170, 170)),
            "flows 12/28 · 3 running · 1.2 M rows · 04:10 · about 3 min left",
        ),
        (replace(BEAT, left=Left(180, 360)), "RUNNING · 04:10 · 3 to 6 min left"),
    ],
)
def test_what_is_left_comes_last(beat: Heartbeat, said: str) -> None:
    assert progress(beat) == said
