"""What a step with job runs, or with several pipelines, is asked to do, from a seed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from dlt_action.settings.load import load
from dlt_action.settings.model import Settings
from tests.sim.agenda import Dice
from tests.sim.fleet.doors import JOB
from tests.sim.gates import MANY_ROWS, NONE_BAD
from tests.sim.model import PIPELINE, Flags
from tests.sim.orders import GRACES, HOST, OUTAGES, SECONDS, TOKEN, Order

NAMES = "abcd"  # of the pipelines, after what all of them begin with
TRIGGERS = ("submit-run",) * 2 + ("job",) * 3 + ("update",) * 3


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetOrder(Order):
    """What the step is asked to do."""

    trigger: str
    pipelines: int
    max_parallel: int = 10
    fail_fast: bool = False

    @property
    def by_run(self) -> bool:
        """Whether job runs start the updates."""
        return self.trigger != "update"


def order(dice: Dice) -> FleetOrder:
    """An order whose inputs go together."""
    trigger = dice.one_of(TRIGGERS)
    several = dice.number(2, 4)
    pipelines = {
        "submit-run": several if dice.often(0.4) else 1,
        "job": dice.number(1, 3),
        "update": several,
    }[trigger]
    words = {"trigger": trigger}
    if trigger == "job":
        words["job-id"] = str(JOB)
    else:
        words["pipeline-id"] = "\n".join(PIPELINE + one for one in NAMES[:pipelines])
        if pipelines > 1:
            _together(dice, words)
    wait = dice.often(0.94)
    if wait:
        _clocks(dice, words)
    else:
        words["wait"] = "false"
    if trigger == "update":
        _conduct(dice, words, wait=wait)
    flags = _flags(dice, words, pipelines)
    words["log-level"] = dice.one_of(("quiet", "progress", "debug"))
    gate = ""
    if wait and dice.often(0.2) and (trigger != "job" or pipelines == 1):
        gate = words["quality-gate"] = dice.one_of((NONE_BAD, MANY_ROWS))
    found = _order(words, flags, trigger, pipelines)
    return replace(found, gate=gate)


def _together(dice: Dice, words: dict[str, str]) -> None:
    if dice.often(0.5):
        words["max-parallel"] = str(dice.number(1, 3))
    if dice.often(0.5):
        words["fail-fast"] = "true"


def _clocks(dice: Dice, words: dict[str, str]) -> None:
    words["timeout"] = dice.one_of(("60s", "2m", "5m", "20m", "20m", "20m"))
    words["outage-grace"] = dice.one_of(tuple(OUTAGES))
    if dice.often(0.2):
        words["poll-interval"] = dice.one_of(("5s", "30s"))
    if dice.often(0.08):
        words["queue-timeout"] = dice.one_of(("60s", "5m"))
    if dice.often(0.08):
        words["stall-timeout"] = dice.one_of(("60s", "5m"))
    if dice.often(0.25):
        words["on-timeout"] = "leave"
    if dice.often(0.25):
        words["on-cancel"] = "leave"


def _conduct(dice: Dice, words: dict[str, str], *, wait: bool) -> None:
    policies = ("fail", "fail", "wait", "replace", *(("attach",) if wait else ()))
    if dice.often(0.5):
        words["if-active"] = dice.one_of(policies)
    if dice.often(0.5):
        words["on-ambiguous-start"] = dice.one_of(("adopt", "fail"))
    if wait and dice.often(0.4):
        words["restart-grace"] = dice.one_of(tuple(GRACES))


def _flags(dice: Dice, words: dict[str, str], pipelines: int) -> Flags:
    kind = dice.random()
    if kind < 0.1:
        words["full-refresh"] = "true"
        return Flags(full_refresh=True)
    if kind < 0.2 and pipelines == 1:
        words["refresh-selection"] = "main.sales.orders"
        return Flags(selection=("main.sales.orders",))
    if kind < 0.27:
        words["parameters"] = "day=2026-01-31"
        return Flags(parameters=(("day", "2026-01-31"),))
    return Flags()


def _order(
    words: dict[str, str], flags: Flags, trigger: str, pipelines: int
) -> FleetOrder:
    queue, stall = words.get("queue-timeout"), words.get("stall-timeout")
    return FleetOrder(
        given=tuple(f"--{name}={value}" for name, value in words.items()),
        flags=flags,
        trigger=trigger,
        pipelines=pipelines,
        max_parallel=int(words.get("max-parallel", "10")),
        fail_fast="fail-fast" in words,
        timeout=SECONDS.get(words.get("timeout", ""), 19800.0),
        restart_grace=GRACES.get(words.get("restart-grace", ""), 45.0),
        outage_grace=OUTAGES.get(words.get("outage-grace", ""), 900.0),
        queue_timeout=None if queue is None else SECONDS[queue],
        stall_timeout=None if stall is None else SECONDS[stall],
        if_active=words.get("if-active", "fail"),
        ambiguous=words.get("on-ambiguous-start", "adopt"),
        on_timeout=words.get("on-timeout", "stop"),
        on_cancel=words.get("on-cancel", "stop"),
        wait="wait" not in words,
    )


@lru_cache(maxsize=4096)
def settings_of(given: tuple[str, ...], head_start: float) -> Settings:
    """The settings; as `tests.sim.orders.settings_of`."""
    environ = {"DATABRICKS_HOST": HOST, "DATABRICKS_TOKEN": TOKEN}
    settings = load((*given, "--summary=false", "--annotations=false"), environ)
    patience = settings.patience
    later = replace(patience, timeout=patience.timeout + head_start)
    return replace(settings, patience=later)
