"""
Signing in, from the process: every kind, from its inputs to the end of an update.

What the stand-in was sent is compared field by field. All kinds are played at once,
because most of a run is waiting; what goes wrong is played beside them.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from dlt_action.standin import (
    ADO_ACCESS_TOKEN,
    ADO_ISSUER,
    ADO_SUBJECT,
    AZURE_AUDIENCE,
    AZURE_CLIENT_ID,
    AZURE_CLIENT_SECRET,
    CLIENT_ID,
    CLIENT_SECRET,
    GITHUB_ISSUER,
    GITHUB_PATH,
    GITLAB_ISSUER,
    GITLAB_SUBJECT,
    REQUEST_TOKEN,
    RESOURCE_ID,
    SUBJECT,
    TENANT,
    USER,
    Fault,
    Request,
    jwts,
)
from tests.cli import egress
from tests.cli.egress import Place, Way, on_azure, on_loopback, surroundings
from tests.cli.program import CANARY, FILES, Ended, post, start
from tests.standin import azure

DATABRICKS = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d"
MANAGEMENT = "https://management.core.windows.net/"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
JWT = "urn:ietf:params:oauth:token-type:jwt"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ENDPOINT = "<workspace>/oidc/v1/token"

# What every request has, whoever it is for; the last is the stand-in's own note.
USUAL = {
    *("host", "user-agent", "accept", "accept-encoding", "connection"),
    *("content-length", "content-type", "authorization", "x-forwarded-proto"),
}


@dataclass(frozen=True, slots=True)
class Sent:
    """One request, with names in place of addresses and of what changes."""

    what: str
    proof: str | None = None  # the Authorization header
    query: tuple[tuple[str, str], ...] = ()
    form: tuple[tuple[str, str], ...] = ()
    more: tuple[tuple[str, str], ...] = ()  # headers that are not usual


def sent(request: Request, place: Place) -> Sent:
    own, ci = (urlsplit(each).netloc for each in (place.host, place.github))
    names = {own: "<workspace>", ci: "<ci>", azure.ENTRA: "<entra>"}
    where = names[str(request.header("host"))]

    def named(text: str) -> str:
        return whose(text).replace(place.host, "<workspace>")

    more = {k.lower(): v for k, v in request.headers.items() if k.lower() not in USUAL}
    return Sent(
        f"{request.method} {where}{request.path}",
        proof_of(request, named),
        tuple((name, named(value)) for name, value in request.query),
        tuple((name, named(value)) for name, value in egress.form(request).items()),
        tuple((name, named(value)) for name, value in sorted(more.items())),
    )


def proof_of(request: Request, named: Callable[[str], str]) -> str | None:
    header = request.header("authorization")
    if header is None:
        return None
    scheme, _, text = header.partition(" ")
    if scheme == "Basic":
        text = base64.b64decode(text, validate=True).decode()
    return f"{scheme} {named(text)}"


def whose(text: str) -> str:
    """Of a JWT who has issued it, about whom and for whom; any other text itself."""
    try:
        claims = jwts.verified(text)
    except jwts.Untrue:
        return text
    return " ".join(str(claims.get(name)) for name in ("iss", "sub", "aud"))


CONFIG = Sent("GET <workspace>/.well-known/databricks-config")
OAUTH = Sent("GET <workspace>/oidc/.well-known/oauth-authorization-server")
BY_SECRET = Sent(
    "POST <workspace>/oidc/v1/token",
    f"Basic {CLIENT_ID}:{CLIENT_SECRET}",
    form=(("grant_type", "client_credentials"), ("scope", "all-apis")),
)


def exchanged(token: str, client: str | None = CLIENT_ID) -> Sent:
    return Sent(
        "POST <workspace>/oidc/v1/token",
        form=(
            *(() if client is None else (("client_id", client),)),
            ("grant_type", EXCHANGE),
            ("subject_token_type", JWT),
            ("subject_token", token),
            ("scope", "all-apis"),
        ),
    )


def from_github(audience: str) -> Sent:
    return Sent(
        f"GET <ci>{GITHUB_PATH}",
        f"Bearer {REQUEST_TOKEN}",
        query=(("api-version", "2.0"), ("audience", audience)),
    )


def of_github(audience: str) -> str:
    return f"{GITHUB_ISSUER} {SUBJECT} {audience}"


def from_entra(resource: str, *proof: tuple[str, str]) -> Sent:
    return Sent(
        f"POST <entra>/{TENANT}/oauth2/token",
        form=(
            ("grant_type", "client_credentials"),
            ("client_id", AZURE_CLIENT_ID),
            *proof,
            ("resource", resource),
        ),
    )


TENANT_ASKED = Sent("GET <workspace>/aad/auth")
AZURE_SECRET = ("client_secret", AZURE_CLIENT_SECRET)
AZURE_PROOF = (
    ("client_assertion_type", ASSERTION),
    ("client_assertion", of_github(AZURE_AUDIENCE)),
)
DEVOPS = Sent(
    f"POST <ci>/_ci/azure-devops/{egress.DEVOPS['SYSTEM_TEAMPROJECTID']}"
    "/_apis/distributedtask/hubs/build"
    f"/plans/{egress.DEVOPS['SYSTEM_PLANID']}"
    f"/jobs/{egress.DEVOPS['SYSTEM_JOBID']}/oidctoken",
    f"Bearer {ADO_ACCESS_TOKEN}",
    query=(("api-version", "7.2-preview.1"),),
)
OURS = f"Bearer <workspace>/oidc {CLIENT_ID} None"
USERS = f"Bearer <workspace>/oidc {USER} None"
ENTRAS = f"https://sts.windows.net/{TENANT}/ {AZURE_CLIENT_ID}"
AS_NEWCOMER = (
    ("x-databricks-azure-sp-management-token", f"{ENTRAS} {MANAGEMENT}"),
    ("x-databricks-azure-workspace-resource-id", RESOURCE_ID),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A way to sign in, and what is to come of it."""

    way: Way
    says: str
    signs_in: tuple[Sent, ...]
    proof: str  # of every request after that
    more: tuple[tuple[str, str], ...] = ()
    azure: bool = False

    @property
    def auth_type(self) -> str:
        return self.says.split()[0]


