"""What the answers of token endpoints mean."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
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

# None: nobody said no for good.
Explain: TypeAlias = Callable[[Rejected], SignInProblem | None]


def granted(ask: Ask, explain: Explain) -> Flow[JsonObject]:
    """
    Ask; the object in the answer.

    Raises `Refused` with what *explain* makes of a refusal, `Unavailable` for what may
    work later.
    """
    answer = yield from asked(ask)
    outcome = decide(answer)
    match outcome:
        case Executed(body=body):
            return body
        case NotExecuted(throttled=True):
            raise Unavailable(ask, answer)
        case NotExecuted(reason=reason):
            raise Refused(advice.redirected(ask, reason))
        case Rejected():
            problem = explain(outcome)
            if problem is None:
                raise Unavailable(ask, answer)
            raise Refused(problem)
        case Ambiguous(reason=reason):
            if _may_pass(answer):
                raise Unavailable(ask, answer)
            raise Refused(advice.no_endpoint(ask, reason))
        case _:
            assert_never(outcome)


def _may_pass(answer: Answer) -> bool:
    timed_out = answer.status == HTTPStatus.REQUEST_TIMEOUT
    return answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or timed_out


def bearer_of(ask: Ask, body: JsonObject) -> Flow[tuple[str, float]]:
    """The token in *body* and the seconds of its life; hidden before it is returned."""
    kind, token = body.get("token_type"), body.get("access_token")
    if not isinstance(token, str) or not TOKEN.fullmatch(token):
        raise Refused(advice.no_token(ask))
    yield Hide(token)
    if not _is_bearer(kind):
        raise Refused(advice.odd_token(ask))
    return token, seconds_of(body.get("expires_in"), token)


def _is_bearer(kind: Json) -> bool:
    # Required by RFC 6749, and told without case; absent, there is nothing odd to see.
    return kind is None or (isinstance(kind, str) and kind.lower() == "bearer")
