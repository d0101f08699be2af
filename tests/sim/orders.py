"""What the step is asked to do, from a seed; and its settings, loaded once each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from dlt_action.settings.load import load
from dlt_action.settings.model import Settings
from tests.sim.agenda import Dice
from tests.sim.model import PIPELINE, Flags

HOST = "https://dbc-a1b2345c-d6e7.cloud.databricks.com"
TOKEN = "dapi-simulated-0123456789"

SECONDS = {"60s": 60.0, "2m": 120.0, "5m": 300.0, "20m": 1200.0, "2h": 7200.0}
GRACES = {"30s": 30.0, "45s": 45.0, "2m": 120.0}
OUTAGES = {"1m": 60.0, "3m": 180.0, "15m": 900.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the step is asked to do; *given* are its flags."""

    given: tuple[str, ...]
    flags: Flags
    timeout: float = 19800.0
    restart_grace: float = 45.0
    outage_grace: float = 900.0
    queue_timeout: float | None = None
    stall_timeout: float | None = None
    settle: float = 60.0
    if_active: str = "fail"
    ambiguous: str = "adopt"
    on_timeout: str = "stop"
    on_cancel: str = "stop"
    wait: bool = True
    until_running: bool = False
    development: bool = False
    follow_restarts: bool = True
    theirs: str = ""  # update-id
    gate: str = ""  # the one rule of the quality gate


def order(dice: Dice, *, continuous: bool) -> Order:
    """An order whose inputs go together."""
    mode = (
        "running"
        if continuous
        else dice.one_of(
            ("completed",) * 15 + ("leave", "running", "dry", "dry", "theirs")
        )
    )
    words: dict[str, str] = {}
    flags = _flags(dice, words, mode)
    development = mode == "completed" and dice.often(0.06)
    if development:
        words["development"] = "true"
    follows = mode == "leave" or dice.often(0.93)
    if not follows:
        words["follow-restarts"] = "false"
    patient = follows and not development and mode in ("completed", "running", "theirs")
    if patient and dice.often(0.5):
        words["restart-grace"] = dice.one_of(tuple(GRACES))
    _clocks(dice, words, mode)
    if mode != "theirs":
        _conduct(dice, words, mode)
    else:
        words["update-id"] = dice.one_of(("latest", "named"))
    words["log-level"] = dice.one_of(("quiet", "quiet", "quiet", "progress", "debug"))
    return _order(words, flags)


def _flags(dice: Dice, words: dict[str, str], mode: str) -> Flags:
    if mode == "dry":
        words["validate-only"] = "true"
        return Flags(validate_only=True)
    if mode == "theirs":
        return Flags()
    kind = dice.random()
    if kind < 0.1:
        words["full-refresh"] = "true"
        return Flags(full_refresh=True)
    if kind < 0.2:
        words["refresh-selection"] = "main.sales.orders"
        return Flags(selection=("main.sales.orders",))
    if kind < 0.27:
        words["parameters"] = "day=2026-01-31"
        return Flags(parameters=(("day", "2026-01-31"),))
    return Flags()


def _clocks(dice: Dice, words: dict[str, str], mode: str) -> None:
    if mode == "leave":
        words["wait"] = "false"
        return
    words["timeout"] = dice.one_of(("60s", "2m", "5m", "20m", "20m", "20m", "2h"))
    words["outage-grace"] = dice.one_of(tuple(OUTAGES))
    if dice.often(0.2):
        words["poll-interval"] = dice.one_of(("5s", "30s"))
    if dice.often(0.08):
        words["queue-timeout"] = dice.one_of(("60s", "5m"))
    if dice.often(0.08):
        words["stall-timeout"] = dice.one_of(("60s", "5m"))
    if mode == "running":
        words["wait-for"] = "running"
        words["settle-time"] = dice.one_of(("60s", "2m"))


def _conduct(dice: Dice, words: dict[str, str], mode: str) -> None:
    policies = ["fail", "fail", "wait", "replace"]
    if mode != "leave":
        policies.append("attach")
        if dice.often(0.3):
            words["on-timeout"] = "leave"
        if dice.often(0.3):
            words["on-cancel"] = "leave"
    if dice.often(0.7):
        words["if-active"] = dice.one_of(policies)
    if dice.often(0.5):
        words["on-ambiguous-start"] = dice.one_of(("adopt", "fail"))


def _order(words: dict[str, str], flags: Flags) -> Order:
    theirs = words.get("update-id", "")
    queue, stall = words.get("queue-timeout"), words.get("stall-timeout")
    return Order(
        given=tuple(f"--{name}={value}" for name, value in words.items()),
        flags=flags,
        timeout=SECONDS.get(words.get("timeout", ""), 19800.0),
        restart_grace=GRACES.get(words.get("restart-grace", ""), 45.0),
        outage_grace=OUTAGES.get(words.get("outage-grace", ""), 900.0),
        queue_timeout=None if queue is None else SECONDS[queue],
        stall_timeout=None if stall is None else SECONDS[stall],
        settle=SECONDS.get(words.get("settle-time", ""), 60.0),
        if_active=words.get("if-active", "fail"),
        ambiguous=words.get("on-ambiguous-start", "adopt"),
        on_timeout=words.get("on-timeout", "stop"),
        on_cancel=words.get("on-cancel", "stop"),
        wait="wait" not in words,
        until_running="wait-for" in words,
        development="development" in words,
        follow_restarts="follow-restarts" not in words,
        theirs=theirs,
    )


@lru_cache(maxsize=4096)
def settings_of(given: tuple[str, ...], head_start: float) -> Settings:
    """
    The settings; building them takes longer than a run.

    A process that began *head_start* seconds ago gets as much more until its timeout.
    """
    environ = {"DATABRICKS_HOST": HOST, "DATABRICKS_TOKEN": TOKEN}
    quiet = ("--summary=false", "--annotations=false", f"--pipeline-id={PIPELINE}")
    settings = load((*given, *quiet), environ)
    patience = settings.patience
    later = replace(patience, timeout=patience.timeout + head_start)
    return replace(settings, patience=later)
