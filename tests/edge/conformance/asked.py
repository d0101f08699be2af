"""What a client asks, as the server reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qs, urlsplit

from tests.edge.senders import CANARY, PIPELINE

HOME = f"/api/2.0/pipelines/{PIPELINE}"


class Kind(StrEnum):
    """The calls, by what is asked."""

    FIND = "get-pipeline"
    LIST = "list-updates"
    START = "start"
    LOOK = "get-update"
    LOG = "list-events"
    STOP = "stop"
    WHO = "who-am-i"
    OTHER = "something-else"


_KINDS = (
    ("GET", re.compile(HOME), Kind.FIND),
    ("GET", re.compile(f"{HOME}/updates"), Kind.LIST),
    ("POST", re.compile(f"{HOME}/updates"), Kind.START),
    ("GET", re.compile(f"{HOME}/updates/[0-9a-z-]+"), Kind.LOOK),
    ("GET", re.compile(f"{HOME}/events"), Kind.LOG),
    ("POST", re.compile(f"{HOME}/stop"), Kind.STOP),
)


def kind_of(method: str, path: str) -> Kind:
    """What a request asks."""
    for known, pattern, kind in _KINDS:
        if method == known and pattern.fullmatch(path):
            return kind
    return Kind.WHO if path.endswith("/scim/v2/Me") else Kind.OTHER


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the server read it."""

    kind: Kind
    first: bool  # on its connection
    signed: bool
    path: str
    query: Mapping[str, list[str]]
    body: bytes


def request_of(raw: bytes, *, first: bool) -> Request:
    """The request that these bytes are."""
    head, _, body = raw.partition(b"\r\n\r\n")
    method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
    parts = urlsplit(target)
    return Request(
        kind=kind_of(method, parts.path),
        first=first,
        signed=f"Authorization: Bearer {CANARY}".encode() in head,
        path=parts.path,
        query=parse_qs(parts.query),
        body=body,
    )
