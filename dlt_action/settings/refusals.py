"""
The one table of inputs that do not go together.

What cannot both be obeyed is refused before anything is started, never ignored. Only
inputs that were given count: a default contradicts nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dlt_action.core.plan import IfActive, Trigger
from dlt_action.errors import InputProblem
from dlt_action.lean import dataclass
from dlt_action.settings import judging, starting, table, waiting
from dlt_action.settings.model import WaitFor
from dlt_action.settings.shape import Input


@dataclass(frozen=True, slots=True)
class Side:
    """An input that was given, with a certain value unless *value* is None."""

    name: str
    value: object = None
    several: bool = False  # a list of more than one

    def holds(self, given: Mapping[str, object]) -> bool:
        """Whether the inputs that were *given*, by name and parsed, are so."""
        found = given.get(self.name)
        if self.several:
            return isinstance(found, tuple) and len(found) > 1
        return self.name in given if self.value is None else found == self.value

    def __str__(self) -> str:
        """The side as a person would write it in a workflow."""
        if self.several:
            return "several pipelines"
        if self.value is None:
            return self.name
        return f"{self.name}: {str(self.value).lower()}"

    @property
    def shown(self) -> str:
        """The same for a sentence: code is marked as such."""
        return str(self) if self.several else f"`{self}`"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Two sides that do not go together, and why; or one that needs the other."""

    one: Side
    other: Side
    why: str  # a full sentence
    needed: bool = False  # refused *without* the other side
    unless: tuple[Side, ...] = ()  # any of these makes sense of both

    def applies(self, given: Mapping[str, object]) -> bool:
        """Whether the inputs that were *given* break this rule."""
        if any(side.holds(given) for side in self.unless):
            return False
        return self.one.holds(given) and self.other.holds(given) is not self.needed

    def problem(self) -> InputProblem:
        """The problem to show."""
        if self.needed:
            what = f"`{self.one}` needs `{self.other}`."
            return InputProblem(self.one.name, what, self.why)
        verb = "do" if self.one.several else "does"
        subject = f"{self.one.shown[:1].upper()}{self.one.shown[1:]}"
        what = f"{subject} {verb} not go with {self.other.shown}."
        return InputProblem(self.one.name, what, self.why)


def _given(one: Input[object], value: object = None) -> Side:
    """An input of the table as a side, so that a misspelled name cannot hide."""
    return Side(one.name, value)


_ALL = _given(table.FULL_REFRESH, value=True)
_DRY = _given(table.VALIDATE_ONLY, value=True)
_LEAVE = _given(waiting.WAIT, value=False)
_UP = _given(waiting.WAIT_FOR, WaitFor.RUNNING)
_ALONE = _given(waiting.FOLLOW_RESTARTS, value=False)
_THEIRS = _given(table.UPDATE_ID)
_DEVELOPMENT = _given(table.DEVELOPMENT, value=True)
_GRACE = _given(waiting.RESTART_GRACE)
_GATE = _given(judging.QUALITY_GATE)
_SELECTIONS = (
    _given(table.REFRESH_SELECTION),
    _given(table.FULL_REFRESH_SELECTION),
    _given(table.RESET_CHECKPOINT_SELECTION),
)
_FOLLOWING = tuple(
    _given(one)
    for one in (
        waiting.QUEUE_TIMEOUT,
        waiting.STALL_TIMEOUT,
        waiting.POLL_INTERVAL,
        waiting.FOLLOW_RESTARTS,
        waiting.RESTART_GRACE,
        waiting.OUTAGE_GRACE,
        waiting.WAIT_FOR,
        waiting.SETTLE_TIME,
        waiting.ON_TIMEOUT,
        waiting.ON_CANCEL,
    )
)
_STARTING = (
    _ALL,
    *_SELECTIONS,
    _DRY,
    *(
        _given(one)
        for one in (
            table.DEVELOPMENT,
            table.PARAMETERS,
            table.REQUEST_JSON,
            waiting.IF_ACTIVE,
            waiting.ON_AMBIGUOUS_START,
        )
    ),
)
_SUBMIT = _given(starting.TRIGGER, Trigger.SUBMIT_RUN)
_JOBS = (_given(starting.JOB_ID), _given(starting.JOB_NAME))
_PIPELINES = (_given(table.PIPELINE_ID), _given(table.PIPELINE_NAME))
_SEVERAL = tuple(Side(side.name, several=True) for side in _PIPELINES)
_PARTING = (_given(waiting.ON_TIMEOUT), _given(waiting.ON_CANCEL))
_AT_A_RIVAL = tuple(
    _given(waiting.IF_ACTIVE, policy) for policy in (IfActive.WAIT, IfActive.REPLACE)
)

