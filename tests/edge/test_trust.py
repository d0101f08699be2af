from __future__ import annotations

import ssl
import time
from types import SimpleNamespace

import pytest
import requests

from dlt_action.core.exchange import decide
from dlt_action.edge.channel import Channel
from dlt_action.edge.sender import Destination, Sender
from dlt_action.edge.trust import Carried, TlsAdapter, origin, tls_context
from tests.edge.senders import CANARY, READ, START, sender, signed
from tests.edge.wires import Peer, Wire, keep_answering

HOST = "https://dbc-a1b2345c-d6e7.cloud.databricks.com"


def bearer_for(host: str) -> Carried:
    return Carried([("Authorization", f"Bearer {CANARY}")], host)


def carries(bearer: Carried, url: str) -> bool:
    """Whether a request to *url* goes out with the token."""
    prepared = requests.Request("GET", url, auth=bearer).prepare()
    return CANARY in str(prepared.headers)


@pytest.mark.parametrize(
    "url",
    [
        HOST,
        f"{HOST}/api/2.0/pipelines?filter=x",
        f"{HOST}:443/api",
        f"{HOST.upper().replace('HTTPS', 'https')}/api",
    ],
)
def test_the_token_goes_to_the_workspace(url: str) -> None:
    assert carries(bearer_for(HOST), url)


@pytest.mark.parametrize(
    "url",
    [
        HOST.replace("https", "http"),
        f"{HOST}:8443",
        f"{HOST}.evil.example",
        f"{HOST}@evil.example",
        f"{HOST}%2eevil.example",
        "https://evil.example",
        f"https://evil.example\\@{HOST.removeprefix('https://')}",
        f"https://evil.example#@{HOST.removeprefix('https://')}",
        f"https://evil.example/{HOST}",
        f"https://evil.example?{HOST}",
        "https://cloud.databricks.com",
        f"https://x.{HOST.removeprefix('https://')}",
        HOST.replace("-d6e7", "-d6e8"),
        "http://127.0.0.1",
    ],
)
def test_the_token_goes_nowhere_else(url: str) -> None:
    assert not carries(bearer_for(HOST), url)


def test_a_host_that_two_parsers_read_differently_gets_no_token() -> None:
    # Settings refuse such a host; this is for the day when they do not.
    with (
        Wire(keep_answering, address="127.0.0.2") as stranger,
        Wire(keep_answering) as wire,
    ):
        host = f"{stranger.url}\\@{wire.url.removeprefix('http://')}"
        sender(host)(START, 0.3)
        assert len(stranger.requests) == 1
        assert CANARY.encode() not in stranger.requests[0]


def test_an_origin_has_its_port_filled_in() -> None:
    assert origin("https://A.example/x") == ("https", "a.example", 443)
    assert origin("http://[::1]:8080") == ("http", "::1", 8080)
    assert origin("gopher://a.example") == ("gopher", "a.example", None)


def test_user_information_in_the_url_does_not_replace_the_token() -> None:
    with Wire(keep_answering) as wire:
        host = wire.url.replace("http://", "http://user:password@")
        sender(host)(READ, 1.0)
        assert f"Authorization: Bearer {CANARY}".encode() in wire.requests[0]


def test_the_token_is_in_no_repr() -> None:
    bearer = bearer_for(HOST)
    proxies = {"https": "http://user:proxy-password@proxy.example"}
    destination = Destination(host=HOST, proxies=proxies)
    channel = Channel(tls_context(), clock=time.monotonic)
    shown = repr((bearer, destination, channel, Sender(destination, channel)))
    assert CANARY not in shown
    assert "proxy-password" not in shown


@pytest.mark.parametrize("spoiled", [f"{CANARY}\n", f"{CANARY}\r\nX: y", f" {CANARY}"])
def test_a_token_that_requests_would_print_is_in_no_fault(spoiled: str) -> None:
    # Settings refuse such a token; requests names it in the text of InvalidHeader.
    with Wire(keep_answering) as wire:
        destination = Destination(host=wire.url)
        channel = Channel(tls_context(), clock=time.monotonic)
        send = Sender(destination, channel)
        reply = signed(send, wire.url, spoiled)(START, 0.3)
    assert CANARY not in repr(reply)
    assert CANARY not in repr(decide(reply))


def test_cookies_are_not_kept() -> None:
    def baking(peer: Peer) -> None:
        while peer.read():
            peer.answer(b"{}", "200 OK", "Set-Cookie: session=1; Path=/")

    with Wire(baking) as wire:
        send = sender(wire.url)
        send(READ, 1.0)
        send(START, 1.0)
        assert len(wire.requests) == 2
        assert b"cookie" not in b"".join(wire.requests).lower()


def test_a_bundle_without_a_certificate_is_refused() -> None:
    with pytest.raises(ssl.SSLError):
        tls_context("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")


def test_certificates_are_verified_and_old_tls_is_not_spoken() -> None:
    context = tls_context(None)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_the_authorities_are_read_for_the_first_connection_only() -> None:
    context = tls_context()
    assert context.get_ca_certs() == []
    pools = [SimpleNamespace(cert_reqs=None, ca_certs=None) for _ in range(2)]
    for pool in pools:
        TlsAdapter(context).cert_verify(pool, HOST, verify=True, cert=None)
        assert pool.cert_reqs == "CERT_REQUIRED"
        assert pool.ca_certs is None
        assert len(context.get_ca_certs()) > 50


def test_without_tls_no_authority_is_read() -> None:
    context = tls_context()
    pool = SimpleNamespace(cert_reqs=None, ca_certs=None)
    TlsAdapter(context).cert_verify(pool, "http://127.0.0.1", verify=True, cert=None)
    assert context.get_ca_certs() == []
