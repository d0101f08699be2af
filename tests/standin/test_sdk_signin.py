"""
The judge signs in: Databricks' own client, in each way that the stand-in knows.

Its clock cannot be handed in. Tokens that it has to renew are therefore short: it takes
one that has 40 seconds left for expired, so one of 30 is renewed before each call.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.config import Config
from databricks.sdk.errors import PermissionDenied, Unauthenticated

from dlt_action.standin import (
    ACCOUNT_ID,
    ADO_ACCESS_TOKEN,
    AZURE_CLIENT_ID,
    AZURE_CLIENT_SECRET,
    CLIENT_ID,
    CLIENT_SECRET,
    GITHUB_PATH,
    GITHUB_QUERY,
    GITLAB_ISSUER,
    GITLAB_SUBJECT,
    REQUEST_TOKEN,
    RESOURCE_ID,
    TENANT,
    USER,
    serve,
)
from tests.standin import azure
from tests.standin.desk import Desk

TOKEN_PATH = "/oidc/v1/token"
ENTRA_PATH = f"/{TENANT}/oauth2/token"
M2M = {
    "auth_type": "oauth-m2m",
    "client_id": CLIENT_ID,
    "client_secret": CLIENT_SECRET,
}
SECRET = {
    "auth_type": "azure-client-secret",
    "azure_client_id": AZURE_CLIENT_ID,
    "azure_client_secret": AZURE_CLIENT_SECRET,
}


@pytest.fixture
def desk() -> Desk:
    return Desk(["success"])


@pytest.fixture
def url(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with serve(desk.workspace) as served:
        # The only way in: the SDK reads these from its own environment.
        for name, value in surroundings(served.url).items():
            monkeypatch.setenv(name, value)
        yield served.url


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    desk = Desk(["success"], cloud="Azure")
    with azure.azure(desk.workspace, tmp_path) as place:
        for name, value in place.environ.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", azure.REQUEST_URL)
        monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", REQUEST_TOKEN)
        yield desk
        assert place.tunnel.plain == []


def surroundings(url: str) -> Mapping[str, str]:
    """What a job of GitHub has in its environment, and one of Azure DevOps."""
    return {
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{url}{GITHUB_PATH}?{GITHUB_QUERY}",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": REQUEST_TOKEN,
        "SYSTEM_ACCESSTOKEN": ADO_ACCESS_TOKEN,
        "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI": f"{url}/_ci/azure-devops/",
        "SYSTEM_TEAMPROJECTID": "2b7f5f1e-7a52-4d3a-8e0c-9d1f3b5a7c90",
        "SYSTEM_HOSTTYPE": "build",
        "SYSTEM_PLANID": "b2a1c3d4-0001-4f00-8a00-000000000001",
        "SYSTEM_JOBID": "b2a1c3d4-0002-4f00-8a00-000000000002",
    }


def client(host: str, **how: Any) -> WorkspaceClient:  # noqa: ANN401 - whatever Config takes
    return WorkspaceClient(config=Config(host=host, retry_timeout_seconds=2, **how))


def who(desk: Desk, sdk: WorkspaceClient) -> str | None:
    """Who has signed in; and is let in to a pipeline, too."""
    pipeline = sdk.pipelines.get(desk.workspace.pipeline_id("success"))
    assert pipeline.name == "success"
    return sdk.current_user.me().user_name


def asked(desk: Desk, path: str) -> int:
    return sum(request.path == path for request in desk.workspace.requests)


def test_with_a_token(desk: Desk, url: str) -> None:
    sdk = client(url, auth_type="pat", token="dapi-standin")
    assert who(desk, sdk) == USER


def test_with_the_secret_of_a_service_principal(desk: Desk, url: str) -> None:
    assert who(desk, client(url, **M2M)) == CLIENT_ID
    assert asked(desk, TOKEN_PATH) == 1


@pytest.mark.parametrize(
    ("auth_type", "path"),
    [("github-oidc", GITHUB_PATH), ("azure-devops-oidc", None)],
)
def test_as_a_job_whose_ci_vouches_for_it(
    desk: Desk, url: str, auth_type: str, path: str | None
) -> None:
    sdk = client(url, auth_type=auth_type, client_id=CLIENT_ID)
    assert who(desk, sdk) == CLIENT_ID
    if path is not None:
        audiences = {
            request.param("audience")
            for request in desk.workspace.requests
            if request.path == path
        }
        assert audiences == {f"{url}{TOKEN_PATH}"}


def test_the_audience_that_discovery_names_is_the_one_that_github_is_asked_for(
    desk: Desk, url: str
) -> None:
    desk.workspace.identity.audiences = (ACCOUNT_ID,)
    assert who(desk, client(url, auth_type="github-oidc", client_id=CLIENT_ID))
    github = [r for r in desk.workspace.requests if r.path == GITHUB_PATH]
    assert {request.param("audience") for request in github} == {ACCOUNT_ID}


def test_with_a_token_from_a_variable(
    desk: Desk, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = desk.workspace.identity.id_token(
        issuer=GITLAB_ISSUER, subject=GITLAB_SUBJECT
    )
    monkeypatch.setenv("SHOP_ID_TOKEN", made)
    how = {"auth_type": "env-oidc", "oidc_token_env": "SHOP_ID_TOKEN"}
    assert who(desk, client(url, client_id=CLIENT_ID, **how)) == CLIENT_ID


def test_account_wide_with_a_token_from_a_file(
    desk: Desk, url: str, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text(desk.workspace.identity.id_token())
    sdk = client(url, auth_type="file-oidc", oidc_token_filepath=str(file))
    assert who(desk, sdk) == USER


@pytest.mark.parametrize("tenant", [None, TENANT])
def test_with_the_secret_of_an_azure_application(
    cloud: Desk, tenant: str | None
) -> None:
    sdk = client(azure.HOST, azure_tenant_id=tenant, **SECRET)
    assert who(cloud, sdk) == AZURE_CLIENT_ID
    # One token for Databricks, one for Azure's management; the tenant only if unknown.
    assert asked(cloud, ENTRA_PATH) == 2
    assert asked(cloud, "/aad/auth") == (tenant is None)


def test_an_azure_application_that_is_new_to_the_workspace_names_its_resource(
    cloud: Desk,
) -> None:
    cloud.workspace.identity.newcomers.add(AZURE_CLIENT_ID)
    sdk = client(azure.HOST, azure_workspace_resource_id=RESOURCE_ID, **SECRET)
    assert who(cloud, sdk) == AZURE_CLIENT_ID
    with pytest.raises(PermissionDenied, match="is not a member of this workspace"):
        client(azure.HOST, **SECRET).current_user.me()


@pytest.mark.parametrize("tenant", [None, TENANT])
def test_as_a_job_of_github_by_way_of_entra(cloud: Desk, tenant: str | None) -> None:
    how = {"auth_type": "github-oidc-azure", "azure_client_id": AZURE_CLIENT_ID}
    sdk = client(azure.HOST, azure_tenant_id=tenant, **how)
    assert who(cloud, sdk) == AZURE_CLIENT_ID
    hosts = {
        request.header("host")
        for request in cloud.workspace.requests
        if request.path == ENTRA_PATH
    }
    assert hosts == {azure.ENTRA}


@pytest.mark.parametrize(
    "how", [M2M, {"auth_type": "file-oidc", "client_id": CLIENT_ID}]
)
def test_it_renews_a_token_before_it_expires(
    desk: Desk, url: str, tmp_path: Path, how: dict[str, str]
) -> None:
    desk.workspace.identity.token_life = 30
    file = tmp_path / "token"
    file.write_text(desk.workspace.identity.id_token())
    sdk = client(url, oidc_token_filepath=str(file), **how)
    for _ in range(3):
        assert sdk.current_user.me().user_name == CLIENT_ID
        desk.now += 30
    assert asked(desk, TOKEN_PATH) == 3


def test_it_renews_the_tokens_of_entra(cloud: Desk) -> None:
    # Azure takes none that ends within 30 seconds, the SDK none within 40.
    cloud.workspace.identity.token_life = 35
    sdk = client(azure.HOST, **SECRET)
    for _ in range(2):
        assert sdk.current_user.me().user_name == AZURE_CLIENT_ID
        cloud.now += 35
    assert asked(cloud, ENTRA_PATH) == 4


@pytest.mark.parametrize(
    ("status", "error"), [(401, Unauthenticated), (403, PermissionDenied)]
)
def test_it_is_told_that_a_token_is_over_in_either_way(
    desk: Desk, url: str, status: int, error: type[Exception]
) -> None:
    desk.workspace.identity.rejects_with = status
    sdk = client(url, **M2M)
    sdk.current_user.me()
    desk.workspace.identity.revoke()
    with pytest.raises(error):
        sdk.current_user.me()


def test_it_understands_that_a_secret_is_wrong(url: str) -> None:
    sdk = client(url, **{**M2M, "client_secret": "wrong"})
    with pytest.raises(ValueError, match="invalid_client: Client authentication"):
        sdk.current_user.me()


def test_it_understands_that_no_policy_takes_a_token(desk: Desk, url: str) -> None:
    desk.workspace.identity.subject = "repo:acme/shop:ref:refs/heads/fork"
    sdk = client(url, auth_type="github-oidc", client_id=CLIENT_ID)
    with pytest.raises(ValueError, match=r"invalid_request: .*refs/heads/fork"):
        sdk.current_user.me()


def test_it_gives_up_on_a_ci_that_gives_no_token(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "wrong")
    with pytest.raises(ValueError, match="cannot configure default credentials"):
        client(url, auth_type="github-oidc", client_id=CLIENT_ID)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"azure_client_secret": "wrong"}, "invalid_client: AADSTS7000215: Invalid"),
        ({"azure_client_id": "x"}, "unauthorized_client: AADSTS700016: Application"),
        ({"azure_tenant_id": "x"}, "invalid_request: AADSTS90002: Tenant 'x'"),
    ],
)
def test_it_understands_what_entra_refuses(
    cloud: Desk, change: dict[str, str], words: str
) -> None:
    sdk = client(azure.HOST, **{**SECRET, **change})
    with pytest.raises(ValueError, match=words):
        sdk.current_user.me()
    assert asked(cloud, "/api/2.0/preview/scim/v2/Me") == 0
