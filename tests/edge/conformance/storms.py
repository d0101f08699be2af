"""Rows of faults that do not end, and of pages that do not."""

from __future__ import annotations

from collections.abc import Iterator

from dlt_action.core.model import Attribution
from tests.edge.conformance.asked import Kind
from tests.edge.conformance.backend import Manners
from tests.edge.conformance.broken import BODIES as BROKEN_BODIES
from tests.edge.conformance.faults import Fault, Plan, Planned, Proof, answers, named
from tests.edge.conformance.reads import (
    BEFORE,
    BUSY_503,
    MANY,
    MOVED,
    REFUSED_CONNECTION,
    RESET,
    SETTLED,
    WHOLE,
    by_name,
)
from tests.edge.conformance.said import REFUSED, asks_to_wait
from tests.edge.conformance.table import BACK_OFF, Row, read, unread

LONGEST = BACK_OFF[-1]
FIRST = BACK_OFF[:4]  # the pauses that are still growing
CONFIRMED = Attribution.CONFIRMED


def storm(fault: Fault, times: int) -> tuple[Planned, ...]:
    """*fault* again and again."""
    return (Planned(fault),) * times


def growing(times: int) -> tuple[float, ...]:
    """The pauses between so many calls."""
    return (FIRST + (LONGEST,) * times)[: times - 1]


def before_the_start(on: Kind, fault: Fault, times: int) -> Row:
    """A row of a storm that is given up, before anything was started."""
    plan = storm(fault, times)
    first = {Kind.LIST: 1} if on is Kind.START else {}
    return Row(
        on=on,
        name=named(plan),
        plan={on: plan},
        came="unreachable",
        seen={**first, on: read(plan)},
        unseen={on: unread(plan)},
        pauses=growing(times),
        starts=0,
    )


def endured(fault: Fault, times: int) -> Row:
    """A row of a storm during the watch that is waited out."""
    plan = storm(fault, times)
    return Row(
        on=Kind.LOOK,
        name=named(plan),
        plan={Kind.LOOK: plan},
        came="succeeded",
        seen={**WHOLE, Kind.LOOK: read(plan) + 2},
        unseen={Kind.LOOK: unread(plan)},
        pauses=(*growing(times + 1), *SETTLED),
        attribution=CONFIRMED,
    )


def left(fault: Fault, times: int, came: str, pauses: tuple[float, ...]) -> Row:
    """A row of a storm during the watch that is given up: never as a failure."""
    plan = storm(fault, times)
    return Row(
        on=Kind.LOOK,
        name=named(plan),
        plan={Kind.LOOK: plan},
        came=came,
        seen={**BEFORE, Kind.LOOK: read(plan)},
        unseen={Kind.LOOK: unread(plan)},
        pauses=pauses,
        attribution=CONFIRMED,
    )


def looks_in(seconds: float) -> tuple[float, ...]:
    """The pauses between looks at an update, from its start on."""
    now, pauses = 0.0, list[float]()
    while now < seconds:
        pauses.append(min(max(2.0, 0.05 * now), 20.0))
        now += pauses[-1]
    return tuple(round(pause, 3) for pause in pauses)


def outages() -> Iterator[Row]:
    """Storms, up to the patience of each call and not beyond."""
    # 30 s of patience, or 300 s with who says that there is too much to do.
    for on, tries, throttled in ((Kind.FIND, 5, 17), (Kind.LIST, 6, 18)):
        yield before_the_start(on, REFUSED_CONNECTION, tries)
        yield before_the_start(on, BUSY_503, tries)
        yield before_the_start(on, MANY, throttled)
    yield before_the_start(Kind.START, REFUSED_CONNECTION, 6)
    yield before_the_start(Kind.START, MANY, 18)
    # During the watch, 15 minutes.
    for times in (4, 8, 20, 43):
        yield endured(REFUSED_CONNECTION, times)
        yield endured(BUSY_503, times)
    yield endured(MANY, 60)
    for fault in (REFUSED_CONNECTION, BUSY_503):
        yield left(fault, 44, "unreachable", growing(44))
    # What is refused must be refused for a while to be believed.
    yield left(by_name(REFUSED, "401"), 4, "unauthorized", (2.0,) * 3)
    yield left(by_name(REFUSED, "403"), 4, "unauthorized", (2.0,) * 3)
    gone = looks_in(60.0)
    yield left(by_name(REFUSED, "404"), len(gone) + 1, "gone", gone)
    # Nor is what will not pass by itself: somebody may mend it in the meantime.
    pauses = looks_in(900.0)
    for fault in (by_name(REFUSED, "400"), MOVED):
        yield left(fault, len(pauses) + 1, "unreachable", pauses)


