"""
A workspace whose answers are almost right: whole runs, the real story in virtual time.

One field of one kind of answer is changed, for good or every other time. However the
run ends, it is no crash, it started one update at most, and what did not complete is no
success. The event log decides nothing: with any log, the run ends as it would have.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from dlt_action.core.model import Json, JsonObject
from dlt_action.core.reply import Answer, Reply
from dlt_action.standin import Request
from tests.hostile import share
from tests.hostile.mutants import KINDS_OF_MUTANTS, mutants_at, paths
from tests.hostile.mutants import Path as Place
from tests.story.virtual import Played, Stage, VirtualLine

OF_EACH = 60 // share.MUTANTS  # runs for each kind of answer and each end
FLAGS = ("--timeout=10m", "--outage-grace=5m", "--log-level=events")

# Which answers are changed: the method, and the end of the path.
ANSWERS: Mapping[str, tuple[str, str]] = {
    "the start": ("POST", "/updates"),
    "the update": ("GET", "/updates/[^/]+"),
    "the updates": ("GET", "/updates"),
    "the pipeline": ("GET", "/pipelines/[^/]+"),
    "the events": ("GET", "/events"),
}
# Scenarios, and how they end.
ENDS: Mapping[str, str] = {
    "code-error": "failed",
    "retry-fails": "failed",
    "canceled": "canceled",
    "goes-silent": "timed-out",
    "success": "succeeded",
}
# What some answer that was changed may make of any run; never a success.
OTHERWISE = frozenset(
    {
        *("failed", "canceled", "timed-out", "unreachable", "gone", "unauthorized"),
        *("unknown-start", "conflict", "misconfigured"),
    }
)


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to an answer: where, which of the ways, and how often."""

    answer: str
    place: Place
    way: int
    always: bool


@dataclass
class ChangedLine(VirtualLine):
    """A line that changes some of the answers, and remembers one of each kind."""

    change: Change | None = None
    seen: dict[str, JsonObject] = field(default_factory=dict)
    _asked: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    def handled(self, request: Request) -> Reply:
        reply = super().handled(request)
        if not isinstance(reply, Answer) or reply.status != 200:
            return reply
        body = json.loads(reply.body)
        for name, (method, ending) in ANSWERS.items():
            if request.method == method and re.search(f"{ending}$", request.path):
                known = self.seen.get(name, {})
                self.seen[name] = max(known, body, key=lambda one: len(str(one)))
                if self.change is not None and self.change.answer == name:
                    return self._changed(reply, body, self.change)
        return reply

    def _changed(self, reply: Answer, body: Json, change: Change) -> Reply:
        self._asked += 1
        if change.place not in paths(body) or not (change.always or self._asked % 2):
            return reply
        mutant = next(islice(mutants_at(body, change.place), change.way, None))
        return Answer(reply.status, reply.headers, json.dumps(mutant).encode())


def play(scenario: str, change: Change | None, folder: Path) -> Played:
    """One run."""
    return Stage(folder, line=ChangedLine(change=change)).play(scenario, *FLAGS)


@cache
def changes(scenario: str, answer: str) -> tuple[Change, ...]:
    """Some of all that can be done to such an answer, the same in every run."""
    with TemporaryDirectory() as folder:
        line = play(scenario, None, Path(folder)).line
    assert isinstance(line, ChangedLine)
    places = list(paths(line.seen[answer])) or [("nothing",)]
    chance = random.Random(f"{scenario} {answer}")  # noqa: S311 - no secret
    return tuple(
        Change(
            answer,
            chance.choice(places),
            chance.randrange(KINDS_OF_MUTANTS),
            always=chance.random() < 0.7,
        )
        for _ in range(OF_EACH)
    )


@pytest.mark.parametrize("scenario", ENDS)
def test_as_it_is_a_scenario_ends_as_it_should(scenario: str, tmp_path: Path) -> None:
    played = play(scenario, None, tmp_path)
    assert played.outputs["result"] == ENDS[scenario]


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("scenario", ENDS)
def test_no_answer_that_is_changed_is_a_crash_or_a_success(
    scenario: str, answer: str
) -> None:
    for change in changes(scenario, answer):
        with TemporaryDirectory() as folder:
            played = play(scenario, change, Path(folder))
        result = played.outputs["result"]
        if answer == "the events":
            assert result == ENDS[scenario], change
        else:
            assert result in OTHERWISE | {ENDS[scenario]}, change
        assert played.outputs["ok"] == str(result == "succeeded").lower(), change
        assert (played.code == 0) is (result == "succeeded"), change
        assert played.starts <= 1, change
        assert "a bug in" not in played.log, change
