from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPSConnection
from pathlib import Path

import pytest

from tests.edge.authority import Authority
from tests.edge.tunnel import Address, Tunnel, at
from tests.edge.wires import Peer, Wire

NAMES = ("login.example", "workspace.example")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def hello(peer: Peer) -> None:
    while peer.read():
        peer.answer(b"hello")


@pytest.fixture
def beyond(authority: Authority) -> Iterator[Wire]:
    with Wire(hello, tls=authority.server(*NAMES)) as wire:
        yield wire


def through(tunnel: Tunnel, authority: Authority, name: str) -> bytes:
    """What `https://name/` answers to somebody who knows no more than the proxy."""
    trust = ssl.create_default_context(cadata=authority.pem)
    host, port = at(tunnel.url)
    with closing(HTTPSConnection(host, port, timeout=5, context=trust)) as connection:
        connection.set_tunnel(name, 443, {"X-Said": "to the proxy"})
        connection.request("GET", "/", headers={"X-Said": "beyond"})
        return connection.getresponse().read()


def tell(tunnel: Tunnel, raw: bytes) -> bytes:
    """All that the proxy says to somebody who says *raw*."""
    with socket.create_connection(at(tunnel.url), timeout=5) as plain:
        plain.sendall(raw)
        plain.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: plain.recv(4096), b""))


def test_it_leads_names_to_listeners_that_prove_them(
    authority: Authority, beyond: Wire
) -> None:
    where = at(beyond.url)
    with Tunnel(dict.fromkeys(NAMES, where)) as tunnel:
        for name in NAMES:
            assert through(tunnel, authority, name) == b"hello"
        assert tunnel.names == {"login.example:443", "workspace.example:443"}
        # What is meant for who is beyond does not pass by in the clear.
        assert all(b"to the proxy" in each.head for each in tunnel.asked)
        assert all(b"beyond" not in each.head for each in tunnel.asked)
        assert all(b"beyond" in raw for raw in beyond.requests)


def test_a_listener_without_a_certificate_for_a_name_is_not_believed(
    authority: Authority, beyond: Wire
) -> None:
    with (
        Tunnel(default=at(beyond.url)) as tunnel,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        through(tunnel, authority, "elsewhere.example")
    assert beyond.requests == []


@pytest.mark.parametrize("refusal", ["403 Forbidden", "502 Bad Gateway"])
def test_a_name_that_it_does_not_know_is_refused(
    authority: Authority, refusal: str
) -> None:
    known: dict[str, Address] = {"login.example": ("127.0.0.1", 9)}
    with (
        Tunnel(known, refusal=refusal) as tunnel,
        pytest.raises(OSError, match=f"Tunnel connection failed: {refusal}"),
    ):
        through(tunnel, authority, "elsewhere.example")
    assert tunnel.names == {"elsewhere.example:443"}


def test_where_nobody_listens_is_a_bad_gateway(authority: Authority) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nowhere = closed.getsockname()
    with (
        Tunnel(default=nowhere) as tunnel,
        pytest.raises(OSError, match="502 Bad Gateway"),
    ):
        through(tunnel, authority, "login.example")


def test_another_port_is_another_target() -> None:
    with Tunnel({"login.example": ("127.0.0.1", 9)}) as tunnel:
        assert tunnel.lead("login.example:443") == ("127.0.0.1", 9)
        assert tunnel.lead("login.example:8443") is None


def test_what_is_no_connect_is_kept_and_refused() -> None:
    with Tunnel() as tunnel:
        sent = b"GET http://login.example/ HTTP/1.1\r\nAuthorization: x\r\n\r\nbody"
        assert tell(tunnel, sent).startswith(b"HTTP/1.1 405 ")
        assert tunnel.plain == [sent]
        assert tunnel.asked == []


def test_who_says_nothing_or_hangs_up_half_way_disturbs_nobody(
    authority: Authority, beyond: Wire
) -> None:
    with Tunnel(default=at(beyond.url)) as tunnel:
        assert tell(tunnel, b"") == b""
        assert tell(tunnel, b"CONNECT login.example:443 HTTP/1.1\r\n\r\n").startswith(
            b"HTTP/1.1 200 "
        )
        assert through(tunnel, authority, "login.example") == b"hello"


def test_a_closed_tunnel_lets_nobody_in(authority: Authority) -> None:
    tunnel = Tunnel()
    tunnel.close()
    with pytest.raises((ConnectionRefusedError, http.client.HTTPException)):
        through(tunnel, authority, "login.example")
