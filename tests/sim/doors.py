"""The REST API of the model workspace: a call in, status, headers and bytes out."""

from __future__ import annotations

import json
from collections.abc import Callable
from email.utils import formatdate

from dlt_action.core.calls import Call, Method
from dlt_action.core.model import JsonObject
from dlt_action.core.reply import Answer
from tests.sim.agenda import EPOCH
from tests.sim.model import Flags, Leg, Update, Who
from tests.sim.times import iso
from tests.sim.world import World

ROOT = "/api/2.0/pipelines"
PAGE = 25
JOBS = "/api/2.2/jobs"
_OF_JOBS = {
    "/runs/get": "run",
    "/runs/get-output": "output",
    "/runs/list": "runs",
    "/get": "job",
}

JSON_TYPE = {"content-type": "application/json"}


def kind_of(call: Call) -> str:
    """What a call is, in one word."""
    if call.method is Method.POST:
        name = call.path.rpartition("/")[2]
        return name if name in ("stop", "cancel") else "start"
    if call.path.startswith(JOBS):
        return _OF_JOBS[call.path.removeprefix(JOBS)]
    parts = call.path.removeprefix(ROOT).split("/")
    match len(parts):
        case 1:
            return "find"
        case 2:
            return "pipeline"
        case 3:
            return "events" if parts[2] == "events" else "list"
        case _:
            return "update"


