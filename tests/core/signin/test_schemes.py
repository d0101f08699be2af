"""Each way to sign in at Databricks, step by step."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from math import inf

import pytest

from dlt_action.core.calls import Method
from dlt_action.core.reply import Answer, Fault, FaultKind
from dlt_action.core.signin.endpoints import Endpoint
from dlt_action.core.signin.identities import (
    AzureDevOps,
    File,
    GitHub,
    Identity,
    Variable,
)
from dlt_action.core.signin.kinds import AuthType
from dlt_action.core.signin.schemes import Federation, Memory, OAuthM2M, Pat, Scheme
from dlt_action.core.signin.steps import (
    Ask,
    Credential,
    Flow,
    Hide,
    ReadText,
    Step,
    Text,
)
from tests.core.signin.flows import Played, play
from tests.core.signin.replies import (
    CONFIG,
    HOST,
    OAUTH,
    TOKEN_URL,
    answer,
    granted,
    html,
    jwt,
    refused,
)

CLIENT = "0a1b2c3d-0000-4000-8000-00000000beef"
SECRET = "dose-client-secret"
ACCESS = "access-token-1"
IDENTITY = jwt(iss="https://issuer.test", sub="repo:o/n:ref:refs/heads/main", aud="a")
AUDIENCE = TOKEN_URL  # what a workspace that names none wants

ASK_CONFIG = Ask(
    what="read where to sign in",
    method=Method.GET,
    url=f"{HOST}/.well-known/databricks-config",
)
ASK_OAUTH = Ask(
    what="read the token endpoint",
    method=Method.GET,
    url=f"{HOST}/oidc/.well-known/oauth-authorization-server",
)


def bearer(token: str, seconds: float = 3600.0) -> Credential:
    return Credential(headers=(("Authorization", f"Bearer {token}"),), seconds=seconds)


def test_a_pat_is_hidden_and_nobody_is_asked() -> None:
    pat = Pat("dapi-canary")
    played = play(pat.flow(HOST, Memory()))
    assert played.steps == [Hide("dapi-canary")]
    assert played.result == bearer("dapi-canary", inf)


def test_a_pat_is_not_renewed_and_all_ends_with_it() -> None:
    pat = Pat("dapi-canary")
    assert pat.auth_type is AuthType.PAT
    assert not pat.renews
    assert pat.bounded_by == "dapi-canary"
    assert pat.secrets == ("dapi-canary",)
    assert pat.places == ()


@pytest.mark.parametrize(
    ("token", "principal"),
    [
        ("dapi-canary", ""),
        (jwt(sub="s"), "s"),
        (jwt(sub="s", appid="a"), "a"),
        (jwt(sub="s", appid="a", upn="ann@corp.test"), "ann@corp.test"),
        (jwt(sub="s", appid="", upn=7), "s"),
        (jwt(sub=["s"]), ""),
        (jwt(upn="a\n::error::b"), "a ::error::b"),
        (jwt(upn="a" * 1_000), "a" * 99 + "…"),
    ],
)
def test_a_jwt_names_whose_it_is_on_one_short_line(token: str, principal: str) -> None:
    assert Pat(token).principal == principal


BASIC = b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
ASK_M2M = Ask(
    what="get a token for the service principal",
    method=Method.POST,
    url=TOKEN_URL,
    authorization=f"Basic {BASIC}",
    form=(("grant_type", "client_credentials"), ("scope", "all-apis")),
)


def test_a_secret_is_sent_as_a_basic_pair_that_was_hidden() -> None:
    m2m = OAuthM2M(CLIENT, SECRET)
    played = play(m2m.flow(HOST, Memory()), CONFIG, OAUTH, granted(ACCESS))
    assert played.steps == [ASK_CONFIG, ASK_OAUTH, Hide(BASIC), ASK_M2M, Hide(ACCESS)]
    assert played.result == bearer(ACCESS)


def test_a_basic_pair_is_coded_in_utf_8() -> None:
    m2m = OAuthM2M("ä", "ß:§")
    memory = Memory(endpoint=Endpoint(TOKEN_URL, AUDIENCE))
    played = play(m2m.flow(HOST, memory), granted(ACCESS))
    assert played.hidden == [b64encode("ä:ß:§".encode()).decode(), ACCESS]


def test_a_service_principal_is_known_by_its_id() -> None:
    m2m = OAuthM2M(CLIENT, SECRET)
    assert m2m.auth_type is AuthType.OAUTH_M2M
    assert m2m.principal == CLIENT
    assert m2m.secrets == (SECRET,)
    assert m2m.places == ()
    assert m2m.renews
    assert m2m.bounded_by is None


GITHUB_URL = "https://run-actions-1.actions.githubusercontent.com/7/idtoken/x?api=2.0"
GITHUB = GitHub(GITHUB_URL, "request-token-of-the-job")
AZURE_DEVOPS = AzureDevOps(
    collection="https://dev.azure.com/corp/",
    project="pro ject/é",
    hub="build",
    plan="plan-1",
    job="job/1",
    access_token="system-access-token",
)
VARIABLE = Variable("DATABRICKS_OIDC_TOKEN", IDENTITY)
FILE = File("/run/secrets/id-token")

ASK_GITHUB = Ask(
    what="get an identity token of GitHub",
    method=Method.GET,
    url=GITHUB_URL,
    query=(("audience", AUDIENCE),),
    authorization="Bearer request-token-of-the-job",
)
ASK_AZURE_DEVOPS = Ask(
    what="get an identity token of Azure DevOps",
    method=Method.POST,
    url="https://dev.azure.com/corp/pro%20ject%2F%C3%A9/_apis/distributedtask"
    "/hubs/build/plans/plan-1/jobs/job%2F1/oidctoken",
    query=(("api-version", "7.2-preview.1"),),
    authorization="Bearer system-access-token",
    content_type="application/json",
)
# Who tells the identity: its kind, its secrets, places and bounds, and its dialogue.
IDENTITIES: dict[AuthType, tuple[Identity, Step | None, Answer | Text | None]] = {
    AuthType.GITHUB_OIDC: (GITHUB, ASK_GITHUB, answer(200, {"value": IDENTITY})),
    AuthType.AZURE_DEVOPS_OIDC: (
        AZURE_DEVOPS,
        ASK_AZURE_DEVOPS,
        answer(200, {"oidcToken": IDENTITY}),
    ),
    AuthType.ENV_OIDC: (VARIABLE, None, None),
    AuthType.FILE_OIDC: (FILE, ReadText(FILE.path), Text(f"\n  {IDENTITY}\r\n")),
}


def exchange(*client: tuple[str, str], url: str = TOKEN_URL) -> Ask:
    return Ask(
        what="exchange the identity token",
        method=Method.POST,
        url=url,
        form=(
            *client,
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt"),
            ("subject_token", IDENTITY),
            ("scope", "all-apis"),
        ),
    )


def federated(kind: AuthType, scheme: Federation, *came: Answer) -> Played[Credential]:
    _, _, told = IDENTITIES[kind]
    found = [] if told is None else [told]
    replies = (CONFIG, OAUTH, *found, *came)
    return play(scheme.flow(HOST, Memory()), *replies, given=scheme.secrets)


@pytest.mark.parametrize("kind", IDENTITIES)
@pytest.mark.parametrize("client", [CLIENT, None])
def test_an_identity_token_is_hidden_and_exchanged(
    kind: AuthType, client: str | None
) -> None:
    identity, step, _ = IDENTITIES[kind]
    scheme = Federation(identity=identity, client_id=client)
    played = federated(kind, scheme, granted(ACCESS, expires_in=300))
    told = [] if step is None else [step]
    named = () if client is None else (("client_id", client),)
    assert played.steps == [
        ASK_CONFIG,
        ASK_OAUTH,
        *told,
        Hide(IDENTITY),
        exchange(*named),
        Hide(ACCESS),
    ]
    assert played.result == bearer(ACCESS, 300.0)


@pytest.mark.parametrize("kind", IDENTITIES)
def test_a_federation_is_of_the_kind_of_its_identity(kind: AuthType) -> None:
    identity, _, _ = IDENTITIES[kind]
    scheme = Federation(identity=identity, client_id=CLIENT)
    assert scheme.auth_type is kind
    assert scheme.principal == CLIENT
    assert Federation(identity=identity).principal == ""  # the job itself
    assert scheme.secrets == identity.secrets
    assert scheme.places == identity.places
    assert scheme.bounded_by == identity.bounded_by
    assert scheme.renews


class Plain(Scheme):
    """A scheme that says no more than it has to."""

    auth_type = AuthType.PAT
    principal = "somebody"
    secrets = ()

    def flow(self, host: str, memory: Memory) -> Flow[Credential]:
        raise AssertionError(host, memory)


def test_a_scheme_has_no_places_and_bounds_unless_it_says_so() -> None:
    plain = Plain()
    assert (plain.places, plain.bounded_by) == ((), None)
    assert plain.renews


def test_only_a_token_that_cannot_be_had_again_bounds_a_run() -> None:
    bounds = {kind: one.bounded_by for kind, (one, _, _) in IDENTITIES.items()}
    assert bounds == {
        AuthType.GITHUB_OIDC: None,
        AuthType.AZURE_DEVOPS_OIDC: None,
        AuthType.ENV_OIDC: IDENTITY,
        AuthType.FILE_OIDC: None,
    }


def test_sign_in_material_may_go_to_the_places_of_its_scheme_alone() -> None:
    places = {kind: one.places for kind, (one, _, _) in IDENTITIES.items()}
    assert places == {
        AuthType.GITHUB_OIDC: (GITHUB_URL,),
        AuthType.AZURE_DEVOPS_OIDC: ("https://dev.azure.com/corp/",),
        AuthType.ENV_OIDC: (),
        AuthType.FILE_OIDC: (),
    }


def test_what_the_ci_gave_is_known_as_a_secret() -> None:
    secrets = {kind: one.secrets for kind, (one, _, _) in IDENTITIES.items()}
    assert secrets == {
        AuthType.GITHUB_OIDC: ("request-token-of-the-job",),
        AuthType.AZURE_DEVOPS_OIDC: ("system-access-token",),
        AuthType.ENV_OIDC: (IDENTITY,),
        AuthType.FILE_OIDC: (),
    }


def test_no_scheme_shows_its_secrets() -> None:
    schemes = [Pat("dapi-canary"), OAuthM2M(CLIENT, SECRET)]
    shown = f"{schemes} {[one for one, _, _ in IDENTITIES.values()]}"
    secrets = ("dapi-canary", SECRET, "request-token", "system-access", IDENTITY)
    assert [secret for secret in secrets if secret in shown] == []


@pytest.mark.parametrize(
    ("given", "asked_for"), [("mine", "mine"), ("", ""), (None, "theirs")]
)
def test_the_audience_that_was_given_beats_what_the_workspace_says(
    given: str | None, asked_for: str
) -> None:
    scheme = Federation(identity=GITHUB, audience=given)
    flow = scheme.flow(HOST, Memory(endpoint=Endpoint(TOKEN_URL, "theirs")))
    value = answer(200, {"value": IDENTITY})
    played = play(flow, value, granted(ACCESS), given=scheme.secrets)
    assert played.steps[0] == replace(ASK_GITHUB, query=(("audience", asked_for),))


def test_a_renewal_asks_no_more_where_to_sign_in_but_makes_a_new_identity() -> None:
    memory, value = Memory(), answer(200, {"value": IDENTITY})
    scheme = Federation(identity=GITHUB, client_id=CLIENT)
    given = scheme.secrets
    play(scheme.flow(HOST, memory), CONFIG, OAUTH, value, granted(ACCESS), given=given)
    again = play(
        scheme.flow(HOST, memory), value, granted("access-token-2"), given=given
    )
    assert again.asked == [GITHUB_URL, TOKEN_URL]
    assert again.result == bearer("access-token-2")


def test_where_to_sign_in_is_asked_again_after_an_outage() -> None:
    memory = Memory()
    m2m = OAuthM2M(CLIENT, SECRET)
    play(m2m.flow(HOST, memory), CONFIG, html(503))
    assert memory == Memory()
    played = play(m2m.flow(HOST, memory), CONFIG, OAUTH, granted(ACCESS))
    assert played.result == bearer(ACCESS)


def test_where_to_sign_in_is_asked_again_after_a_refusal() -> None:
    memory, m2m = Memory(), OAuthM2M(CLIENT, SECRET)
    play(m2m.flow(HOST, memory), CONFIG, OAUTH, refused(401, "invalid_client"))
    played = play(m2m.flow(HOST, memory), CONFIG, OAUTH, granted(ACCESS))
    assert played.steps[:2] == [ASK_CONFIG, ASK_OAUTH]


@pytest.mark.parametrize(
    "fault", [Fault(FaultKind.UNCONNECTED), Fault(FaultKind.ABANDONED)]
)
@pytest.mark.parametrize("answered", [0, 1, 2, 3])
def test_whoever_does_not_answer_is_named(fault: Fault, answered: int) -> None:
    asks = [ASK_CONFIG, ASK_OAUTH, ASK_GITHUB, exchange()]
    came = [CONFIG, OAUTH, answer(200, {"value": IDENTITY})][:answered]
    scheme = Federation(identity=GITHUB)
    played = play(scheme.flow(HOST, Memory()), *came, fault, given=scheme.secrets)
    assert played.outage.ask == asks[answered]
    assert played.outage.reply is fault
    assert str(played.outage) == asks[answered].what


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_wrong_secret_is_told_with_the_id_that_it_is_for(status: int) -> None:
    m2m = OAuthM2M(CLIENT, SECRET)
    no = refused(status, "invalid_client", "Client authentication failed")
    problem = play(m2m.flow(HOST, Memory()), CONFIG, OAUTH, no).problem
    assert f"(HTTP {status})" in problem.what
    assert CLIENT in problem.advice
    assert problem.said == (
        "dbc-a1b2345c-d6e7.cloud.databricks.com answered"
        f" HTTP {status} invalid_client: Client authentication failed"
    )


@pytest.mark.parametrize("kind", IDENTITIES)
def test_a_federation_that_is_refused_is_told_with_the_claims(kind: AuthType) -> None:
    identity, _, _ = IDENTITIES[kind]
    scheme = Federation(identity=identity, client_id=CLIENT)
    played = federated(kind, scheme, refused(400, "invalid_grant", "no policy fits"))
    assert "no federation policy fits it" in played.problem.what
    assert CLIENT in played.problem.advice
    assert "https://issuer.test" in played.problem.paste
    assert "repo:o/n:ref:refs/heads/main" in played.problem.paste
    # Only where one could be asked for.
    asked_for = f"audience that was asked for: {AUDIENCE}" in played.problem.paste
    assert asked_for == (kind is AuthType.GITHUB_OIDC)


def test_who_plays_a_flow_cannot_answer_with_the_wrong_thing() -> None:
    with pytest.raises(TypeError):
        play(OAuthM2M(CLIENT, SECRET).flow(HOST, Memory()), Text("a file"))
    with pytest.raises(TypeError):
        play(FILE.token(AUDIENCE), answer(200, {}))
