"""Rows of answers that are good, however oddly they are dressed."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace

from dlt_action.core.model import Attribution
from tests.edge.conformance import stops
from tests.edge.conformance.asked import Kind
from tests.edge.conformance.faults import Fault, Planned, Proof, answers, nothing
from tests.edge.conformance.reads import SETTLED, WHOLE
from tests.edge.conformance.table import Row
from tests.edge.wires import Peer

Dress = Callable[[Peer, bytes], None]


def head(*lines: str, first: str = "HTTP/1.1 200 OK") -> bytes:
    """The head of an answer after which the connection is closed."""
    return "\r\n".join((first, *lines, "Connection: close", "", "")).encode()


KIND = "Content-Type: application/json"
CHUNKED = "Transfer-Encoding: chunked"


def with_headers(*headers: str, status: str = "200 OK") -> Dress:
    """The body as it is, and these headers with it."""
    return lambda peer, body: answers(body, *headers, status=status)(peer)


def of_kind(kind: str) -> Dress:
    """The body as it is, of this content type."""
    return lambda peer, body: answers(body, kind=kind)(peer)


def packed(encoding: str, pack: Callable[[bytes], bytes]) -> Dress:
    """The body, compressed."""

    def dress(peer: Peer, body: bytes) -> None:
        answers(pack(body), f"Content-Encoding: {encoding}")(peer)

    return dress


def in_chunks(peer: Peer, body: bytes) -> None:
    """The body in chunks, and something after it."""
    peer.send(head(KIND, CHUNKED))
    for at in range(0, len(body), 7):
        piece = body[at : at + 7]
        peer.send(b"%x;ignored=1\r\n%s\r\n" % (len(piece), piece))
    peer.send(b"0\r\nX-Trailer: 1\r\n\r\n")


def in_pieces(peer: Peer, body: bytes) -> None:
    """The body byte by byte, each in a packet of its own."""
    peer.send(head(KIND, f"Content-Length: {len(body)}"))
    for byte in body[:40]:
        peer.send(bytes([byte]))
    peer.send(body[40:])


def until_the_end(peer: Peer, body: bytes) -> None:
    """The body without its length, as servers of old did."""
    peer.send(head(KIND, first="HTTP/1.0 200 Fine") + body)


def announced(peer: Peer, body: bytes) -> None:
    """A word that it will come, and then the answer."""
    peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")
    answers(body)(peer)


def spaced(peer: Peer, body: bytes) -> None:
    """The body with room around it."""
    answers(b" \r\n\t" + body.replace(b'":', b'" :\n') + b"\n\n")(peer)


DRESSES: tuple[tuple[str, Dress], ...] = (
    ("in-chunks", in_chunks),
    ("in-pieces", in_pieces),
    ("until-the-end", until_the_end),
    ("announced", announced),
    ("spaced", spaced),
    ("in-gzip", packed("gzip", gzip.compress)),
    ("in-deflate", packed("deflate", zlib.compress)),
    ("in-shouting", of_kind("APPLICATION/JSON")),
    ("with-a-charset", of_kind("application/json; charset=utf-8")),
    ("of-another-json", of_kind("application/problem+json")),
    ("as-accepted", with_headers(status="202 Accepted")),
    ("as-created", with_headers(status="201 Created")),
    ("with-cookies", with_headers("Set-Cookie: a=b; Path=/", "Set-Cookie: c=d")),
    ("with-advice-to-come-back", with_headers("Retry-After: 100")),
    ("with-a-place-to-look", with_headers("Location: http://127.0.0.2/x")),
)

# What is asked where nothing goes wrong; the start and its baseline, and what follows.
OF_A_RUN = (Kind.LIST, Kind.START, Kind.LOOK, Kind.LOG)


def rows() -> Iterator[Row]:
    """All of them."""
    stopped = stops.row(())
    for name, dress in DRESSES:
        fault = Fault(name=name, proof=Proof.ANSWERED, play=nothing, dress=dress)
        plan = (Planned(fault),)
        yield Row(
            on=Kind.FIND,
            name=name,
            plan={Kind.FIND: plan},
            came="found",
            seen={Kind.FIND: 1},
            pauses=(),
            starts=0,
        )
        for on in OF_A_RUN:
            yield Row(
                on=on,
                name=name,
                plan={on: plan},
                came="succeeded",
                seen=WHOLE,
                pauses=SETTLED,
                attribution=Attribution.CONFIRMED,
            )
        yield replace(stopped, name=name, plan={Kind.STOP: plan})
