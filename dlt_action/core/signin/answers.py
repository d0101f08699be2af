"""What the answers of token endpoints mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, assert_never

from dlt_action.core.exchange import (
    Ambiguous,
    Executed,
    NotExecuted,
    Rejected,
    decide,
)
from dlt_action.core.model import Json, JsonObject
from dlt_action.core.reply import Answer, SignInProblem
from dlt_action.core.signin import advice
from dlt_action.core.signin.bearer import TOKEN, seconds_of
from dlt_action.core.signin.steps import Ask, Flow, Hide, Refused, Unavailable, asked
from dlt_action.lean import replace

# None: nobody said no for good.
Explain: TypeAlias = Callable[[Rejected], SignInProblem | None]


def granted(ask: Ask, explain: Explain) -> Flow[JsonObject]:
    """
    Ask; the object in the answer.

    Raises `Refused` with what *explain* makes of a refusal. A page of a proxy, a
    redirect, half a JSON: nobody said no, and so it is `Unavailable`.
    """
    answer = yield from asked(ask)
    outcome = decide(answer)
    match outcome:
        case Executed(body=body):
            return body
        case NotExecuted(reason=reason) | Ambiguous(reason=reason):
            raise Unavailable(ask, answer, reason)
        case Rejected():
            problem = explain(outcome)
            if problem is None:
                raise Unavailable(ask, answer, outcome.reason)
            raise Refused(
                replace(problem, said=f"{_host(ask)} answered {problem.said}")
            )
        case _:
            assert_never(outcome)


def _host(ask: Ask) -> str:
    return ask.url.split("/")[2]


def bearer_of(ask: Ask, body: JsonObject) -> Flow[tuple[str, float]]:
    """The token in *body* and the seconds of its life; hidden before it is returned."""
    kind, token = body.get("token_type"), body.get("access_token")
    if not isinstance(token, str) or not TOKEN.fullmatch(token):
        raise no_token(ask)
    yield Hide(token)
    if not _is_bearer(kind):
        raise Refused(advice.odd_token(ask))
    return token, seconds_of(body.get("expires_in"), token)


def _is_bearer(kind: Json) -> bool:
    # Required by RFC 6749, and told without case; absent, there is nothing odd to see.
    return kind is None or (isinstance(kind, str) and kind.lower() == "bearer")


def no_token(ask: Ask) -> Unavailable:
    """An answer that is well formed, and gives nothing."""
    return Unavailable(ask, Answer(200, {}, b""), "the answer holds no token")
