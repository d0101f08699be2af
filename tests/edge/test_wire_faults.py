"""
What can go wrong on the wire, and what each fault proves about the server.

Each case is the start of an update, the one call that is never to be sent twice: what
the server has seen must not be called "not executed".
"""

from __future__ import annotations

import gzip
import os
import ssl
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from dlt_action.core.exchange import (
    Ambiguous,
    Executed,
    NotExecuted,
    Outcome,
    Rejected,
    decide,
)
from dlt_action.core.reply import Fault, FaultKind
from dlt_action.edge.auth.signed import Signed
from dlt_action.edge.channel import LARGEST_BODY
from tests.edge.authority import Authority
from tests.edge.senders import CANARY, READ, START, sender
from tests.edge.wires import Peer, Script, Wire, closed_port, keep_answering

WITHIN = 0.3  # for what only ends by our patience
PATIENT = 10.0  # for what ends by itself, also on a busy machine
JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
HALF = b'{"update_id": "0f0e0d0c-0b0a-'


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    script: Script
    outcome: type[Outcome]
    reason: str


def sends(*pieces: bytes) -> Script:
    """Read the request, send *pieces*, close."""

    def script(peer: Peer) -> None:
        peer.read()
        for piece in pieces:
            peer.send(piece)

    return script


def then(*pieces: bytes, do: Callable[[Peer], None]) -> Script:
    """Read the request, send *pieces*, and go on as told."""

    def script(peer: Peer) -> None:
        sends(*pieces)(peer)
        do(peer)

    return script


