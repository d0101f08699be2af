"""What an exchange brings: an answer, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeAlias

from dlt_action.lean import dataclass


class FaultKind(StrEnum):
    """Why there is no answer. The first seven prove that nothing was executed."""

    UNRESOLVED = "the host name could not be resolved"
    UNCONNECTED = "could not connect"
    CONNECT_TIMEOUT = "connecting took too long"
    PROXY = "the proxy refused the connection"
    UNTRUSTED = "the TLS certificate could not be verified"
    UNSENDABLE = "the request could not be sent"
    UNSIGNED = "no token could be had"
    READ_TIMEOUT = "no answer in time"
    BROKEN = "the connection broke before the answer was complete"
    OVERSIZED = "the answer was larger than we accept"
    ABANDONED = "the call was given up"

    @property
    def proves_nothing_happened(self) -> bool:
        """Whether the server cannot have acted on the request."""
        return self in _PROVEN


_PROVEN = frozenset(
    {
        FaultKind.UNRESOLVED,
        FaultKind.UNCONNECTED,
        FaultKind.CONNECT_TIMEOUT,
        FaultKind.PROXY,
        FaultKind.UNTRUSTED,
        FaultKind.UNSENDABLE,
        FaultKind.UNSIGNED,
    }
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete HTTP answer; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Fault:
    """No answer. *detail* is safe to show: it holds no credential."""

    kind: FaultKind
    detail: str = ""
    wait_hint: float | None = None  # seconds that somebody asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInProblem:
    """Why nobody would sign us in, and what to do about it."""

    what: str  # a sentence of our words and checked ids only
    advice: str = ""  # a page of help
    said: str = ""  # remote text
    paste: str = ""  # lines to compare and to copy, as they are; remote text


@dataclass(frozen=True, slots=True)
class Unsigned:
    """No answer: the call was not made, because the sign-in was refused."""

    problem: SignInProblem


Reply: TypeAlias = Answer | Fault | Unsigned
