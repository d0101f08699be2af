from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_action.core.exchange import (
    Ambiguous,
    Executed,
    NotExecuted,
    Outcome,
    Rejected,
    decide,
    of_a_read,
)
from dlt_action.core.reply import (
    Answer,
    Fault,
    FaultKind,
    SignInProblem,
    Unsigned,
)

JSON = {"content-type": "application/json"}
HTML = {"content-type": "text/html; charset=utf-8"}
ID = "60fb3dc0-0000-4000-8000-000000000001"


def answer(
    status: int, body: bytes | object, headers: Mapping[str, str] = JSON
) -> Outcome:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return decide(Answer(status, headers, raw))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500, None])
def test_a_read_that_is_refused_is_refused_whatever_the_body_is(
    status: int | None,
) -> None:
    unsaid = Ambiguous(reason="HTTP with text/html", status=status)
    refused = Rejected(status=status or 0, error_code=None, message=unsaid.reason)
    assert of_a_read(unsaid) == (refused if status in (401, 403) else unsaid)


def test_an_answer_that_is_of_no_use_to_a_read_is_none() -> None:
    answered = Executed(body={"a": 1})
    assert of_a_read(answered) == answered
    assert of_a_read(answered, lambda body: "a" in body) == answered
    assert of_a_read(answered, lambda body: "b" in body) == Ambiguous(
        reason="the answer is not that of a Databricks workspace"
    )


# What happened before anything could have been read by the server.
PROVEN = {
    FaultKind.UNRESOLVED,
    FaultKind.UNCONNECTED,
    FaultKind.CONNECT_TIMEOUT,
    FaultKind.PROXY,
    FaultKind.UNTRUSTED,
    FaultKind.UNSENDABLE,
    FaultKind.UNSIGNED,
}


@pytest.mark.parametrize("kind", FaultKind)
def test_only_a_fault_before_sending_proves_that_nothing_happened(
    kind: FaultKind,
) -> None:
    outcome = decide(Fault(kind))
    assert not isinstance(outcome, Executed)
    assert isinstance(outcome, NotExecuted) == (kind in PROVEN)
    assert isinstance(outcome, Ambiguous) == (kind not in PROVEN)
    assert outcome.reason == kind.value


@pytest.mark.parametrize("kind", FaultKind)
def test_only_what_a_repetition_cannot_mend_is_hopeless(kind: FaultKind) -> None:
    outcome = decide(Fault(kind, "a detail"))
    assert getattr(outcome, "hopeless", False) == (
        kind in {FaultKind.UNTRUSTED, FaultKind.UNSENDABLE}
    )


def test_a_fault_that_asks_for_patience_is_given_it() -> None:
    away = Fault(FaultKind.UNSIGNED, "could not get a token: HTTP 503", 9.0)
    assert decide(away) == NotExecuted(
        reason="no token could be had: could not get a token: HTTP 503",
        wait_hint=9.0,
        unsigned=True,
    )


REFUSED = SignInProblem(what="The secret is wrong.", advice="Make a new one.")


def test_a_refused_sign_in_is_a_refusal_and_not_of_the_workspace() -> None:
    assert decide(Unsigned(REFUSED)) == Rejected(
        status=401, error_code=None, message=REFUSED.what, sign_in=REFUSED
    )


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("", "The secret is wrong."),
        ("HTTP 401 invalid_client: no", "HTTP 401 invalid_client: no"),
        ("a\n::error::b", "a ::error::b"),
        ("x" * 5_000, "x" * 699 + "…"),
    ],
)
def test_the_reason_of_a_refused_sign_in_is_what_was_said_on_one_short_line(
    said: str, reason: str
) -> None:
    outcome = decide(Unsigned(replace(REFUSED, said=said)))
    assert isinstance(outcome, Rejected)
    assert outcome.reason == reason


def test_the_detail_of_a_fault_is_part_of_the_reason() -> None:
    outcome = decide(Fault(FaultKind.PROXY, "407"))
    assert outcome == NotExecuted(reason="the proxy refused the connection: 407")


@pytest.mark.parametrize("kind", FaultKind)
def test_only_an_oversized_answer_says_that_less_may_be_asked_for(
    kind: FaultKind,
) -> None:
    oversized = getattr(decide(Fault(kind)), "oversized", False)
    assert oversized == (kind is FaultKind.OVERSIZED)


