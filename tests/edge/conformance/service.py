"""
A small workspace that does as planned, and then as it should.

It knows one pipeline. Each kind of request has a plan: what happens to the first, the
second, …; whoever comes later is answered well. What a request asks for is done or not
done as the plan says, whatever the client is told about it.
"""

from __future__ import annotations

import json
import re
import socket
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.edge.conformance.faults import Planned
from tests.edge.senders import CANARY, PIPELINE
from tests.edge.wires import Peer

HOME = f"/api/2.0/pipelines/{PIPELINE}"
OLDER = "00000000-0000-4000-8000-000000000000"


class Kind(StrEnum):
    """The calls, by what is asked."""

    FIND = "get-pipeline"
    LIST = "list-updates"
    START = "start"
    LOOK = "get-update"
    LOG = "list-events"
    STOP = "stop"
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
    return Kind.OTHER


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


@dataclass(slots=True)
class Service:
    """The workspace behind the doors."""

    clock: Callable[[], datetime]
    plan: Mapping[Kind, Sequence[Planned]]
    started: str = "COMPLETED"  # the state of an update that is started
    endless: bool = False  # whether the log has always one more page
    requests: list[Request] = field(default_factory=list)
    effects: Counter[Kind] = field(default_factory=Counter)
    surplus: list[Kind] = field(default_factory=list)  # what nobody had sent
    armed: Planned | None = None
    played: threading.Event = field(default_factory=threading.Event)
    updates: list[dict[str, Any]] = field(default_factory=list)  # newest first
    _left: dict[Kind, deque[Planned]] = field(init=False)
    _expected: Kind | None = None
    _open: list[Peer] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Lay the plans out; there is an update from before."""
        self._left = {kind: deque(self.plan.get(kind, ())) for kind in Kind}
        self._add(OLDER, "COMPLETED")

    def arm(self, kind: Kind) -> Planned | None:
        """Expect one request of this *kind*; what will happen to it."""
        left = self._left[kind]
        self._expected = kind
        self.armed = left.popleft() if left else None
        self.played.clear()
        if self.armed is not None and self.armed.fault.early:
            self._hang_up()
        return self.armed

    @property
    def unused(self) -> list[str]:
        """The planned faults that nobody ran into."""
        return [one.name for left in self._left.values() for one in left]

    def count(self, kind: Kind) -> int:
        """How many requests of this *kind* were read to their end."""
        return sum(request.kind is kind for request in self.requests)

    def _hang_up(self) -> None:
        # What was kept alive would carry the request past a fault of connecting.
        for peer in self._open:
            with suppress(OSError):
                peer.connection.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def serve(self, peer: Peer) -> None:
        """Answer one connection, as planned."""
        if self.armed is not None and self.armed.fault.early:
            self.played.set()
            self.armed.fault.play(peer)
            return
        self._open.append(peer)
        raw, first = peer.read(), True
        while raw and self._answer(peer, request_of(raw, first=first)):
            raw, first = peer.read(), False

    def _answer(self, peer: Peer, request: Request) -> bool:
        """Answer; whether the connection is kept."""
        self.requests.append(request)
        if request.kind is not self._expected:
            self.surplus.append(request.kind)
        self._expected, planned = None, self.armed
        if planned is None:
            status, body = self._done(request)
            text = f"{status.value} {status.phrase}"
            date = format_datetime(self.clock(), usegmt=True)
            peer.answer(json.dumps(body).encode(), text, f"Date: {date}")
            return True
        if planned.effect:
            self._done(request)
        self.played.set()
        planned.fault.play(peer)
        return False

    def _done(self, request: Request) -> tuple[HTTPStatus, dict[str, Any]]:
        """Do what is asked, and say so."""
        status, body = HTTPStatus.OK, dict[str, Any]()
        match request.kind:
            case Kind.FIND:
                body = self._pipeline()
            case Kind.LIST:
                body = {"updates": self.updates}
            case Kind.START:
                status, body = self._start(request)
            case Kind.LOOK:
                status, body = self._update(request.path.rpartition("/")[2])
            case Kind.LOG:
                body = self._log()
            case Kind.STOP:
                self._stop()
            case _:
                status = HTTPStatus.NOT_FOUND
        return status, body

    def _add(self, update: str, state: str) -> None:
        self.updates.insert(
            0,
            {
                "update_id": update,
                "state": state,
                "cause": "API_CALL",
                "creation_time": int(self.clock().timestamp() * 1000),
            },
        )

    def _pipeline(self) -> dict[str, Any]:
        return {
            "pipeline_id": PIPELINE,
            "name": "orders",
            "state": "IDLE",
            "latest_updates": self.updates,
        }

    def _start(self, request: Request) -> tuple[HTTPStatus, dict[str, Any]]:
        newest = self.updates[0]
        if newest["state"] == "RUNNING":
            active = f"An active update '{newest['update_id']}' already exists"
            return HTTPStatus.CONFLICT, {"error_code": "CONFLICT", "message": active}
        self.effects[Kind.START] += 1
        update = f"{self.effects[Kind.START]:08d}-0000-4000-8000-000000000000"
        self._add(update, self.started)
        self.updates[0].update(json.loads(request.body))
        return HTTPStatus.OK, {"update_id": update}

    def _update(self, update: str) -> tuple[HTTPStatus, dict[str, Any]]:
        for one in self.updates:
            if one["update_id"] == update:
                return HTTPStatus.OK, {"update": one}
        return HTTPStatus.NOT_FOUND, {"message": "no such update"}

    def _stop(self) -> None:
        self.effects[Kind.STOP] += 1
        self.updates[0]["state"] = "CANCELED"

    def _log(self) -> dict[str, Any]:
        newest = self.updates[0]
        event = {
            "id": f"{newest['update_id']}/{newest['state']}",
            "timestamp": self.clock().isoformat(),
            "event_type": "update_progress",
            "level": "INFO",
            "message": "the update makes progress",
            "origin": {"update_id": newest["update_id"]},
            "details": {"update_progress": {"state": newest["state"]}},
        }
        more = {"next_page_token": f"page-{len(self.requests)}"}
        return {"events": [event], **(more if self.endless else {})}