def patience() -> Iterator[Row]:
    """How often who asks for two minutes each time is asked again."""
    hour = by_name(tuple(asks_to_wait(429)), "429-retry-after-a-day")
    for on in (Kind.LIST, Kind.START):
        plan = storm(hour, 4)
        first = {Kind.LIST: 1} if on is Kind.START else {}
        yield Row(
            on=on,
            name=named(plan),
            plan={on: plan},
            came="unreachable",
            seen={**first, on: 4},
            pauses=(120.0,) * 3,
            starts=0,
        )
    yield Row(
        on=Kind.LOOK,
        name=named(storm(hour, 10)),
        plan={Kind.LOOK: storm(hour, 10)},
        came="succeeded",
        seen={**WHOLE, Kind.LOOK: 12},
        pauses=(*(120.0,) * 10, *SETTLED),
        attribution=CONFIRMED,
    )


def apart() -> Iterator[Row]:
    """Faults with a good answer in between, after which pauses begin anew."""
    lost, refused = Planned(RESET), Planned(REFUSED_CONNECTION)
    yield Row(
        on=Kind.LOOK,
        name="two-faults-apart",
        plan={Kind.LOOK: (lost, lost, None, lost, lost)},
        came="succeeded",
        seen={**WHOLE, Kind.LOOK: 6},
        pauses=(1.5, 3.0, *SETTLED, 1.5, 3.0),
        attribution=CONFIRMED,
    )
    yield Row(
        on=Kind.START,
        name="a-fault-of-each-call",
        plan={Kind.LIST: (lost, lost), Kind.START: (refused,), Kind.LOOK: (lost,)},
        came="succeeded",
        seen={**WHOLE, Kind.LIST: 3, Kind.LOOK: 3},
        unseen={Kind.START: 1},
        pauses=(1.5, 3.0, 1.5, 1.5, *SETTLED),
        attribution=CONFIRMED,
    )


def page(token: str) -> Planned:
    """A page without events, and the token of the next."""
    said = b'{"events": [], "next_page_token": "%s"}' % token.encode()
    name = f"page-{token}"
    return Planned(Fault(name=name, proof=Proof.ANSWERED, play=answers(said)))


BAD_TOKEN = Planned(by_name(REFUSED, "400"))
TOO_LARGE = Planned(by_name(BROKEN_BODIES, "a-gzip-bomb"))
GONE = Planned(by_name(REFUSED, "404"))
ONE, TWO, THREE = page("1"), page("2"), page("3")

# Pages of the log, and how many reads they take beside the one that finds nothing new.
PAGES: tuple[tuple[str, Plan, int], ...] = (
    ("two-pages", (ONE,), 1),
    ("four-pages", (ONE, TWO, THREE), 1),
    ("a-token-that-expired", (ONE, BAD_TOKEN), 1),
    ("a-token-that-expired-later", (ONE, TWO, BAD_TOKEN), 1),
    ("tokens-that-expire-3-times", (ONE, BAD_TOKEN) * 3, 1),
    ("tokens-that-expire-4-times", (ONE, BAD_TOKEN) * 4, 2),
    ("the-same-token-again", (ONE, ONE), 2),
    ("tokens-in-a-circle", (ONE, TWO, ONE), 2),
    ("a-page-that-is-lost", (ONE, Planned(BUSY_503)), 2),
    ("a-page-that-is-refused", (ONE, GONE), 2),
    ("a-page-that-is-too-large", (ONE, TOO_LARGE), 1),
    ("pages-that-are-too-large", (TOO_LARGE,) * 3, 1),
    ("pages-that-stay-too-large", (TOO_LARGE,) * 4, 2),
    ("sizes-that-are-refused", (BAD_TOKEN,) * 3, 1),
    ("sizes-that-stay-refused", (BAD_TOKEN,) * 4, 2),
)


def pages() -> Iterator[Row]:
    """Pages of the log that are bad, repeat themselves, or never end."""
    for name, plan, reads in PAGES:
        yield Row(
            on=Kind.LOG,
            name=name,
            plan={Kind.LOG: plan},
            came="succeeded",
            seen={**WHOLE, Kind.LOG: len(plan) + 2},
            pauses=SETTLED * reads,
            attribution=CONFIRMED,
        )
    # Eleven reads in the 10 s that there are after the end, of 40 pages or of none;
    # then a look ahead at what failed.
    yield Row(
        on=Kind.LOG,
        name="pages-without-an-end",
        plan={},
        manners=Manners(endless=True),
        came="succeeded",
        seen={**WHOLE, Kind.LOG: 11 * 40 + 1},
        pauses=SETTLED * 10,
        attribution=CONFIRMED,
    )
    yield Row(
        on=Kind.LOG,
        name="503-11-times",
        plan={Kind.LOG: storm(BUSY_503, 11)},
        came="succeeded",
        seen={**WHOLE, Kind.LOG: 11 + 1},
        pauses=SETTLED * 10,
        attribution=CONFIRMED,
    )


def rows() -> Iterator[Row]:
    """All of them."""
    yield from outages()
    yield from patience()
    yield from apart()
    yield from pages()
