"""Rows of the search after a lost start: what is ours, what is not, how long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from dlt_action.core.model import Attribution
from tests.edge.conformance import broken, said
from tests.edge.conformance.asked import Kind
from tests.edge.conformance.backend import Manners
from tests.edge.conformance.broken import HOPELESS
from tests.edge.conformance.faults import Planned, after, named
from tests.edge.conformance.reads import (
    BUSY_503,
    EXPIRED,
    RESET,
    SETTLED,
    WHOLE,
    by_name,
    refused,
    sequences,
    singles,
)
from tests.edge.conformance.said import REFUSED
from tests.edge.conformance.starts import FOUND_TWICE, SEARCHED
from tests.edge.conformance.table import Row, passing, read, unread, wait

# Seconds after the loss; afterwards every 20.
LOOKS = (0.0, 5.0, 10.0, 20.0, 40.0, 60.0)
GOOD_LOOKS = 3
OUTAGE = 900.0

LOST = {Kind.START: (Planned(RESET),)}
EXECUTED = {Kind.START: (after(RESET),)}


def next_look(now: float) -> float:
    """The pause until the next look at the list."""
    return next((at - now for at in LOOKS if at > now), 20.0)


def until_answered(plan: Sequence[Planned]) -> list[float]:
    """The pauses until the list is answered for the first time."""
    pauses: list[float] = []
    failures = 0
    for planned in plan:
        fault = planned.fault
        failures = 0 if refused(fault) else failures + 1
        again = passing(fault) and not refused(fault)
        pauses.append(wait(fault, failures) if again else next_look(sum(pauses)))
    return pauses


def found(plan: Sequence[Planned]) -> Row:
    """A row of a list with these faults, which shows what our start made."""
    return Row(
        on=Kind.LIST,
        name=f"searching-{named(plan)}",
        plan={**EXECUTED, Kind.LIST: (None, *plan)},
        came="succeeded",
        seen={**WHOLE, Kind.LIST: 1 + read(plan) + 2},
        unseen={Kind.LIST: unread(plan)},
        pauses=(*until_answered(plan), *FOUND_TWICE, *SETTLED),
        attribution=Attribution.INFERRED,
    )


def in_vain(plan: Sequence[Planned]) -> Row:
    """A row of a list with these faults, which shows nothing new."""
    pauses, looks = until_answered(plan), 1
    while looks < GOOD_LOOKS or sum(pauses) < LOOKS[-1]:
        pauses.append(next_look(sum(pauses)))
        looks += 1
    return Row(
        on=Kind.LIST,
        name=f"searching-in-vain-{named(plan)}",
        plan={**LOST, Kind.LIST: (None, *plan)},
        came="unknown-start",
        seen={Kind.LIST: 1 + read(plan) + looks, Kind.START: 1},
        unseen={Kind.LIST: unread(plan)},
        pauses=tuple(pauses),
        starts=0,
    )


def without_a_list() -> Iterator[Row]:
    """Rows of a list that is never answered: after 15 minutes we do not know."""
    forever = [1.5, 3.0, 6.0, 12.0]
    while sum(forever) < OUTAGE:
        forever.append(22.5)
    looks = [*LOOKS]
    while looks[-1] < OUTAGE:
        looks.append(looks[-1] + 20.0)
    apart = tuple(later - sooner for sooner, later in pairwise(looks))
    for fault, pauses in (
        (BUSY_503, tuple(forever)),
        (by_name(REFUSED, "403"), apart),
        (by_name(HOPELESS, "an-address-that-cannot-be-sent-to"), apart),
    ):
        plan = (Planned(fault),) * (len(pauses) + 1)
        yield Row(
            on=Kind.LIST,
            name=f"searching-{fault.name}-for-ever",
            plan={**EXECUTED, Kind.LIST: (None, *plan)},
            came="unknown-start",
            seen={Kind.LIST: 1 + read(plan), Kind.START: 1},
            unseen={Kind.LIST: unread(plan)},
            pauses=pauses,
        )


def shown(name: str, manners: Manners, first: float = 0.0) -> Row:
    """A row of a workspace of these *manners* that shows ours at that look."""
    looks = [at for at in LOOKS if at <= first]
    apart = tuple(later - sooner for sooner, later in pairwise(looks))
    return Row(
        on=Kind.LIST,
        name=f"searching-{name}",
        plan=EXECUTED,
        manners=manners,
        came="succeeded",
        seen={**WHOLE, Kind.LIST: 1 + len(looks) + 1},
        pauses=(*apart, *FOUND_TWICE, *SETTLED),
        attribution=Attribution.INFERRED,
    )


def not_ours(name: str, manners: Manners, pauses: tuple[float, ...] = SEARCHED) -> Row:
    """A row of a workspace of these *manners* that shows nothing of ours alone."""
    return Row(
        on=Kind.LIST,
        name=f"searching-{name}",
        plan=EXECUTED,
        manners=manners,
        came="unknown-start",
        seen={Kind.LIST: 1 + len(pauses) + 1, Kind.START: 1},
        pauses=pauses,
    )


def manners() -> Iterator[Row]:
    """Lists that are late, clocks that are wrong, others who start at the same time."""
    for seconds, first in ((4, 5), (8, 10), (15, 20), (30, 40), (59, 60)):
        yield shown(
            f"a-list-{seconds}-s-behind", Manners(shows_after=seconds), float(first)
        )
    yield not_ours("a-list-61-s-behind", Manners(shows_after=61))
    yield shown("an-update-3-s-late", Manners(begins_after=3), 5.0)
    yield not_ours("an-update-30-s-late", Manners(begins_after=30))
    for ahead in (-86_400, -600, 600, 86_400):
        yield shown(f"a-clock-{ahead}-s-ahead", Manners(ahead=ahead))
    for ahead in (-500, 500):
        yield shown(
            f"no-date-and-a-clock-{ahead}-s-ahead", Manners(ahead=ahead, dated=False)
        )
    for ahead in (-700, 700):
        yield not_ours(
            f"no-date-and-a-clock-{ahead}-s-ahead", Manners(ahead=ahead, dated=False)
        )
    for cause in ("JOB_TASK", "USER_ACTION", "RETRY_ON_FAILURE", "SOMETHING_NEW"):
        yield shown(f"beside-{cause}", Manners(rival=cause))
    yield not_ours("beside-another-start", Manners(rival="API_CALL"), ())


def choices() -> Iterator[Row]:
    """What is found and not taken, because nobody wants it or there is no time."""
    yield Row(
        on=Kind.LIST,
        name="searching-what-is-not-wanted",
        plan=EXECUTED,
        adopts=False,
        came="unknown-start",
        seen={Kind.LIST: 1 + 2, Kind.START: 1},
        pauses=FOUND_TWICE,
    )
    # A list may be a moment behind: in vain means once more.
    for name, plan, starts, pauses in (
        ("found", EXECUTED, 1, (2.0,)),
        ("in-vain", LOST, 0, (2.0, 1.0)),
    ):
        yield Row(
            on=Kind.LIST,
            name=f"searching-{name}-until-a-signal",
            plan=plan,
            signal_at=2.0,
            came="interrupted",
            seen={Kind.LIST: 2 + len(pauses), Kind.START: 1},
            pauses=pauses,
            starts=starts,
        )


def rows() -> Iterator[Row]:
    """All of them."""
    for plan in (*singles((*broken.COMMON, *said.COMMON)), *sequences()):
        yield found(plan)
    for plan in sequences():
        if EXPIRED not in (planned.fault for planned in plan):
            yield in_vain(plan)
    # Three good looks there must be, however long that takes.
    for times in (4, 5, 6, 7):
        yield in_vain((Planned(by_name(REFUSED, "403")),) * times)
    yield from without_a_list()
    yield from manners()
    yield from choices()