GITHUB = (CONFIG, OAUTH, from_github(ENDPOINT), exchanged(of_github(ENDPOINT)))
GITLAB = f"{GITLAB_ISSUER} {GITLAB_SUBJECT} 0d26daa6-5e44-4c97-a497-ef015f91254a"
KINDS = {
    "pat": Kind(
        way=egress.token,
        says="pat (the input token)",
        signs_in=(),
        proof=f"Bearer {CANARY}",
    ),
    "oauth-m2m": Kind(
        way=egress.secret,
        says=f"oauth-m2m as {CLIENT_ID} (the input client-secret)",
        signs_in=(CONFIG, OAUTH, BY_SECRET),
        proof=OURS,
    ),
    "github-oidc": Kind(
        way=egress.github,
        says=f"github-oidc as {CLIENT_ID} (the input client-id and OIDC of GitHub"
        " Actions)",
        signs_in=GITHUB,
        proof=OURS,
    ),
    "github-oidc of the account": Kind(
        way=egress.github_account,
        says="github-oidc (OIDC of GitHub Actions)",
        signs_in=(*GITHUB[:3], exchanged(of_github(ENDPOINT), None)),
        proof=USERS,
    ),
    "env-oidc": Kind(
        way=egress.variable,
        says=f"env-oidc as {CLIENT_ID} (DATABRICKS_CLIENT_ID and SHOP_ID_TOKEN)",
        signs_in=(CONFIG, OAUTH, exchanged(GITLAB)),
        proof=OURS,
    ),
    "file-oidc": Kind(
        way=egress.file,
        says=f"file-oidc as {CLIENT_ID} (DATABRICKS_CLIENT_ID and"
        " DATABRICKS_OIDC_TOKEN_FILEPATH)",
        signs_in=(CONFIG, OAUTH, exchanged(GITLAB)),
        proof=OURS,
    ),
    "azure-devops-oidc": Kind(
        way=egress.devops,
        says=f"azure-devops-oidc as {CLIENT_ID} (DATABRICKS_CLIENT_ID and OIDC of Azure"
        " DevOps)",
        signs_in=(
            *(CONFIG, OAUTH, DEVOPS),
            exchanged(f"{ADO_ISSUER} {ADO_SUBJECT} {AZURE_AUDIENCE}"),
        ),
        proof=OURS,
    ),
    "azure-client-secret": Kind(
        way=egress.azure_secret,
        says=f"azure-client-secret as {AZURE_CLIENT_ID} (ARM_CLIENT_SECRET)",
        signs_in=(from_entra(DATABRICKS, AZURE_SECRET),),
        proof=f"Bearer {ENTRAS} {DATABRICKS}",
        azure=True,
    ),
    "azure-client-secret of a newcomer": Kind(
        way=egress.azure_newcomer,
        says=f"azure-client-secret as {AZURE_CLIENT_ID} (the input"
        " azure-client-secret)",
        signs_in=(
            TENANT_ASKED,
            from_entra(DATABRICKS, AZURE_SECRET),
            from_entra(MANAGEMENT, AZURE_SECRET),
        ),
        proof=f"Bearer {ENTRAS} {DATABRICKS}",
        more=AS_NEWCOMER,
        azure=True,
    ),
    "github-oidc-azure": Kind(
        way=egress.azure_github,
        says=f"github-oidc-azure as {AZURE_CLIENT_ID} (the input azure-client-id and"
        " OIDC of GitHub Actions)",
        signs_in=(
            *(TENANT_ASKED, from_github(AZURE_AUDIENCE)),
            from_entra(DATABRICKS, *AZURE_PROOF),
        ),
        proof=f"Bearer {ENTRAS} {DATABRICKS}",
        azure=True,
    ),
    "oauth-m2m on Azure": Kind(
        way=egress.secret,
        says=f"oauth-m2m as {CLIENT_ID} (the input client-secret)",
        signs_in=(CONFIG, OAUTH, BY_SECRET),
        proof=OURS,
        azure=True,
    ),
    "github-oidc on Azure": Kind(
        way=egress.github,
        says=f"github-oidc as {CLIENT_ID} (the input client-id and OIDC of GitHub"
        " Actions)",
        signs_in=GITHUB,
        proof=OURS,
        azure=True,
    ),
}


