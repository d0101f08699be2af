"""Signing in by Entra ID, step by step."""

from __future__ import annotations

import pytest

from dlt_action.core.calls import Method
from dlt_action.core.reply import Answer
from dlt_action.core.signin.clouds import Cloud, cloud_of
from dlt_action.core.signin.entra import AzureClientSecret, GitHubOidcAzure
from dlt_action.core.signin.identities import GitHub
from dlt_action.core.signin.kinds import AuthType
from dlt_action.core.signin.schemes import Memory
from dlt_action.core.signin.steps import Ask, Credential, Hide
from tests.core.signin.flows import Played, play
from tests.core.signin.replies import answer, granted, html, jwt, refused

HOST = "https://adb-984752964297111.11.azuredatabricks.net"
TENANT = "11111111-2222-4333-8444-555555555555"
CLIENT = "0a1b2c3d-0000-4000-8000-00000000beef"
SECRET = "abc8Q~client-secret-of-entra"
DATABRICKS = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d"
RESOURCE_ID = (
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.Databricks/workspaces/w"
)
IDENTITY = jwt(iss="https://token.actions.githubusercontent.com", sub="repo:o/n:x")
GITHUB = GitHub("https://run.actions.githubusercontent.com/id?x=1", "request-token-1")

ASK_TENANT = Ask(
    what="read the Entra tenant", method=Method.GET, url=f"{HOST}/aad/auth"
)
TO_ENTRA = html(
    302, {"location": f"https://login.microsoftonline.com/{TENANT}/oauth2/authorize?x"}
)
GRANTED = granted("entra-access", expires_in="3599")  # as text, by the v1 endpoint
GIVEN = (SECRET, "request-token-1")


def secret(
    tenant: str | None = TENANT,
    cloud: Cloud = Cloud.PUBLIC,
    resource_id: str | None = None,
) -> AzureClientSecret:
    return AzureClientSecret(
        client_id=CLIENT,
        client_secret=SECRET,
        tenant=tenant,
        cloud=cloud,
        resource_id=resource_id,
    )


def federated(tenant: str | None = TENANT) -> GitHubOidcAzure:
    return GitHubOidcAzure(identity=GITHUB, client_id=CLIENT, tenant=tenant)


def ask_entra(
    *own: tuple[str, str],
    resource: str = DATABRICKS,
    authority: str = "https://login.microsoftonline.com",
) -> Ask:
    return Ask(
        what="get a token of Entra ID",
        method=Method.POST,
        url=f"{authority}/{TENANT}/oauth2/token",
        form=(
            ("grant_type", "client_credentials"),
            ("client_id", CLIENT),
            *own,
            ("resource", resource),
        ),
    )


BY_SECRET = ask_entra(("client_secret", SECRET))
ASK_GITHUB = Ask(
    what="get an identity token of GitHub",
    method=Method.GET,
    url=GITHUB.url,
    query=(("audience", "api://AzureADTokenExchange"),),
    authorization="Bearer request-token-1",
)
BY_ASSERTION = ask_entra(
    (
        "client_assertion_type",
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    ),
    ("client_assertion", IDENTITY),
)
TOLD = answer(200, {"value": IDENTITY})


def played(
    scheme: AzureClientSecret | GitHubOidcAzure, *came: Answer
) -> Played[Credential]:
    return play(scheme.flow(HOST, Memory()), *came, given=GIVEN)


def test_a_client_secret_is_sent_to_entra_in_the_form() -> None:
    ran = played(secret(), GRANTED)
    assert ran.steps == [BY_SECRET, Hide("entra-access")]
    assert ran.result == Credential(
        headers=(("Authorization", "Bearer entra-access"),), seconds=3599.0
    )


def test_a_tenant_that_was_not_given_is_read_first_and_once() -> None:
    memory = Memory()
    first = play(secret(None).flow(HOST, memory), TO_ENTRA, GRANTED, given=GIVEN)
    assert first.steps == [ASK_TENANT, BY_SECRET, Hide("entra-access")]
    again = play(secret(None).flow(HOST, memory), GRANTED, given=GIVEN)
    assert again.steps == [BY_SECRET, Hide("entra-access")]


def test_who_is_not_in_the_workspace_yet_shows_a_second_token() -> None:
    management = granted("management-access", expires_in="600")
    ran = played(secret(resource_id=RESOURCE_ID), GRANTED, management)
    resource = "https://management.core.windows.net/"
    assert ran.steps == [
        BY_SECRET,
        Hide("entra-access"),
        ask_entra(("client_secret", SECRET), resource=resource),
        Hide("management-access"),
    ]
    assert ran.result == Credential(
        headers=(
            ("Authorization", "Bearer entra-access"),
            ("X-Databricks-Azure-SP-Management-Token", "management-access"),
            ("X-Databricks-Azure-Workspace-Resource-Id", RESOURCE_ID),
        ),
        seconds=600.0,  # of the two, the shorter life
    )


@pytest.mark.parametrize(
    ("first", "second", "life"), [(600, 3600, 600.0), (3600, 600, 600.0)]
)
def test_two_tokens_live_as_long_as_the_shorter_one(
    first: int, second: int, life: float
) -> None:
    ran = played(
        secret(resource_id=RESOURCE_ID),
        granted("entra-access", expires_in=first),
        granted("management-access", expires_in=second),
    )
    assert ran.result.seconds == life


