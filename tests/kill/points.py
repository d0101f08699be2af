"""
Where the program is killed, and what has to come of it.

A point is a name that the launcher tells (`before POST-updates 1`), or a call that the
workspace holds. Most are on one path: an update is started and followed, and would go
on for twenty minutes. The other plays are for what that path does not pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from dlt_action.standin.faults import Fault
from tests.kill.stage import Hold, Scene, Then


class Fate(Enum):
    """What has to come of a run that a signal ends at a point."""

    NOTHING = "nothing was started"
    STOPPED = "its update is stopped, and told to be"
    MAYBE = "its update may still run, and that is told"
    THEIRS = "what is somebody else's goes on, and that is told"
    DECIDED = "the verdict stands: the signal came too late to change it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """A scene and the inputs that it is played with."""

    scene: Scene
    inputs: Mapping[str, str] = field(default_factory=dict)


def _throttled() -> list[Fault]:
    return [Fault(method="POST", path_pattern="/updates$", status=429, times=9)]


def _broken() -> list[Fault]:
    return [Fault(method="GET", path_pattern="/pipelines/[^/]+$", status=503, times=9)]


def _lost() -> list[Fault]:
    started = "/updates$"
    return [Fault(method="POST", path_pattern=started, drop=True, after_effect=True)]


FOLLOWING = "following"
PLAYS: Mapping[str, Play] = {
    FOLLOWING: Play(scene=Scene(scenario="slow-resources")),
    "ending": Play(scene=Scene(scenario="success", jumps={"GET-update 1": 80.0})),
    "throttled": Play(scene=Scene(scenario="slow-resources", faults=_throttled)),
    "broken": Play(scene=Scene(scenario="slow-resources", faults=_broken)),
    # The first attempt is over at the first look; the second begins at a list later on.
    "failed": Play(
        scene=Scene(scenario="retry-succeeds", jumps={"GET-update 1": 70.0})
    ),
    "retried": Play(
        scene=Scene(
            scenario="retry-succeeds",
            jumps={"GET-update 1": 70.0, "GET-updates 2": 25.0},
        )
    ),
    "waiting": Play(
        scene=Scene(scenario="already-active", jumps={"GET-update 2": 4_000.0}),
        inputs={"if-active": "wait"},
    ),
    "replacing": Play(
        scene=Scene(scenario="already-active"), inputs={"if-active": "replace"}
    ),
    "attached": Play(
        scene=Scene(scenario="twin-active"), inputs={"if-active": "attach"}
    ),
    "lost": Play(scene=Scene(scenario="slow-resources", faults=_lost)),
    "late": Play(
        scene=Scene(scenario="slow-resources"), inputs={"queue-timeout": "1s"}
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One point: where, in which play, and the fate of the run."""

    fate: Fate
    at: str = ""
    hold: Hold | None = None
    play: str = FOLLOWING
    leaving: bool = False  # told to leave before, while it waited
    silent: bool = False  # nothing is answered from now on

    @property
    def name(self) -> str:
        """The point as the id of a test."""
        return "-".join((*self._where(), *self._how()))

    def _where(self) -> Iterator[str]:
        if self.hold is None:
            words, _, nth = self.at.rpartition(" ")
            yield words.replace(" ", "-")
        else:
            yield "in-done" if self.hold.done else "in"
            yield self.hold.call
            nth = str(self.hold.nth)
        if nth != "1":
            yield nth

    def _how(self) -> Iterator[str]:
        if self.hold is not None and self.hold.then is not Then.ANSWER:
            yield self.hold.then.value
        if self.play != FOLLOWING:
            yield self.play
        if self.leaving:
            yield "leaving"
        if self.silent:
            yield "in-silence"


# What is written as soon as there is an update to follow.
TOOK_UP = ("write-state-stop-update", "write-output-unfinished-update")

# Where a run that is to be killed while it leaves is told to leave.
FIRST_NAP = "in nap-after-GET-events 1"


def _at(
    fate: Fate, whens: str, what: str, nth: int = 1, play: str = FOLLOWING
) -> Iterator[Point]:
    for when in whens.split():
        if when == "in" and "nap" not in what:
            yield Point(fate=fate, hold=Hold(call=what, nth=nth), play=play)
        else:
            yield Point(fate=fate, at=f"{when} {what} {nth}", play=play)


def _before_the_start() -> Iterator[Point]:
    nothing = Fate.NOTHING
    for module in ("dlt_action.cli", "requests", "dlt_action.core.watch"):
        yield from _at(nothing, "before", f"import-{module}")
    yield from _at(nothing, "before", "main")
    for what in ("load", "install"):
        yield from _at(nothing, "before after", what)
    for file in ("state-nothing", "state-stop", "output-unfinished"):
        yield from _at(nothing, "before amid after", f"write-{file}")
    for call in ("GET-pipeline", "GET-updates"):
        yield from _at(nothing, "before sending in read after", call)
        never = Hold(call=call, then=Then.SILENCE)
        yield Point(fate=nothing, hold=never)
    yield from _at(nothing, "before", "peek-after-GET-updates")
    for play, whens, nap in (
        ("throttled", "before in after", "nap-after-POST-updates"),
        ("broken", "before in", "nap-after-GET-pipeline"),
    ):
        yield from _at(nothing, whens, nap, play=play)