@pytest.mark.parametrize("status", [200, 201, 202, 299])
def test_a_2xx_with_a_json_object_is_executed(status: int) -> None:
    assert answer(status, {"update_id": ID}) == Executed(body={"update_id": ID})


@pytest.mark.parametrize(
    "kind",
    ["application/json; charset=utf-8", "APPLICATION/JSON", "application/problem+json"],
)
def test_a_content_type_that_says_json_in_other_words_is_json(kind: str) -> None:
    assert answer(200, {}, {"content-type": kind}) == Executed(body={})


NOT_THE_API = {
    "an empty body": b"",
    "a blank": b" ",
    "half a JSON": b'{"update_id": "60fb',
    "two JSONs": b"{} {}",
    "a list": b'[{"update_id": "a"}]',
    "null": b"null",
    "a string": b'"update_id"',
    "a number": b"7",
    "NaN": b'{"rows": NaN}',
    "minus infinity": b'{"rows": -Infinity}',
    "a duplicate key": b'{"state": "FAILED", "state": "COMPLETED"}',
    "a duplicate key, deeper": b'{"update": {"state": "FAILED", "state": "COMPLETED"}}',
    "a byte order mark": b'\xef\xbb\xbf{"update_id": "a"}',
    "Latin-1": '{"name": "Größe"}'.encode("latin-1"),
    "UTF-16": '{"name": "a"}'.encode("utf-16"),
    "a depth of 1e5": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "lists to a depth of 1e5": b'{"a":' + b"[" * 100_000,
    "an integer of 5,000 digits": b'{"rows": ' + b"9" * 5_000 + b"}",
    "single quotes": b"{'update_id': 'a'}",
    "a trailing comma": b'{"update_id": "a",}',
    "a raw line break": b'{"a": "x\ny"}',
    "NUL bytes": b"\x00" * 16,
    "gzip": b"\x1f\x8b\x08\x00\x00",
}


@pytest.mark.parametrize("body", NOT_THE_API.values(), ids=NOT_THE_API.keys())
def test_a_2xx_without_a_json_object_is_ambiguous(body: bytes) -> None:
    outcome = answer(200, body)
    assert outcome == Ambiguous(
        reason="HTTP 200 with application/json, which is not the JSON of the API",
        status=200,
    )


@pytest.mark.parametrize(
    "headers",
    [
        {},
        HTML,
        {"content-type": "text/plain"},
        {"content-type": "application/jsonp"},
        {"content-type": "application/x-json-lines"},
        {"content-type": "; application/json"},
    ],
)
def test_json_under_another_content_type_is_not_believed(
    headers: dict[str, str],
) -> None:
    assert isinstance(answer(200, {"update_id": ID}, headers), Ambiguous)


def test_a_login_page_is_told_by_its_type_and_not_by_its_text() -> None:
    page = b"<html><title>Sign in to secret-workspace</title></html>"
    outcome = answer(203, page, HTML)
    assert isinstance(outcome, Ambiguous)
    assert outcome.status == 203
    assert outcome.reason == (
        "HTTP 203 with text/html, which is not the JSON of the API"
    )


def test_a_content_type_cannot_smuggle_lines_into_the_reason() -> None:
    outcome = answer(502, b"", {"content-type": "a\n::error::b" + "x" * 200})
    assert isinstance(outcome, Ambiguous)
    assert "\n" not in outcome.reason
    assert len(outcome.reason) < 100


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("https://login.example.test/oidc?code=s3cret", "login.example.test"),
        ("http://user:s3cret@evil.test:8080/path", "evil.test"),
        ("//evil.test/s3cret", "evil.test"),
        ("/login.html?error=private-link-validation-error", "the same host"),
        ("", "the same host"),
        ("https://[::1/s3cret", "the same host"),
        ("javascript:s3cret", "the same host"),
        ("https://a\u202etest/", "a\\u202etest"),
    ],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_executed_and_names_the_host_only(
    status: int, location: str, target: str
) -> None:
    outcome = answer(status, b"", {"location": location})
    assert isinstance(outcome, NotExecuted)
    assert outcome.hopeless
    assert f"HTTP {status}: a redirect to {target}, which" in outcome.reason
    assert "s3cret" not in outcome.reason