def answers(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> Script:
    """Read the request and answer it with *body*, as JSON unless *headers* say."""
    kind = () if headers else (b"Content-Type: application/json",)
    lines = (
        b"HTTP/1.1 " + status,
        *kind,
        *headers,
        b"Content-Length: %d" % len(body),
        b"Connection: close",
    )
    return sends(b"\r\n".join((*lines, b"", b"")) + body)


def endless(peer: Peer) -> None:
    while True:
        peer.send(b" " * 65536)


def reset_in_the_request(peer: Peer) -> None:
    # Before the first byte it would be a race between us and the end of connect().
    peer.connection.recv(1)
    peer.reset()


def drips(raw: bytes) -> Callable[[Peer], None]:
    return lambda peer: peer.drip(raw, 0.02)


CHUNKED = JSON + b"Transfer-Encoding: chunked\r\n\r\n"
GZIP = (b"Content-Type: application/json", b"Content-Encoding: gzip")
BOMB = gzip.compress(b" " * (4 * LARGEST_BODY), 9)
# Of 1 MB that do not compress well, half: what arrives is no JSON.
TORN = gzip.compress(b'{"a": "' + bytes(range(97, 122)) * 400 + b'"}')

BROKEN = "the connection broke"
LATE = "no answer in time"
NO_JSON = "which is not the JSON of the API"

FAULTS = (
    # The connection.
    Case("reset in the request", reset_in_the_request, Ambiguous, BROKEN),
    Case("closed at once", lambda _: None, Ambiguous, BROKEN),
    Case("reset after the request", then(do=Peer.reset), Ambiguous, BROKEN),
    Case("closed without an answer", sends(), Ambiguous, BROKEN),
    Case("no answer", then(do=Peer.hang), Ambiguous, LATE),
    # The head.
    Case("closed in the status line", sends(b"HTTP/1.1 20"), Ambiguous, ""),
    Case("closed in a header's name", sends(JSON + b"Content-Le"), Ambiguous, NO_JSON),
    Case("closed in a header", sends(JSON + b"X-Half: "), Ambiguous, NO_JSON),
    Case("reset in the head", then(JSON, do=Peer.reset), Ambiguous, BROKEN),
    Case("silent in the head", then(JSON, do=Peer.hang), Ambiguous, LATE),
    Case("garbage", sends(b"\x00\xff\x15\x03garbage\r\n\r\n"), Ambiguous, BROKEN),
    Case("another protocol", sends(b"220 mail.example\r\n"), Ambiguous, BROKEN),
    Case("HTTP/0.9", sends(b'{"update_id": "x"}'), Ambiguous, BROKEN),
    Case("status 0", sends(b"HTTP/1.1 000 Odd\r\n\r\n"), Ambiguous, ""),
    Case("a status of letters", sends(b"HTTP/1.1 2OO OK\r\n\r\n"), Ambiguous, BROKEN),
    Case("long header", sends(JSON + b"A: " + b"a" * 70_000), Ambiguous, BROKEN),
    Case("many headers", sends(JSON + b"A: a\r\n" * 200), Ambiguous, BROKEN),
    Case(
        "endless promises to answer",
        sends(b"HTTP/1.1 100 Continue\r\n\r\n" * 5),
        Ambiguous,
        "",
    ),
    # The body.
    Case("empty", answers(b""), Ambiguous, NO_JSON),
    Case(
        "shorter than promised",
        sends(JSON + b"Content-Length: 99\r\n\r\n" + HALF),
        Ambiguous,
        BROKEN,
    ),
    Case("cut without a length", sends(JSON + b"\r\n" + HALF), Ambiguous, NO_JSON),
    Case(
        "reset in the body",
        then(JSON + b"Content-Length: 99\r\n\r\n" + HALF, do=Peer.reset),
        Ambiguous,
        BROKEN,
    ),
    Case(
        "silent in the body",
        then(JSON + b"Content-Length: 99\r\n\r\n" + HALF, do=Peer.hang),
        Ambiguous,
        LATE,
    ),
    Case(
        "a body that drips",
        then(JSON + b"Content-Length: 99\r\n\r\n", do=drips(b" " * 99)),
        Ambiguous,
        LATE,
    ),
    Case(
        "a body that drips in chunks",
        then(CHUNKED, do=drips(b"1\r\n \r\n" * 20)),
        Ambiguous,
        LATE,
    ),
    Case("chunks without a size", sends(CHUNKED + b"zz\r\n{}"), Ambiguous, BROKEN),
    Case("a chunk of less", sends(CHUNKED + b"9\r\n{}"), Ambiguous, BROKEN),
    Case("no last chunk", sends(CHUNKED + b"2\r\n{}\r\n"), Ambiguous, BROKEN),
    Case("gzip that is none", answers(b"{}", *GZIP), Ambiguous, BROKEN),
    Case("half of a gzip", answers(TORN[:-40], *GZIP), Ambiguous, NO_JSON),
    Case("a gzip bomb", answers(BOMB, *GZIP), Ambiguous, "larger than we accept"),
    Case(
        "larger than anybody needs",
        answers(b" " * (LARGEST_BODY + 1)),
        Ambiguous,
        "larger than we accept",
    ),
    Case("endless", then(JSON + b"\r\n", do=endless), Ambiguous, "larger than"),
    # Answers of somebody who is not the API.
    Case(
        "a login page",
        answers(b"<html>", b"Content-Type: text/html"),
        Ambiguous,
        "text/html",
    ),
    Case(
        "a proxy's page",
        answers(b"<html>", b"Content-Type: text/html", status=b"403 Forbidden"),
        Ambiguous,
        "HTTP 403",
    ),
    Case("a list", answers(b"[]"), Ambiguous, NO_JSON),
    Case("one key twice", answers(b'{"update_id":"a","update_id":"b"}'), Ambiguous, ""),
    Case("NaN", answers(b'{"a": NaN}'), Ambiguous, NO_JSON),
    Case("deep", answers(b"[" * 100_000), Ambiguous, NO_JSON),
    Case("a long number", answers(b'{"a": %s}' % (b"9" * 5000)), Ambiguous, NO_JSON),
    Case("Latin-1", answers(b'{"a": "\xe9"}'), Ambiguous, NO_JSON),
    Case("500", answers(b'{"message": "x"}', status=b"500 Oh"), Ambiguous, "HTTP 500"),
    Case("503", answers(b'{"message": "x"}', status=b"503 Oh"), Ambiguous, "HTTP 503"),
    Case("408", answers(b'{"message": "x"}', status=b"408 Oh"), Ambiguous, "HTTP 408"),
    # What says itself that nothing was done.
    Case("429", answers(b"{}", status=b"429 Slow"), NotExecuted, "HTTP 429"),
    Case("400", answers(b'{"message": "no"}', status=b"400 Bad"), Rejected, "no"),
    Case("good", answers(b'{"update_id": "x"}'), Executed, ""),
)


@pytest.mark.parametrize("case", FAULTS, ids=lambda case: str(case.name))
def test_a_fault_on_the_wire_proves_no_more_than_it_does(case: Case) -> None:
    began = time.monotonic()
    within = WITHIN if case.reason == LATE else PATIENT
    with Wire(case.script) as wire:
        outcome = decide(sender(wire.url)(START, within))
    assert isinstance(outcome, case.outcome)
    assert case.reason in getattr(outcome, "reason", "")
    assert CANARY not in repr(outcome)
    assert wire.connections == 1
    assert time.monotonic() - began < within + 1


def test_a_refused_connection_proves_that_nothing_happened() -> None:
    outcome = decide(sender(f"http://127.0.0.1:{closed_port()}")(START, PATIENT))
    assert outcome == NotExecuted(reason="could not connect: Connection refused")


def test_a_name_that_nobody_knows_proves_that_nothing_happened() -> None:
    outcome = decide(sender("https://no-such-workspace.invalid")(START, PATIENT))
    assert isinstance(outcome, NotExecuted)
    assert "could not be resolved" in outcome.reason


def test_an_url_that_cannot_be_sent_was_not_sent() -> None:
    outcome = decide(sender("ftp://127.0.0.1")(START, PATIENT))
    assert isinstance(outcome, NotExecuted)
    assert outcome.hopeless


REDIRECTS = ("301 Moved", "302 Found", "303 See Other", "307 Again", "308 For Ever")


@pytest.mark.parametrize("status", REDIRECTS)
def test_a_redirect_is_not_followed_and_carries_nothing_away(status: str) -> None:
    with Wire(keep_answering, address="127.0.0.2") as stranger:
        location = f"Location: {stranger.url}/login?session=secret"

        def moved(peer: Peer) -> None:
            peer.read()
            peer.answer(b"", status, location)

        with Wire(moved) as wire:
            outcome = decide(sender(wire.url)(START, PATIENT))
        assert isinstance(outcome, NotExecuted)
        assert outcome.hopeless
        assert "to 127.0.0.2, which is not followed" in outcome.reason
        assert "secret" not in outcome.reason
        assert stranger.connections == 0


@pytest.mark.parametrize(
    "location", ["", "http://[::1", "\xe9", "https://evil.example\\@127.0.0.1", "::"]
)
def test_a_redirect_to_nowhere_is_a_redirect(location: str) -> None:
    def moved(peer: Peer) -> None:
        peer.read()
        peer.answer(b"", "307 Again", f"Location: {location}")

    with Wire(moved) as wire:
        outcome = decide(sender(wire.url)(START, PATIENT))
    assert isinstance(outcome, NotExecuted)
    assert outcome.hopeless
    assert "HTTP 307: a redirect" in outcome.reason


def test_the_endless_body_of_a_redirect_is_not_read() -> None:
    head = b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n\r\n"
    with Wire(then(head, do=endless)) as wire:
        outcome = decide(sender(wire.url)(START, PATIENT))
    assert isinstance(outcome, Ambiguous)
    assert "larger than we accept" in outcome.reason


def test_a_start_does_not_go_on_a_connection_that_may_be_gone() -> None:
    def one_each(peer: Peer) -> None:
        peer.read()
        peer.answer()  # and closes, though it promised to keep the connection

    with Wire(one_each) as wire:
        send = sender(wire.url)
        assert isinstance(decide(send(READ, PATIENT)), Executed)
        assert isinstance(decide(send(START, PATIENT)), Executed)
        assert wire.connections == 2


def test_a_connection_that_was_kept_is_used_again() -> None:
    with Wire(keep_answering) as wire:
        send = sender(wire.url)
        outcomes = [decide(send(call, PATIENT)) for call in (READ, READ, START, READ)]
        assert all(isinstance(outcome, Executed) for outcome in outcomes)
        assert wire.connections == 2


def test_a_kept_connection_that_breaks_under_a_request_proves_nothing() -> None:
    def once(peer: Peer) -> None:
        peer.read()
        peer.answer()
        peer.read()

    with Wire(once) as wire:
        send = sender(wire.url)
        assert isinstance(decide(send(READ, PATIENT)), Executed)
        assert isinstance(decide(send(READ, PATIENT)), Ambiguous)
        assert len(wire.requests) == 2


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def refused(send: Signed, wire: Wire) -> str:
    """Why nothing was sent."""
    outcome = decide(send(START, 1.0))
    assert isinstance(outcome, NotExecuted)
    assert outcome.hopeless
    assert wire.requests == []
    return outcome.reason


@pytest.mark.parametrize(
    ("name", "days", "why"),
    [
        ("127.0.0.1", (-3, -1), "certificate has expired"),
        ("127.0.0.1", (1, 3), "certificate is not yet valid"),
        ("127.0.0.9", (-1, 1), "IP address mismatch"),
    ],
)
def test_a_certificate_that_does_not_fit_stops_the_request(
    authority: Authority, name: str, days: tuple[int, int], why: str
) -> None:
    with Wire(keep_answering, tls=authority.server(name, days=days)) as wire:
        assert why in refused(sender(wire.url, ca_pem=authority.pem), wire)


def test_an_authority_that_nobody_knows_stops_the_request(authority: Authority) -> None:
    with Wire(keep_answering, tls=authority.server()) as wire:
        why = refused(sender(wire.url), wire)
    assert "unable to get local issuer certificate" in why


def test_an_authority_that_was_handed_in_is_believed(authority: Authority) -> None:
    with Wire(keep_answering, tls=authority.server()) as wire:
        outcome = decide(sender(wire.url, ca_pem=authority.pem)(START, 1.0))
        assert isinstance(outcome, Executed)


def alert(description: int) -> bytes:
    """A fatal alert of TLS 1.2."""
    return bytes((21, 3, 3, 0, 2, 2, description))


@pytest.mark.parametrize(
    "said",
    [b"HTTP/1.1 400 Bad Request\r\n\r\n", alert(70)],
    ids=["plain http", "no such version of TLS"],
)
def test_who_speaks_no_tls_of_ours_was_sent_nothing(said: bytes) -> None:
    def script(peer: Peer) -> None:
        peer.connection.recv(65536)  # the client's hello
        peer.send(said)

    with Wire(script) as wire:
        url = wire.url.replace("http://", "https://")
        outcome = decide(sender(url)(START, PATIENT))
    assert isinstance(outcome, NotExecuted)
    assert outcome.hopeless


def test_a_silent_handshake_ends_in_time() -> None:
    with Wire(Peer.hang) as wire:
        url = wire.url.replace("http://", "https://")
        outcome = decide(sender(url)(START, WITHIN))
    assert isinstance(outcome, Ambiguous)
    assert LATE in outcome.reason


def test_plain_http_to_a_port_that_speaks_tls_proves_nothing(
    authority: Authority,
) -> None:
    with Wire(keep_answering, tls=authority.server()) as wire:
        url = wire.url.replace("https://", "http://")
        outcome = decide(sender(url)(START, PATIENT))
    assert isinstance(outcome, Ambiguous)


def below_tls(raw: bytes) -> Script:
    """Read the request, and send what is no record of this session."""

    def script(peer: Peer) -> None:
        peer.read()
        os.write(peer.connection.fileno(), raw)
        peer.hang()

    return script


@pytest.mark.parametrize(
    "script",
    [
        below_tls(b"HTTP/1.1 502 Bad Gateway\r\n\r\n"),
        below_tls(alert(70)),
        sends(JSON),
        then(do=Peer.reset),
    ],
    ids=["plain text", "an alert", "half an answer", "reset"],
)
def test_tls_that_breaks_after_the_request_proves_nothing(
    authority: Authority, script: Script
) -> None:
    with Wire(script, tls=authority.server()) as wire:
        outcome = decide(sender(wire.url, ca_pem=authority.pem)(START, 1.0))
        assert isinstance(outcome, Ambiguous)
        assert len(wire.requests) == 1


def test_a_server_that_wants_a_certificate_of_ours_proves_nothing(
    authority: Authority,
) -> None:
    # In TLS 1.3 it refuses only after we believe to be connected.
    context = authority.server()
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=authority.pem)
    with Wire(keep_answering, tls=context) as wire:
        outcome = decide(sender(wire.url, ca_pem=authority.pem)(START, 1.0))
    assert isinstance(outcome, Ambiguous)


