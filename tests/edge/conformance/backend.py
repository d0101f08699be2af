"""A small workspace that does what it is asked, with one pipeline and no faults."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from tests.edge.conformance.asked import Kind, Request
from tests.edge.senders import PIPELINE

OLDER = "00000000-0000-4000-8000-000000000000"  # the update from before
RIVAL = "99999999-0000-4000-8000-000000000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How the workspace is when it answers well."""

    started: str = "COMPLETED"  # the state of an update that is started
    runs_for: float = 1e6  # seconds until one that is RUNNING completes
    begins_after: float = 0.0  # seconds between a start and the update that it makes
    shows_after: float = 0.0  # seconds between an update and its being listed
    endless: bool = False  # whether the log has always one more page
    ahead: float = 0.0  # seconds, of its clock before ours
    dated: bool = True  # whether answers say when they were sent
    rival: str = ""  # the cause of what somebody else starts just before ours


@dataclass(slots=True)
class _Update:
    """One update, at its times."""

    update_id: str
    state: str
    asked: dict[str, Any]
    created: datetime
    shown: datetime
    ends: datetime
    cause: str = "API_CALL"


@dataclass(slots=True)
class Backend:
    """The workspace."""

    wall: Callable[[], datetime]
    manners: Manners = field(default_factory=Manners)
    effects: Counter[Kind] = field(default_factory=Counter)
    pages: int = 0
    _updates: list[_Update] = field(default_factory=list)  # newest first

    def __post_init__(self) -> None:
        """There is an update from before."""
        self._add(_Update(OLDER, "COMPLETED", {}, *(3 * (self.clock(),))))

    def clock(self) -> datetime:
        """What the workspace takes for the time."""
        return self.wall() + timedelta(seconds=self.manners.ahead)

    def does(self, request: Request) -> tuple[HTTPStatus, dict[str, Any]]:
        """Do what is asked, and say so."""
        status, body = HTTPStatus.OK, dict[str, Any]()
        match request.kind:
            case Kind.FIND:
                body = self._pipeline()
            case Kind.LIST:
                body = {"updates": self._listed()}
            case Kind.START:
                status, body = self._start(json.loads(request.body))
            case Kind.LOOK:
                status, body = self._look(request.path.rpartition("/")[2])
            case Kind.LOG:
                body = self._log()
            case Kind.STOP:
                self._stop()
            case _:
                status = HTTPStatus.NOT_FOUND
        return status, body

    def _add(self, update: _Update) -> None:
        self._updates.insert(0, update)

    def _told(self, update: _Update) -> dict[str, Any]:
        if update.state == "RUNNING" and update.ends <= self.clock():
            update.state = "COMPLETED"
        return {
            "update_id": update.update_id,
            "state": update.state,
            "cause": update.cause,
            "creation_time": int(update.created.timestamp() * 1000),
            **update.asked,
        }

    def _listed(self) -> list[dict[str, Any]]:
        now = self.clock()
        return [self._told(one) for one in self._updates if one.shown <= now]

    def _pipeline(self) -> dict[str, Any]:
        newest = self._listed()
        return {
            "pipeline_id": PIPELINE,
            "name": "orders",
            "state": "IDLE",
            "latest_updates": newest,
        }

    def _start(self, asked: dict[str, Any]) -> tuple[HTTPStatus, dict[str, Any]]:
        newest = self._told(self._updates[0])
        if newest["state"] == "RUNNING":
            active = f"An active update '{newest['update_id']}' already exists"
            return HTTPStatus.CONFLICT, {"error_code": "CONFLICT", "message": active}
        self.effects[Kind.START] += 1
        number, manners = self.effects[Kind.START], self.manners
        created = self.clock() + timedelta(seconds=manners.begins_after)
        shown = created + timedelta(seconds=manners.shows_after)
        ends = created + timedelta(seconds=manners.runs_for)
        if manners.rival:
            theirs = _Update(RIVAL, "COMPLETED", {}, created, created, created)
            theirs.cause = manners.rival
            self._add(theirs)
        update = f"{number:08d}-0000-4000-8000-000000000000"
        self._add(_Update(update, manners.started, asked, created, shown, ends))
        return HTTPStatus.OK, {"update_id": update}

    def _look(self, update: str) -> tuple[HTTPStatus, dict[str, Any]]:
        for one in self._updates:
            if one.update_id == update:
                return HTTPStatus.OK, {"update": self._told(one)}
        return HTTPStatus.NOT_FOUND, {"message": "no such update"}

    def _stop(self) -> None:
        self.effects[Kind.STOP] += 1
        self._updates[0].state = "CANCELED"

    def _log(self) -> dict[str, Any]:
        newest = self._told(self._updates[0])
        update, state = newest["update_id"], newest["state"]
        event = {
            "id": f"{update}/{state}",
            "timestamp": self._updates[0].created.isoformat(),
            "event_type": "update_progress",
            "level": "INFO",
            "message": "the update makes progress",
            "origin": {"update_id": update},
            "details": {"update_progress": {"state": state}},
        }
        self.pages += 1
        more = {"next_page_token": f"page-{self.pages}"}
        return {"events": [event], **(more if self.manners.endless else {})}
