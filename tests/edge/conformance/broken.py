"""Faults of the wire: connections, heads and bodies that break, stall or drip."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable

from dlt_action.edge.channel import LARGEST_BODY
from tests.edge.conformance.faults import (
    JSON,
    Door,
    Fault,
    Proof,
    answers,
    nothing,
    says,
)
from tests.edge.wires import Peer, Script

HALF = b'{"update_id": "0f0e0d0c-0b0a-'
PROMISED = JSON + b"Content-Length: 99\r\n\r\n"
CHUNKED = JSON + b"Transfer-Encoding: chunked\r\n\r\n"
GZIP = "Content-Encoding: gzip"
BOMB = gzip.compress(b" " * (4 * LARGEST_BODY), 9)
# Half of one MB that does not compress well: what arrives is no JSON.
TORN = gzip.compress(b'{"a": "' + bytes(range(97, 122)) * 400 + b'"}')[:-40]


def then(*pieces: bytes, do: Callable[[Peer], None]) -> Script:
    """Send *pieces* and go on as told."""

    def script(peer: Peer) -> None:
        says(*pieces)(peer)
        do(peer)

    return script


def drips(raw: bytes) -> Callable[[Peer], None]:
    """Send *raw* so slowly that no single receive is late, and all of them are."""
    return lambda peer: peer.drip(raw, 0.05)


def endless(peer: Peer) -> None:
    """Never stop sending."""
    while True:
        peer.send(b" " * 65536)


def reset_in_the_request(peer: Peer) -> None:
    """Take a byte, and reset."""
    # Before the first byte it would be a race between us and the end of connect().
    peer.connection.recv(1)
    peer.reset()


def close_in_the_request(peer: Peer) -> None:
    """Take a byte, and close."""
    peer.connection.recv(1)


def lost(name: str, play: Script, *, stalls: bool = False) -> Fault:
    """A fault after the request, of which nothing follows."""
    return Fault(name=name, proof=Proof.LOST, play=play, stalls=stalls)


# The server has not read the request to its end, and the client cannot know it.
UNHEARD = (
    Fault(
        name="closed-at-once",
        proof=Proof.LOST,
        play=nothing,
        early=True,
    ),
    Fault(
        name="reset-in-the-request",
        proof=Proof.LOST,
        play=reset_in_the_request,
        early=True,
    ),
    Fault(
        name="closed-in-the-request",
        proof=Proof.LOST,
        play=close_in_the_request,
        early=True,
    ),
)

NO_ANSWER = (
    lost("reset-after-the-request", Peer.reset),
    lost("closed-without-an-answer", nothing),
    lost("no-answer", Peer.hang, stalls=True),
)

HEADS = (
    lost("closed-in-the-status-line", says(b"HTTP/1.1 20")),
    lost("closed-in-a-header-name", says(JSON + b"Content-Le")),
    lost("closed-in-a-header", says(JSON + b"X-Half: ")),
    lost("reset-in-the-head", then(JSON, do=Peer.reset)),
    lost("silent-in-the-head", then(JSON, do=Peer.hang), stalls=True),
    lost("garbage", says(b"\x00\xff\x15\x03garbage\r\n\r\n")),
    lost("another-protocol", says(b"220 mail.example\r\n")),
    lost("http-0.9", says(b'{"update_id": "x"}')),
    lost("a-status-of-letters", says(b"HTTP/1.1 2OO OK\r\n\r\n")),
    lost("a-long-header", says(JSON + b"A: " + b"a" * 70_000)),
    lost("many-headers", says(JSON + b"A: a\r\n" * 200)),
    lost("promises-to-answer", says(b"HTTP/1.1 100 Continue\r\n\r\n" * 5)),
    Fault(
        name="a-head-that-drips",
        proof=Proof.LOST,
        play=drips(JSON + b"A: " + b"a" * 400),
        stalls=True,
        abandoned=True,
    ),
)

BODIES = (
    lost("an-empty-body", answers(b"")),
    lost("shorter-than-promised", says(PROMISED + HALF)),
    lost("cut-without-a-length", says(JSON + b"\r\n" + HALF)),
    lost("reset-in-the-body", then(PROMISED + HALF, do=Peer.reset)),
    lost("silent-in-the-body", then(PROMISED + HALF, do=Peer.hang), stalls=True),
    lost("a-body-that-drips", then(PROMISED, do=drips(b" " * 99)), stalls=True),
    lost("chunks-without-a-size", says(CHUNKED + b"zz\r\n{}")),
    lost("a-chunk-of-less", says(CHUNKED + b"9\r\n{}")),
    lost("no-last-chunk", says(CHUNKED + b"2\r\n{}\r\n")),
    lost("gzip-that-is-none", answers(b"{}", GZIP)),
    lost("half-of-a-gzip", answers(TORN, GZIP)),
    Fault(
        name="a-gzip-bomb",
        proof=Proof.LOST,
        play=answers(BOMB, GZIP),
        oversized=True,
    ),
    Fault(
        name="an-endless-body",
        proof=Proof.LOST,
        play=then(JSON + b"\r\n", do=endless),
        oversized=True,
    ),
)


def unsent(name: str, door: Door, *, stalls: bool = False) -> Fault:
    """A fault before the request could leave, which may pass."""
    return Fault(
        name=name,
        proof=Proof.UNSENT,
        play=nothing,
        early=True,
        door=door,
        stalls=stalls,
    )


def hopeless(name: str, door: Door, play: Script = nothing) -> Fault:
    """A fault before the request could leave, which will not pass."""
    return Fault(name=name, proof=Proof.HOPELESS, play=play, early=True, door=door)


def speaks_no_tls(said: bytes) -> Script:
    """Answer the client's hello with what is none."""

    def script(peer: Peer) -> None:
        peer.connection.recv(65536)
        peer.send(said)

    return script


