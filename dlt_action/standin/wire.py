"""
What goes over the wire: requests, answers, refusals and the shape of times.

Nothing here knows pipelines. A handler returns JSON or raises `Refusal`; only
`Workspace.handle` turns either into a `Response`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias

Json: TypeAlias = (
    "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
)
JsonObject: TypeAlias = "Mapping[str, Json]"

JSON_HEADERS = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came; header names are compared without case."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The value of a header, or `None` if it was not sent."""
        wanted = name.lower()
        found = (v for k, v in self.headers.items() if k.lower() == wanted)
        return next(found, None)

    def param(self, name: str) -> str | None:
        """The value of a query parameter; one sent empty counts as not sent."""
        return next((v for k, v in self.query if k == name and v), None)


@dataclass(frozen=True, slots=True)
class Response:
    """One answer, ready to be sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @classmethod
    def of(cls, payload: Json, status: int = 200) -> Response:
        """An answer that carries JSON."""
        return cls(status, JSON_HEADERS, json.dumps(payload).encode())

    def also(self, headers: Mapping[str, str]) -> Response:
        """The same answer with more headers; those it has already win."""
        own = {name.lower() for name in self.headers}
        more = {name: value for name, value in headers.items() if name not in own}
        return Response(self.status, {**more, **self.headers}, self.body)


class Refusal(Exception):
    """The workspace says no: a status, a stable `error_code` and a text."""

    def __init__(self, status: int, code: str | int, message: str) -> None:
        """*code* is an integer where legacy endpoints repeat the status."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def response(self, request_id: str) -> Response:
        """The answer, in the documented shape of API errors."""
        info = {
            "@type": "type.googleapis.com/google.rpc.RequestInfo",
            "request_id": request_id,
            "serving_data": "",
        }
        body: JsonObject = {
            "error_code": self.code,
            "message": self.message,
            "details": [info],
        }
        return Response.of(body, self.status)


def origin(request: Request) -> str:
    """Where the client believes to be: scheme and host as it has asked for them."""
    host, scheme = request.header("host"), request.header("x-forwarded-proto")
    name = "127.0.0.1" if host is None else host
    return f"{'http' if scheme is None else scheme}://{name}"


def bearer(request: Request) -> str | None:
    """The token that came with a request, if one did."""
    sent = request.header("authorization")
    scheme, _, token = ("" if sent is None else sent).partition(" ")
    return token if scheme.lower() == "bearer" else None


def invalid(message: str) -> Refusal:
    """A 400 for a value that the API does not take."""
    return Refusal(400, "INVALID_PARAMETER_VALUE", message)


def millis(seconds: float) -> int:
    """Seconds since the epoch as whole milliseconds."""
    return round(seconds * 1000)


def iso(ms: int) -> str:
    """Milliseconds since the epoch as the API writes a moment: RFC 3339, UTC."""
    moment = datetime.fromtimestamp(ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"


def parse_iso(text: str) -> int:
    """A moment of RFC 3339 as milliseconds since the epoch; raises `ValueError`."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return millis(moment.timestamp())


def read_object(body: bytes) -> JsonObject:
    """The JSON object of a request body; an empty body is an empty object."""
    if not body.strip():
        return {}
    try:
        found = json.loads(body)
    except ValueError:
        raise Refusal(400, "MALFORMED_REQUEST", "Invalid JSON given") from None
    if not isinstance(found, dict):
        raise Refusal(400, "MALFORMED_REQUEST", "Could not parse request object")
    return found


def truth(value: Json) -> bool | None:
    """Yes or no, which may be written as text: documented bodies have `"true"`."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value)
    return value if isinstance(value, bool) else None


def page_limit(request: Request, *, most: int, default: int) -> int:
    """The page size that was asked for; a 400 if the API would not have it."""
    text = request.param("max_results")
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= most:
        raise invalid(f"max_results must be between 1 and {most}, but was {text}.")
    return int(text)