def test_a_redirect_of_any_length_is_a_short_reason() -> None:
    outcome = answer(302, b"", {"location": f"https://{'x' * 9_000}.test"})
    assert isinstance(outcome, NotExecuted)
    assert len(outcome.reason) < 300


REFUSALS: dict[str, tuple[object, str | None, str]] = {
    "the API's": ({"error_code": "CONFLICT", "message": "busy"}, "CONFLICT", "busy"),
    "an older one, with a number": ({"error_code": 401, "message": "no"}, None, "no"),
    "API 1.2's": ({"error": "bad"}, None, "bad"),
    "OAuth's": (
        {"error": "invalid_client", "error_description": "wrong secret"},
        "invalid_client",
        "wrong secret",
    ),
    "SCIM's": ({"detail": "not here", "status": "404"}, None, "not here"),
    "a code alone": ({"error_code": "DENIED"}, "DENIED", "DENIED"),
    "an empty message": ({"error_code": "A", "message": ""}, "A", ""),
    "an object for a message": (
        {"message": {"a": 1}, "error_code": "ODD"},
        "ODD",
        "ODD",
    ),
}


@pytest.mark.parametrize(
    ("body", "code", "message"), REFUSALS.values(), ids=REFUSALS.keys()
)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 499])
def test_a_4xx_that_says_why_is_a_refusal(
    status: int, body: object, code: str | None, message: str
) -> None:
    assert answer(status, body) == Rejected(
        status=status, error_code=code, message=message
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>403</html>",
        b"PERMISSION_DENIED: no",
        b"[]",
        b"{}",
        b'{"message": 7}',
        b'{"error": {"code": 403, "message": "of another API"}}',
    ],
)
@pytest.mark.parametrize("status", [400, 403, 404, 409])
def test_a_4xx_that_does_not_say_why_is_ambiguous(status: int, body: bytes) -> None:
    outcome = answer(status, body)
    assert isinstance(outcome, Ambiguous)
    assert outcome.status == status


def test_a_4xx_of_a_proxy_is_ambiguous_whatever_it_says() -> None:
    assert isinstance(answer(403, {"message": "blocked"}, HTML), Ambiguous)


REQUEST_INFO = {
    "@type": "type.googleapis.com/google.rpc.RequestInfo",
    "request_id": "01ef-d2b1",
}


@pytest.mark.parametrize(
    ("details", "headers", "request_id"),
    [
        ([REQUEST_INFO], {}, "01ef-d2b1"),
        ([{"reason": "X"}, REQUEST_INFO], {"x-request-id": "h"}, "01ef-d2b1"),
        (["text", 7, None, {"request_id": ""}], {"x-request-id": "h"}, "h"),
        ([{"request_id": 7}], {"x-databricks-request-id": "d"}, "d"),
        ({"request_id": "not a list"}, {}, None),
        (None, {"x-databricks-request-id": "d", "x-request-id": "h"}, "d"),
        (None, {"x-databricks-request-id": "", "x-request-id": "h"}, "h"),
        (None, {}, None),
    ],
)
def test_a_refusal_names_the_request_wherever_it_is_told(
    details: object, headers: dict[str, str], request_id: str | None
) -> None:
    body = {"message": "m", "details": details}
    outcome = answer(400, body, {**JSON, **headers})
    assert isinstance(outcome, Rejected)
    assert outcome.request_id == request_id


def test_a_request_id_is_one_short_line() -> None:
    headers = {**JSON, "x-request-id": "a\n::error::b" + "c" * 500}
    outcome = answer(400, {"message": "m"}, headers)
    assert isinstance(outcome, Rejected)
    assert outcome.request_id is not None
    assert "\n" not in outcome.request_id
    assert len(outcome.request_id) == 100


def test_the_reason_of_a_refusal_is_one_line_with_all_that_support_asks_for() -> None:
    refusal = Rejected(
        status=400, error_code="INVALID", message="first\nsecond", request_id="01ef"
    )
    assert refusal.reason == "HTTP 400 INVALID: first second (request id 01ef)"
    assert Rejected(status=403, error_code=None, message="no").reason == "HTTP 403: no"


def test_the_reason_of_a_refusal_is_short_however_much_the_server_says() -> None:
    refusal = Rejected(status=400, error_code="A" * 5_000, message="m" * 100_000)
    assert len(refusal.reason) == 700


