"""
What a sign-in asks of its surroundings.

A sign-in is a sequence of a few requests, so it is written as one: a generator that
yields steps, is sent what came of them, and returns a `Credential`. Who plays it owns
the network, the files and the log (`edge.auth`); a test plays it without any.

It ends early in one of two ways. `Unavailable`: nobody said no, so the same may work
later, and the workspace was not even asked. `Refused`: somebody did, and only a person
can change that.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeAlias, TypeVar

from dlt_action.core.calls import Method
from dlt_action.core.reply import Answer, Fault, Reply, SignInProblem
from dlt_action.lean import dataclass, field

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request. What may hold a secret is not shown."""

    what: str  # for people: "exchange the identity token"
    method: Method
    url: str
    query: tuple[tuple[str, str], ...] = ()
    authorization: str | None = field(default=None, repr=False)
    form: tuple[tuple[str, str], ...] | None = field(default=None, repr=False)
    content_type: str | None = None  # where there is no form


@dataclass(frozen=True, slots=True)
class Hide:
    """A secret that was just made: to be masked before anything else is done."""

    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReadText:
    """A file to read; what comes back is `Text`, or why there is none."""

    path: str


@dataclass(frozen=True, slots=True)
class Text:
    """A file's text, or the reason for which it could not be read."""

    text: str | None = field(default=None, repr=False)
    cause: str = ""
    missing: bool = False  # there is no such file


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What makes a request ours, and for how long."""

    headers: tuple[tuple[str, str], ...] = field(repr=False)
    seconds: float  # of its life, from the moment at which it was asked for


Step: TypeAlias = Ask | Hide | ReadText
Flow: TypeAlias = Generator[Step, Reply | Text | None, T]


class Unavailable(Exception):
    """No answer that decides anything."""

    def __init__(self, ask: Ask, reply: Answer | Fault, why: str = "") -> None:
        """Take the *reply* to *ask*, and *why* an answer is none."""
        super().__init__(ask.what)
        self.ask = ask
        self.reply = reply
        self.why = why


class Refused(Exception):
    """The sign-in was refused, or cannot work."""

    def __init__(self, problem: SignInProblem) -> None:
        """Take what a person is to be told."""
        super().__init__(problem.what)
        self.problem = problem


def asked(ask: Ask) -> Flow[Answer]:
    """Ask; the answer, whatever its status is. Raises `Unavailable`."""
    reply = yield ask
    if isinstance(reply, Answer):
        return reply
    if isinstance(reply, Fault):
        raise Unavailable(ask, reply)
    raise TypeError  # who plays the flow sent something else


def file_text(path: str) -> Flow[Text]:
    """Read the file at *path*."""
    reply = yield ReadText(path)
    if isinstance(reply, Text):
        return reply
    raise TypeError
