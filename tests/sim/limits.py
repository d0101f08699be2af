"""What has to hold of every run: about time, calls, outputs and crashes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from tests.sim.claims import CLAIMS
from tests.sim.debts import DEBTS
from tests.sim.facts import Facts, status_of
from tests.sim.gates import GATES
from tests.sim.invariants import SAFETY, Invariant
from tests.sim.line import Sent
from tests.sim.promptness import PROMPTNESS
from tests.sim.sign_ins import SIGN_INS

AFTER_SIGNAL = 7.0
AFTER_TIMEOUT = 180.0 + 30.0
STORM_PAUSE = 0.5
PER_HOUR_IN_A_STORM = 360
PER_HOUR = (
    940  # where a single flow runs for hours, and nothing says how near the end is
)
TO_START = 4
SHORTEST_PAUSE = 3.0  # on the way, but for a few at the beginning and at the end
TO_LOOK_BACK = 2  # lists, for the last good update
LONGEST_CALL = 30.01
LONGEST_SILENCE = 125.0


# As the README has them; not taken from the program.
EXIT_CODES = {
    "succeeded": 0,
    "running": 0,
    "validated": 0,
    "started": 0,
    "failed": 1,
    "canceled": 1,
    "misconfigured": 2,
    "gate-failed": 5,
    "unauthorized": 3,
    "unreachable": 4,
    "gone": 4,
    "timed-out": 6,
    "conflict": 7,
    "unknown-start": 8,
    "interrupted": 130,
}


def throttled(sent: Sent) -> bool:
    return sent.fate is not None and sent.fate.mishap.throttles


def every_run_ends_in_time(facts: Facts) -> Iterator[str]:
    if facts.played.ran_away:
        yield "it does not end"
        return
    if facts.killed:
        if facts.signal is not None and facts.ended - facts.signal >= 9.9:
            yield "it had to be killed"
        return
    if facts.signal is not None and facts.ended > facts.signal + AFTER_SIGNAL:
        yield f"it took {facts.ended - facts.signal:.1f} s to leave after a signal"
    if facts.ended > max(facts.deadline, 0.0) + AFTER_TIMEOUT:
        yield f"it ended {facts.ended - facts.deadline:.0f} s after the deadline"


def an_end_after_the_deadline_is_a_time_out(facts: Facts) -> Iterator[str]:
    if facts.killed or facts.ended < facts.deadline + 1.0 or facts.signal is not None:
        return
    # An update that completes while it is left has succeeded, and is judged.
    known = ("timed-out", "succeeded", "gate-failed", "validated", "failed", "canceled")
    starting = ("unknown-start", "conflict", "started")
    # Who is refused while a stop is watched is told so; the update may still run.
    refusing = status_of(facts.sent[-1]) in range(400, 429)
    refused = ("unauthorized", "gone", "unreachable") if refusing else ()
    allowed = (*known, *starting, *refused)
    if facts.result not in allowed and not facts.played.ci.failed:
        yield f"the deadline passed, and the result is {facts.result}"


def a_time_out_comes_when_a_clock_has_run_out(facts: Facts) -> Iterator[str]:
    if facts.killed or facts.result != "timed-out":
        return
    clocks = (facts.deadline, facts.order.queue_timeout, facts.order.stall_timeout)
    first = min(clock for clock in clocks if clock is not None)
    if facts.ended < first:
        yield f"timed out after {facts.ended:.1f} s of {first:.0f}"


def an_api_that_is_given_up_was_away(facts: Facts) -> Iterator[str]:
    if facts.killed or facts.result != "unreachable":
        return
    if not any(sent.update is not None for sent in facts.starts):
        return  # before the start, thirty seconds are enough
    since: dict[str, float] = {}
    for sent in facts.sent:
        if sent.good or throttled(sent):  # who asks for patience is there
            since.pop(sent.kind, None)
        else:
            since.setdefault(sent.kind, sent.at)
    lasted = max((facts.ended - at for at in since.values()), default=0.0)
    if lasted < facts.order.outage_grace - 1.0:
        yield f"given up after {lasted:.0f} s"


def calls_keep_to_their_budget(facts: Facts) -> Iterator[str]:
    sent = facts.sent
    leave = facts.ended + 1.0 if facts.signal is None else facts.signal
    for one, other in pairwise(sent):
        both = throttled(one) and throttled(other)
        if one.at < facts.deadline <= other.at:
            continue  # a clock ends every pause
        if both and other.at - one.at < STORM_PAUSE and other.at < leave:
            yield f"two throttled calls at {one.at:.2f} and {other.at:.2f}"
            break
    storm = [one.at for one in sent if throttled(one)]
    for at, later in zip(storm, storm[PER_HOUR_IN_A_STORM:], strict=False):
        if later - at < 3600.0:
            yield f"{PER_HOUR_IN_A_STORM} throttled calls in {later - at:.0f} s"
            break
    chosen = any("poll-interval" in one for one in facts.order.given)
    judged = facts.played.schedule.healthy and not chosen
    times = [one.at for one in sent] if judged else []
    for at, later in zip(times, times[PER_HOUR + 20 :], strict=False):
        if later - at < 3600.0:
            yield f"{PER_HOUR} calls in {later - at:.0f} s"
            break


def no_call_lasts_long(facts: Facts) -> Iterator[str]:
    for sent in (*facts.sent, *facts.afterwards):
        if sent.within > LONGEST_CALL:
            yield f"{sent.within:.0f} s for one call"
            return


def silence_is_short(facts: Facts) -> Iterator[str]:
    """No hint of a server, and no mistake of ours, makes us sleep for long."""
    if facts.result in ("unfinished", ""):
        return
    for one, other in pairwise(facts.sent):
        heard = one.at + one.within if one.came is None else one.came
        if other.at - heard > LONGEST_SILENCE:
            yield f"nothing was asked for {other.at - heard:.0f} s"
            return


def a_healthy_run_asks_little(facts: Facts) -> Iterator[str]:
    if not facts.played.schedule.healthy or facts.killed:
        return
    kinds = [one.kind for one in facts.sent]
    if "start" in kinds and kinds.index("start") + 1 > TO_START:
        yield f"{kinds.index('start') + 1} calls to start"
    attempts = len(facts.begun[0].chain.updates) if facts.begun else 0
    if attempts == 1 and facts.result in ("succeeded", "validated"):
        asked = kinds.count("update") + kinds.count("events")
        settling = 12 + facts.world.traits.log_lag
        # Who waits for RUNNING alone asks for both each time.
        others = ("poll-interval", "wait-for")
        chosen = any(other in one for one in facts.order.given for other in others)
        # Who leaves looks for what becomes of the stop.
        stays = facts.ended <= facts.deadline
        if stays and not chosen and asked > facts.ended / SHORTEST_PAUSE + settling:
            yield f"{asked} looks in {facts.ended:.0f} s"
        begun = kinds.index("start") if "start" in kinds else 0
        if "start" in kinds and kinds[begun:].count("list") > TO_LOOK_BACK:
            yield f"{kinds[begun:].count('list')} lists of updates after the start"


def the_end_is_noticed_soon(facts: Facts) -> Iterator[str]:
    if not facts.played.schedule.healthy or facts.result != "succeeded":
        return
    told = facts.told
    chosen = any("poll-interval" in one for one in facts.order.given)
    if told is None or told is not told.chain.updates[0] or chosen:
        return
    late = facts.ended - told.history[-1][0]
    if late > 20.0 + 12.0 + 3.0:
        yield f"the end was noticed after {late:.0f} s"


def the_outputs_tell_the_verdict(facts: Facts) -> Iterator[str]:
    played, values = facts.played, facts.played.outputs
    if facts.killed:
        return
    if played.ci.failed or played.unwritable:
        if played.code != 74:
            yield f"outputs were not written, and the code is {played.code}"
        return
    code = EXIT_CODES.get(facts.result)
    if facts.result == "interrupted" and played.line.signals:
        code = 128 + played.line.signals[0][1].value
    if played.code != code:
        yield f"{facts.result}, and the exit code is {played.code}"
    ok = facts.result in ("succeeded", "running")
    if values.get("ok") != str(ok).lower():
        yield f"{facts.result}, and ok is {values.get('ok')}"
    if bool(values.get("attribution")) is not bool(values.get("update-id")):
        yield "an update without an attribution, or the other way round"


def unfinished_outputs_are_written_first(facts: Facts) -> Iterator[str]:
    written = facts.played.ci.written
    if 0 in (facts.played.schedule.outputs_break, facts.played.schedule.state_break):
        if facts.sent:
            yield "calls were made without outputs"
        return
    if facts.killed and not written and not facts.sent:
        return  # in the middle of the first words
    if not written or written[0][1].get("result") != "unfinished":
        yield "the first outputs are not those of a step that is killed"
    elif facts.sent and written[0][0] > facts.sent[0].at:
        yield "the first call comes before the first outputs"


def nothing_crashes(facts: Facts) -> Iterator[str]:
    if facts.result == "internal-error" or facts.played.code == 70:
        yield f"crash: {facts.reason}"
    if "a bug in a report" in facts.played.log.getvalue():
        yield "crash in a report"


def what_was_noticed_on_the_way(facts: Facts) -> Iterator[str]:
    yield from facts.played.problems
    for name in facts.played.ci.early:
        yield f"{name} was written to the outputs before it was kept in the state"


LIMITS: tuple[Invariant, ...] = (
    every_run_ends_in_time,
    an_end_after_the_deadline_is_a_time_out,
    a_time_out_comes_when_a_clock_has_run_out,
    an_api_that_is_given_up_was_away,
    calls_keep_to_their_budget,
    no_call_lasts_long,
    silence_is_short,
    a_healthy_run_asks_little,
    the_end_is_noticed_soon,
    the_outputs_tell_the_verdict,
    unfinished_outputs_are_written_first,
    nothing_crashes,
    what_was_noticed_on_the_way,
)


def violations(facts: Facts) -> list[str]:
    """Each sentence that did not hold, with what was seen instead."""
    return [
        f"{one.__name__}: {seen}"
        for one in (*SAFETY, *LIMITS, *PROMPTNESS, *DEBTS, *CLAIMS, *SIGN_INS, *GATES)
        for seen in one(facts)
    ]
