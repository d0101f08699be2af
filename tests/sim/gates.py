"""
What has to hold of a quality gate, by the truth of the workspace and not by the log.

Each update writes into one table in two batches; what it wrote, and how much of it was
bad, follows from its number. The rules are few and their truth is worked out here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.sim.agenda import Dice
from tests.sim.orders import Order

if TYPE_CHECKING:
    from tests.sim.facts import Facts
    from tests.sim.invariants import Invariant
    from tests.sim.model import Update

TABLE, CHECK = "main.sales.orders", "valid id"
SHARE = 0.3
NONE_BAD = f'{TABLE}:"{CHECK}" failed == 0'
MANY_ROWS = f"{TABLE} rows >= 60"
OF_LAST = f"{TABLE} rows >= 80% of last"
RULES = (NONE_BAD, MANY_ROWS, OF_LAST)

# The log is read for so long after the end, at least; what comes later may be missed.
LATEST = 6.0


def rows_of(number: int) -> tuple[int, int]:
    """What the two batches of the update of that *number* write."""
    return 20 + 17 * number % 40, 10 + 13 * number % 40


def failed_of(number: int) -> tuple[int, int]:
    """How many records of these are bad."""
    return (2 if number % 3 == 0 else 0), (1 if number % 4 == 1 else 0)


def judged(seed: int, asked: Order, *, continuous: bool) -> Order:
    """*asked*, by some seeds with a gate."""
    dice = Dice(seed + 23_000_009)
    waits = asked.wait and not asked.until_running and not continuous
    if not dice.often(SHARE) or not waits or asked.flags.validate_only:
        return asked
    rule = dice.one_of(RULES)
    return replace(asked, given=(*asked.given, f"--quality-gate={rule}"), gate=rule)


def holds(rule: str, update: Update, last: Update | None) -> bool:
    """Whether *rule* holds of what *update* wrote, with the *last* good one behind."""
    rows = sum(rows_of(update.number))
    if rule == NONE_BAD:
        return sum(failed_of(update.number)) == 0
    if rule == MANY_ROWS:
        return rows >= 60
    return last is None or rows * 100 >= sum(rows_of(last.number)) * 80


def _last_good(facts: Facts, told: Update) -> Update | None:
    """The newest COMPLETED update of the same kind as *told*, as the list has it."""
    flags = told.chain.flags
    if not facts.world.traits.tells_parameters:
        flags = replace(flags, parameters=())
    good = [
        one
        for one in facts.world.updates
        if one.word == "COMPLETED"
        and one.chain is not told.chain
        and one.chain.flags == flags
    ]
    return good[-1] if good else None


def what_passes_the_gate_is_good(facts: Facts) -> Iterator[str]:
    told, rule = facts.told, facts.order.gate
    if facts.killed or not rule or facts.result != "succeeded" or told is None:
        return
    if facts.played.outputs.get("gate-result") != "passed":
        yield f"succeeded, and the gate: {facts.played.outputs.get('gate-result')}"
    # Who else was there may have been the last good one, or may not.
    if rule == OF_LAST and not facts.played.schedule.healthy:
        return
    if not holds(rule, told, _last_good(facts, told)):
        yield f"“{rule}” passed, and {told.update_id} wrote {rows_of(told.number)}"


def what_fails_by_the_gate_is_bad_or_was_not_seen(facts: Facts) -> Iterator[str]:
    told, rule = facts.told, facts.order.gate
    if facts.killed or facts.result != "gate-failed":
        return
    if not rule or told is None:
        yield "gate-failed without a gate, or without an update"
        return
    if told.word != "COMPLETED" or told is not told.chain.last:
        yield f"gate-failed, and {told.update_id} is {told.word}"
    verdicts = {row["verdict"] for row in json.loads(facts.played.outputs["gate"])}
    quiet = facts.played.schedule.healthy and facts.world.traits.log_lag <= LATEST
    unseen = verdicts & {"not available", "no match"}
    if unseen and not quiet:
        return  # the log could not be read, or not to its end
    if rule == OF_LAST and not quiet:
        return
    if holds(rule, told, _last_good(facts, told)):
        yield f"“{rule}” broke ({verdicts}), and it holds"


def a_gate_judges_nothing_but_what_completed(facts: Facts) -> Iterator[str]:
    outcome, given = facts.played.outputs.get("gate-result", ""), facts.order.gate
    if facts.killed or not facts.result or facts.result == "unfinished":
        return
    judged = facts.result in ("succeeded", "gate-failed")
    wanted = {"passed", "failed"} if judged else {"not-judged"}
    if given and outcome not in wanted:
        yield f"{facts.result}, and the gate: {outcome}"
    if not given and outcome not in ("none", ""):
        yield f"no gate, and it is {outcome}"


GATES: tuple[Invariant, ...] = (
    what_passes_the_gate_is_good,
    what_fails_by_the_gate_is_bad_or_was_not_seen,
    a_gate_judges_nothing_but_what_completed,
)