_NO_FIELD = "The Jobs API has no field for it."
_NOT_BY_THE_JOBS_API: tuple[tuple[Side, str], ...] = (
    *((_given(one), _NO_FIELD) for one in (table.DEVELOPMENT, table.REQUEST_JSON)),
    (_DRY, _NO_FIELD),
    (
        _given(waiting.IF_ACTIVE),
        "A Pipeline task that meets another update fails, and the job run with it.",
    ),
    (
        _given(waiting.ON_AMBIGUOUS_START),
        "A start with a token is sent again until it is answered.",
    ),
    (_THEIRS, "To follow an update takes no start."),
    (_UP, "A Pipeline task is for a triggered pipeline, which completes."),
    *(
        (_given(one), "The job run says when it is over.")
        for one in (waiting.FOLLOW_RESTARTS, waiting.RESTART_GRACE)
    ),
)

_OF_ONE: tuple[tuple[Side, str], ...] = (
    *((one, "A selection names what one pipeline has.") for one in _SELECTIONS),
    (_given(table.REQUEST_JSON), "It is part of the request for one update."),
    (_THEIRS, "An update is of one pipeline."),
)

REFUSALS: tuple[Refusal, ...] = (
    Refusal(
        _given(table.PIPELINE_ID),
        _given(table.PIPELINE_NAME),
        "Both name the pipeline; give one.",
    ),
    Refusal(*_JOBS, "Both name the job; give one."),
    *(
        Refusal(job, side, "The job says which pipelines it updates.")
        for job in _JOBS
        for side in _PIPELINES
    ),
    *(
        Refusal(job, _given(starting.TRIGGER, other), "A job is run by `trigger: job`.")
        for job in _JOBS
        for other in (Trigger.UPDATE, Trigger.SUBMIT_RUN)
    ),
    *(
        Refusal(by, side, why)
        for by in (*_JOBS, _SUBMIT)
        for side, why in _NOT_BY_THE_JOBS_API
    ),
    *(
        Refusal(job, _given(one), "The job itself says how its tasks run.")
        for job in _JOBS
        for one in (starting.MAX_PARALLEL, starting.FAIL_FAST)
    ),
    *(Refusal(several, side, why) for several in _SEVERAL for side, why in _OF_ONE),
    *(
        Refusal(_ALL, side, "It resets every table; a selection says which.")
        for side in _SELECTIONS
    ),
    Refusal(_DRY, _ALL, "A dry run resets nothing."),
    *(
        Refusal(_DRY, side, "A dry run covers the whole source.")
        for side in _SELECTIONS
    ),
    Refusal(_DRY, _UP, "A dry run ends by itself and processes nothing."),
    Refusal(_DRY, _GRACE, "A dry run has no successor."),
    Refusal(_DRY, _GATE, "A dry run writes nothing that could be judged."),
    Refusal(_UP, _GATE, "Only an update that has completed can be judged."),
    *(
        Refusal(_LEAVE, side, "Nothing is waited for after the start.")
        for side in _FOLLOWING
    ),
    Refusal(
        _LEAVE,
        _given(waiting.TIMEOUT),
        "Nothing is waited for after the start; with `if-active: wait` or `replace` it"
        " bounds the wait before it.",
        unless=_AT_A_RIVAL,
    ),
    Refusal(_LEAVE, _GATE, "Only an update that has completed can be judged."),
    Refusal(
        _LEAVE,
        _given(waiting.IF_ACTIVE, IfActive.ATTACH),
        "An update that is neither started nor followed is left alone as it is.",
    ),
    *(
        Refusal(_THEIRS, side, "It is followed as it is; nothing is started.")
        for side in _STARTING
    ),
    *(
        Refusal(_THEIRS, side, "Somebody else's update is never stopped.")
        for side in _PARTING
    ),
    Refusal(_THEIRS, _LEAVE, "To follow it is all that there is to do."),
    Refusal(_ALONE, _GRACE, "No restart is waited for."),
    Refusal(_DEVELOPMENT, _GRACE, "Development mode has no automatic retries."),
    Refusal(
        _given(waiting.SETTLE_TIME),
        _UP,
        "It says how long the update must run before that counts as success.",
        needed=True,
    ),
)


def refused(
    read: Mapping[str, object], given: Iterable[str] = ()
) -> list[InputProblem]:
    """
    Return a problem for each rule that is broken by what was *read*.

    What was *given* and could not be read is there all the same, with no value.
    """
    unread = dict.fromkeys(set(given) - read.keys())
    present = {**unread, **read}
    return [
        rule.problem()
        for rule in REFUSALS
        if rule.applies(present) and not (rule.needed and rule.other.name in unread)
    ]
