"""What the stand-in offers the jobs of a CI, as GitHub and Azure DevOps have it."""

from __future__ import annotations

import pytest

from dlt_action.standin import (
    ADO_ACCESS_TOKEN,
    ADO_ISSUER,
    ADO_SUBJECT,
    AZURE_AUDIENCE,
    GITHUB_ISSUER,
    GITHUB_PATH,
    GITHUB_QUERY,
    REQUEST_TOKEN,
    SUBJECT,
    Fault,
    Request,
    Response,
)
from dlt_action.standin.jwts import verified
from tests.standin.desk import Desk, decoded

DEVOPS = "/_ci/azure-devops/shop/_apis/distributedtask/hubs/build/plans/p1/jobs/j1"


@pytest.fixture
def desk() -> Desk:
    return Desk(["success"])


def github(
    desk: Desk,
    audience: str | None = "shop",
    *,
    authorization: str = f"bearer {REQUEST_TOKEN}",
    version: str = "2.0",
) -> Response:
    query = [("api-version", version)]
    query += [] if audience is None else [("audience", audience)]
    headers = {"Authorization": authorization}
    return desk.workspace.handle(Request("GET", GITHUB_PATH, tuple(query), headers))


def devops(
    desk: Desk, token: str = ADO_ACCESS_TOKEN, version: str = "7.2-preview.1"
) -> Response:
    headers = {"Authorization": f"Bearer {token}"}
    query = (("api-version", version),)
    path = f"{DEVOPS}/oidctoken"
    return desk.workspace.handle(Request("POST", path, query, headers))


def test_github_tells_which_job_it_is(desk: Desk) -> None:
    answer = decoded(github(desk, "https://shop.example"))
    assert set(answer) == {"count", "value"}
    assert answer["count"] == len(answer["value"])
    claims = verified(answer["value"])
    assert claims["iss"] == GITHUB_ISSUER
    assert claims["sub"] == SUBJECT
    assert claims["aud"] == "https://shop.example"
    assert claims["repository"] == "acme/shop"
    assert claims["repository_owner_id"] == "7770001"
    assert claims["environment"] == "production"
    assert claims["ref"] == "refs/heads/main"
    assert claims["job_workflow_ref"] == claims["workflow_ref"]
    assert claims["iat"] == int(desk.now)
    assert claims["exp"] == int(desk.now) + 300


def test_the_query_that_a_runner_has_is_the_one_that_is_asked_for() -> None:
    assert GITHUB_QUERY == "api-version=2.0"


def test_without_an_audience_github_names_the_owner(desk: Desk) -> None:
    answer = decoded(github(desk, None))
    assert verified(answer["value"])["aud"] == "https://github.com/acme"


def test_each_token_of_github_is_a_new_one(desk: Desk) -> None:
    first, second = (decoded(github(desk))["value"] for _ in range(2))
    assert verified(first)["jti"] != verified(second)["jti"]


def test_the_job_can_be_another_one(desk: Desk) -> None:
    identity = desk.workspace.identity
    identity.subject = "repo:acme@7770001/shop@5550001:ref:refs/heads/main"
    identity.github_claims["environment"] = None
    claims = verified(decoded(github(desk))["value"])
    assert claims["sub"] == identity.subject
    assert claims["environment"] is None
    assert claims["repository"] == "acme/shop"


@pytest.mark.parametrize(
    "authorization", ["", "Bearer wrong", f"Basic {REQUEST_TOKEN}", REQUEST_TOKEN]
)
def test_github_gives_nothing_for_a_wrong_request_token(
    desk: Desk, authorization: str
) -> None:
    response = github(desk, authorization=authorization)
    assert response.status == 401
    assert decoded(response) == {"message": "The request token is not valid."}


def test_github_wants_to_be_asked_at_the_url_that_it_gave(desk: Desk) -> None:
    assert github(desk, version="").status == 400


def test_github_may_believe_that_the_job_is_waiting_still(desk: Desk) -> None:
    desk.workspace.identity.ci_pending = 2
    refused = [github(desk) for _ in range(2)]
    assert [response.status for response in refused] == [403, 403]
    says = "Can't issue ID_TOKEN for job in 'Pending' state"
    assert decoded(refused[0]) == {"message": says}
    assert github(desk).status == 200


def test_azure_devops_chooses_the_audience_itself(desk: Desk) -> None:
    answer = decoded(devops(desk))
    assert set(answer) == {"oidcToken"}
    claims = verified(answer["oidcToken"])
    assert claims["iss"] == ADO_ISSUER
    assert claims["sub"] == ADO_SUBJECT
    assert claims["aud"] == AZURE_AUDIENCE


def test_azure_devops_gives_nothing_for_a_wrong_token_or_version(desk: Desk) -> None:
    assert devops(desk, "wrong").status == 401
    assert devops(desk, version="7.1").status == 400


def test_faults_spoil_the_requests_of_a_ci_too(desk: Desk) -> None:
    desk.workspace.faults += [
        Fault(method="GET", path_pattern="/_ci/github", status=502),
        Fault(method="POST", path_pattern="/oidctoken$", status=500),
    ]
    assert [github(desk).status for _ in range(2)] == [502, 200]
    assert [devops(desk).status for _ in range(2)] == [500, 200]
