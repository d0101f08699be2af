"""Rows of the reads: before the start, the baseline, the watch, the log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from dlt_action.core.model import Attribution
from tests.edge.conformance import broken, said
from tests.edge.conformance.asked import Kind
from tests.edge.conformance.broken import HOPELESS, NO_SUCH_HOST, WIRE
from tests.edge.conformance.faults import Fault, Planned, Proof, named
from tests.edge.conformance.said import (
    BUSY,
    FORBIDDEN_PAGES,
    REDIRECTED,
    REFUSED,
    SAID,
    THROTTLED,
    asks_to_wait,
)
from tests.edge.conformance.table import (
    Row,
    passing,
    read,
    refusal,
    tries,
    unread,
    wait,
)

# What a run without a fault asks, and the pause until the log is complete.
BEFORE = {Kind.LIST: 1, Kind.START: 1}
WHOLE = {**BEFORE, Kind.LOOK: 2, Kind.LOG: 2}
SETTLED = (1.0,)
SETTLES_FOR = 10.0

CONFIRMED = Attribution.CONFIRMED


def by_name(faults: Sequence[Fault], name: str) -> Fault:
    """The fault of that name."""
    (found,) = (fault for fault in faults if fault.name == name)
    return found


REFUSED_CONNECTION = by_name(WIRE, "connection-refused")
RESET = by_name(WIRE, "reset-after-the-request")
BUSY_503 = by_name(BUSY, "503")
SLOW_DOWN = by_name(tuple(asks_to_wait(429)), "429-retry-after-7")
COME_BACK = by_name(tuple(asks_to_wait(503)), "503-retry-after-7")
MANY = by_name(THROTTLED, "429")
EXPIRED = by_name(HOPELESS, "an-expired-certificate")
MOVED = by_name(REDIRECTED, "redirect-307")

LARGE = tuple(fault for fault in SAID if fault.oversized)

PASSING = (REFUSED_CONNECTION, RESET, COME_BACK, MANY)
FORBIDDEN = 403
FEW = (REFUSED_CONNECTION, BUSY_503, SLOW_DOWN)
ENDING = (EXPIRED, MOVED, by_name(REFUSED, "403"), by_name(REFUSED, "400"))


def sequences() -> Iterator[tuple[Planned, ...]]:
    """Two and three faults after another; the last may be one that does not pass."""
    for chosen in (
        *product(PASSING, repeat=2),
        *product(PASSING, ENDING),
        *product(FEW, repeat=3),
    ):
        yield tuple(map(Planned, chosen))


def singles(faults: Sequence[Fault]) -> Iterator[tuple[Planned, ...]]:
    """Every fault alone."""
    for fault in faults:
        yield (Planned(fault),)


def refused(fault: Fault) -> bool:
    """Whether a read that met *fault* is refused."""
    return fault.proof is Proof.REFUSED or fault in FORBIDDEN_PAGES


def before_the_start(on: Kind, plan: Sequence[Planned]) -> Row:
    """A row of a read before the start, all but the last of whose faults pass."""
    last = plan[-1].fault
    come, seen = ("found", {}) if on is Kind.FIND else ("succeeded", WHOLE)
    # What took all the patience there is leaves none for another try.
    spent = on is Kind.FIND and last.abandoned
    if passing(last) and not refused(last) and not spent:
        normal = 1
        came, pauses = come, tries(plan) + (SETTLED if on is Kind.LIST else ())
    else:
        normal, seen = 0, {}
        if on is Kind.FIND and refused(last) and last.status == FORBIDDEN:
            seen = {Kind.WHO: 1}  # to say whom the permission is missing
        came = refusal(last) if refused(last) else "unreachable"
        pauses = tries(plan[:-1])
    return Row(
        on=on,
        name=named(plan),
        plan={on: plan},
        came=came,
        seen={**seen, on: read(plan) + normal},
        unseen={on: unread(plan)},
        pauses=pauses,
        starts=1 if came == "succeeded" else 0,
        attribution=CONFIRMED if came == "succeeded" else None,
    )


def of_the_watch(plan: Sequence[Planned]) -> Row:
    """A row of the look at our update: no fault of it is a verdict."""
    pauses, failures = [], 0
    for planned in plan:
        fault = planned.fault
        failures = 0 if refused(fault) else failures + 1
        again = passing(fault) and not refused(fault)
        # What is refused or hopeless now is looked at again as a run is: after 2 s.
        pauses.append(wait(fault, failures) if again else 2.0)
    return Row(
        on=Kind.LOOK,
        name=named(plan),
        plan={Kind.LOOK: plan},
        came="succeeded",
        seen={**WHOLE, Kind.LOOK: read(plan) + 2},
        unseen={Kind.LOOK: unread(plan)},
        pauses=(*pauses, *SETTLED),
        attribution=CONFIRMED,
    )


def asks_for_less(fault: Fault) -> bool:
    """Whether a page of the log that met *fault* is asked for again, smaller."""
    return fault.oversized or (fault.status == 400 and fault.proof is Proof.REFUSED)


def of_the_log(plan: Sequence[Planned]) -> Iterator[Row]:
    """A row of the log: whatever happens to it, the watch goes on."""
    # A second between two reads, or what the workspace asks for, until one brings
    # nothing new; ten in all, and what is planned for later is not met.
    pauses, left = list[float](), SETTLES_FOR
    for number, planned in enumerate(plan, start=1):
        if asks_for_less(planned.fault):
            continue
        hint = planned.fault.hint
        pauses.append(min(1.0 if hint is None else max(hint, 1.0), left))
        left -= pauses[-1]
        if not left and number < len(plan):
            return
    yield Row(
        on=Kind.LOG,
        name=named(plan),
        plan={Kind.LOG: plan},
        came="succeeded",
        seen={**WHOLE, Kind.LOG: read(plan) + (2 if left else 0)},
        unseen={Kind.LOG: unread(plan)},
        pauses=(*pauses, *(SETTLED if left else ())),
        attribution=CONFIRMED,
    )


def rows() -> Iterator[Row]:
    """All of them."""
    for on in (Kind.FIND, Kind.LIST):
        for plan in (*singles((*WIRE, *SAID)), *sequences()):
            yield before_the_start(on, plan)
    for plan in (*singles((*broken.COMMON, *SAID)), *sequences()):
        yield of_the_watch(plan)
    for plan in (*singles((*broken.COMMON, *said.COMMON, *LARGE)), *sequences()):
        yield from of_the_log(plan)
    yield before_the_start(Kind.FIND, (Planned(NO_SUCH_HOST),))
    for fault in (*asks_to_wait(429), *asks_to_wait(503)):
        yield before_the_start(Kind.LIST, (Planned(fault),))
