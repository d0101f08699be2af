"""Entra ID: `ARM_*`, which is never in the way, the clouds, and resource ids."""

from __future__ import annotations

import pytest

from dlt_action.core.signin.clouds import Cloud
from dlt_action.core.signin.entra import AzureClientSecret, GitHubOidcAzure
from dlt_action.core.signin.identities import GitHub
from dlt_action.core.signin.kinds import AuthType
from dlt_action.core.signin.schemes import Federation
from tests.settings.signing import (
    AWS,
    AZURE,
    AZURE_DEVOPS,
    GCP,
    GITHUB,
    IDENTITIES,
    IN_VARIABLES,
    REQUEST_URL,
    Level,
    Told,
    on,
    outcome,
    problem,
    scheme,
    signed,
    way,
)

BY_ENTRA = (AuthType.AZURE_CLIENT_SECRET, AuthType.GITHUB_OIDC_AZURE)
OF_DATABRICKS = [kind for kind in AuthType if kind not in BY_ENTRA]
HOSTS = [AWS, AZURE, GCP]

SECRET = {"ARM_CLIENT_ID": "a", "ARM_CLIENT_SECRET": "s", "ARM_TENANT_ID": "t"}
# What Terraform and other tools have in the environment, whole and spoiled.
LEFT_THERE = {
    "all of it": SECRET,
    "id": {"ARM_CLIENT_ID": "a"},
    "id and tenant": {"ARM_CLIENT_ID": "a", "ARM_TENANT_ID": "t"},
    "secret without id": {"ARM_CLIENT_SECRET": "s"},
    "tenant": {"ARM_TENANT_ID": "t"},
    "subscription": {"ARM_SUBSCRIPTION_ID": "x", "ARM_USE_OIDC": "true", **SECRET},
    "an unknown cloud": {**SECRET, "ARM_ENVIRONMENT": "german"},
    "a bad resource": {**SECRET, "DATABRICKS_AZURE_RESOURCE_ID": "x"},
    "managed identity": {"ARM_USE_MSI": "true"},
}
SPOILED = {
    "secret": {**SECRET, "ARM_CLIENT_SECRET": "a b"},
    "id": {**SECRET, "ARM_CLIENT_ID": "${{ vars.ID }}"},
    "tenant": {**SECRET, "ARM_TENANT_ID": "our tenant"},
}


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("arm", LEFT_THERE)
@pytest.mark.parametrize("level", [Level.INPUT, Level.VARIABLE])
@pytest.mark.parametrize("kind", OF_DATABRICKS)
def test_arm_variables_change_nothing_where_databricks_is_set_up(
    kind: AuthType, level: Level, arm: str, host: str
) -> None:
    told = way(kind, level)
    assert signed(told | Told(LEFT_THERE[arm]), host).scheme == scheme(kind, level)


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("arm", SPOILED)
def test_spoiled_arm_variables_change_nothing_either(arm: str, host: str) -> None:
    told = way(AuthType.PAT, Level.INPUT) | Told(SPOILED[arm])
    expected = scheme(AuthType.PAT, Level.INPUT)
    assert outcome(told, host) == expected


@pytest.mark.parametrize("arm", sorted(LEFT_THERE.keys() - {"secret without id"}))
@pytest.mark.parametrize("kind", BY_ENTRA)
def test_arm_variables_change_nothing_of_azure_inputs(kind: AuthType, arm: str) -> None:
    told = way(kind, Level.INPUT)
    left = LEFT_THERE[arm]
    if "german" in left.values() or "x" in left.values():
        left = {n: v for n, v in left.items() if n in SECRET}  # these have no input
    assert signed(told | Told(left)).scheme == scheme(kind, Level.INPUT)


def test_an_arm_secret_without_an_id_is_that_of_the_input() -> None:
    told = on(Level.INPUT, {"azure-client-id": "a"})
    found = signed(told | Told({"ARM_CLIENT_SECRET": "s", **GITHUB})).scheme
    assert found == AzureClientSecret(client_id="a", client_secret="s")


@pytest.mark.parametrize("host", [AWS, GCP])
@pytest.mark.parametrize("arm", LEFT_THERE)
@pytest.mark.parametrize(
    "others",
    [
        Told(),
        Told(GITHUB),
        Told(AZURE_DEVOPS),
        IN_VARIABLES[AuthType.ENV_OIDC],
        way(AuthType.PAT, Level.PROFILE),
        way(AuthType.OAUTH_M2M, Level.PROFILE),
    ],
    ids=["nothing", "GitHub", "Azure DevOps", "OIDC token", "pat", "m2m"],
)
def test_arm_variables_do_not_exist_for_a_workspace_outside_azure(
    others: Told, arm: str, host: str
) -> None:
    assert outcome(others | Told(LEFT_THERE[arm]), host) == outcome(others, host)