def no_tunnel(status: str) -> Script:
    """Be a proxy that lets nobody through."""

    def script(peer: Peer) -> None:
        peer.read()
        answers(b"no", status=status, kind="text/plain")(peer)

    return script


def refuses_the_tunnel(name: str, status: str) -> Fault:
    """A proxy that says no to CONNECT."""
    return Fault(
        name=name,
        proof=Proof.UNSENT,
        play=no_tunnel(status),
        early=True,
        door=Door.TUNNEL,
    )


UNSENT = (
    unsent("connection-refused", Door.CLOSED),
    unsent("connecting-takes-too-long", Door.FULL, stalls=True),
    unsent("a-proxy-that-is-not-there", Door.NO_PROXY),
    refuses_the_tunnel("a-proxy-that-wants-to-know-us", "407 Who Are You"),
    refuses_the_tunnel("a-proxy-that-forbids", "403 Forbidden"),
    refuses_the_tunnel("a-proxy-that-cannot", "502 Bad Gateway"),
)

# Only for some calls: how long it takes is up to the machine's resolver.
NO_SUCH_HOST = unsent("no-such-host", Door.NOWHERE)


def alert(description: int) -> bytes:
    """A fatal alert of TLS 1.2."""
    return bytes((21, 3, 3, 0, 2, 2, description))


HOPELESS = (
    hopeless("an-expired-certificate", Door.TLS_EXPIRED),
    hopeless("a-certificate-of-tomorrow", Door.TLS_FUTURE),
    hopeless("an-unknown-authority", Door.TLS_STRANGER),
    hopeless("a-certificate-for-another-name", Door.TLS_NAME),
    hopeless(
        "http-where-tls-should-be",
        Door.TLS_SPOKEN_PLAIN,
        speaks_no_tls(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    ),
    hopeless("no-such-tls-version", Door.TLS_SPOKEN_PLAIN, speaks_no_tls(alert(70))),
    hopeless("an-address-that-cannot-be-sent-to", Door.UNSENDABLE),
)


def below_tls(raw: bytes) -> Script:
    """Send what is no record of this session."""

    def script(peer: Peer) -> None:
        os.write(peer.connection.fileno(), raw)
        peer.hang()

    return script


def inside(door: Door, name: str, play: Script) -> Fault:
    """A fault after the request, behind that *door*."""
    return Fault(name=name, proof=Proof.LOST, play=play, door=door)


# Broken after the request in TLS, where each of it is an SSLError, too.
BELOW = (
    inside(Door.TLS, "tls-reset", Peer.reset),
    inside(Door.TLS, "tls-plain-text", below_tls(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")),
    inside(Door.TLS, "tls-alert", below_tls(alert(70))),
    inside(Door.TLS, "tls-half-an-answer", says(JSON)),
    inside(Door.TUNNEL, "tunnel-reset", Peer.reset),
    inside(Door.TUNNEL, "tunnel-closed", nothing),
    inside(Door.TUNNEL, "tunnel-half-an-answer", says(JSON[:20])),
)

# The server has seen no request here, but a client cannot know it.
UNPROVEN = (
    Fault(
        name="tls-silent",
        proof=Proof.LOST,
        play=Peer.hang,
        early=True,
        door=Door.TLS_SPOKEN_PLAIN,
        stalls=True,
    ),
    Fault(
        name="tls-wants-our-certificate",
        proof=Proof.LOST,
        play=nothing,
        early=True,
        door=Door.TLS_CLIENT_CERT,
    ),
)

SEEN = (*NO_ANSWER, *HEADS, *BODIES)
# What any call has to bear, and what is tried on some only, as TLS takes its time.
COMMON = (*UNHEARD, *SEEN, *UNSENT)
WIRE = (*COMMON, *HOPELESS, *BELOW, *UNPROVEN)