class Doors:
    """Answers calls from what is true in a world."""

    def __init__(self, world: World, legs: tuple[Leg, ...]) -> None:
        """Answer for *world*; what we start goes as *legs* say."""
        self.world = world
        self._legs = legs
        self.started: list[Update] = []  # by our own starts
        self._routes: dict[str, Callable[[Call], Answer]] = {
            "find": self._find,
            "start": self._start,
            "stop": self._stop,
            "pipeline": lambda _: self._answer(self._pipeline()),
            "list": lambda call: self._answer(self._list(dict(call.query))),
            "events": lambda call: self._answer(self._events(dict(call.query))),
            "update": lambda call: self._update(call.path.rsplit("/", 1)[1]),
        }

    def handle(self, call: Call) -> Answer:
        """Execute *call*."""
        world, kind = self.world, kind_of(call)
        if world.deleted and kind != "find":
            return self._refused(
                404,
                "RESOURCE_DOES_NOT_EXIST",
                f"The specified pipeline {world.pipeline_id} was not found.",
            )
        return self._routes[kind](call)

    def _find(self, _: Call) -> Answer:
        found = f'{{"pipeline_id":"{self.world.pipeline_id}","name":"orders"}}'
        return self._answer(f'{{"statuses":[{found}]}}')

    def _stop(self, _: Call) -> Answer:
        self.world.stop(Who.US)
        return self._answer("{}")

    def _headers(self) -> dict[str, str]:
        if not self.world.traits.dated:
            return JSON_TYPE
        return {**JSON_TYPE, "date": formatdate(self.world.clock(), usegmt=True)}

    def _answer(self, body: str) -> Answer:
        return Answer(200, self._headers(), body.encode())

    def _refused(self, status: int, code: str, message: str) -> Answer:
        body = f'{{"error_code":"{code}","message":"{message}"}}'
        return Answer(status, self._headers(), body.encode())

    def _start(self, call: Call) -> Answer:
        world = self.world
        flags = flags_of(call.body or {})
        update = world.start(Who.US, "API_CALL", self._legs, flags)
        if update is None:
            return self._refused(
                world.traits.conflict_status,
                "RESOURCE_CONFLICT",
                f"An active update '{world.updates[-1].update_id}' already exists for"
                f" pipeline '{world.pipeline_id}'.",
            )
        self.started.append(update)
        more = f',"request_id":"{update.chain.request_id}"'
        more = more if world.traits.request_ids else ""
        return self._answer(f'{{"update_id":"{update.update_id}"{more}}}')

    def _shown(self) -> list[Update]:
        world, now = self.world, self.world.now
        lags = world.traits.pipeline_lags
        return [one for one in world.updates[-7:] if not lags or one.visible <= now]

    def newest(self) -> Update | None:
        """The newest update that GET pipeline shows."""
        shown = self._shown()
        return shown[-1] if shown else None

    def _pipeline(self) -> str:
        world, shown = self.world, self._shown()
        latest = ",".join(
            f'{{"update_id":"{one.update_id}",'
            + (f'"state":{one.state},' if one.state else "")
            + f'"creation_time":"{iso(EPOCH + one.created + world.traits.skew)}"}}'
            for one in reversed(shown[-5:])
        )
        spec = '"continuous":true' if world.traits.continuous else '"edition":"CORE"'
        if world.traits.retries is not None:
            spec += (
                ',"configuration":{"pipelines.numUpdateRetryAttempts":'
                f'"{world.traits.retries}"}}'
            )
        return (
            f'{{"pipeline_id":"{world.pipeline_id}","name":"orders{world.name}",'
            f'"state":"{self._state()}",'
            f'"latest_updates":[{latest}],"spec":{{{spec}}}}}'
        )

    def _state(self) -> str:
        world = self.world
        active, pending = world.active, world.pending
        if active is not None:
            if active.word in ("QUEUED", "CREATED", "WAITING_FOR_RESOURCES"):
                return "DEPLOYING"
            return "STOPPING" if active.word == "STOPPING" else "RUNNING"
        if pending is not None and pending.legs[len(pending.updates)].announced:
            return "RECOVERING"
        last = world.updates[-1].word if world.updates else ""
        failed = world.traits.shows_failed and last == "FAILED"
        return "FAILED" if failed else "IDLE"

    def _list(self, query: dict[str, str]) -> str:
        world, now = self.world, self.world.now
        shown = [one for one in world.updates if one.visible <= now]
        shown.reverse()
        first = int(query.get("page_token", "0"))
        page = ",".join(map(self._info, shown[first : first + PAGE]))
        more = ""
        if len(shown) > first + PAGE:
            more = f',"next_page_token":"{first + PAGE}"'
        return f'{{"updates":[{page}]{more}}}' if page else "{}"

    def _update(self, update_id: str) -> Answer:
        for one in reversed(self.world.updates):
            if one.update_id == update_id:
                return self._answer(f'{{"update":{self._info(one)}}}')
        return self._refused(
            404, "NOT_FOUND", f"The specified update {update_id} was not found."
        )

    def _info(self, one: Update) -> str:
        traits, flags = self.world.traits, one.chain.flags
        millis = int((EPOCH + one.created + traits.skew) * 1000)
        text = f'{{"update_id":"{one.update_id}","cause":"{one.cause}"'
        text += f',"creation_time":{millis}'
        if one.state:
            text += f',"state":{one.state}'
        if flags.full_refresh:
            text += ',"full_refresh":true'
        if flags.validate_only:
            text += ',"validate_only":true'
        if flags.selection:
            text += f',"refresh_selection":{json.dumps(flags.selection)}'
        if traits.tells_parameters:
            text += f',"parameters":{json.dumps(dict(flags.parameters))}'
        if traits.request_ids:
            text += f',"request_id":"{one.chain.request_id}"'
        return text + "}"

    def _events(self, query: dict[str, str]) -> str:
        where, now = query.get("filter", ""), self.world.now
        for one in reversed(self.world.updates):
            if one.update_id in where:
                seen = [text for visible, text in one.events if visible <= now]
                return f'{{"events":[{",".join(seen)}]}}' if seen else "{}"
        return "{}"


def flags_of(body: JsonObject) -> Flags:
    """What the *body* of a start asks for, or of a task."""
    selection, parameters = body.get("refresh_selection"), body.get("parameters")
    return Flags(
        full_refresh=body.get("full_refresh") is True,
        validate_only=body.get("validate_only") is True,
        selection=tuple(map(str, selection)) if isinstance(selection, list) else (),
        parameters=tuple((key, str(value)) for key, value in parameters.items())
        if isinstance(parameters, dict)
        else (),
    )
