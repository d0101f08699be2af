"""The launcher changes nothing, and no place that it passes is left out."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass

import pytest

from tests.cli.program import environment
from tests.kill.killing import PATTERNS, cases, inputs
from tests.kill.points import PLAYS, POINTS, TOOK_UP
from tests.kill.process import Watched, first
from tests.kill.stage import Stage

WHENS_OF_A_FILE = ("before", "amid", "after")
WHENS = ("before", "sending", "read", "amid", "after")


@dataclass(frozen=True, slots=True)
class Journey:
    """A run that nobody kills."""

    code: int
    journal: tuple[str, ...]

    @property
    def places(self) -> list[str]:
        """Where it could be halted, in order; a peek takes no time."""
        places = (name for name in self.journal if name.startswith(WHENS))
        return [place for place in places if "peek-after" not in place]


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Journey:
    folder, play = tmp_path_factory.mktemp("whole"), PLAYS["ending"]
    with Stage(play.scene, None) as stage:
        environ = environment(folder, **inputs(play, stage))
        with Watched(folder, environ, ()) as program:
            ended = program.end(time.monotonic())
        return Journey(ended.code, tuple(program.journal))


def test_a_run_that_nobody_kills_succeeds(journey: Journey) -> None:
    assert journey.code == 0


def test_it_is_killed_at_every_kind_of_place_that_a_run_passes(
    journey: Journey,
) -> None:
    passed = {place.rpartition(" ")[0] for place in journey.places}
    killed = {point.at.rpartition(" ")[0] for point in POINTS}
    assert passed - killed == set()


def test_between_the_answer_to_the_start_and_the_files_nothing_else_is_done(
    journey: Journey,
) -> None:
    # Killed in there, it leaves an update whose name nobody knows.
    answered = journey.places.index("read POST-updates 1")
    files = [f"{when} {what} 1" for what in TOOK_UP for when in WHENS_OF_A_FILE]
    assert journey.places[answered : answered + 2 + len(files)] == [
        "read POST-updates 1",
        "after POST-updates 1",
        *files,
    ]


def test_it_is_killed_at_60_points_in_4_ways_and_at_more_in_some() -> None:
    ways = Counter(case.point.name for case in cases())
    assert sum(ways[name] == len(PATTERNS) for name in ways) >= 60
    assert len({case.name for case in cases()}) == sum(ways.values())


def test_it_is_killed_as_the_first_process_of_a_namespace() -> None:
    if not first():
        pytest.skip("no namespaces here: it is killed as an ordinary process instead")
    assert "--pid" in first()