def test_arm_variables_do_not_exist_for_a_gateway_of_which_nothing_is_known() -> None:
    told = Told({**SECRET, "INPUT_ALLOW-HOST": "gateway.example.com"})
    assert problem(told, "https://gateway.example.com").what == (
        "There is nothing to sign in with."
    )


@pytest.mark.parametrize("kind", BY_ENTRA)
@pytest.mark.parametrize(
    "asking",
    [{"INPUT_AUTH-TYPE": ""}, {"DATABRICKS_AUTH_TYPE": ""}],
    ids=["input", "variable"],
)
def test_auth_type_makes_arm_variables_count_anywhere(
    kind: AuthType, asking: dict[str, str]
) -> None:
    asked = Told(dict.fromkeys(asking, kind))
    told = way(kind, Level.VARIABLE) | asked
    gateway = Told({"INPUT_ALLOW-HOST": "gateway.example.com"})
    for host in HOSTS:
        assert signed(told, host).scheme == scheme(kind, Level.VARIABLE)
    found = signed(told | gateway, "https://gateway.example.com")
    assert found.scheme == scheme(kind, Level.VARIABLE)


@pytest.mark.parametrize("kind", BY_ENTRA)
def test_on_azure_arm_variables_outrank_what_a_ci_offers(kind: AuthType) -> None:
    told = way(kind, Level.VARIABLE) | Told(GITHUB)
    assert signed(told).scheme == scheme(kind, Level.VARIABLE)


def test_an_arm_id_says_nothing_without_a_secret_and_without_github() -> None:
    for told in (Told(), Told(AZURE_DEVOPS)):
        lone = told | Told({"ARM_CLIENT_ID": "a", "ARM_TENANT_ID": "t"})
        assert outcome(lone) == outcome(told)


def test_a_wrong_host_is_all_that_is_wrong_where_arm_variables_are_good() -> None:
    refused = problem(Told(SECRET), "htp://adb-12.3.azuredatabricks.net")
    assert refused.name == "host"


def test_a_client_id_of_databricks_takes_github_though_azure_has_one_too() -> None:
    for level in (Level.INPUT, Level.VARIABLE):
        told = on(level, {"client-id": "b"}) | Told({**GITHUB, **SECRET})
        assert signed(told, AZURE).scheme == Federation(
            identity=IDENTITIES[AuthType.GITHUB_OIDC], client_id="b"
        )


def test_the_secret_goes_before_the_identity_of_the_same_application() -> None:
    assert signed(Told({**SECRET, **GITHUB})).scheme == AzureClientSecret(
        client_id="a", client_secret="s", tenant="t"
    )


def test_the_tenant_is_found_out_where_nobody_tells_it() -> None:
    told = Told({"ARM_CLIENT_ID": "a", "ARM_CLIENT_SECRET": "s"})
    assert signed(told).scheme == AzureClientSecret(client_id="a", client_secret="s")
    told = Told({"ARM_CLIENT_ID": "a", **GITHUB})
    assert signed(told).scheme == GitHubOidcAzure(
        identity=GitHub(REQUEST_URL, "request-token"), client_id="a"
    )


def test_a_secret_without_an_id_says_which_input_is_missing() -> None:
    refused = problem(Told({"ARM_CLIENT_SECRET": "s"}))
    assert str(refused) == (
        "azure-client-secret: It needs the id of its principal beside it."
        " Set `azure-client-id`."
    )
    refused = problem(Told({"DATABRICKS_CLIENT_SECRET": "s"}))
    assert str(refused) == (
        "client-secret: It needs the id of its principal beside it. Set `client-id`."
    )


CLOUDS = [
    ("public", Cloud.PUBLIC),
    ("PUBLIC", Cloud.PUBLIC),
    ("AzurePublicCloud", Cloud.PUBLIC),
    ("usgovernment", Cloud.USGOVERNMENT),
    ("USGovernment", Cloud.USGOVERNMENT),
    ("AzureUSGovernment", Cloud.USGOVERNMENT),
    ("AzureUSGovernmentCloud", Cloud.USGOVERNMENT),
    ("china", Cloud.CHINA),
    ("AzureChinaCloud", Cloud.CHINA),
    (" china\n", Cloud.CHINA),
]
ZONES = [
    (AZURE, Cloud.PUBLIC),
    ("https://adb-12.3.databricks.azure.us", Cloud.USGOVERNMENT),
    ("https://adb-12.3.databricks.azure.cn", Cloud.CHINA),
]
NOT_A_CLOUD = ["german", "AzureGermanCloud", "us", "public cloud", "azure", "x" * 99]


def cloud_of(told: Told, host: str) -> Cloud:
    found = signed(told, host).scheme
    assert isinstance(found, AzureClientSecret | GitHubOidcAzure)
    return found.cloud


