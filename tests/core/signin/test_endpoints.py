"""Finding out where to sign in, and who may not be told a secret."""

from __future__ import annotations

import pytest

from dlt_action.core.calls import Method
from dlt_action.core.model import Json
from dlt_action.core.reply import Answer, Fault, FaultKind
from dlt_action.core.signin.clouds import Cloud
from dlt_action.core.signin.endpoints import Endpoint, discover, discover_tenant
from dlt_action.core.signin.steps import Ask
from tests.core.signin.flows import Played, play
from tests.core.signin.replies import (
    ACCOUNT,
    CONFIG,
    HOST,
    OAUTH,
    TOKEN_URL,
    answer,
    config,
    html,
    oauth,
)

CONFIG_URL = f"{HOST}/.well-known/databricks-config"
OAUTH_PATH = "/.well-known/oauth-authorization-server"
OAUTH_URL = f"{HOST}/oidc{OAUTH_PATH}"
NAME = HOST.removeprefix("https://")


def look(*came: Answer | Fault, host: str = HOST) -> Played[Endpoint]:
    return play(discover(host), *came)


def test_two_documents_tell_where_to_sign_in() -> None:
    played = look(CONFIG, OAUTH)
    assert played.steps == [
        Ask(what="read where to sign in", method=Method.GET, url=CONFIG_URL),
        Ask(what="read the token endpoint", method=Method.GET, url=OAUTH_URL),
    ]
    assert played.result == Endpoint(TOKEN_URL, TOKEN_URL)


# What is there instead of a document.
NONE_THERE = {
    "nothing": answer(404, {"error_code": "ENDPOINT_NOT_FOUND", "message": "no"}),
    "a page that is not there": html(404),
    "a page": html(200),
    "a log-in": html(302, {"location": "https://login.example/"}),
    "a refusal": answer(401, {"message": "no"}),
    "a gateway's refusal": html(403),
    "an empty object": answer(200, {}),
}


@pytest.mark.parametrize("came", NONE_THERE.values(), ids=NONE_THERE)
def test_a_workspace_without_a_config_is_asked_at_the_documented_address(
    came: Answer,
) -> None:
    played = look(came, OAUTH)
    assert played.asked == [CONFIG_URL, OAUTH_URL]
    assert played.result == Endpoint(TOKEN_URL, TOKEN_URL)


@pytest.mark.parametrize("came", NONE_THERE.values(), ids=NONE_THERE)
def test_a_workspace_without_metadata_has_the_documented_endpoint(came: Answer) -> None:
    other = "https://accounts.cloud.databricks.com/oidc/accounts/{account_id}"
    assert look(CONFIG, came).result.url == f"{HOST}/oidc/v1/token"
    assert look(config(oidc_endpoint=other), came).result.url == (
        f"https://accounts.cloud.databricks.com/oidc/accounts/{ACCOUNT}/v1/token"
    )


@pytest.mark.parametrize("value", [None, 7, "", ["https://x"], {"url": TOKEN_URL}])
def test_what_is_no_address_is_not_taken_for_one(value: Json) -> None:
    assert look(config(oidc_endpoint=value), OAUTH).asked == [CONFIG_URL, OAUTH_URL]
    assert look(CONFIG, oauth(value)).result.url == f"{HOST}/oidc/v1/token"


HALF = Answer(200, {"content-type": "application/json"}, b'{"oidc_')


@pytest.mark.parametrize(
    "came",
    [
        HALF,
        answer(200, []),
        html(408),
        html(425),
        html(429, {"retry-after": "9"}),
        html(500),
        answer(503, {"message": "no"}),
        html(504),
        Fault(FaultKind.UNCONNECTED),
        Fault(FaultKind.READ_TIMEOUT),
    ],
)
def test_a_host_that_is_away_is_not_guessed_at(came: Answer | Fault) -> None:
    first = look(came)
    assert first.asked == [CONFIG_URL]
    assert first.outage.reply is came
    second = look(CONFIG, came)
    assert second.asked == [CONFIG_URL, OAUTH_URL]
    assert second.outage.reply is came