def _around_the_start() -> Iterator[Point]:
    # After the last look at what has come, nothing keeps the start from leaving.
    yield from _at(Fate.STOPPED, "after", "peek-after-GET-updates")
    yield from _at(Fate.STOPPED, "before sending in read after", "POST-updates")
    yield Point(fate=Fate.STOPPED, hold=Hold(call="POST-updates", done=True))
    for done in (False, True):
        for then in (Then.DROP, Then.SILENCE):
            hold = Hold(call="POST-updates", done=done, then=then)
            yield Point(fate=Fate.MAYBE, hold=hold)
    for file in TOOK_UP:
        yield from _at(Fate.STOPPED, "before amid after", file)
    yield Point(fate=Fate.MAYBE, at="read POST-updates 1", silent=True)


def _following() -> Iterator[Point]:
    for call in ("GET-update", "GET-events"):
        yield from _at(Fate.STOPPED, "before sending in read after", call)
    yield from _at(Fate.STOPPED, "before in after", "nap-after-GET-events")
    yield from _at(Fate.STOPPED, "before", "GET-update", 2)
    never = Hold(call="GET-update", then=Then.SILENCE)
    yield Point(fate=Fate.STOPPED, hold=never)
    yield Point(fate=Fate.MAYBE, hold=never, silent=True)
    yield Point(fate=Fate.MAYBE, at=FIRST_NAP, silent=True)


def _between_two_attempts() -> Iterator[Point]:
    yield from _at(Fate.MAYBE, "before in", "nap-after-GET-updates", play="failed")
    for whens, what, nth in (
        ("after", "GET-updates", 2),
        *(("amid", file, 2) for file in TOOK_UP),
        ("in after", "GET-update", 3),
    ):
        yield from _at(Fate.STOPPED, whens, what, nth, play="retried")


def _others() -> Iterator[Point]:
    """Beside the updates of other people, or what may be ours."""
    for fate, play, whens, what, nth in (
        (Fate.NOTHING, "waiting", "in read", "GET-update", 1),
        (Fate.NOTHING, "waiting", "before in", "nap-after-GET-update", 1),
        (Fate.NOTHING, "waiting", "after", "GET-update", 3),
        (Fate.NOTHING, "waiting", "before", "peek-after-GET-updates", 2),
        (Fate.STOPPED, "waiting", "read", "POST-updates", 1),
        (Fate.NOTHING, "replacing", "before in read after", "POST-stop", 1),
        (Fate.NOTHING, "replacing", "in", "nap-after-POST-stop", 1),
        (Fate.THEIRS, "attached", "in", "GET-update", 1),
        (Fate.THEIRS, "attached", "in", "nap-after-GET-events", 1),
        (Fate.MAYBE, "lost", "in", "nap-after-GET-updates", 1),
        (Fate.MAYBE, "lost", "in read", "GET-updates", 2),
        (Fate.MAYBE, "lost", "in", "nap-after-GET-events", 1),
        (Fate.STOPPED, "late", "in read", "GET-pipeline", 2),
        (Fate.STOPPED, "late", "before in read after", "POST-stop", 1),
        (Fate.STOPPED, "late", "in", "nap-after-GET-events", 2),
    ):
        yield from _at(fate, whens, what, nth, play=play)


def _leaving() -> Iterator[Point]:
    def at(whens: str, what: str, nth: int = 1) -> Iterator[Point]:
        for point in _at(Fate.STOPPED, whens, what, nth):
            yield replace(point, leaving=True)

    yield from at("before in read after", "GET-pipeline", 2)
    yield from at("before sending in read after", "POST-stop")
    lost = Hold(call="POST-stop", done=True, then=Then.DROP)
    yield Point(fate=Fate.STOPPED, hold=lost, leaving=True)
    yield from at("before in after", "GET-update", 2)
    for file in TOOK_UP:
        yield from at("amid", file, 2)
    yield from at("amid after", "write-state-nothing-update")
    yield from at("before", "publish")
    yield from at("amid", "write-result.json")
    yield from at("before amid after", "write-output-interrupted-update")
    yield from at("amid", "write-summary")
    yield from at("before after", "close")
    yield from at("before", "shutdown")


def _ending() -> Iterator[Point]:
    def at(whens: str, what: str, nth: int = 1) -> Iterator[Point]:
        return _at(Fate.DECIDED, whens, what, nth, play="ending")

    yield from at("read after", "GET-update")
    yield from at("before in", "nap-after-GET-events")
    yield from at("before in after", "GET-update", 2)
    yield from at("before amid after", "write-state-nothing-update")
    yield from at("before", "publish")
    for file in ("result.json", "summary.md", "comment.md", "junit.xml"):
        yield from at("before amid after", f"write-{file}")
    yield from at("before amid after", "write-output-succeeded-update")
    yield from at("before amid after", "write-summary")
    yield from at("after", "publish")
    yield from at("before after", "close")
    yield from at("after", "main")
    yield from at("before after", "shutdown")


POINTS = (
    *_before_the_start(),
    *_around_the_start(),
    *_following(),
    *_between_two_attempts(),
    *_others(),
    *_leaving(),
    *_ending(),
)