@dataclass(slots=True, kw_only=True)
class Lookout(Fault):
    """A fault that spoils nothing: it reads the log whenever a request comes."""

    log: Path
    bare: list[str]  # requests whose proof the log did not hide yet

    def applies(self, request: Request, second: float) -> bool:
        del second
        hidden = set(egress.masked(self.log.read_text()))
        proofs = egress.credentials(request)
        if not hidden.issuperset(proofs):
            self.bare.append(f"{request.method} {request.path}")
        return False


@dataclass(frozen=True, slots=True)
class Run:
    """A run that is over, and what the stand-in saw of it."""

    kind: Kind
    place: Place
    ended: Ended
    bare: list[str]

    @property
    def sent(self) -> list[Sent]:
        return [sent(each, self.place) for each in self.place.workspace.requests]


def play(name: str, folder: Path) -> Run:
    """The pipeline that succeeds, signed in by the kind of that name, to its end."""
    kind, log = KINDS[name], folder.with_name(f"{folder.name}.log")
    beside = folder.with_name(f"{folder.name}.tls")
    beside.mkdir()
    with on_azure(beside) if kind.azure else on_loopback() as place:
        if kind.more:
            place.workspace.identity.newcomers.add(AZURE_CLIENT_ID)
        bare: list[str] = []
        watch = Lookout(method="", path_pattern="", log=log, bare=bare)
        place.workspace.faults.append(watch)
        environ = surroundings(place, folder, kind.way)
        pipeline = place.pipeline("success")
        with log.open("wb") as stream:
            ended = start(folder, pipeline, environ=environ, stdout=stream).end()
        return Run(kind, place, replace(ended, raw=log.read_bytes()), bare)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Run]:
    folders = {name: tmp_path_factory.mktemp(name.replace(" ", "-")) for name in KINDS}
    played = egress.together(lambda one: play(*one), folders.items())
    return dict(zip(KINDS, played, strict=True))


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_leads_to_the_end_of_the_update(
    runs: Mapping[str, Run], name: str
) -> None:
    ended = runs[name].ended
    assert ended.verdict == (0, "succeeded", "true"), ended.log
    assert ended.outputs["state"] == "COMPLETED"
    assert ended.state["owed"] == "nothing"
    assert ended.err == b""


