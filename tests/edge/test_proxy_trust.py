"""A proxy that speaks TLS is told a password, so it has to prove who it is."""

from __future__ import annotations

import ssl
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dlt_action.core.reply import Answer, Fault, FaultKind
from tests.edge.authority import Authority
from tests.edge.senders import CANARY, READ, sender
from tests.edge.wires import Peer, Wire

WORKSPACE = "workspace.example"
PASSWORD = b"Proxy-Authorization: Basic " + b64encode(b"user:password")
PATIENT = 5.0


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


class Within:
    """A workspace's TLS within that of a proxy."""

    def __init__(self, peer: Peer, tls: ssl.SSLContext) -> None:
        self._peer = peer
        self._heard, self._said = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._inner = tls.wrap_bio(self._heard, self._said, server_side=True)
        self._whole(self._inner.do_handshake)

    def answer(self) -> None:
        """Answer one request, which is remembered like those to the proxy."""
        self._peer.wire.requests.append(self._whole(lambda: self._inner.read(65_536)))
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
        self._whole(lambda: self._inner.write(answer))

    def _whole(self, step: Callable[[], Any]) -> Any:  # noqa: ANN401 - what the step gives
        while True:
            try:
                done = step()
            except ssl.SSLWantReadError:
                self._peer.send(self._said.read())
                self._heard.write(self._peer.connection.recv(65_536))
            else:
                self._peer.send(self._said.read())
                return done


def proxy_to(workspace: ssl.SSLContext, proxy: ssl.SSLContext) -> Wire:
    """A proxy of TLS that leads everybody to such a workspace."""

    def script(peer: Peer) -> None:
        if peer.read():
            peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            Within(peer, workspace).answer()

    return Wire(script, tls=proxy)


def with_password(proxy: Wire) -> dict[str, str]:
    return {"https": proxy.url.replace("https://", "https://user:password@")}


@pytest.fixture
def proxy(authority: Authority) -> Wire:
    return proxy_to(authority.server(WORKSPACE), authority.server())


def test_the_environment_does_not_say_whom_a_proxy_may_be(
    authority: Authority,
    proxy: Wire,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    believed = tmp_path / "believed.pem"
    believed.write_text(authority.pem, "utf-8")
    monkeypatch.setenv("SSL_CERT_FILE", str(believed))
    with proxy:
        send = sender(f"https://{WORKSPACE}", proxies=with_password(proxy))
        reply = send(READ, PATIENT)
        assert isinstance(reply, Fault)
        assert reply.kind is FaultKind.PROXY
        assert "certificate" in reply.detail
        assert proxy.connections > 0
        assert proxy.requests == []


def test_a_bundle_that_is_given_counts_for_the_proxy_too(
    authority: Authority, proxy: Wire
) -> None:
    with proxy:
        host = f"https://{WORKSPACE}"
        send = sender(host, proxies=with_password(proxy), ca_pem=authority.pem)
        assert isinstance(send(READ, PATIENT), Answer)
        connect, request = proxy.requests
        assert connect.startswith(f"CONNECT {WORKSPACE}:443 ".encode())
        assert PASSWORD in connect
        assert CANARY.encode() not in connect
        assert CANARY.encode() in request
        assert PASSWORD not in request


def test_a_proxy_with_a_certificate_for_another_name_is_told_nothing(
    authority: Authority,
) -> None:
    host = f"https://{WORKSPACE}"
    with proxy_to(authority.server(WORKSPACE), authority.server(WORKSPACE)) as other:
        send = sender(host, proxies=with_password(other), ca_pem=authority.pem)
        assert isinstance(send(READ, PATIENT), Fault)
        assert other.connections > 0
        assert other.requests == []


def test_a_proxy_that_is_believed_vouches_for_nobody_behind_it(
    authority: Authority,
) -> None:
    host = f"https://{WORKSPACE}"
    with proxy_to(authority.server(), authority.server()) as leading_astray:
        send = sender(host, proxies=with_password(leading_astray), ca_pem=authority.pem)
        reply = send(READ, PATIENT)
        assert isinstance(reply, Fault)
        assert reply.kind is FaultKind.UNTRUSTED
        assert len(leading_astray.requests) == 1


def test_a_proxy_of_socks_is_sent_nothing() -> None:
    # What would speak to one is not among the wheels; it would take no context for it.
    proxies = {"https": "socks5://user:password@127.0.0.1:9"}
    reply = sender(f"https://{WORKSPACE}", proxies=proxies)(READ, PATIENT)
    assert isinstance(reply, Fault)
    assert reply.kind is FaultKind.UNSENDABLE
