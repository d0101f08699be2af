"""The inputs on waiting and leaving: rows of the one table of inputs (`table`)."""

from __future__ import annotations

from functools import partial

from dlt_action.core.plan import IfActive, OnAmbiguousStart, Parting
from dlt_action.settings import formats
from dlt_action.settings.model import WaitFor
from dlt_action.settings.shape import Format, Group, Input

BOOLEAN = Format("true|false", formats.boolean, flag_alone=True)
_DURATION = Format("DURATION", formats.duration)
_CLOCK = Format("DURATION", formats.duration_or_off)
_PARTING = Format("WORD", partial(formats.choice, Parting))

TIMEOUT: Input[float] = Input(
    name="timeout",
    format=_DURATION,
    group=Group.PATIENCE,
    default="5h30m",  # a stop must get through before a hosted runner's 6 h
    help="for the whole run, from the start of the step",
    example="45m",
    everyday=True,
)
QUEUE_TIMEOUT: Input[float] = Input(
    name="queue-timeout",
    format=_CLOCK,
    group=Group.PATIENCE,
    default="off",
    help="longest wait until the update leaves QUEUED and WAITING_FOR_RESOURCES",
    example="20m",
)
STALL_TIMEOUT: Input[float] = Input(
    name="stall-timeout",
    format=_CLOCK,
    group=Group.PATIENCE,
    default="off",
    help="longest silence of state and event log while it runs",
    example="30m",
)
POLL_INTERVAL: Input[float] = Input(
    name="poll-interval",
    format=_DURATION,
    group=Group.PATIENCE,
    unset="adaptive",
    help="longest time between two looks at the update",
    example="30s",
)
FOLLOW_RESTARTS: Input[bool] = Input(
    name="follow-restarts",
    format=BOOLEAN,
    group=Group.PATIENCE,
    default="true",
    help="follow automatic retries and restarts to the last update",
    example="false",
)
RESTART_GRACE: Input[float] = Input(
    name="restart-grace",
    format=_DURATION,
    group=Group.PATIENCE,
    default="45s",
    help="how long a failed or canceled update may still get a successor when nothing"
    " announces one",
    example="2m",
)
OUTAGE_GRACE: Input[float] = Input(
    name="outage-grace",
    format=_DURATION,
    group=Group.PATIENCE,
    default="15m",
    help="how long the API may stay away while an update is followed, waited for or"
    " looked for (before that: 30 s at most)",
    example="30m",
)
WAIT: Input[bool] = Input(
    name="wait",
    format=BOOLEAN,
    group=Group.PATIENCE,
    default="true",
    help="`false`: start the update and leave",
    example="false",
)
WAIT_FOR: Input[WaitFor] = Input(
    name="wait-for",
    format=Format("WORD", partial(formats.choice, WaitFor)),
    group=Group.PATIENCE,
    default="completed",
    help="`completed`, or `running`: success once it runs and stays healthy for"
    " `settle-time` (continuous pipelines)",
    example="running",
)
SETTLE_TIME: Input[float] = Input(
    name="settle-time",
    format=_DURATION,
    group=Group.PATIENCE,
    default="60s",
    help="how long it must run without trouble, with `wait-for: running`",
    example="5m",
)
IF_ACTIVE: Input[IfActive] = Input(
    name="if-active",
    format=Format("WORD", partial(formats.choice, IfActive)),
    group=Group.CONDUCT,
    default="fail",
    help="where another update is active: `fail`, `wait` for it to end and then start,"
    " `attach` (follow it, if it is of the kind asked), or `replace` (stop it, then"
    " start)",
    example="wait",
    everyday=True,
)
ON_TIMEOUT: Input[Parting] = Input(
    name="on-timeout",
    format=_PARTING,
    group=Group.CONDUCT,
    default="stop",
    help="when a clock runs out: `stop` the update that this step started, or `leave`"
    " it running",
    example="leave",
)
ON_CANCEL: Input[Parting] = Input(
    name="on-cancel",
    format=_PARTING,
    group=Group.CONDUCT,
    default="stop",
    help="when the workflow is canceled: `stop` the update that this step started, or"
    " `leave` it running",
    example="leave",
)
ON_AMBIGUOUS_START: Input[OnAmbiguousStart] = Input(
    name="on-ambiguous-start",
    format=Format("WORD", partial(formats.choice, OnAmbiguousStart)),
    group=Group.CONDUCT,
    default="adopt",
    help="when the answer to the start was lost: `adopt` the only new update that fits"
    " (it may still be somebody else's), or `fail` with `unknown-start`",
    example="fail",
)
