"""How the stand-in signs people in at the workspace itself, by hand, field by field."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

import pytest

from dlt_action.standin import (
    ACCOUNT_ID,
    ADO_ISSUER,
    ADO_SUBJECT,
    AZURE_AUDIENCE,
    CLIENT_ID,
    CLIENT_SECRET,
    GITHUB_ISSUER,
    GITLAB_ISSUER,
    GITLAB_SUBJECT,
    SUBJECT,
    TENANT,
    USER,
    Fault,
    Request,
    Response,
    serve,
)
from dlt_action.standin.jwts import Untrue, read, sign, verified
from tests.standin.desk import Answer, Desk, decoded, refusal

HOST = "shop.cloud.databricks.com"
ISSUER = f"https://{HOST}/oidc"
TOKEN = "/oidc/v1/token"
ME = "/api/2.0/preview/scim/v2/Me"
UNKNOWN = "/api/2.0/pipelines/9941901a-e48b-4d04-b6ba-e0072ad126b0"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
JWT = "urn:ietf:params:oauth:token-type:jwt"

Headers = Mapping[str, str]
Fields = Mapping[str, str]

ASKED = {"grant_type": "client_credentials", "scope": "all-apis"}


@pytest.fixture
def desk() -> Desk:
    return Desk(["success"])


def basic(text: str = f"{CLIENT_ID}:{CLIENT_SECRET}") -> Headers:
    return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


def get(desk: Desk, path: str, headers: Headers | None = None) -> Response:
    sent = {
        "Host": HOST,
        "X-Forwarded-Proto": "https",
        **({} if headers is None else headers),
    }
    return desk.workspace.handle(Request("GET", path, (), sent))


def post(
    desk: Desk, body: str, headers: Headers | None = None, path: str = TOKEN
) -> Response:
    sent = {
        "Host": HOST,
        "X-Forwarded-Proto": "https",
        "Content-Type": "application/x-www-form-urlencoded",
        **({} if headers is None else headers),
    }
    return desk.workspace.handle(Request("POST", path, (), sent, body.encode()))


def said(response: Response) -> tuple[int, str, str]:
    """A refusal as OAuth has it: nothing but the two fields."""
    body = decoded(response)
    assert set(body) == {"error", "error_description"}
    return response.status, body["error"], body["error_description"]


def issued(response: Response) -> Answer:
    assert response.status == 200, response.body
    return decoded(response)


def m2m(desk: Desk) -> str:
    return str(issued(post(desk, urlencode(ASKED), basic()))["access_token"])


def exchange(desk: Desk, token: str, **changed: str | None) -> Response:
    """Exchange *token*; a field that is changed to `None` is not sent."""
    fields = {
        "client_id": CLIENT_ID,
        "grant_type": EXCHANGE,
        "subject_token_type": JWT,
        "subject_token": token,
        "scope": "all-apis",
        **changed,
    }
    sent = {name: value for name, value in fields.items() if value is not None}
    return post(desk, urlencode(sent))


def me(desk: Desk, token: str) -> Response:
    return get(desk, ME, {"Authorization": f"Bearer {token}"})


def caller(desk: Desk, response: Response) -> str:
    """Who has got a token."""
    return str(decoded(me(desk, issued(response)["access_token"]))["userName"])


def test_anybody_learns_where_to_sign_in(desk: Desk) -> None:
    assert decoded(get(desk, "/.well-known/databricks-config")) == {
        "oidc_endpoint": ISSUER,
        "account_id": ACCOUNT_ID,
        "workspace_id": "6051921418418893",
        "cloud": "AWS",
        "host_type": "workspace",
    }
    found = decoded(get(desk, "/oidc/.well-known/oauth-authorization-server"))
    assert found["issuer"] == ISSUER
    assert found["token_endpoint"] == f"{ISSUER}/v1/token"
    assert found["authorization_endpoint"] == f"{ISSUER}/v1/authorize"
    assert desk.lines == []


def test_discovery_says_what_a_test_wants_it_to_say(desk: Desk) -> None:
    identity = desk.workspace.identity
    identity.audiences = ("first", "second")
    identity.oidc_endpoint = "https://elsewhere.example/oidc"
    identity.token_endpoint = "https://elsewhere.example/token"
    config = decoded(get(desk, "/.well-known/databricks-config"))
    assert config["token_federation_default_oidc_audiences"] == ["first", "second"]
    assert config["oidc_endpoint"] == "https://elsewhere.example/oidc"
    found = decoded(get(desk, "/oidc/.well-known/oauth-authorization-server"))
    assert found["token_endpoint"] == "https://elsewhere.example/token"


@pytest.mark.parametrize(
    ("switch", "path"),
    [
        ("config_served", "/.well-known/databricks-config"),
        ("oauth_served", "/oidc/.well-known/oauth-authorization-server"),
    ],
)
def test_an_old_workspace_lacks_a_document(desk: Desk, switch: str, path: str) -> None:
    setattr(desk.workspace.identity, switch, False)
    says = f"No API found for 'GET {path}'"
    assert refusal(get(desk, path)) == (404, "ENDPOINT_NOT_FOUND", says)


def test_a_service_principal_gets_a_token_for_its_secret(desk: Desk) -> None:
    response = post(desk, urlencode(ASKED), basic())
    answer = issued(response)
    token = answer.pop("access_token")
    assert answer == {"scope": "all-apis", "token_type": "Bearer", "expires_in": 3600}
    assert response.headers["cache-control"] == "no-store"
    claims = verified(token)
    assert (claims["iss"], claims["sub"]) == (ISSUER, CLIENT_ID)
    assert claims["exp"] == int(desk.now) + 3600


NOBODY = (401, "invalid_client", "Client authentication failed")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic(f"{CLIENT_ID}:wrong"),
        basic(f"{CLIENT_ID}:{CLIENT_SECRET}\n"),
        basic(f"{CLIENT_ID}:"),
        basic(CLIENT_ID),
        basic(f"somebody:{CLIENT_SECRET}"),
        {"Authorization": f"Basic {CLIENT_ID}:{CLIENT_SECRET}"},
        {"Authorization": f"Bearer {CLIENT_SECRET}"},
    ],
)
def test_without_the_right_secret_nobody_gets_one(desk: Desk, headers: Headers) -> None:
    assert said(post(desk, urlencode(ASKED), headers)) == NOBODY


def test_a_secret_in_the_form_is_not_looked_at(desk: Desk) -> None:
    form = {**ASKED, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    assert said(post(desk, urlencode(form))) == NOBODY


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("", "invalid_request"),
        ("scope=all-apis", "invalid_request"),
        ("grant_type=client_credentials", "invalid_scope"),
        ("grant_type=client_credentials&scope=sql", "invalid_scope"),
        ("grant_type=password&scope=all-apis", "unsupported_grant_type"),
        (f"{urlencode(ASKED)}&scope=all-apis", "invalid_request"),
        ("grant_type=client_credentials&scope=ä", "invalid_request"),
    ],
)
def test_a_request_for_a_token_that_is_none_is_refused(
    desk: Desk, body: str, error: str
) -> None:
    assert said(post(desk, body, basic()))[:2] == (400, error)


@pytest.mark.parametrize("kind", ["application/json", "text/plain", ""])
def test_a_request_for_a_token_is_a_form(desk: Desk, kind: str) -> None:
    headers = {**basic(), "Content-Type": kind}
    assert said(post(desk, urlencode(ASKED), headers)) == (
        400,
        "invalid_request",
        "Content-Type must be application/x-www-form-urlencoded",
    )
    headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
    assert post(desk, urlencode(ASKED), headers).status == 200


def test_a_token_of_a_ci_is_exchanged_for_one_of_the_workspace(desk: Desk) -> None:
    token = desk.workspace.identity.id_token(f"{ISSUER}/v1/token")
    answer = issued(exchange(desk, token))
    assert verified(answer.pop("access_token"))["sub"] == CLIENT_ID
    assert answer == {"scope": "all-apis", "token_type": "Bearer", "expires_in": 3600}


def test_without_a_client_an_account_wide_policy_decides(desk: Desk) -> None:
    token = desk.workspace.identity.id_token()
    assert caller(desk, exchange(desk, token, client_id=None)) == USER


@pytest.mark.parametrize("audience", [f"{ISSUER}/v1/token", ACCOUNT_ID])
def test_github_may_name_the_token_endpoint_or_the_account(
    desk: Desk, audience: str
) -> None:
    token = desk.workspace.identity.id_token(audience)
    assert caller(desk, exchange(desk, token)) == CLIENT_ID


def test_tokens_of_gitlab_and_azure_devops_are_taken_too(desk: Desk) -> None:
    identity = desk.workspace.identity
    gitlab = identity.id_token(issuer=GITLAB_ISSUER, subject=GITLAB_SUBJECT)
    devops = identity.id_token(AZURE_AUDIENCE, issuer=ADO_ISSUER, subject=ADO_SUBJECT)
    for token in (gitlab, devops):
        assert caller(desk, exchange(desk, token)) == CLIENT_ID


def test_a_policy_that_is_added_is_obeyed(desk: Desk) -> None:
    identity = desk.workspace.identity
    issuer, subject = "https://ci.example", "job:7"
    token = identity.id_token("shop", issuer=issuer, subject=subject)
    assert exchange(desk, token).status == 400
    identity.trust(issuer, subject, ("shop",))
    assert caller(desk, exchange(desk, token)) == CLIENT_ID


def test_one_of_several_audiences_is_enough(desk: Desk) -> None:
    claims = {"aud": ["somebody", ACCOUNT_ID]}
    token = desk.workspace.identity.id_token(claims=claims)
    assert exchange(desk, token).status == 200


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("aud", "https://elsewhere.example"),
        ("sub", "repo:acme/shop:pull_request"),
        ("sub", SUBJECT.upper()),
    ],
)
def test_a_token_that_no_policy_takes_is_refused_with_its_claims(
    desk: Desk, claim: str, value: str
) -> None:
    token = desk.workspace.identity.id_token(claims={claim: value})
    status, error, says = said(exchange(desk, token))
    assert (status, error) == (400, "invalid_request")
    shown = {"iss": GITHUB_ISSUER, "aud": ACCOUNT_ID, "sub": SUBJECT, claim: value}
    assert says == f"No federation policy matches subject_token: {json.dumps(shown)}"


def test_a_policy_is_for_its_service_principal(desk: Desk) -> None:
    token = desk.workspace.identity.id_token()
    assert exchange(desk, token, client_id="somebody").status == 400


def test_how_a_policy_refuses_can_be_chosen(desk: Desk) -> None:
    desk.workspace.identity.policy_refusal = (401, "invalid_grant")
    found = said(exchange(desk, "x"))
    assert found == (
        401,
        "invalid_grant",
        "subject_token is invalid: it has not three parts",
    )


def test_a_token_that_its_issuer_has_not_signed_is_refused(desk: Desk) -> None:
    good = desk.workspace.identity.id_token()
    head, claims, seal = good.split(".")
    forged = sign("https://evil.example", read(good))
    for token in (
        forged,
        f"{head}.{claims}.",
        f"{head}.{claims}.{seal[::-1]}",
        f"{head}.!.{seal}",
        f"{head}.{base64.b64encode(b'[]').decode()}.{seal}",
        f"{claims}.{seal}",
        "",
    ):
        assert said(exchange(desk, token))[2].startswith("subject_token is invalid: ")
        with pytest.raises(Untrue):
            verified(token)


def test_a_ci_token_that_has_expired_is_refused(desk: Desk) -> None:
    token = desk.workspace.identity.id_token()
    desk.now += 299
    assert exchange(desk, token).status == 200
    desk.now += 1
    says = "subject_token is invalid: it has expired"
    assert said(exchange(desk, token)) == (400, "invalid_request", says)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"subject_token_type": "urn:ietf:params:oauth:token-type:id_token"}, "type"),
        ({"subject_token_type": None}, "subject_token_type"),
        ({"subject_token": None}, "subject_token is invalid"),
        ({"client_secret": CLIENT_SECRET}, "not authenticated by the client"),
        ({"scope": None}, "scope must be all-apis"),
    ],
)
def test_an_exchange_that_is_none_is_refused(
    desk: Desk, changed: Mapping[str, str | None], error: str
) -> None:
    response = exchange(desk, desk.workspace.identity.id_token(), **changed)
    status, _, says = said(response)
    assert status == 400
    assert error in says


def test_an_exchange_comes_without_a_secret(desk: Desk) -> None:
    form = {
        "grant_type": EXCHANGE,
        "subject_token_type": JWT,
        "subject_token": desk.workspace.identity.id_token(),
        "scope": "all-apis",
    }
    assert post(desk, urlencode(form)).status == 200
    assert said(post(desk, urlencode(form), basic()))[:2] == (400, "invalid_request")


def test_an_exchanged_token_may_end_with_the_one_it_was_exchanged_for(
    desk: Desk,
) -> None:
    identity = desk.workspace.identity
    identity.follows_id_token = True
    token = identity.id_token()
    desk.now += 100
    answer = issued(exchange(desk, token))
    assert answer["expires_in"] == 200
    desk.now += 200
    assert me(desk, answer["access_token"]).status == 401


@pytest.mark.parametrize("life", [300, 600, 3600])
def test_a_token_lives_as_long_as_it_says_by_the_workspaces_clock(
    desk: Desk, life: int
) -> None:
    desk.workspace.identity.token_life = life
    answer = issued(post(desk, urlencode(ASKED), basic()))
    assert answer["expires_in"] == life
    token = answer["access_token"]
    desk.now += life - 1
    assert me(desk, token).status == 200
    desk.now += 1
    says = "Credential was not sent or was not valid."
    response = me(desk, token)
    body = decoded(response)
    assert (response.status, body["error_code"], body["message"]) == (401, 401, says)


def test_a_token_that_is_over_may_also_be_answered_with_a_403(desk: Desk) -> None:
    desk.workspace.identity.rejects_with = 403
    response = me(desk, "nobody's")
    assert response.status == 403
    assert decoded(response) == {"error_code": 403, "message": "Invalid access token."}
    assert response.headers["x-databricks-reason-phrase"] == "Invalid access token."


def test_all_tokens_can_be_revoked_and_new_ones_be_had(desk: Desk) -> None:
    token = m2m(desk)
    desk.workspace.identity.revoke()
    assert me(desk, token).status == 401
    assert me(desk, m2m(desk)).status == 200


def test_a_principal_that_is_gone_gets_no_token(desk: Desk) -> None:
    desk.workspace.identity.principals.clear()
    assert said(post(desk, urlencode(ASKED), basic())) == NOBODY


@pytest.mark.parametrize("odd", ["3600", 0, -1, 1e12, None])
def test_an_answer_can_be_made_odd(desk: Desk, odd: object) -> None:
    identity = desk.workspace.identity
    identity.token_answer = lambda answer: {
        **answer,
        "expires_in": odd,  # type: ignore[dict-item] # what JSON could hold
        "token_type": "mac",
    }
    answer = issued(post(desk, urlencode(ASKED), basic()))
    assert (answer["expires_in"], answer["token_type"]) == (odd, "mac")
    # Whatever the answer said, the workspace knows better.
    assert me(desk, answer["access_token"]).status == 200


def test_an_answer_can_lack_a_field(desk: Desk) -> None:
    desk.workspace.identity.token_answer = lambda answer: {
        name: value for name, value in answer.items() if name != "expires_in"
    }
    answer = issued(post(desk, urlencode(ASKED), basic()))
    assert "expires_in" not in answer


def test_the_static_token_is_a_persons(desk: Desk) -> None:
    found = decoded(me(desk, "dapi-standin"))
    assert (found["userName"], found["displayName"]) == (USER, "ci-bot")
    assert found["active"] is True


def test_a_service_principal_is_called_by_its_application_id(desk: Desk) -> None:
    found = decoded(me(desk, m2m(desk)))
    assert (found["userName"], found["displayName"]) == (CLIENT_ID, "deployer")


def test_who_one_is_nobody_learns_without_a_token(desk: Desk) -> None:
    assert get(desk, ME).status == 401


def test_a_refusal_names_the_principal_who_lacks_the_permission(desk: Desk) -> None:
    for token, name in ((m2m(desk), CLIENT_ID), ("dapi-standin", USER)):
        response = get(desk, UNKNOWN, {"Authorization": f"Bearer {token}"})
        says = f"User {name} does not have View permissions on pipeline"
        assert refusal(response)[2].startswith(says)


def test_faults_spoil_token_requests_like_any_other(desk: Desk) -> None:
    desk.workspace.faults.append(
        Fault(method="POST", path_pattern=f"^{TOKEN}$", status=503, times=2)
    )
    statuses = [post(desk, urlencode(ASKED), basic()).status for _ in range(3)]
    assert statuses == [503, 503, 200]
    assert [request.path for request in desk.workspace.requests] == [TOKEN] * 3
    assert desk.workspace.requests[0].header("host") == HOST


def test_two_workspaces_of_the_same_time_issue_the_same_tokens() -> None:
    assert m2m(Desk(["success"])) == m2m(Desk(["success"]))


def test_no_two_tokens_are_the_same(desk: Desk) -> None:
    assert m2m(desk) != m2m(desk)


def test_on_other_clouds_nobody_is_sent_to_entra(desk: Desk) -> None:
    for path in ("/aad/auth", "/oidc/oauth2/v2.0/authorize"):
        assert refusal(get(desk, path))[0] == 404


def test_on_other_clouds_a_token_of_entra_is_worth_nothing(desk: Desk) -> None:
    identity = desk.workspace.identity
    audience = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d"
    issuer = f"https://sts.windows.net/{TENANT}/"
    token = identity.access_token(issuer, CLIENT_ID, audience, 3600)
    assert me(desk, token).status == 401


def test_one_workspace_can_be_served_at_two_addresses(desk: Desk) -> None:
    with serve(desk.workspace) as one, serve(desk.workspace) as other:
        headers = {"Content-Type": "application/x-www-form-urlencoded", **basic()}
        answer = ask(one.url, "POST", TOKEN, urlencode(ASKED), headers)
        bearer = {"Authorization": f"Bearer {answer['access_token']}"}
        assert ask(other.url, "GET", ME, None, bearer)["userName"] == CLIENT_ID
        assert read(answer["access_token"])["iss"] == f"{one.url}/oidc"


def ask(url: str, method: str, path: str, body: str | None, headers: Headers) -> Answer:
    with closing(HTTPConnection(urlsplit(url).netloc, timeout=5)) as connection:
        connection.request(method, path, body, headers)
        found: Answer = json.loads(connection.getresponse().read())
        return found
