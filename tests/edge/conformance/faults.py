"""
What can happen to one request, and what each of it proves about the server.

A fault is played on a real socket. What it proves is written beside it and never
computed from the answer: the table is the second opinion.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from itertools import groupby
from typing import TypeAlias

from tests.edge.conformance.asked import Kind
from tests.edge.wires import Peer, Script


class Proof(Enum):
    """What the client may conclude."""

    UNSENT = auto()  # the server has not seen it; it may be sent again
    HOPELESS = auto()  # the server has not seen it, and never will
    REDIRECTED = auto()  # seen, sent elsewhere, not followed
    THROTTLED = auto()  # seen, and put off
    LOST = auto()  # nothing: it may have been executed
    REFUSED = auto()  # seen, and refused with a reason
    ANSWERED = auto()  # executed


class Door(StrEnum):
    """Where the client is led for this one exchange."""

    PLAIN = "plain"
    CLOSED = "closed"  # nobody listens
    FULL = "full"  # somebody listens and never accepts
    NOWHERE = "nowhere"  # a name that is no host's
    UNSENDABLE = "unsendable"  # no scheme that we speak
    TLS = "tls"
    TLS_EXPIRED = "tls-expired"
    TLS_FUTURE = "tls-not-yet-valid"
    TLS_STRANGER = "tls-unknown-authority"
    TLS_NAME = "tls-wrong-name"
    TLS_SPOKEN_PLAIN = "tls-to-a-plain-port"
    TLS_CLIENT_CERT = "tls-wants-our-certificate"
    TUNNEL = "tunnel"  # a proxy, and TLS behind it
    NO_PROXY = "no-proxy"  # a proxy that is not there


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that happens to one request."""

    name: str
    proof: Proof
    play: Script
    # Says, in some way, what a workspace where all is well would say.
    dress: Callable[[Peer, bytes], None] | None = None
    early: bool = False  # played before the request is read, on a new connection
    door: Door = Door.PLAIN
    status: int | None = None
    hint: float | None = None  # seconds that the client has to believe
    stalls: bool = False  # ends by the client's patience only
    abandoned: bool = False  # not even by that: the loop gives the call up
    oversized: bool = False

    @property
    def seen(self) -> bool:
        """Whether the server reads the whole request."""
        return not self.early


@dataclass(frozen=True, slots=True)
class Planned:
    """A fault in a plan, in place of what the request asks for or after it."""

    fault: Fault
    effect: bool = False

    @property
    def name(self) -> str:
        """For the row's id."""
        return f"{self.fault.name}-after-effect" if self.effect else self.fault.name


# What happens to the requests of one kind, one after the other; None is nothing bad.
Plan: TypeAlias = Sequence[Planned | None]
Plans: TypeAlias = Mapping[Kind, Plan]


def named(plan: Plan) -> str:
    """The names of what is planned."""
    names = ("fine" if one is None else one.name for one in plan)
    groups = ((name, len(list(same))) for name, same in groupby(names))
    return "-then-".join(
        name if times == 1 else f"{name}-{times}-times" for name, times in groups
    )


def after(fault: Fault) -> Planned:
    """*fault*, when what the request asks for is already done."""
    return Planned(fault, effect=True)


def nothing(_: Peer) -> None:
    """Say nothing, and close."""


JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def says(*pieces: bytes) -> Script:
    """Send *pieces*, and close."""

    def script(peer: Peer) -> None:
        for piece in pieces:
            peer.send(piece)

    return script


def answers(
    body: bytes,
    *headers: str,
    status: str = "200 OK",
    kind: str = "application/json",
) -> Script:
    """A whole answer, after which the connection is closed."""
    lines = (
        f"HTTP/1.1 {status}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *headers,
        "",
        "",
    )
    return says("\r\n".join(lines).encode("latin-1") + body)
