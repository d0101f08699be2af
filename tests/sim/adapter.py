"""
The same answers, taken through `requests` and our own sender.

A reply of the model becomes a real response of urllib3, or the real exception that
requests raises for such a fault; the sender and `edge.faults` make a reply of it
again, and that is what the client sees.
"""

from __future__ import annotations

import io
import socket
import ssl
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NoReturn

import requests
from requests import exceptions as errors
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
)
from urllib3.response import HTTPResponse

from dlt_action.core.calls import Call
from dlt_action.core.reply import Answer, Fault, FaultKind, Reply
from dlt_action.edge.channel import LARGEST_BODY, Channel
from dlt_action.edge.sender import Destination, Sender
from dlt_action.edge.trust import Carried, tls_context
from tests.sim.orders import HOST, TOKEN

URL = "/api/2.0/pipelines"


class _Refused(HTTPSConnection):
    """A connection that cannot be made: urllib3's own code finds that out."""

    def _new_conn(self) -> socket.socket:
        raise NewConnectionError(self, "[Errno 111] Connection refused")


_CONNECTION = _Refused("simulated.example")
_POOL = HTTPSConnectionPool("simulated.example")


@lru_cache(maxsize=1)
def wire() -> Wire:
    """The one wire: a session with its TLS context takes longer than a run."""
    return Wire()


class Wire:
    """Takes replies through a real sender, over an adapter in place of the network."""

    def __init__(self) -> None:
        self._adapter = _Adapter()
        channel = Channel(tls_context(), clock=lambda: 0.0)
        channel.mount(self._adapter)
        self._sender = Sender(Destination(host=HOST), channel)
        self._auth = Carried([("Authorization", f"Bearer {TOKEN}")], HOST)

    def __call__(self, call: Call, reply: Reply, within: float) -> Reply:
        """The reply as the client sees it."""
        self._adapter.reply = reply
        return self._sender(call, within, self._auth)


class _Adapter(HTTPAdapter):
    """Answers with what it was given."""

    reply: Reply = Answer(200, {}, b"{}")

    def send(  # noqa: PLR0913, PLR0917 - as requests declares it
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002 - as requests declares it
        timeout: object = None,
        verify: object = True,  # noqa: FBT002 - as requests declares it
        cert: object = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """See `HTTPAdapter`."""
        del stream, timeout, verify, cert, proxies
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        if isinstance(self.reply, Fault):
            if self.reply.kind is FaultKind.OVERSIZED:
                endless = io.BytesIO(b" " * (LARGEST_BODY + 2))
                return self._response(request, 200, {}, endless)
            _raise(self.reply.kind, request)
        assert isinstance(self.reply, Answer)
        headers = dict(self.reply.headers)
        return self._response(
            request, self.reply.status, headers, io.BytesIO(self.reply.body)
        )

    def _response(
        self,
        request: requests.PreparedRequest,
        status: int,
        headers: Mapping[str, str],
        body: io.BytesIO,
    ) -> requests.Response:
        raw = HTTPResponse(
            body=body, headers=headers, status=status, preload_content=False
        )
        return self.build_response(request, raw)


def _raise(kind: FaultKind, request: requests.PreparedRequest) -> NoReturn:
    """Raise what requests raises for such a fault, with what urllib3 puts inside."""
    make = _EXCEPTIONS.get(kind, _broken)
    raise make(request)


def _broken(request: requests.PreparedRequest) -> Exception:
    inside = ProtocolError("Connection aborted.", ConnectionResetError(104, "reset"))
    return errors.ConnectionError(inside, request=request)


def _unconnected(request: requests.PreparedRequest) -> Exception:
    inside = NewConnectionError(_CONNECTION, "[Errno 111] Connection refused")
    return errors.ConnectionError(_exhausted(inside), request=request)


def _unresolved(request: requests.PreparedRequest) -> Exception:
    unknown = socket.gaierror(-2, "Name or service not known")
    inside = NameResolutionError("simulated.example", _CONNECTION, unknown)
    return errors.ConnectionError(_exhausted(inside), request=request)


def _connect_timeout(request: requests.PreparedRequest) -> Exception:
    inside = ConnectTimeoutError(_CONNECTION, "Connection timed out.")
    return errors.ConnectTimeout(_exhausted(inside), request=request)


def _proxy(request: requests.PreparedRequest) -> Exception:
    try:
        _CONNECTION.connect()
    except NewConnectionError as refused:
        inside = ProxyError("Unable to connect to proxy", refused)
        return errors.ProxyError(_exhausted(inside), request=request)
    message = "the connection was made"
    raise AssertionError(message)


def _untrusted(request: requests.PreparedRequest) -> Exception:
    bad = ssl.SSLCertVerificationError(1, "certificate verify failed")
    bad.verify_message = "self-signed certificate"
    return errors.SSLError(_exhausted(bad), request=request)


def _read_timeout(request: requests.PreparedRequest) -> Exception:
    inside = ReadTimeoutError(_POOL, URL, "Read timed out.")
    return errors.ReadTimeout(inside, request=request)


def _exhausted(inside: Exception) -> MaxRetryError:
    return MaxRetryError(_POOL, URL, inside)


_EXCEPTIONS: Mapping[FaultKind, Callable[[requests.PreparedRequest], Exception]] = {
    FaultKind.UNCONNECTED: _unconnected,
    FaultKind.UNRESOLVED: _unresolved,
    FaultKind.CONNECT_TIMEOUT: _connect_timeout,
    FaultKind.PROXY: _proxy,
    FaultKind.UNTRUSTED: _untrusted,
    FaultKind.READ_TIMEOUT: _read_timeout,
}
