"""A sign-in's steps, done one after the other within a time."""

from __future__ import annotations

import pytest

from dlt_action.core.calls import Method
from dlt_action.core.reply import Answer, Fault, FaultKind, Reply, SignInProblem
from dlt_action.core.signin.steps import (
    Ask,
    Flow,
    Hide,
    ReadText,
    Refused,
    Text,
    Unavailable,
)
from dlt_action.edge.auth.playing import Player

ASK = Ask(what="get a token", method=Method.POST, url="https://token.test/t")
GOOD = Answer(200, {}, b"{}")


class Surroundings:
    """What a flow is played in; asking takes as long as a test says."""

    def __init__(self, *lasting: float) -> None:
        self.now = 1_000.0
        self.done: list[object] = []  # in this order
        self.given: list[float] = []  # the time for each request
        self._lasting = iter(lasting)

    def player(self) -> Player:
        return Player(
            ask=self._ask, hide=self._hide, read=self._read, clock=lambda: self.now
        )

    def _ask(self, ask: Ask, within: float) -> Reply:
        self.done.append(ask)
        self.given.append(within)
        self.now += next(self._lasting, 0.0)
        return GOOD

    def _hide(self, secret: str) -> None:
        self.done.append(Hide(secret))

    def _read(self, path: str) -> Text:
        self.done.append(ReadText(path))
        return Text(f"text of {path}")


def three_things() -> Flow[list[object]]:
    read = yield ReadText("/a")
    hidden = yield Hide("secret")
    answered = yield ASK
    return [read, hidden, answered]


def test_steps_are_done_in_their_order_and_answered_each() -> None:
    around = Surroundings()
    result = around.player().play(three_things(), 30.0)
    assert around.done == [ReadText("/a"), Hide("secret"), ASK]
    assert result == [Text("text of /a"), None, GOOD]


def asking(times: int) -> Flow[list[object]]:
    came: list[object] = []
    while len(came) < times:
        came += [(yield ASK)]
    return came


def test_a_request_gets_what_is_left_and_never_more_than_ten_seconds() -> None:
    around = Surroundings(9.0, 9.0, 9.0)
    assert around.player().play(asking(4), 30.0) == [GOOD] * 4
    assert around.given == [10.0, 10.0, 10.0, 3.0]


@pytest.mark.parametrize("left", [0.49, 0.0, -5.0])
def test_with_next_to_nothing_left_no_request_begins(left: float) -> None:
    around = Surroundings(30.0 - left)
    came = around.player().play(asking(3), 30.0)
    assert came == [GOOD, Fault(FaultKind.ABANDONED), Fault(FaultKind.ABANDONED)]
    assert len(around.given) == 1


def test_with_half_a_second_left_a_request_begins() -> None:
    around = Surroundings(29.5)
    assert around.player().play(asking(2), 30.0) == [GOOD, GOOD]
    assert around.given == [10.0, 0.5]


def test_hiding_and_reading_need_no_time() -> None:
    def late() -> Flow[str]:
        yield Hide("secret")
        yield ReadText("/a")
        return "done"

    assert Surroundings().player().play(late(), 0.0) == "done"


def ending_in(error: Exception) -> Flow[None]:
    yield ASK
    raise error


@pytest.mark.parametrize(
    "error",
    [
        Refused(SignInProblem(what="no")),
        Unavailable(ASK, GOOD),
        ValueError("a bug"),
    ],
)
def test_what_a_flow_raises_goes_through(error: Exception) -> None:
    with pytest.raises(type(error)) as caught:
        Surroundings().player().play(ending_in(error), 30.0)
    assert caught.value is error