@pytest.mark.parametrize("status", [100, 199, 408, 500, 501, 502, 503, 504, 599, 600])
@pytest.mark.parametrize("body", [b'{"message": "m"}', b'{"update_id": "a"}', b""])
def test_whatever_may_have_been_executed_is_ambiguous(status: int, body: bytes) -> None:
    outcome = answer(status, body, {**JSON, "retry-after": "7"})
    assert isinstance(outcome, Ambiguous)
    assert outcome.status == status
    assert outcome.wait_hint == 7.0


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"message": "slow down"}'])
def test_a_429_is_an_answer_and_nothing_was_executed(body: bytes) -> None:
    outcome = answer(429, body, {"retry-after": "9"})
    assert isinstance(outcome, NotExecuted)
    assert outcome.throttled
    assert not outcome.hopeless
    assert outcome.wait_hint == 9.0


DATE = "Wed, 21 Oct 2026 07:28:00 GMT"

# Row B4 of the fault matrix, and its relatives.
HINTS: list[tuple[str, str | None, float | None]] = [
    ("0", None, 0.0),
    ("5", None, 5.0),
    (" 5 ", None, 5.0),
    ("007", None, 7.0),
    ("120", None, 120.0),
    ("121", None, 120.0),
    ("99999999999", None, None),
    ("999999999", None, 120.0),
    ("-5", None, None),
    ("+5", None, None),
    ("NaN", None, None),
    ("inf", None, None),
    ("1e3", None, None),
    ("1.5", None, None),
    ("1_0", None, None),
    ("0x10", None, None),
    ("१२", None, None),
    ("²", None, None),
    ("5, 10", None, None),
    ("5s", None, None),
    ("", None, None),
    ("soon", None, None),
    ("Wed, 21 Oct 2026 07:28:30 GMT", DATE, 30.0),
    ("Wed, 21 Oct 2026 07:27:00 GMT", DATE, 0.0),
    ("Wed, 21 Oct 2099 07:28:00 GMT", DATE, 120.0),
    ("Wed, 21 Oct 2026 07:28:30 GMT", None, None),
    ("Wed, 21 Oct 2026 07:28:30 GMT", "yesterday", None),
    ("Wed, 21 Oct 2026 07:28:30 -0000", DATE, None),
    ("Wed, 99 Oct 2026 07:28:30 GMT", DATE, None),
    ("Mon, 01 Jan 0001 00:00:00 +9999", DATE, None),
    ("Fri, 31 Dec 9999 23:59:59 -2359", DATE, 120.0),
]


@pytest.mark.parametrize(("value", "date", "seconds"), HINTS)
def test_retry_after_is_clamped_or_ignored(
    value: str, date: str | None, seconds: float | None
) -> None:
    headers = {"retry-after": value} if date is None else _dated(value, date)
    outcome = answer(429, b"", headers)
    assert isinstance(outcome, NotExecuted)
    assert outcome.wait_hint == seconds


def _dated(value: str, date: str) -> dict[str, str]:
    return {"retry-after": value, "date": date}


@given(st.text(), st.text())
def test_no_retry_after_at_all_is_longer_than_two_minutes(
    value: str, date: str
) -> None:
    outcome = answer(429, b"", _dated(value, date))
    assert isinstance(outcome, NotExecuted)
    assert outcome.wait_hint is None or 0 <= outcome.wait_hint <= 120


@given(
    st.integers(100, 999),
    st.dictionaries(
        st.sampled_from(["content-type", "location", "retry-after", "date"]),
        st.sampled_from(["application/json", "text/html", "https://[", "5", DATE])
        | st.text(),
    ),
    st.binary() | st.sampled_from([b"{}", b'{"message": "m"}', b"{", b"[]"]),
)
def test_any_answer_has_one_outcome_and_only_a_2xx_is_executed(
    status: int, headers: dict[str, str], body: bytes
) -> None:
    match decide(Answer(status, headers, body)):
        case Executed():
            assert 200 <= status < 300
        case Rejected():
            assert 400 <= status < 500
            assert status not in (408, 429)
        case NotExecuted(throttled=throttled):
            assert 300 <= status < 400 or status == 429
            assert throttled == (status == 429)
        case Ambiguous():
            assert not 300 <= status < 400
