"""What the answers of token endpoints mean."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dlt_action.core.calls import Method
from dlt_action.core.exchange import Rejected
from dlt_action.core.model import Json
from dlt_action.core.reply import Answer, Fault, FaultKind, SignInProblem
from dlt_action.core.signin.answers import bearer_of, granted
from dlt_action.core.signin.steps import Ask, Flow
from tests.core.signin import replies
from tests.core.signin.flows import Played, play
from tests.core.signin.replies import answer, html, refused

ASK = Ask(what="get a token", method=Method.POST, url="https://token.test/t")
PROBLEM = SignInProblem(what="no", said="said")


def _token(explained: SignInProblem | None) -> Flow[tuple[str, float]]:
    def explain(rejected: Rejected) -> SignInProblem | None:
        assert 400 <= rejected.status < 500
        return explained

    body = yield from granted(ASK, explain)
    return (yield from bearer_of(ASK, body))


def got(
    came: Answer | Fault, explained: SignInProblem | None = PROBLEM
) -> Played[tuple[str, float]]:
    return play(_token(explained), came)


@pytest.mark.parametrize("kind", ["Bearer", "bearer", "BEARER", None])
def test_a_bearer_token_is_taken_however_it_is_written(kind: Json) -> None:
    played = got(replies.granted("a.b.c", token_type=kind))
    assert played.result == ("a.b.c", 3600.0)
    assert played.hidden == ["a.b.c"]


def test_a_token_of_no_kind_is_a_bearer_token() -> None:
    played = got(answer(200, {"access_token": "a.b.c", "expires_in": "600"}))
    assert played.result == ("a.b.c", 600.0)


@pytest.mark.parametrize("kind", ["mac", "DPoP", "", "bearer ", 7, ["Bearer"], {}])
def test_a_token_of_another_kind_is_hidden_and_refused(kind: Json) -> None:
    played = got(replies.granted("a.b.c", token_type=kind))
    assert played.problem.what == (
        "Could not get a token: the answer's token is not a bearer token."
    )
    assert played.hidden == ["a.b.c"]


@pytest.mark.parametrize(
    "token",
    [
        None,
        "",
        7,
        ["a.b.c"],
        {"a": "b"},
        "a.b.c\n",
        "a.b.c\r\nX-Other: y",
        " a.b.c",
        "a b",
        "a\0b",
        "\u00e9",
    ],
)
def test_an_answer_without_a_usable_token_is_an_outage_without_a_word_of_it(
    token: Json,
) -> None:
    outage = got(replies.granted(token)).outage
    assert outage.why == "the answer holds no token"
    assert "a.b.c" not in f"{outage!r} {outage.reply}"


def test_an_answer_with_another_object_holds_no_token() -> None:
    for body in ({}, {"error": "x"}, {"token": "a.b.c"}, {"update_id": "u"}):
        assert got(answer(200, body)).outage.why == "the answer holds no token"


@pytest.mark.parametrize(
    "came",
    [
        refused(400, "invalid_client"),
        refused(401, "invalid_client"),
        refused(403, "access_denied"),
        answer(400, {"error_code": "INVALID", "message": "no"}),
        answer(404, {"message": "no"}),
        answer(400, {"error": "invalid_grant"}),
    ],
)
def test_a_refusal_that_says_why_is_explained_and_tells_by_whom(
    came: Answer,
) -> None:
    assert got(came).problem == replace(PROBLEM, said="token.test answered said")


def test_a_refusal_that_is_none_for_good_is_an_outage() -> None:
    came = answer(403, {"message": "not yet"})
    outage = got(came, explained=None).outage
    assert outage.reply is came
    assert outage.why == "HTTP 403: not yet"


@pytest.mark.parametrize(
    "came",
    [
        html(200),
        html(204),
        answer(200, ["a.b.c"]),
        answer(200, "a.b.c"),
        Answer(200, {"content-type": "application/json"}, b'{"access_token": "a.b'),
        Answer(200, {}, b'{"access_token": "a.b.c"}'),
        Answer(200, {"content-type": "application/json"}, b'{"expires_in": NaN}'),
        html(400),
        html(401),
        html(403),
        html(404),
        answer(401, {"nothing": "said"}),
    ],
)
def test_what_says_nothing_of_a_sign_in_refuses_nobody(came: Answer) -> None:
    outage = got(came).outage
    assert outage.reply is came
    assert outage.why.startswith(f"HTTP {came.status} ")


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_credentials_follow_no_redirect(status: int) -> None:
    location = "https://evil.example/t?session=s3cret"
    outage = got(html(status, {"location": location})).outage
    assert "a redirect to evil.example, which is not followed" in outage.why
    assert "s3cret" not in outage.why


@pytest.mark.parametrize(
    "came",
    [
        html(429, {"retry-after": "7"}),
        answer(429, {"error": "slow_down"}, {"retry-after": "7"}),
        html(408),
        html(500),
        answer(500, {"error": "server_error", "error_description": "x"}),
        answer(503, {"error": "temporarily_unavailable"}, {"retry-after": "7"}),
        html(599),
        Fault(FaultKind.UNCONNECTED),
        Fault(FaultKind.UNTRUSTED, "self-signed"),
        Fault(FaultKind.READ_TIMEOUT),
        Fault(FaultKind.OVERSIZED),
    ],
)
def test_whoever_may_answer_later_is_kept_as_they_answered(
    came: Answer | Fault,
) -> None:
    played = got(came)
    assert played.outage.ask is ASK
    assert played.outage.reply is came
