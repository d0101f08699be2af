"""
What one HTTP exchange came to: exactly one of four outcomes.

* `NotExecuted`: the server provably did nothing. Only: no connection, no name, no
  proxy, no trust, never sent, 429, and a redirect (which we do not follow).
* `Executed`: a 2xx with a JSON object.
* `Rejected`: a 4xx whose body says why; or nobody would sign us in.
* `Ambiguous`: everything else, half a JSON under a 200 and every 5xx included.

`except ConnectionError: retry` is wrong because a connection that breaks after the
request left says nothing about what the server did. A start that ends `Ambiguous` is
never sent again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TypeAlias, assert_never
from urllib.parse import urlsplit

from dlt_action.core.model import JsonObject
from dlt_action.core.reply import (
    Answer,
    Fault,
    FaultKind,
    Reply,
    SignInProblem,
    Unsigned,
)
from dlt_action.core.strictjson import json_object
from dlt_action.core.text import one_line
from dlt_action.lean import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class NotExecuted:
    """The server provably did nothing."""

    reason: str
    wait_hint: float | None = None  # seconds the server asked for
    throttled: bool = False  # 429: an answer, so never an outage
    hopeless: bool = False  # the same call will meet the same end
    redirected: bool = False
    unsigned: bool = False  # nobody could sign in


@dataclass(frozen=True, slots=True, kw_only=True)
class Executed:
    """A 2xx with a JSON object."""

    body: JsonObject
    at: datetime | None = None  # by the clock of whoever answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A 4xx that says why. All texts are remote."""

    status: int
    error_code: str | None
    message: str
    request_id: str | None = None
    sign_in: SignInProblem | None = None  # it was not the workspace that refused

    @property
    def reason(self) -> str:
        """The refusal as one line: status, code, message, request id."""
        if self.sign_in is not None:
            said = self.sign_in.said
            return one_line(said if said else self.sign_in.what, limit=700)
        code = f" {self.error_code}" if self.error_code is not None else ""
        trace = f" (request id {self.request_id})" if self.request_id else ""
        return one_line(f"HTTP {self.status}{code}: {self.message}{trace}", limit=700)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguous:
    """The server may or may not have acted."""

    reason: str
    status: int | None = None
    wait_hint: float | None = None
    oversized: bool = False


Outcome: TypeAlias = NotExecuted | Executed | Rejected | Ambiguous


def decide(reply: Reply) -> Outcome:
    """The outcome of the exchange that ended in *reply*."""
    match reply:
        case Fault():
            return _of_fault(reply)
        case Unsigned():
            return _of_unsigned(reply)
        case Answer():
            return _of_answer(reply)
        case _:
            assert_never(reply)


def _of_answer(reply: Answer) -> Outcome:
    hint = wait_hint(reply.headers)
    match reply.status // 100, reply.status:
        case 2, _:
            return _of_success(reply)
        case 3, _:
            return _of_redirect(reply)
        case _, HTTPStatus.TOO_MANY_REQUESTS:
            return NotExecuted(
                reason="HTTP 429: too many requests", wait_hint=hint, throttled=True
            )
        case 4, status if status != HTTPStatus.REQUEST_TIMEOUT:
            return _of_refusal(reply)
        case _:
            said = _explained(reply)
            reason = _http(reply) if said is None else said.reason
            return Ambiguous(reason=reason, status=reply.status, wait_hint=hint)


def of_a_read(
    outcome: Outcome, usable: Callable[[JsonObject], bool] = lambda _: True
) -> Outcome:
    """
    *outcome*, as far as more can be said of it when the call only reads.

    A 401 or 403 is a refusal whatever its body is, for there is no effect that it
    could hide; and an answer in which nothing is *usable* is none.
    """
    match outcome:
        case Ambiguous(reason=reason, status=401 | 403 as status):
            return Rejected(status=status, error_code=None, message=reason)
        case Executed(body=body) if not usable(body):
            return Ambiguous(reason="the answer is not that of a Databricks workspace")
        case _:
            return outcome