@pytest.mark.parametrize("name", KINDS)
def test_the_log_names_kind_principal_and_source(
    runs: Mapping[str, Run], name: str
) -> None:
    run = runs[name]
    line = next(each for each in run.ended.log.splitlines() if "dlt-action" in each)
    assert line.endswith(f" · {run.place.host} · {run.kind.says}")


@pytest.mark.parametrize("name", KINDS)
def test_a_sign_in_sends_exactly_this(runs: Mapping[str, Run], name: str) -> None:
    run = runs[name]
    assert run.sent[: len(run.kind.signs_in)] == list(run.kind.signs_in)


@pytest.mark.parametrize("name", KINDS)
def test_whoever_has_signed_in_asks_nobody_else_again(
    runs: Mapping[str, Run], name: str
) -> None:
    run = runs[name]
    after = run.sent[len(run.kind.signs_in) :]
    assert len(after) > 6
    assert {each.what.split("/api/2.0/pipelines/")[0] for each in after} == {
        "GET <workspace>",
        "POST <workspace>",
    }
    assert {(each.proof, each.more) for each in after} == {
        (run.kind.proof, run.kind.more)
    }


@pytest.mark.parametrize("name", KINDS)
def test_every_request_says_who_asks_and_carries_no_cookie(
    runs: Mapping[str, Run], name: str
) -> None:
    run = runs[name]
    agent = (
        rf"dlt-action/\S+ python/3\.\d+ os/linux auth/{run.kind.auth_type} cicd/github"
    )
    for request in run.place.workspace.requests:
        assert re.fullmatch(agent, str(request.header("user-agent")))
        assert request.header("accept") == "application/json"
        assert request.header("accept-encoding") == "gzip, deflate"
        assert request.header("connection") == "keep-alive"
        kind = request.header("content-type")
        in_form = bool(egress.form(request))
        if request.method == "GET":
            assert (kind, request.body) == (None, b"")
        else:
            assert in_form or kind == "application/json"


@pytest.mark.parametrize("name", KINDS)
def test_a_secret_is_hidden_before_it_is_used(
    runs: Mapping[str, Run], name: str
) -> None:
    run = runs[name]
    assert run.bare == []
    told = run.ended.log.splitlines()
    pipeline = next(at for at, line in enumerate(told) if " pipeline success (" in line)
    masks = [at for at, line in enumerate(told) if line.startswith("::add-mask::")]
    assert max(masks) < pipeline
    hidden = set(egress.masked(run.ended.log))
    assert egress.secrets(run.place.workspace) <= hidden


@pytest.mark.parametrize("name", KINDS)
def test_no_secret_is_anywhere_else(runs: Mapping[str, Run], name: str) -> None:
    run = runs[name]
    assert len(egress.secrets(run.place.workspace)) >= 1
    files = {one: (run.ended.folder / one).read_text() for one in FILES}
    places = {"everything": run.ended.everything, **files}
    assert egress.given_away(places, run.place.workspace) == set()


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.azure])
def test_a_proxy_is_told_the_names_and_nothing_else(
    runs: Mapping[str, Run], name: str
) -> None:
    run = runs[name]
    assert run.place.tunnel is not None
    asked = run.place.tunnel.asked
    hosts = {str(request.header("host")) for request in run.place.workspace.requests}
    assert {each.target for each in asked} == {f"{host}:443" for host in hosts}
    assert run.place.tunnel.plain == []
    heads = {f"head {at}": each.head.decode() for at, each in enumerate(asked)}
    assert egress.given_away(heads, run.place.workspace) == set()


def test_what_is_looked_for_would_be_found(runs: Mapping[str, Run]) -> None:
    workspace = runs["github-oidc"].place.workspace
    proof = next(iter(workspace.identity.grants))
    _, claims, seal = proof.split(".")
    places = {
        "plain": f"x{proof}x",
        "seal": seal,
        "claims": claims,
        "base64": base64.b64encode(f"Bearer {proof}, and more".encode()).decode(),
        "hexadecimal": proof.encode().hex(),
        "clean": REQUEST_TOKEN[:12],
    }
    assert egress.given_away(places, workspace) == set(places) - {"clean"}


