"""
Which fault an exception of requests is.

The names mislead: a connection that could not be made and one that broke after the
request was read are both `ConnectionError`, a stall in the body is one too, and
`ConnectTimeout` is both a ConnectionError and a Timeout. What proves that the server
did nothing is the urllib3 exception inside. Texts of exceptions are never shown:
`InvalidHeader` prints the token.
"""

from __future__ import annotations

import ssl
import traceback
from collections.abc import Iterator

import requests
from urllib3 import exceptions as urllib3_errors

from dlt_action.core.reply import Fault, FaultKind
from dlt_action.core.text import one_line

# What a handshake that could not begin says. After it the same words prove nothing: a
# gateway that answers in plain text inside of TLS is a "wrong version number" too.
_NO_HANDSHAKE = frozenset(
    {"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "WRONG_VERSION_NUMBER"}
)

# What `http.client` begins with when a proxy answers CONNECT with another status.
_NO_TUNNEL = "Tunnel connection failed: "


def fault_of(error: Exception) -> Fault:
    """The fault that *error*, raised by requests or urllib3, tells of."""
    causes = tuple(_causes(error))
    return Fault(_kind(error, causes), _detail(causes))


# In this order: a ConnectTimeout is a Timeout as well.
_BY_CLASS: tuple[tuple[type[Exception], FaultKind], ...] = (
    (requests.exceptions.ConnectTimeout, FaultKind.CONNECT_TIMEOUT),
    (requests.exceptions.Timeout, FaultKind.READ_TIMEOUT),
)
_BY_CAUSE: tuple[tuple[type[Exception], FaultKind], ...] = (
    (urllib3_errors.NameResolutionError, FaultKind.UNRESOLVED),
    (urllib3_errors.NewConnectionError, FaultKind.UNCONNECTED),
    (urllib3_errors.ReadTimeoutError, FaultKind.READ_TIMEOUT),
)


def _kind(error: Exception, causes: tuple[BaseException, ...]) -> FaultKind:
    if isinstance(error, requests.exceptions.SSLError):
        return FaultKind.UNTRUSTED if _untrusted(causes) else FaultKind.BROKEN
    # Behind a proxy urllib3 says "unable to connect" of answers that broke off, too.
    if isinstance(error, requests.exceptions.ProxyError):
        connecting = any(map(_while_connecting, causes))
        return FaultKind.PROXY if connecting else FaultKind.BROKEN
    for known, kind in _BY_CLASS:
        if isinstance(error, known):
            return kind
    for known, kind in _BY_CAUSE:
        if any(isinstance(cause, known) for cause in causes):
            return kind
    # InvalidURL, InvalidHeader, MissingSchema: raised before anything was sent.
    if isinstance(error, requests.RequestException) and isinstance(error, ValueError):
        return FaultKind.UNSENDABLE
    return FaultKind.BROKEN


def _untrusted(causes: tuple[BaseException, ...]) -> bool:
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        if isinstance(cause, ssl.SSLError) and cause.reason in _NO_HANDSHAKE:
            return _while_connecting(cause)
    return False


def _while_connecting(error: BaseException) -> bool:
    """Whether *error* was raised before the connection could carry a request."""
    # Errors of connecting and of the answer are wrapped alike; where one was raised
    # is the only witness.
    return any(
        frame.f_code.co_name == "connect"
        and frame.f_globals.get("__name__") == "urllib3.connection"
        for frame, _ in traceback.walk_tb(error.__traceback__)
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """*error* and what is inside, wherever requests and urllib3 put it."""
    seen: set[int] = set()
    left: list[BaseException | None] = [error]
    while left:
        cause = left.pop()
        if cause is None or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        inner = (*cause.args, getattr(cause, "reason", None), cause.__cause__)
        left.extend(item for item in inner if isinstance(item, BaseException))
        left.append(cause.__context__)


def _detail(causes: tuple[BaseException, ...]) -> str:
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return str(cause.verify_message)
        if isinstance(cause, OSError) and cause.strerror and cause.errno is not None:
            return cause.strerror
        if isinstance(cause, OSError) and str(cause).startswith(_NO_TUNNEL):
            return one_line(str(cause).removeprefix(_NO_TUNNEL), limit=100)
    return type(causes[-1]).__name__