WORKSPACE = "https://workspace.example.com"


@pytest.mark.parametrize(
    "status",
    ["407 Proxy Authentication Required", "403 Forbidden", "502 Bad Gateway"],
)
def test_a_proxy_that_refuses_lets_nothing_through(status: str) -> None:
    refuses = answers(b"no", b"Content-Type: text/plain", status=status.encode())
    with Wire(refuses) as proxy:
        url = proxy.url.replace("http://", "http://user:proxy-password@")
        outcome = decide(sender(WORKSPACE, proxies={"https": url})(START, PATIENT))
        assert isinstance(outcome, NotExecuted)
        assert outcome.reason == f"the proxy refused the connection: {status}"
        (asked,) = proxy.requests
        assert asked.startswith(b"CONNECT workspace.example.com:443 ")
        assert CANARY.encode() not in asked


def test_a_proxy_that_is_not_there_lets_nothing_through() -> None:
    proxies = {"https": f"http://127.0.0.1:{closed_port()}"}
    outcome = decide(sender(WORKSPACE, proxies=proxies)(START, PATIENT))
    assert isinstance(outcome, NotExecuted)
    assert "the proxy refused the connection" in outcome.reason


@pytest.mark.parametrize(
    "do", [Peer.reset, lambda _: None, lambda peer: peer.send(JSON[:20])]
)
def test_behind_a_proxy_what_breaks_after_the_request_proves_nothing(
    authority: Authority, do: Callable[[Peer], None]
) -> None:
    tls = authority.server("workspace.example.com")

    def tunnel(peer: Peer) -> None:
        peer.tunnel(tls)
        peer.read()
        do(peer)

    with Wire(tunnel) as proxy:
        send = sender(WORKSPACE, proxies={"https": proxy.url}, ca_pem=authority.pem)
        outcome = decide(send(START, 1.0))
        assert isinstance(outcome, Ambiguous)
        connect, start = proxy.requests
        assert CANARY.encode() not in connect
        assert CANARY.encode() in start


def test_a_bomb_is_put_down_before_it_takes_more_room_than_an_answer_may() -> None:
    bomb = gzip.compress(b" " * (16 * LARGEST_BODY), 9)
    with Wire(answers(bomb, *GZIP)) as wire:
        send = sender(wire.url)
        tracemalloc.start()
        try:
            reply = send(READ, 5.0)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert reply == Fault(FaultKind.OVERSIZED)
    assert most < 2 * LARGEST_BODY