@pytest.mark.parametrize("kind", BY_ENTRA)
@pytest.mark.parametrize(("written", "cloud"), CLOUDS)
def test_arm_environment_names_the_cloud(
    written: str, cloud: Cloud, kind: AuthType
) -> None:
    told = way(kind, Level.VARIABLE) | Told({"ARM_ENVIRONMENT": written})
    for host, _ in ZONES:
        assert cloud_of(told, host) is cloud


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("kind", BY_ENTRA)
@pytest.mark.parametrize(("host", "cloud"), ZONES)
def test_else_the_zone_of_the_host_does(
    host: str, cloud: Cloud, kind: AuthType, level: Level
) -> None:
    blank = Told({"ARM_ENVIRONMENT": " "})
    assert cloud_of(way(kind, level), host) is cloud
    assert cloud_of(way(kind, level) | blank, host) is cloud


@pytest.mark.parametrize("kind", BY_ENTRA)
@pytest.mark.parametrize("written", NOT_A_CLOUD)
def test_an_unknown_cloud_is_refused_with_the_known_ones(
    written: str, kind: AuthType
) -> None:
    told = way(kind, Level.INPUT) | Told({"ARM_ENVIRONMENT": written})
    assert str(problem(told)) == (
        "ARM_ENVIRONMENT: There is no such cloud."
        " Write `PUBLIC`, `USGOVERNMENT`, `CHINA`."
    )


def test_a_profile_names_the_cloud_as_well() -> None:
    told = way(AuthType.AZURE_CLIENT_SECRET, Level.PROFILE)
    named = told | Told({}, {"azure_environment": "usgovernment"})
    assert cloud_of(named, AZURE) is Cloud.USGOVERNMENT
    over = named | Told({"ARM_ENVIRONMENT": "china"})
    assert cloud_of(over, AZURE) is Cloud.CHINA


GROUP = "/subscriptions/0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d/resourceGroups"
WORKSPACES = "providers/Microsoft.Databricks/workspaces"
RESOURCES = [
    f"{GROUP}/rg/{WORKSPACES}/shop",
    f"{GROUP}/Rg_1.(a)-b/{WORKSPACES}/shop-1_x",
    f"{GROUP}/rg/{WORKSPACES}/shop".upper(),
    f"{GROUP}/rg/{WORKSPACES}/shop".lower(),
    f" {GROUP}/rg/{WORKSPACES}/shop\n",
]
NOT_A_RESOURCE = [
    "shop",
    f"{GROUP}/rg",
    f"{GROUP}/rg/{WORKSPACES}",
    f"{GROUP}/rg/{WORKSPACES}/",
    f"{GROUP}/rg/{WORKSPACES}/shop/",
    f"{GROUP}//{WORKSPACES}/shop",
    f"{GROUP}/rg/{WORKSPACES}/shop?x",
    f"{GROUP}/rg/{WORKSPACES}/a b",
    f"{GROUP}/rg/{WORKSPACES}/a\r\nX-Evil: 1",
    f"{GROUP}/r\u00e9/{WORKSPACES}/shop",
    f"https://management.azure.com{GROUP}/rg/{WORKSPACES}/shop",
    f"{GROUP}/rg/providers/Microsoft.Storage/storageAccounts/shop",
    f"/subscriptions/x/resourceGroups/rg/{WORKSPACES}/shop",
    f"{GROUP}/{'r' * 91}/{WORKSPACES}/shop",
    f"{GROUP}/rg/{WORKSPACES}/{'s' * 65}",
]


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("resource", RESOURCES)
def test_the_resource_id_of_a_workspace_is_taken(resource: str, level: Level) -> None:
    told = way(AuthType.AZURE_CLIENT_SECRET, level)
    told |= Told({"DATABRICKS_AZURE_RESOURCE_ID": resource})
    found = signed(told).scheme
    assert isinstance(found, AzureClientSecret)
    assert found.resource_id == resource.strip()


@pytest.mark.parametrize("resource", NOT_A_RESOURCE)
def test_what_is_no_resource_id_is_refused_and_not_repeated(resource: str) -> None:
    told = way(AuthType.AZURE_CLIENT_SECRET, Level.INPUT)
    refused = problem(told | Told({"DATABRICKS_AZURE_RESOURCE_ID": resource}))
    assert str(refused) == (
        "DATABRICKS_AZURE_RESOURCE_ID: It is not the resource id of a workspace."
        " Copy it from the JSON view of the workspace in the portal."
    )


def test_a_profile_names_the_resource_as_well() -> None:
    told = way(AuthType.AZURE_CLIENT_SECRET, Level.PROFILE)
    told |= Told({}, {"azure_workspace_resource_id": RESOURCES[0]})
    found = signed(told).scheme
    assert isinstance(found, AzureClientSecret)
    assert found.resource_id == RESOURCES[0]