@pytest.mark.parametrize("ending", ["", "/"])
def test_the_account_stands_where_its_id_is_wanted(ending: str) -> None:
    accounts = "https://accounts.cloud.databricks.com/oidc/accounts/{account_id}"
    played = look(config(oidc_endpoint=accounts + ending), oauth(""))
    base = f"https://accounts.cloud.databricks.com/oidc/accounts/{ACCOUNT}"
    assert played.asked == [CONFIG_URL, f"{base}{OAUTH_PATH}"]


@pytest.mark.parametrize(
    "account",
    [
        "",
        "../../evil",
        "a/b",
        "a?b",
        "a#b",
        "@evil.example",
        "a b",
        "a\n",
        "é",
        "a" * 65,
        "{account_id}",
        7,
        None,
        ["a"],
    ],
)
def test_an_account_that_is_no_id_is_put_into_no_address(account: Json) -> None:
    told = config(
        account_id=account, oidc_endpoint=f"{HOST}/oidc/accounts/{{account_id}}"
    )
    played = look(told, oauth(""))
    assert played.asked[1] == f"{HOST}/oidc{OAUTH_PATH}"


OWN = [
    TOKEN_URL,
    f"{HOST}:443/oidc/v1/token",
    f"{HOST}/",
    f"{HOST}/oidc/v1/token/",
    f"{HOST}/a-b_c~d.e/1",
    "https://accounts.cloud.databricks.com/oidc/accounts/1/v1/token",
    "https://accounts.azuredatabricks.net/oidc/v1/token",
    "https://accounts.gcp.databricks.com/oidc",
    "https://x.cloud.databricks.us/t",
    "https://adb-1.2.databricks.azure.us/t",
    "https://adb-1.2.databricks.azure.cn/t",
    "https://a.b.c.cloud.databricks.com",
]


@pytest.mark.parametrize("url", OWN)
def test_the_workspace_itself_and_databricks_zones_may_be_told_secrets(
    url: str,
) -> None:
    assert look(CONFIG, oauth(url)).result.url == url


FOREIGN = [
    # Another scheme, port or host.
    TOKEN_URL.replace("https", "http"),
    TOKEN_URL.replace("https", "HTTPS"),
    TOKEN_URL.replace("https", "ftp"),
    f"{HOST}:8443/oidc/v1/token",
    f"//{NAME}/oidc/v1/token",
    "/oidc/v1/token",
    "https://evil.example/oidc/v1/token",
    "https://169.254.169.254/latest/meta-data",
    "https://[::1]/t",
    "https://localhost/t",
    "http://x.cloud.databricks.com/t",
    # Names that end, or begin, like ours.
    f"{HOST}.evil.example/t",
    f"{HOST}evil.example/t",
    f"https://evil.example/{NAME}/t",
    f"https://evil.example?{HOST}/t",
    f"https://evil.example#{HOST}/t",
    "https://evilcloud.databricks.com/t",
    "https://cloud.databricks.com/t",
    "https://.cloud.databricks.com/t",
    "https://-.cloud.databricks.com/t",
    "https://x.cloud.databricks.com.evil.example/t",
    "https://x.cloud.databricks.com./t",
    "https://x.cloud.databricksXcom/t",
    "https://x.azuredatabricks.net.evil.example",
    "https://X.cloud.databricks.com/t",
    # What two parsers read differently.
    f"{HOST}@evil.example/t",
    f"https://evil.example@{NAME}/t",
    f"https://user:password@{NAME}/oidc/v1/token",
    f"https://evil.example\\@{NAME}/t",
    f"{HOST}\\@evil.example/t",
    f"{HOST}\\.evil.example/t",
    f"https://evil.example\\.{NAME}/t",
    f"{HOST}%2eevil.example/t",
    f"{HOST}\uff0eevil.example/t",
    "https://x\u3002cloud.databricks.com/t",
    f" {TOKEN_URL}",
    f"{TOKEN_URL} ",
    f"{TOKEN_URL}\n",
    f"{TOKEN_URL}\r\nHost: evil.example",
    f"https://{NAME[:4]}\t{NAME[4:]}/t",
    f"{HOST}\n/t",
    # Paths that are more than a path.
    f"{TOKEN_URL}?next=https://evil.example",
    f"{TOKEN_URL}#x",
    f"{TOKEN_URL};x=y",
    f"{HOST}//evil.example/t",
    f"{HOST}/oidc//v1/token",
    f"{HOST}/\\evil.example/t",
    f"{HOST}/%2e%2e/t",
    f"{HOST}/{{account_id}}/t",
    f"{HOST}/a b",
    f"{HOST}/\u00e9",
    "javascript:alert(1)",
    "x" * 10_000,
]


