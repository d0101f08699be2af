"""Entra ID, and what a workspace of Azure makes of its tokens, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

import pytest

from dlt_action.standin import (
    ADO_ISSUER,
    ADO_SUBJECT,
    AZURE_AUDIENCE,
    AZURE_CLIENT_ID,
    AZURE_CLIENT_SECRET,
    GITLAB_ISSUER,
    RESOURCE_ID,
    SUBJECT,
    TENANT,
    Fault,
    Request,
    Response,
)
from dlt_action.standin.jwts import sign, verified
from tests.standin.desk import Answer, Desk, decoded, refusal

DATABRICKS = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d"
MANAGEMENT = "https://management.core.windows.net/"
TOKEN = f"/{TENANT}/oauth2/token"
ME = "/api/2.0/preview/scim/v2/Me"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@pytest.fixture
def desk() -> Desk:
    return Desk(["success"], cloud="Azure")


def ask(desk: Desk, /, **changed: str | None) -> Response:
    """Ask Entra with a secret; a field that is changed to `None` is not sent."""
    return send(desk, TOKEN, changed)


def send(desk: Desk, path: str, changed: Mapping[str, str | None]) -> Response:
    fields = {
        "grant_type": "client_credentials",
        "client_id": AZURE_CLIENT_ID,
        "client_secret": AZURE_CLIENT_SECRET,
        "resource": DATABRICKS,
        **changed,
    }
    sent = {name: value for name, value in fields.items() if value is not None}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    body = urlencode(sent).encode()
    return desk.workspace.handle(Request("POST", path, (), headers, body))


def assert_job(desk: Desk, token: str, **changed: str | None) -> Response:
    """Ask Entra with a token of a CI instead."""
    fields = {"client_assertion": token, "client_assertion_type": ASSERTION, **changed}
    return ask(desk, client_secret=None, **fields)


def have(response: Response) -> str:
    assert response.status == 200, response.body
    return str(decoded(response)["access_token"])


def me(desk: Desk, token: str, headers: Mapping[str, str] | None = None) -> Response:
    sent = {"Authorization": f"Bearer {token}", **({} if headers is None else headers)}
    return desk.workspace.handle(Request("GET", ME, (), sent))


def said(response: Response) -> tuple[int, str, int]:
    """A refusal of Entra: all its fields, and the number both times."""
    body: Answer = decoded(response)
    assert set(body) == {
        "error",
        "error_description",
        "error_codes",
        "timestamp",
        "trace_id",
        "correlation_id",
        "error_uri",
    }
    (number,) = body["error_codes"]
    assert body["error_description"].startswith(f"AADSTS{number}: ")
    assert body["error_description"].endswith(f" Timestamp: {body['timestamp']}")
    assert body["error_uri"].endswith(f"?code={number}")
    return response.status, body["error"], number


@pytest.mark.parametrize(
    ("path", "end"),
    [
        ("/aad/auth", "oauth2/authorize"),
        ("/oidc/oauth2/v2.0/authorize", "oauth2/v2.0/authorize"),
    ],
)
@pytest.mark.parametrize(
    "authority", ["login.microsoftonline.com", "login.microsoftonline.us"]
)
def test_a_workspace_sends_browsers_to_its_tenant(
    desk: Desk, path: str, end: str, authority: str
) -> None:
    desk.workspace.identity.authority = authority
    response = desk.workspace.handle(Request("GET", path))
    assert (response.status, response.body) == (302, b"")
    where, _, query = response.headers["location"].partition("?")
    assert where == f"https://{authority}/{TENANT}/{end}"
    assert query.startswith(f"client_id={DATABRICKS}&")


def test_an_application_gets_a_token_for_its_secret(desk: Desk) -> None:
    answer = decoded(ask(desk))
    token = answer.pop("access_token")
    assert answer == {
        "token_type": "Bearer",
        "expires_in": "3600",
        "ext_expires_in": "3600",
        "expires_on": str(int(desk.now) + 3600),
        "not_before": str(int(desk.now) - 300),
        "resource": DATABRICKS,
    }
    claims = verified(token)
    assert claims["iss"] == f"https://sts.windows.net/{TENANT}/"
    assert claims["aud"] == DATABRICKS
    assert decoded(me(desk, token))["userName"] == AZURE_CLIENT_ID


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({"client_secret": "wrong"}, (401, "invalid_client", 7000215)),
        ({"client_secret": None}, (401, "invalid_client", 7000218)),
        ({"client_id": "x"}, (400, "unauthorized_client", 700016)),
        ({"resource": "https://x.example"}, (400, "invalid_resource", 500011)),
        ({"resource": None}, (400, "invalid_request", 900144)),
        ({"client_id": None}, (400, "invalid_request", 900144)),
        ({"grant_type": None}, (400, "invalid_request", 900144)),
        ({"grant_type": "password"}, (400, "unsupported_grant_type", 70003)),
    ],
)
def test_entra_refuses_with_a_number(
    desk: Desk, changed: Mapping[str, str | None], refused: tuple[int, str, int]
) -> None:
    assert said(ask(desk, **changed)) == refused


def test_entra_does_not_know_every_tenant(desk: Desk) -> None:
    path = "/11111111-2222-4333-8444-555555555555/oauth2/token"
    assert said(send(desk, path, {})) == (400, "invalid_request", 90002)


@pytest.mark.parametrize(
    ("issuer", "subject"),
    [("https://token.actions.githubusercontent.com", SUBJECT), (ADO_ISSUER, None)],
)
def test_a_ci_vouches_for_an_application(
    desk: Desk, issuer: str, subject: str | None
) -> None:
    identity = desk.workspace.identity
    whom = ADO_SUBJECT if subject is None else subject
    token = identity.id_token(AZURE_AUDIENCE, issuer=issuer, subject=whom)
    made = have(assert_job(desk, token))
    assert decoded(me(desk, made))["userName"] == AZURE_CLIENT_ID


@pytest.mark.parametrize(
    ("changed", "number"),
    [
        ({"iss": GITLAB_ISSUER}, 5002738),
        ({"sub": "repo:acme/shop:pull_request"}, 700213),
        ({"aud": "shop"}, 700212),
        ({"exp": 0}, 700024),
    ],
)
def test_entra_says_what_is_wrong_with_a_token_of_a_ci(
    desk: Desk, changed: Mapping[str, str | int], number: int
) -> None:
    token = desk.workspace.identity.id_token(AZURE_AUDIENCE, claims=changed)
    assert said(assert_job(desk, token)) == (401, "invalid_client", number)


def test_entra_names_the_issuer_that_it_does_not_know(desk: Desk) -> None:
    token = desk.workspace.identity.id_token(AZURE_AUDIENCE, issuer=GITLAB_ISSUER)
    response = assert_job(desk, token)
    assert said(response) == (401, "invalid_client", 700211)
    assert GITLAB_ISSUER in decoded(response)["error_description"]


def test_an_assertion_has_a_type_and_is_a_token(desk: Desk) -> None:
    token = desk.workspace.identity.id_token(AZURE_AUDIENCE)
    wrong = assert_job(desk, token, client_assertion_type="saml")
    assert said(wrong) == (400, "invalid_request", 50027)
    assert said(assert_job(desk, "x"))[2] == 5002738


def test_a_token_for_management_opens_no_workspace(desk: Desk) -> None:
    token = have(ask(desk, resource=MANAGEMENT))
    assert me(desk, token).status == 401


def test_what_goes_with_a_token_of_entra_has_to_be_right(desk: Desk) -> None:
    token = have(ask(desk))
    management = have(ask(desk, resource=MANAGEMENT))
    sp = "X-Databricks-Azure-SP-Management-Token"
    workspace = "X-Databricks-Azure-Workspace-Resource-Id"
    assert me(desk, token, {sp: management, workspace: RESOURCE_ID}).status == 200
    assert me(desk, token, {workspace: RESOURCE_ID.upper()}).status == 200
    for wrong in ({sp: token}, {sp: "x"}, {workspace: "/subscriptions/x"}):
        status, code, _ = refusal(me(desk, token, wrong))
        assert (status, code) == (403, "PERMISSION_DENIED")


def test_who_is_new_to_the_workspace_needs_both(desk: Desk) -> None:
    desk.workspace.identity.newcomers.add(AZURE_CLIENT_ID)
    token = have(ask(desk))
    sp = {
        "X-Databricks-Azure-SP-Management-Token": have(ask(desk, resource=MANAGEMENT))
    }
    workspace = {"X-Databricks-Azure-Workspace-Resource-Id": RESOURCE_ID}
    assert [
        me(desk, token, headers).status
        for headers in ({}, sp, workspace, {**sp, **workspace})
    ] == [403, 403, 403, 200]


def test_azure_takes_no_token_that_ends_within_30_seconds(desk: Desk) -> None:
    token = have(ask(desk))
    desk.now += 3600 - 31
    assert me(desk, token).status == 200
    desk.now += 1
    assert me(desk, token).status == 401


def test_an_answer_of_entra_can_be_made_odd(desk: Desk) -> None:
    desk.workspace.identity.token_answer = lambda _: {"access_token": "x"}
    assert decoded(ask(desk)) == {"access_token": "x"}


def test_faults_spoil_the_requests_to_entra_too(desk: Desk) -> None:
    fault = Fault(method="POST", path_pattern="/oauth2/token$", status=429)
    desk.workspace.faults.append(fault)
    assert [ask(desk).status for _ in range(2)] == [429, 200]


def test_a_token_that_says_it_is_entras_is_not_taken_for_it(desk: Desk) -> None:
    claims = {"aud": DATABRICKS, "sub": AZURE_CLIENT_ID}
    made = sign(f"https://sts.windows.net/{TENANT}/", claims)
    assert me(desk, made).status == 401
