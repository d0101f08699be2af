"""
What can go wrong with one exchange, and what the client may know of it afterwards.

A mishap happens *before* the effect (it never comes), *after* it (the workspace acted,
the answer is lost), or the effect is *late*: it lands when the client has long given
up. A mishap whose `proof` is true tells the client that nothing was executed, and
then it is so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from dlt_action.core.reply import Answer, Fault, FaultKind, Reply
from tests.sim.agenda import Dice

JSON_TYPE = {"content-type": "application/json"}
HTML_TYPE = {"content-type": "text/html; charset=utf-8"}
LOGIN = b"<!doctype html><html><title>Sign in</title></html>"


class Effect(Enum):
    """Whether and when the workspace acts on a call that is answered badly."""

    NEVER = "no effect"
    DONE = "after its effect"
    LATE = "its effect comes late"


class Lasts(Enum):
    """How long the client waits for this kind of answer."""

    LATENCY = "as long as any"
    CONNECTING = "until connecting is given up"
    READING = "until reading is given up"
    WHOLE = "until the time of the call is over"
    EVER = "nothing ever comes"


@dataclass(frozen=True, slots=True)
class Mishap:
    """One way in which an exchange goes wrong."""

    name: str
    reply: Callable[[bytes], Reply]  # from the body that should have come
    lasts: Lasts = Lasts.LATENCY
    proof: bool = False  # that nothing was executed
    throttles: bool = False


def _fault(kind: FaultKind) -> Callable[[bytes], Reply]:
    found = Fault(kind)
    return lambda _: found


def _answer(
    status: int, headers: dict[str, str], body: bytes = b""
) -> Callable[[bytes], Reply]:
    found = Answer(status, headers, body)
    return lambda _: found


def _refusal(status: int, code: str) -> Callable[[bytes], Reply]:
    body = f'{{"error_code":"{code}","message":"no: {code}"}}'
    return _answer(status, JSON_TYPE, body.encode())


def _doubled(body: bytes) -> Reply:
    # Python keeps the last of two keys: COMPLETED, whatever the state is.
    last = b'"state":"COMPLETED","state":"COMPLETED"}'
    return Answer(200, JSON_TYPE, body.replace(b"}", b"," + last, 1))


def _not_a_number(body: bytes) -> Reply:
    return Answer(200, JSON_TYPE, body[:-1] + b',"x":NaN}')


def _half(body: bytes) -> Reply:
    return Answer(200, JSON_TYPE, body[: max(len(body) // 2, 1)])


def _throttle(**headers: str) -> Callable[[bytes], Reply]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = b'{"error_code":"REQUEST_LIMIT_EXCEEDED","message":"slow down"}'
    return _answer(429, {**JSON_TYPE, **named}, body)


UNSENT = (
    Mishap("refused", _fault(FaultKind.UNCONNECTED), proof=True),
    Mishap("no name", _fault(FaultKind.UNRESOLVED), proof=True),
    Mishap(
        "connect timeout",
        _fault(FaultKind.CONNECT_TIMEOUT),
        Lasts.CONNECTING,
        proof=True,
    ),
    Mishap("proxy", _fault(FaultKind.PROXY), proof=True),
)
HOPELESS = (
    Mishap("untrusted", _fault(FaultKind.UNTRUSTED), proof=True),
    Mishap(
        "login redirect",
        _answer(302, {"location": "https://login.example.com/login.html?error=x"}),
        proof=True,
    ),
    Mishap("307", _answer(307, {"location": "https://elsewhere.example"}), proof=True),
)
LOST = (
    Mishap("read timeout", _fault(FaultKind.READ_TIMEOUT), Lasts.READING),
    Mishap("reset", _fault(FaultKind.BROKEN)),
    Mishap("cut body", _fault(FaultKind.BROKEN)),
    Mishap("drip", _fault(FaultKind.READ_TIMEOUT), Lasts.WHOLE),
    Mishap("hang", _fault(FaultKind.ABANDONED), Lasts.EVER),
    Mishap("oversized", _fault(FaultKind.OVERSIZED)),
)
GARBLED = (
    Mishap("empty 200", _answer(200, JSON_TYPE)),
    Mishap("html 200", _answer(200, HTML_TYPE, LOGIN)),
    Mishap("html as json", _answer(200, JSON_TYPE, LOGIN)),
    Mishap("list", _answer(200, JSON_TYPE, b"[]")),
    Mishap("null", _answer(200, JSON_TYPE, b"null")),
    Mishap("null id", _answer(200, JSON_TYPE, b'{"update_id":null,"update":null}')),
    Mishap("no id", _answer(200, JSON_TYPE, b"{}")),
    Mishap("half json", _half),
    Mishap("double keys", _doubled),
    Mishap("nan", _not_a_number),
    Mishap("deep", _answer(200, JSON_TYPE, b"[" * 20_000)),
    Mishap("latin-1", _answer(200, JSON_TYPE, b'{"update_id":"\xe9"}')),
)
BROKEN = (
    Mishap("500", _refusal(500, "INTERNAL_ERROR")),
    Mishap("502", _answer(502, HTML_TYPE, b"<h1>Bad Gateway</h1>")),
    Mishap(
        "503", _answer(503, {**HTML_TYPE, "retry-after": "7"}, b"<h1>Unavailable</h1>")
    ),
    Mishap("503 json", _refusal(503, "TEMPORARILY_UNAVAILABLE")),
    Mishap("504", _answer(504, HTML_TYPE, b"")),
    Mishap("408", _refusal(408, "TIMEOUT")),
    Mishap("400 html", _answer(400, HTML_TYPE, b"<h1>Bad Request</h1>")),
)
THROTTLES = tuple(
    Mishap(f"429 {shown}", _throttle(**headers), proof=True, throttles=True)
    for shown, headers in (
        ("", {}),
        ("3", {"retry_after": "3"}),
        ("-5", {"retry_after": "-5"}),
        ("a day", {"retry_after": "86400"}),
        ("twenty digits", {"retry_after": "9" * 20}),
        ("nonsense", {"retry_after": "NaN"}),
        ("underscore", {"retry_after": "1_0"}),
        (
            "date",
            {
                "retry_after": "Fri, 31 Dec 2099 23:59:59 GMT",
                "date": "Mon, 21 Sep 2026 14:13:20 GMT",
            },
        ),
    )
)
REFUSALS = (
    Mishap("400", _refusal(400, "INVALID_PARAMETER_VALUE"), proof=True),
    Mishap("401", _refusal(401, "UNAUTHENTICATED"), proof=True),
    Mishap("403", _refusal(403, "PERMISSION_DENIED"), proof=True),
    Mishap("404", _refusal(404, "RESOURCE_DOES_NOT_EXIST"), proof=True),
    Mishap("409", _refusal(409, "ABORTED"), proof=True),
)
AMBIGUOUS = (*LOST, *GARBLED, *BROKEN)
ALL = (*UNSENT, *HOPELESS, *AMBIGUOUS, *THROTTLES, *REFUSALS)
BY_NAME = {mishap.name: mishap for mishap in ALL}


@dataclass(frozen=True, slots=True)
class Fate:
    """A mishap that is going to happen to one call."""

    mishap: Mishap
    effect: Effect = Effect.NEVER
    late_by: float = 0.0


# To a stop, any object in a 200 says that it was accepted; so it has been, then.
LOOKS_ACCEPTED = frozenset({"no id", "null id"})


def fate_of(dice: Dice, mishap: Mishap, kind: str) -> Fate:
    """A fate with *mishap* for a call of *kind*."""
    if mishap.proof:
        return Fate(mishap)
    reads = kind not in ("start", "stop", "cancel")
    accepted = kind in ("stop", "cancel") and mishap.name in LOOKS_ACCEPTED
    if reads or accepted:
        return Fate(mishap, Effect.DONE)
    if dice.often(0.37):
        return Fate(mishap)
    if dice.often(0.75):
        return Fate(mishap, Effect.DONE)
    return Fate(mishap, Effect.LATE, dice.between(5.0, 600.0))


@dataclass(frozen=True, slots=True)
class Weather:
    """From one moment to another, calls of these kinds (all, if none) go wrong."""

    since: float
    until: float
    mishaps: tuple[Mishap, ...]
    kinds: frozenset[str] = frozenset()

    def hits(self, kind: str, now: float) -> bool:
        """Whether a call of *kind* that leaves *now* goes wrong."""
        return self.since <= now < self.until and (not self.kinds or kind in self.kinds)