def test_a_renewal_takes_a_fresh_identity_and_asks_for_no_document_again(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "step"
    folder.mkdir()
    with on_loopback() as place:
        place.workspace.identity.token_life = 4  # so it is renewed after two
        environ = surroundings(place, folder, egress.github)
        ended = start(folder, place.pipeline("success"), environ=environ).end()
        seen = [sent(each, place) for each in place.workspace.requests]
        requests = tuple(place.workspace.requests)
    assert ended.verdict == (0, "succeeded", "true"), ended.log
    assert [seen.count(each) for each in (CONFIG, OAUTH)] == [1, 1]
    exchanges = [egress.form(each) for each in requests if egress.form(each)]
    assert len(exchanges) > 1
    assert seen.count(from_github(ENDPOINT)) == len(exchanges)
    assert len({form["subject_token"] for form in exchanges}) == len(exchanges)
    assert egress.secrets(place.workspace) <= set(egress.masked(ended.log))
    places = {"everything": ended.everything}
    assert egress.given_away(places, place.workspace) == set()


@pytest.mark.parametrize("way", [egress.variable, egress.file, egress.devops])
def test_where_no_runner_hides_anything_no_secret_is_told_at_all(
    tmp_path: Path, way: Way
) -> None:
    folder = tmp_path / "step"
    folder.mkdir()
    with on_loopback() as place:
        environ = {
            name: text
            for name, text in surroundings(place, folder, way).items()
            if not name.startswith(("GITHUB_", "INPUT_"))
        }
        environ.update({"CI": "true", "DATABRICKS_HOST": place.host})
        ended = start(folder, place.pipeline("success"), environ=environ).end()
    assert ended.code == 0, ended.log
    assert "::" not in ended.log
    places = {"log": ended.log, "errors": ended.err.decode()}
    assert egress.given_away(places, place.workspace) == set()


# The post step and `dlt-action stop` sign in as well.


@dataclass(frozen=True, slots=True)
class Stopped:
    """A process that stopped an update, and what it was sent."""

    ended: Ended
    sent: list[Sent]
    place: Place


def owed(place: Place) -> dict[str, str]:
    """What a main step leaves to its post step when it is killed."""
    return {
        "owed": "stop",
        "pipeline_id": place.workspace.pipeline_id("slow-resources"),
        "update_id": place.workspace.rival("slow-resources"),
    }


def by_post_step(way: Way, folder: Path) -> Stopped:
    with on_loopback() as place:
        state, environ = owed(place), surroundings(place, folder, way)
        environ["INPUT_PIPELINE-NAME"] = "slow-resources"
        ended = post(folder, state, **environ).end()
        seen = [sent(each, place) for each in place.workspace.requests]
        return Stopped(ended, seen, place)


def by_command(way: Way, folder: Path) -> Stopped:
    with on_loopback() as place:
        state, environ = owed(place), surroundings(place, folder, way)
        named = (
            f"--pipeline-id={state['pipeline_id']}",
            f"--update-id={state['update_id']}",
        )
        ended = start(folder, "stop", *named, environ=environ).end()
        seen = [sent(each, place) for each in place.workspace.requests]
        return Stopped(ended, seen, place)


@pytest.mark.parametrize("tidy", [by_post_step, by_command])
@pytest.mark.parametrize("name", ["oauth-m2m", "github-oidc"])
def test_who_stops_what_was_left_behind_signs_in_by_itself(
    tmp_path: Path, tidy: Callable[[Way, Path], Stopped], name: str
) -> None:
    kind = KINDS[name]
    folder = tmp_path / "step"
    folder.mkdir()
    stopped = tidy(kind.way, folder)
    assert stopped.ended.code == 0, stopped.ended.log
    assert "was stopped and is CANCELED" in stopped.ended.log
    before, after = len(kind.signs_in), stopped.sent[len(kind.signs_in) :]
    assert stopped.sent[:before] == list(kind.signs_in)
    assert {each.proof for each in after} == {kind.proof}
    assert [each.what for each in after if each.what.startswith("POST")] == [
        f"POST <workspace>/api/2.0/pipelines/{pipeline_of(stopped)}/stop"
    ]
    places = {"everything": stopped.ended.everything}
    assert egress.given_away(places, stopped.place.workspace) == set()


def pipeline_of(stopped: Stopped) -> str:
    return stopped.place.workspace.pipeline_id("slow-resources")