def _of_fault(fault: Fault) -> NotExecuted | Ambiguous:
    reason = fault.kind.value + (f": {fault.detail}" if fault.detail else "")
    if fault.kind.proves_nothing_happened:
        hopeless = fault.kind in (FaultKind.UNTRUSTED, FaultKind.UNSENDABLE)
        return NotExecuted(
            reason=reason,
            wait_hint=fault.wait_hint,
            hopeless=hopeless,
            unsigned=fault.kind is FaultKind.UNSIGNED,
        )
    return Ambiguous(reason=reason, oversized=fault.kind is FaultKind.OVERSIZED)


def _of_unsigned(reply: Unsigned) -> Rejected:
    return Rejected(
        status=HTTPStatus.UNAUTHORIZED,
        error_code=None,
        message=reply.problem.what,
        sign_in=reply.problem,
    )


def _of_redirect(reply: Answer) -> NotExecuted:
    target = _host_of(reply.headers.get("location", ""))
    return NotExecuted(
        reason=f"HTTP {reply.status}: a redirect to {target}, which is not followed;"
        " this is not the API of a workspace: check the host, a private link and"
        " proxies",
        hopeless=True,
        redirected=True,
    )


def _host_of(location: str) -> str:
    # Only the host: the rest of a login redirect may hold session material.
    try:
        host = urlsplit(location).hostname
    except ValueError:
        host = None
    return one_line(host, limit=100) if host is not None else "the same host"


def _of_success(reply: Answer) -> Executed | Ambiguous:
    body = json_object(reply.headers, reply.body)
    if body is None:
        return Ambiguous(
            reason=f"{_http(reply)}, which is not the JSON of the API",
            status=reply.status,
        )
    return Executed(body=body, at=_http_date(reply.headers.get("date", "")))


def _of_refusal(reply: Answer) -> Rejected | Ambiguous:
    refused = _explained(reply)
    if refused is None:
        return Ambiguous(reason=_http(reply), status=reply.status)
    return refused


def _explained(reply: Answer) -> Rejected | None:
    """What the body of an error says, if it is one of the API's."""
    body = json_object(reply.headers, reply.body)
    message = _said(body) if body is not None else None
    if body is None or message is None:
        return None
    code = body.get("error_code")
    if code is None and "error_description" in body:  # RFC 6749, 5.2
        code = body.get("error")
    return Rejected(
        status=reply.status,
        # Some legacy endpoints put the HTTP status here, as a number; the API's
        # error page says to treat a non-string as absent.
        error_code=code if isinstance(code, str) else None,
        message=message,
        request_id=_request_id(body, reply.headers),
    )


def _said(body: JsonObject) -> str | None:
    # `message` is the API's, `error` API 1.2's and OAuth's, `detail` SCIM's.
    for key in ("message", "error_description", "error", "detail", "error_code"):
        value = body.get(key)
        if isinstance(value, str):
            return value
    return None


def _request_id(body: JsonObject, headers: Mapping[str, str]) -> str | None:
    # Which header a pipelines endpoint sends is not documented; RequestInfo is.
    details = body.get("details")
    for detail in details if isinstance(details, list) else []:
        if isinstance(detail, dict):
            value = detail.get("request_id")
            if isinstance(value, str) and value:
                return one_line(value, limit=100)
    for name in ("x-databricks-request-id", "x-request-id"):
        if headers.get(name):
            return one_line(headers[name], limit=100)
    return None


def _http(reply: Answer) -> str:
    kind = reply.headers.get("content-type", "no content type").split(";")[0]
    return f"HTTP {reply.status} with {one_line(kind, limit=60)}"


# Nobody means a day; a server that says so is broken (the SDK would sleep it).
LONGEST_HINT = 120.0


def wait_hint(headers: Mapping[str, str]) -> float | None:
    """
    Seconds that `Retry-After` asks for, at most `LONGEST_HINT`; None for nonsense.

    ASCII digits or an HTTP date, the date measured against the answer's own Date so
    that a wrong clock on either side does not matter (RFC 9110, 10.2.3).
    """
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    if re.fullmatch(r"[0-9]{1,9}", text, re.ASCII):
        return min(float(text), LONGEST_HINT)
    until, sent = _http_date(text), _http_date(headers.get("date", ""))
    if until is None or sent is None:
        return None
    return min(max((until - sent).total_seconds(), 0.0), LONGEST_HINT)


def _http_date(text: str) -> datetime | None:
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return when if when.tzinfo is not None else None