@pytest.mark.parametrize(
    ("cloud", "authority", "management"),
    [
        (
            Cloud.PUBLIC,
            "https://login.microsoftonline.com",
            "https://management.core.windows.net/",
        ),
        (
            Cloud.USGOVERNMENT,
            "https://login.microsoftonline.us",
            "https://management.core.usgovcloudapi.net/",
        ),
        (
            Cloud.CHINA,
            "https://login.chinacloudapi.cn",
            "https://management.core.chinacloudapi.cn/",
        ),
    ],
)
def test_each_cloud_is_asked_at_its_own_authority_and_nowhere_else(
    cloud: Cloud, authority: str, management: str
) -> None:
    scheme = secret(cloud=cloud, resource_id=RESOURCE_ID)
    ran = played(scheme, GRANTED, GRANTED)
    own = ("client_secret", SECRET)
    assert [step for step in ran.steps if isinstance(step, Ask)] == [
        ask_entra(own, authority=authority),
        ask_entra(own, authority=authority, resource=management),
    ]
    assert scheme.places == (authority,)


@pytest.mark.parametrize(
    ("host", "cloud"),
    [
        (HOST, Cloud.PUBLIC),
        ("https://adb-1.2.databricks.azure.us", Cloud.USGOVERNMENT),
        ("https://adb-1.2.databricks.azure.cn", Cloud.CHINA),
        ("https://dbc-a1b2345c-d6e7.cloud.databricks.com", None),
        ("https://123.4.gcp.databricks.com", None),
        ("https://azuredatabricks.net", None),
        ("https://xazuredatabricks.net", None),
        ("https://adb-1.2.azuredatabricks.net.evil.example", None),
        ("http://127.0.0.1:8080", None),
    ],
)
def test_a_workspace_lies_in_the_cloud_of_its_zone(
    host: str, cloud: Cloud | None
) -> None:
    assert cloud_of(host) is cloud


def test_an_identity_of_github_is_made_for_entra_and_shown_to_it() -> None:
    ran = played(federated(), TOLD, GRANTED)
    assert ran.steps == [
        ASK_GITHUB,
        Hide(IDENTITY),
        BY_ASSERTION,
        Hide("entra-access"),
    ]
    assert ran.result.seconds == 3599.0


def test_no_identity_is_made_before_the_tenant_is_known() -> None:
    ran = played(federated(None), TO_ENTRA, TOLD, GRANTED)
    assert ran.steps[:2] == [ASK_TENANT, ASK_GITHUB]
    nowhere = played(federated(None), html(200))
    assert nowhere.steps == [ASK_TENANT]
    assert "which Entra tenant" in nowhere.problem.what


def test_the_schemes_of_azure_are_what_they_are() -> None:
    assert secret().auth_type is AuthType.AZURE_CLIENT_SECRET
    assert federated().auth_type is AuthType.GITHUB_OIDC_AZURE
    assert secret().principal == federated().principal == CLIENT
    assert secret().secrets == (SECRET,)
    assert federated().secrets == ("request-token-1",)
    assert federated().places == (GITHUB.url, "https://login.microsoftonline.com")
    assert secret().renews
    assert federated().bounded_by is None
    assert SECRET not in f"{secret()} {federated()}"
    assert "request-token-1" not in f"{federated()}"


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("AADSTS7000215: Invalid client secret provided.", "not the secret's *value*"),
        ("AADSTS7000222: The provided client secret keys are expired.", "has expired"),
        ("AADSTS700016: Application was not found", "no such application"),
        ("AADSTS90002: Tenant not found.", "no such tenant"),
        ("AADSTS700213: No matching federated identity record", "No federated"),
        ("AADSTS70021: No matching federated identity record found", "No federated"),
        ("AADSTS700024: Client assertion is not within its valid time", "clocks"),
        ("AADSTS1: something new", "Check the application"),
    ],
)
def test_what_entra_says_by_code_is_said_in_words(code: str, hint: str) -> None:
    problem = played(secret(), refused(400, "invalid_client", code)).problem
    assert problem.what == "Entra ID gave no token (HTTP 400)."
    assert hint in problem.advice
    assert f"application {CLIENT} in tenant {TENANT}" in problem.advice
    assert "federated credential" not in problem.advice or hint == "No federated"
    assert problem.paste == ""
    assert code in problem.said


def test_who_shows_entra_an_identity_is_shown_the_claims() -> None:
    no = refused(400, "invalid_request", "AADSTS700213: No matching record")
    problem = played(federated(), TOLD, no).problem
    assert "Compare its federated credential." in problem.advice
    assert problem.paste.splitlines() == [
        "issuer (iss): https://token.actions.githubusercontent.com",
        "subject (sub): repo:o/n:x",
        "audience (aud): null",
    ]


def test_a_refused_second_token_is_a_refusal() -> None:
    no = refused(403, "unauthorized_client", "AADSTS700016: x")
    ran = played(secret(resource_id=RESOURCE_ID), GRANTED, no)
    assert ran.problem.what == "Entra ID gave no token (HTTP 403)."


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_entra_that_is_busy_is_an_outage(status: int) -> None:
    came = answer(status, {"error": "temporarily_unavailable"})
    assert played(secret(), came).outage.reply is came