@pytest.mark.parametrize("url", FOREIGN)
def test_a_token_endpoint_of_strangers_is_refused(url: str) -> None:
    played = look(CONFIG, oauth(url))
    assert "it was given nothing" in played.problem.what
    assert played.asked == [CONFIG_URL, OAUTH_URL]


@pytest.mark.parametrize("url", [url for url in FOREIGN if "account_id" not in url])
def test_documents_of_strangers_are_not_even_read(url: str) -> None:
    if url.endswith("/t"):
        url = url.removesuffix("/t") + "/oidc"
    played = look(config(oidc_endpoint=url))
    assert "it was given nothing" in played.problem.what
    assert played.asked == [CONFIG_URL]


DOTS = [
    f"{HOST}/oidc/../x",
    f"{HOST}/..",
    f"{HOST}/./t",
    f"{HOST}/a/..",
    "https://accounts.cloud.databricks.com/../t",
    "https://accounts.cloud.databricks.com/a/.",
]


@pytest.mark.parametrize("url", DOTS)
def test_a_path_that_would_be_rewritten_on_its_way_is_refused(url: str) -> None:
    assert "it was given nothing" in look(CONFIG, oauth(url)).problem.what


@pytest.mark.parametrize("host", ["https://gw.corp.test", "http://127.0.0.1:8080"])
def test_an_allowed_host_outside_of_the_zones_signs_in_at_itself(host: str) -> None:
    told = config(oidc_endpoint=f"{host}/oidc")
    at_itself = look(config(oidc_endpoint=f"{host}/"), oauth(""), host=host)
    assert at_itself.result.url == f"{host}/v1/token"
    played = look(told, oauth(f"{host}/oidc/v1/token"), host=host)
    assert played.result.url == f"{host}/oidc/v1/token"
    other = host.replace("8080", "8081").replace("gw.", "gx.")
    strange = look(told, oauth(f"{other}/oidc/v1/token"), host=host)
    assert "it was given nothing" in strange.problem.what


@pytest.mark.parametrize(
    ("told", "audience"),
    [
        ({}, TOKEN_URL),
        ({"workspace_id": None}, ACCOUNT),
        ({"workspace_id": ""}, ACCOUNT),
        ({"workspace_id": None, "account_id": None}, TOKEN_URL),
        ({"workspace_id": None, "account_id": "a b"}, TOKEN_URL),
        ({"token_federation_default_oidc_audiences": ["one", "two"]}, "one"),
        (
            {"workspace_id": None, "token_federation_default_oidc_audiences": ["x"]},
            "x",
        ),
        ({"token_federation_default_oidc_audiences": []}, TOKEN_URL),
        ({"token_federation_default_oidc_audiences": "text"}, TOKEN_URL),
        ({"token_federation_default_oidc_audiences": [7, "two"]}, TOKEN_URL),
        ({"token_federation_default_oidc_audiences": [""]}, TOKEN_URL),
        ({"token_federation_default_oidc_audiences": ["a\nb"]}, TOKEN_URL),
        ({"token_federation_default_oidc_audiences": ["a b"]}, TOKEN_URL),
        ({"token_federation_default_oidc_audiences": ["a" * 501]}, TOKEN_URL),
        ({"token_federation_default_oidc_audiences": {"0": "x"}}, TOKEN_URL),
    ],
)
def test_an_identity_is_for_whom_the_host_says_or_its_account_or_its_endpoint(
    told: dict[str, Json], audience: str
) -> None:
    assert look(config(**told), OAUTH).result.audience == audience


def test_without_a_config_the_audience_is_the_endpoint() -> None:
    url = "https://accounts.cloud.databricks.com/oidc/v1/token"
    assert look(html(404), oauth(url)).result == Endpoint(url, url)


PUBLIC = "https://login.microsoftonline.com"
TENANT = "11111111-2222-4333-8444-555555555555"


