"""
The test of a machine as a dialogue.

    p = Playbook()
    p << LIST >> updates()
    p << START >> started(U1)
    p << state_of(U1) >> update(U1, "COMPLETED")
    …
    assert p.ends() is Result.SUCCEEDED

`<<` says what the machine does next and `>>` what came of it; `NAP` lets it wait until
it goes on by itself; in a long nap it may look back, and finds nothing where the test
does not say what lies behind. Long stretches are `plays`, against a scene that answers
each call by its name. Time is a number. Three rules are held in every dialogue,
whatever it is about: no start is sent after one that may have arrived, none within a
second of one that was refused, and no stop without proof.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Self, TypeAlias, TypeVar

from dlt_action.core.calls import PIPELINES, Call
from dlt_action.core.exchange import Executed, NotExecuted, Outcome, Rejected
from dlt_action.core.machine import Done, Machine, Spawn, Step
from dlt_action.core.model import (
    Pipeline,
    PipelineId,
    PipelineState,
    Result,
    UpdateRequest,
)
from dlt_action.core.news import News
from dlt_action.core.plan import Links, Plan
from dlt_action.core.record import Outcome as RunOutcome
from dlt_action.core.run import Run
from dlt_action.core.steps import Send, Wait, Why
from tests.core.answers import ABANDONED
from tests.core.events import NOON

P1 = PipelineId("p1")
BEGAN = 1000.0  # monotonic clocks do not begin at 0
PLAN = Plan(
    pipeline=Pipeline(pipeline_id=P1, name="orders", state=PipelineState.IDLE),
    request=UpdateRequest(),
    links=Links("https://workspace.test"),
    began=BEGAN,
    began_at=NOON,
)

# What a machine may ask for.
LIST = "GET /updates"
START = "POST /updates"
EVENTS = "GET /events"
PIPELINE = "GET "
STOP = "POST /stop"
NAP = "a nap"


def state_of(update: str) -> str:
    """Ask for the state of *update*."""
    return f"GET /updates/{update}"


Scene: TypeAlias = Mapping[str, Outcome | Callable[[float], Outcome]]
N = TypeVar("N", bound=News)

NOTHING_BEHIND = Executed(body={})

# A machine that asks so often in one moment would never let time pass.
MOST_CALLS_AT_ONCE = 6_000


class Playbook:
    """A dialogue with the machine of one run."""

    def __init__(
        self,
        plan: Plan = PLAN,
        *,
        timeout: float = 19_800.0,
        machine: Machine | None = None,
    ) -> None:
        """Begin; *timeout* is counted from the beginning."""
        self.now = BEGAN
        self.news: list[News] = []
        self.sent: list[tuple[float, str]] = []
        self.run = Run(plan, deadline=BEGAN + timeout, chance=lambda: 0.5)
        self._machine: Machine = self.run if machine is None else machine
        self._starts: list[tuple[float, Outcome]] = []
        self._proof: Outcome | None = None
        self._calls_now = 0

    @property
    def seconds(self) -> float:
        """How long it goes on already."""
        return self.now - BEGAN

    @property
    def step(self) -> Step:
        """What the machine does now."""
        step = self._machine.next_step(self.now)
        self.news += self._machine.drain()
        return step

    def step_is(self, name: str) -> bool:
        """Whether the machine asks for *name* now."""
        return self._name(self.step) == name

    def __lshift__(self, expected: str) -> Self:
        """Expect the machine to ask for *expected*, or to take a nap."""
        if expected == NAP and self.step_is(LIST):
            self >> NOTHING_BEHIND
        step = self.step
        assert self._name(step) == expected, self._name(step)
        while expected == NAP and isinstance(step, Wait):
            self.now = step.until
            step = self.step
        return self

    def __rshift__(self, outcome: Outcome) -> Self:
        """Tell the machine what came of its call."""
        step = self.step
        assert isinstance(step, Send), f"nobody asked: {step}"
        name = self._name(step)
        self.sent.append((self.seconds, name))
        self._hold_rules(name, outcome)
        self._machine.saw(outcome, self.now)
        self.news += self._machine.drain()
        return self

    def _name(self, step: Step) -> str:
        match step:
            case Send(call=call):
                path = call.path.removeprefix(f"{PIPELINES}/{P1}")
                assert path != call.path, f"not our pipeline: {call.path}"
                return f"{call.method.value} {path}"
            case Wait():
                return NAP
            case Spawn():
                return "another machine"
            case Done(outcome=outcome):
                return f"the end: {outcome.result.value}, {outcome.reason}"

    def _hold_rules(self, name: str, outcome: Outcome) -> None:
        if name == START:
            arrived = [one for _, one in self._starts if not started_nothing(one)]
            assert not arrived, "a second start"
            refused = [at for at, one in self._starts[-1:] if isinstance(one, Rejected)]
            assert not refused or self.now - refused[0] >= 1, "at once again"
            self._starts.append((self.now, outcome))
        if name == STOP:
            assert proves_what_is_active(self._proof), "a stop without a proof"
        self._proof = outcome if name == PIPELINE else None

    def passes(self, seconds: float) -> Self:
        """Let time pass, for instance while a call is on its way."""
        self.now += seconds
        return self

    def interrupt(self, why: Why) -> Self:
        """Send the machine a signal."""
        self._machine.interrupt(why, self.now)
        return self

    def cut_short(self, why: Why) -> Self:
        """Send a signal, and give up the call that is on its way, as the loop does."""
        self.interrupt(why)
        return self >> ABANDONED if isinstance(self.step, Send) else self

    def plays(self, scene: Scene, *, until: float = 1e6, slow: bool = False) -> Self:
        """
        Answer by *scene* until so many seconds have passed, or to the end.

        A *slow* workspace takes all the time that each call has.
        """
        self._calls_now = 0
        while self.seconds < until:
            match self.step:
                case Done():
                    return self
                case Spawn():
                    raise AssertionError("it plays alone")
                case Wait(until=moment):
                    self.now = min(moment, BEGAN + until)
                    self._calls_now = 0
                case Send(within=within) as step:
                    self.passes(within if slow else 0.0)
                    self._calls_now += 1
                    assert self._calls_now < MOST_CALLS_AT_ONCE, "time stands still"
                    self >> self._answer(scene, self._name(step))
        return self

    def looks(self, seen: Outcome, log: Outcome) -> Self:
        """Answer a look, whether it asks for the state, the log or both; then nap."""
        while isinstance(self.step, Send):
            if self.step_is(EVENTS):
                self >> log
            else:
                self >> (NOTHING_BEHIND if self.step_is(LIST) else seen)
        return self << NAP

    def _answer(self, scene: Scene, name: str) -> Outcome:
        if name in (LIST, EVENTS) and name not in scene:
            return NOTHING_BEHIND
        assert name in scene, f"the scene has no answer to {name}"
        answer = scene[name]
        return answer(self.seconds) if callable(answer) else answer

    def ends(self) -> Result:
        """Expect the end; its result."""
        return self.outcome.result

    @property
    def outcome(self) -> RunOutcome:
        """What the run came to; nobody who knows why it failed looks in the log."""
        if self.step_is(EVENTS):
            self >> Executed(body={})
        step = self.step
        assert isinstance(step, Done), self._name(step)
        return step.outcome

    def told(self, kind: type[N]) -> list[N]:
        """The news of one *kind*."""
        return [one for one in self.news if isinstance(one, kind)]

    def count(self, name: str) -> int:
        """How often the machine asked for *name*."""
        return sum(asked == name for _, asked in self.sent)


def started_nothing(outcome: Outcome) -> bool:
    """Whether a start that came to *outcome* proves that it started nothing."""
    if isinstance(outcome, Rejected):  # another update is active
        return outcome.status == 409 or "already exists" in outcome.message
    return isinstance(outcome, NotExecuted)


def proves_what_is_active(outcome: Outcome | None) -> bool:
    """Whether GET pipeline has just shown one update that a stop would meet."""
    if not isinstance(outcome, Executed):
        return False
    shown = outcome.body.get("latest_updates")
    states = [
        one.get("state")
        for one in (shown if isinstance(shown, list) else [])
        if isinstance(one, dict)
    ]
    over = ("COMPLETED", "FAILED", "CANCELED")
    known = (*over, "QUEUED", "RUNNING", "STOPPING")
    older_is_over = all(state in over for state in states[1:] if state in known)
    return bool(states) and states[0] not in over and older_is_over


def running(
    update: str = "u1", plan: Plan = PLAN, timeout: float = 19_800.0
) -> Playbook:
    """A dialogue at the point where *update* was started."""
    p = Playbook(plan, timeout=timeout)
    p << LIST >> Executed(body={})
    p << START >> Executed(body={"update_id": update})
    return p


def with_pipeline(**changes: object) -> Plan:
    """The plan for a pipeline that is otherwise."""
    pipeline = replace(PLAN.pipeline, **changes)  # type: ignore[arg-type] # any field
    return replace(PLAN, pipeline=pipeline)


def call_of(p: Playbook) -> Call:
    """The call that is asked for now."""
    step = p.step
    assert isinstance(step, Send)
    return step.call
