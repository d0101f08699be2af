"""Rows of the start: sent once, whatever happens to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from dlt_action.core.model import Attribution
from tests.edge.conformance.asked import Kind
from tests.edge.conformance.backend import OLDER, Manners
from tests.edge.conformance.broken import NO_SUCH_HOST, UNHEARD, UNPROVEN, WIRE
from tests.edge.conformance.faults import Fault, Planned, Proof, after, named
from tests.edge.conformance.reads import (
    BUSY_503,
    EXPIRED,
    MANY,
    MOVED,
    REFUSED_CONNECTION,
    RESET,
    SETTLED,
    SLOW_DOWN,
    WHOLE,
    by_name,
)
from tests.edge.conformance.said import (
    REFUSED,
    SAID,
    asks_to_wait,
    body,
    endless_redirect,
    status,
)
from tests.edge.conformance.table import (
    BACK_OFF,
    Row,
    read,
    refusal,
    tries,
    unread,
)

# When an update is looked for after a lost answer: the pauses from 0 to 60 s.
SEARCHED = (5.0, 5.0, 10.0, 20.0, 20.0)
# What is found at once is looked at once more.
FOUND_TWICE = (5.0,)

WITHOUT_ID = (
    body("no-id", b"{}"),
    body("a-null-for-an-id", b'{"update_id": null}'),
    body("a-number-for-an-id", b'{"update_id": 7}'),
    body("an-id-that-is-a-path", b'{"update_id": "../../x"}'),
    body("an-empty-id", b'{"update_id": ""}'),
    body("a-list-for-an-id", b'{"update_id": ["a"]}'),
    body("an-id-that-is-too-long", b'{"update_id": "%s"}' % (b"a" * 65)),
    body("an-id-elsewhere", b'{"update": {"update_id": "a"}}'),
)
CHATTY_REDIRECT = Fault(
    name="a-redirect-without-an-end",
    proof=Proof.LOST,
    play=endless_redirect,
    oversized=True,
)
LOST = tuple(
    fault
    for fault in (*WIRE, *SAID, *WITHOUT_ID, CHATTY_REDIRECT)
    if fault.proof is Proof.LOST
)
# Of these the server has not read enough to do anything.
DEAF = (*UNHEARD, *UNPROVEN)

RESENT = (REFUSED_CONNECTION, MANY, SLOW_DOWN)
NAMES_WHAT_IS_OVER = status(
    "409-naming-what-is-over",
    "409 Conflict",
    Proof.REFUSED,
    body=b'{"error_code": "CONFLICT",'
    b' "message": "An active update \'%s\' already exists."}' % OLDER.encode(),
)
CONFLICT = status("409", "409 Conflict", Proof.REFUSED)


def sent_again(plan: Sequence[Planned]) -> Row:
    """A row of starts that did not arrive, each for a reason that may pass."""
    return Row(
        on=Kind.START,
        name=named(plan),
        plan={Kind.START: plan},
        came="succeeded",
        seen={**WHOLE, Kind.START: read(plan) + 1},
        unseen={Kind.START: unread(plan)},
        pauses=(*tries(plan), *SETTLED),
        attribution=Attribution.CONFIRMED,
    )


def given_up(plan: Sequence[Planned]) -> Row:
    """A row whose last start will never arrive, or is refused."""
    last = plan[-1].fault
    return Row(
        on=Kind.START,
        name=named(plan),
        plan={Kind.START: plan},
        came=refusal(last) if last.proof is Proof.REFUSED else "unreachable",
        seen={Kind.LIST: 1, Kind.START: read(plan)},
        unseen={Kind.START: unread(plan)},
        pauses=tries(plan[:-1]),
        starts=0,
    )


def searched_in_vain(plan: Sequence[Planned]) -> Row:
    """A row whose last start was lost, and not executed."""
    return Row(
        on=Kind.START,
        name=named(plan),
        plan={Kind.START: plan},
        came="unknown-start",
        seen={Kind.LIST: 1 + 6, Kind.START: read(plan)},
        unseen={Kind.START: unread(plan)},
        pauses=(*tries(plan[:-1]), *SEARCHED),
        starts=0,
    )


def adopted(plan: Sequence[Planned]) -> Row:
    """A row whose last start was executed, and the answer lost."""
    return Row(
        on=Kind.START,
        name=named(plan),
        plan={Kind.START: plan},
        came="succeeded",
        seen={**WHOLE, Kind.LIST: 1 + 2, Kind.START: read(plan)},
        unseen={Kind.START: unread(plan)},
        pauses=(*tries(plan[:-1]), *FOUND_TWICE, *SETTLED),
        attribution=Attribution.INFERRED,
    )


def singles() -> Iterator[Row]:
    """Every fault alone, in place of the effect and after it."""
    for fault in (*WIRE, *SAID, NO_SUCH_HOST, *asks_to_wait(429)):
        match fault.proof:
            case Proof.UNSENT | Proof.THROTTLED:
                yield sent_again((Planned(fault),))
            case Proof.HOPELESS | Proof.REDIRECTED | Proof.REFUSED:
                yield given_up((Planned(fault),))
            case _:
                pass
    for fault in LOST:
        yield searched_in_vain((Planned(fault),))
        if fault not in DEAF:
            yield adopted((after(fault),))


def sequences() -> Iterator[Row]:
    """Starts that are sent again, up to one that is not."""
    for length in (2, 3):
        for chosen in product(RESENT, repeat=length):
            yield sent_again(tuple(map(Planned, chosen)))
    firsts = (*product(RESENT), *product(RESENT[:2], repeat=2))
    for first in firsts:
        again = tuple(map(Planned, first))
        for last in (RESET, BUSY_503):
            yield searched_in_vain((*again, Planned(last)))
            yield adopted((*again, after(last)))
        for last in (EXPIRED, MOVED, by_name(REFUSED, "400"), by_name(REFUSED, "403")):
            yield given_up((*again, Planned(last)))


def conflicts() -> Iterator[Row]:
    """Starts that are refused because of another update."""
    yield Row(
        on=Kind.START,
        name="409-naming-nobody",
        plan={Kind.START: (Planned(CONFLICT),)},
        came="conflict",
        seen={Kind.LIST: 2, Kind.START: 1},
        pauses=(),
        starts=0,
    )
    # A 429 that started one all the same: not followed, and not started twice.
    yield Row(
        on=Kind.START,
        name="429-after-effect-then-409",
        plan={Kind.START: (after(MANY),)},
        manners=Manners(started="RUNNING"),
        came="conflict",
        seen={Kind.LIST: 1, Kind.START: 2, Kind.LOOK: 1},
        pauses=(1.5,),
    )


def noticed_late() -> Iterator[Row]:
    """Starts that are refused because of what is over: for about three minutes."""
    pauses = (*BACK_OFF[:4], *(BACK_OFF[-1],) * 5)
    for times in (1, 2, 3, 9):
        yield Row(
            on=Kind.START,
            name=f"409-naming-what-is-over-{times}-times",
            plan={Kind.START: (Planned(NAMES_WHAT_IS_OVER),) * times},
            came="succeeded",
            seen={
                **WHOLE,
                Kind.LIST: times + 1,
                Kind.START: times + 1,
                Kind.LOOK: times + 2,
            },
            pauses=(*pauses[:times], *SETTLED),
            attribution=Attribution.CONFIRMED,
        )
    yield Row(
        on=Kind.START,
        name="409-naming-what-is-over-10-times",
        plan={Kind.START: (Planned(NAMES_WHAT_IS_OVER),) * 10},
        came="conflict",
        seen={Kind.LIST: 10, Kind.START: 10, Kind.LOOK: 10},
        pauses=pauses,
        starts=0,
    )


def rows() -> Iterator[Row]:
    """All of them."""
    yield from singles()
    yield from sequences()
    yield from conflicts()
    yield from noticed_late()