def tenant_by(came: Answer | Fault, cloud: Cloud = Cloud.PUBLIC) -> Played[str]:
    return play(discover_tenant(HOST, cloud), came)


def leading(location: str, status: int = 302) -> Answer:
    return html(status, {"location": location})


@pytest.mark.parametrize(
    ("location", "tenant"),
    [
        (f"{PUBLIC}/{TENANT}/oauth2/authorize?client_id=x&nonce=y", TENANT),
        (f"{PUBLIC}/{TENANT}/oauth2/v2.0/authorize", TENANT),
        (f"{PUBLIC}/corp.onmicrosoft.com/oauth2/", "corp.onmicrosoft.com"),
    ],
)
def test_the_tenant_is_where_the_log_in_page_leads(location: str, tenant: str) -> None:
    played = tenant_by(leading(location))
    assert played.steps == [
        Ask(what="read the Entra tenant", method=Method.GET, url=f"{HOST}/aad/auth")
    ]
    assert played.result == tenant


@pytest.mark.parametrize("cloud", Cloud)
def test_a_tenant_is_only_known_to_the_authority_of_its_cloud(cloud: Cloud) -> None:
    came = leading(f"{cloud.authority}/{TENANT}/oauth2/authorize")
    assert tenant_by(came, cloud).result == TENANT
    for other in set(Cloud) - {cloud}:
        assert "which Entra tenant" in tenant_by(came, other).problem.what


NOT_ENTRA = [
    "",
    "/login.html",
    f"https://evil.example/{TENANT}/oauth2/authorize",
    f"{PUBLIC}.evil.example/{TENANT}/oauth2/authorize",
    f"{PUBLIC}@evil.example/{TENANT}/oauth2/authorize",
    f"{PUBLIC}:8443/{TENANT}/oauth2/authorize",
    f"{PUBLIC}\\{TENANT}/oauth2/authorize",
    f"{PUBLIC.replace('https', 'http')}/{TENANT}/oauth2/authorize",
    f"https://evil.example/?{PUBLIC}/{TENANT}/oauth2/authorize",
    f"{PUBLIC}//evil.example/oauth2/authorize",
    f"{PUBLIC}/oauth2/authorize",
    f"{PUBLIC}/{TENANT}",
    f"{PUBLIC}/{TENANT}/saml2/authorize",
    f"{PUBLIC}/{TENANT}/x/oauth2/authorize",
    f"{PUBLIC}/a%2fb/oauth2/authorize",
    f"{PUBLIC}/a?b/oauth2/authorize",
    f"{PUBLIC}/a#b/oauth2/authorize",
    f"{PUBLIC}/a@evil.example/oauth2/authorize",
    f"{PUBLIC}/a b/oauth2/authorize",
    f"{PUBLIC}/\u00e9/oauth2/authorize",
    f"{PUBLIC}/{'a' * 101}/oauth2/authorize",
    f"{PUBLIC}/{TENANT}/oauth2/authorize\nSet-Cookie: x",
    f" {PUBLIC}/{TENANT}/oauth2/authorize",
]


@pytest.mark.parametrize("location", NOT_ENTRA)
def test_nobody_else_names_a_tenant(location: str) -> None:
    problem = tenant_by(leading(location)).problem
    assert problem.what == (
        "The workspace does not say which Entra tenant it belongs to."
    )
    assert "azure-tenant-id" in problem.advice


@pytest.mark.parametrize("tenant", [".", "..", ".x"])
def test_dots_are_no_tenant(tenant: str) -> None:
    played = tenant_by(leading(f"{PUBLIC}/{tenant}/oauth2/authorize"))
    assert "which Entra tenant" in played.problem.what


@pytest.mark.parametrize("came", [html(200), html(404), html(403)])
def test_a_workspace_that_leads_nowhere_has_no_tenant_to_tell(came: Answer) -> None:
    assert "which Entra tenant" in tenant_by(came).problem.what


@pytest.mark.parametrize(
    "came", [html(429), html(500), html(503), Fault(FaultKind.UNRESOLVED)]
)
def test_a_workspace_that_is_away_has_not_said_that_there_is_no_tenant(
    came: Answer | Fault,
) -> None:
    assert tenant_by(came).outage.reply is came
