"""
A sign-in played without any I/O.

    played = play(scheme.flow(HOST, Memory()), CONFIG, OAUTH, GRANTED)
    assert played.steps == [ASK_CONFIG, ASK_OAUTH, Hide("..."), ...]
    assert played.result == Credential(...)

`play` hands the answers to what is asked, in their order. Three rules are held in every
play, whatever it is about: every answer is needed, no step and no failure shows a
secret, and no secret that was made on the way is used before it was hidden.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from dlt_action.core.reply import Reply, SignInProblem
from dlt_action.core.signin.steps import (
    Ask,
    Credential,
    Flow,
    Hide,
    ReadText,
    Refused,
    Step,
    Text,
    Unavailable,
)

T = TypeVar("T")

_SECRET_FIELDS = frozenset({"client_secret", "subject_token", "client_assertion"})


@dataclass(frozen=True, slots=True)
class Played(Generic[T]):
    """All that a flow did, and how it ended."""

    steps: list[Step]
    returned: T | None = None
    error: Refused | Unavailable | None = None

    @property
    def result(self) -> T:
        """What it returned."""
        assert self.error is None, self.error
        assert self.returned is not None
        return self.returned

    @property
    def problem(self) -> SignInProblem:
        """With what it was refused."""
        assert isinstance(self.error, Refused), self.error
        return self.error.problem

    @property
    def outage(self) -> Unavailable:
        """Who did not answer."""
        assert isinstance(self.error, Unavailable), self.error
        return self.error

    @property
    def asked(self) -> list[str]:
        """The addresses that were asked."""
        return [step.url for step in self.steps if isinstance(step, Ask)]

    @property
    def hidden(self) -> list[str]:
        """What was hidden, in this order."""
        return [step.secret for step in self.steps if isinstance(step, Hide)]


def play(flow: Flow[T], *came: Reply | Text, given: Iterable[str] = ()) -> Played[T]:
    """*flow*, told what *came*; secrets that were *given* are hidden from the start."""
    steps, safe, left = [], set(given), list(came)
    reply: Reply | Text | None = None
    played: Played[T]
    try:
        while True:
            step = flow.send(reply)
            steps.append(step)
            reply = None
            if isinstance(step, Hide):
                safe.add(step.secret)
                continue
            assert _secrets_in(step) <= safe, f"{step} holds what was not hidden"
            assert left, f"nothing came for {step}"
            reply = left.pop(0)
    except StopIteration as end:
        played = Played(steps, returned=end.value)
    except (Refused, Unavailable) as error:
        played = Played(steps, error=error)
    assert left == [], f"not asked for: {left}"
    assert _carried(played.returned) <= safe
    credential = played.returned if isinstance(played.returned, Credential) else ""
    shown = f"{steps} {played.error!r} {credential}"
    assert [secret for secret in safe if secret in shown] == []
    return played


def _secrets_in(step: Ask | ReadText) -> set[str]:
    if isinstance(step, ReadText):
        return set()
    found = {value for name, value in step.form or () if name in _SECRET_FIELDS}
    if step.authorization is not None:
        found.add(step.authorization.split(" ", 1)[1])
    return found


def _carried(result: object) -> set[str]:
    if not isinstance(result, Credential):
        return set()
    tokens = (value for name, value in result.headers if not name.endswith("-Id"))
    return {value.removeprefix("Bearer ") for value in tokens}
