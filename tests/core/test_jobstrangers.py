"""Answers of the Jobs API that are almost right: no crash, and no success of them."""

from __future__ import annotations

import json
import random
from itertools import islice

import pytest

from dlt_action.core.calls import Call
from dlt_action.core.jobs import wire as jobwire
from dlt_action.core.jobs.telling import Chronicle
from dlt_action.core.model import Json, JsonObject, Result
from dlt_action.core.reply import Answer, Reply
from dlt_action.core.trip import Trip
from tests.core.jobscene import (
    CANCEL,
    GET,
    NOW,
    ONE,
    OUTPUT,
    RUN,
    TWO,
    Scene,
    failing,
    name_of,
    play,
    succeeding,
)
from tests.hostile import share
from tests.hostile.mutants import KINDS_OF_MUTANTS, mutants, mutants_at, paths
from tests.hostile.mutants import Path as Place

PLAYED = 40 // share.MUTANTS  # of each kind of answer


def failed() -> Scene:
    """A run of two updates, of which one fails."""
    scene = Scene()
    succeeding(scene, "load", "u1")
    failing(scene, "serve", "u2")
    scene.task("report", kind="notebook", ends=30, result="FAILED")
    scene.ends(61, "FAILED", "INTERNAL_ERROR")
    return scene


def with_status(body: JsonObject) -> JsonObject:
    """*body* with the newer object beside the older one."""
    details: JsonObject = {"code": "RUN_EXECUTION_ERROR", "message": "It failed."}
    status: JsonObject = {"state": "TERMINATED", "termination_details": details}
    return {**body, "status": status}


def test_no_mutant_of_a_run_that_failed_is_read_as_a_success() -> None:
    body = with_status(failed().run(100))
    trip = Trip(began=0.0, deadline=1e6, chance=lambda: 0.5)
    chronicle = Chronicle(trip, ONE.links, RUN, located=False)
    seen = 0
    for mutant in mutants(body):
        run = jobwire.run(mutant)
        if run is not None:
            seen += 1
            assert not run.state.good
            chronicle.saw(run)
    assert seen > 1000


def changed(
    reply: Reply | None, place: tuple[str | int, ...], way: int
) -> Reply | None:
    """*reply*, changed at that *place* in one of the ways, if it has it."""
    if not isinstance(reply, Answer) or reply.status != 200:
        return reply
    body: Json = json.loads(reply.body)
    if place not in paths(body):
        return reply
    mutant = next(islice(mutants_at(body, place), way, None))
    return Answer(200, reply.headers, json.dumps(mutant).encode())


class Changed(Scene):
    """A scene whose answers of one kind are changed."""

    name = ""
    place: Place = ()
    way = 0

    def answer(self, call: Call, second: float) -> Reply | None:
        reply = super().answer(call, second)
        if name_of(call).startswith(self.name):
            return changed(reply, self.place, self.way)
        return reply


KINDS = [NOW, GET, OUTPUT, CANCEL, "GET load/updates", "GET serve/updates/u2"]


@pytest.mark.parametrize("name", KINDS)
def test_a_run_whose_answers_are_almost_right_is_no_crash_and_no_success(
    name: str,
) -> None:
    chance = random.Random(name)  # noqa: S311 - no secret
    whole = failed()
    for _ in range(PLAYED):
        scene = Changed()
        scene.__dict__.update(failed().__dict__)
        scene.name, scene.way = name, chance.randrange(KINDS_OF_MUTANTS)
        body: Json = whole.run(100)
        if name != GET:
            body = {"run_id": 77, "updates": [one.body(5) for one in whole.updates]}
        scene.place = chance.choice(list(paths(body)))
        played = play(scene, TWO, timeout=900)
        assert played.outcome.result is not Result.SUCCEEDED, (scene.place, scene.way)
        bodies = [
            json.dumps(call.body) for _, asked, call in played.asked if asked == NOW
        ]
        assert len(set(bodies)) == 1
