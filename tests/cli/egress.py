"""
Places to sign in at, ways to do it, and whatever could give a secret away.

The same workspace is served at two addresses of this machine, one for it and one for
the CI that vouches for its jobs; or at the names of Azure and GitHub, over TLS and
through a proxy. What counts as a secret is read from what the stand-in was sent and
has handed out, not from what the program believes to be one.
"""

from __future__ import annotations

import base64
import html
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qsl, quote, quote_plus

from dlt_action.standin import (
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
    Request,
    Workspace,
    serve,
)
from tests.cli.program import CANARY, Ended, environment, start
from tests.edge.tunnel import Tunnel
from tests.standin import azure

T = TypeVar("T")
R = TypeVar("R")

MISTYPED = "--pipeline-id=00000000-0000-4000-8000-000000000000"
# Two cores play these; more at once would only wait for each other.
AT_A_TIME = 8


@dataclass(frozen=True, slots=True)
class Place:
    """A workspace and the CI beside it, as the program finds them."""

    workspace: Workspace
    host: str
    github: str  # what the runner would give as the address of identity tokens
    devops: str = ""
    environ: Mapping[str, str] = field(
        default_factory=dict
    )  # what it takes to get there
    tunnel: Tunnel | None = None

    def pipeline(self, scenario: str) -> str:
        return f"--pipeline-id={self.workspace.pipeline_id(scenario)}"


def a_workspace(cloud: str = "AWS") -> Workspace:
    return Workspace(
        clock=time.time, token=CANARY, stretch=0.01, cloud=cloud, log=lambda _: None
    )


@contextmanager
def on_loopback() -> Iterator[Place]:
    """A workspace on this machine, and the CI at another port."""
    workspace = a_workspace()
    with serve(workspace) as own, serve(workspace) as ci:
        github = f"{ci.url}{GITHUB_PATH}?{GITHUB_QUERY}"
        yield Place(workspace, own.url, github, f"{ci.url}/_ci/azure-devops/")


@contextmanager
def on_azure(folder: Path) -> Iterator[Place]:
    """A workspace, GitHub and Entra ID at their names, behind a proxy."""
    workspace = a_workspace("Azure")
    with azure.azure(workspace, folder) as there:
        way = {
            "HTTPS_PROXY": there.tunnel.url,
            "INPUT_CA-BUNDLE": there.ca_file.read_text(),
        }
        yield Place(
            workspace, azure.HOST, azure.REQUEST_URL, environ=way, tunnel=there.tunnel
        )


Way = Callable[[Place, Path], dict[str, str]]


def token(_: Place, _folder: Path) -> dict[str, str]:
    return {"INPUT_TOKEN": CANARY}


def secret(_: Place, _folder: Path) -> dict[str, str]:
    return {"INPUT_CLIENT-ID": CLIENT_ID, "INPUT_CLIENT-SECRET": CLIENT_SECRET}


def github_account(place: Place, _: Path) -> dict[str, str]:
    """What the runner gives a job with `id-token: write`, and nothing else."""
    return {
        "ACTIONS_ID_TOKEN_REQUEST_URL": place.github,
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": REQUEST_TOKEN,
    }


def github(place: Place, folder: Path) -> dict[str, str]:
    return {"INPUT_CLIENT-ID": CLIENT_ID, **github_account(place, folder)}


def _gitlabs(place: Place) -> str:
    identity = place.workspace.identity
    return identity.id_token(issuer=GITLAB_ISSUER, subject=GITLAB_SUBJECT, life=7200)


def variable(place: Place, _: Path) -> dict[str, str]:
    return {
        "DATABRICKS_CLIENT_ID": CLIENT_ID,
        "DATABRICKS_OIDC_TOKEN_ENV": "SHOP_ID_TOKEN",
        "SHOP_ID_TOKEN": _gitlabs(place),
    }


def file(place: Place, folder: Path) -> dict[str, str]:
    # Beside the folder of the step: what is in that must hold no secret at its end.
    path = folder.with_name(f"{folder.name}.jwt")
    path.write_text(f"{_gitlabs(place)}\n")
    return {
        "DATABRICKS_CLIENT_ID": CLIENT_ID,
        "DATABRICKS_OIDC_TOKEN_FILEPATH": str(path),
    }


DEVOPS = {
    "SYSTEM_TEAMPROJECTID": "2b7f5f1e-7a52-4d3a-8e0c-9d1f3b5a7c90",
    "SYSTEM_HOSTTYPE": "build",
    "SYSTEM_PLANID": "b2a1c3d4-0001-4f00-8a00-000000000001",
    "SYSTEM_JOBID": "b2a1c3d4-0002-4f00-8a00-000000000002",
}


def devops(place: Place, _: Path) -> dict[str, str]:
    return {
        "DATABRICKS_CLIENT_ID": CLIENT_ID,
        "SYSTEM_ACCESSTOKEN": ADO_ACCESS_TOKEN,
        "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI": place.devops,
        **DEVOPS,
    }


def azure_secret(_: Place, _folder: Path) -> dict[str, str]:
    return {
        "ARM_CLIENT_ID": AZURE_CLIENT_ID,
        "ARM_CLIENT_SECRET": AZURE_CLIENT_SECRET,
        "ARM_TENANT_ID": TENANT,
    }


def azure_newcomer(_: Place, _folder: Path) -> dict[str, str]:
    """Not yet in the workspace, so it names the resource; the tenant is found out."""
    return {
        "INPUT_AZURE-CLIENT-ID": AZURE_CLIENT_ID,
        "INPUT_AZURE-CLIENT-SECRET": AZURE_CLIENT_SECRET,
        "DATABRICKS_AZURE_RESOURCE_ID": RESOURCE_ID,
    }


def azure_github(place: Place, folder: Path) -> dict[str, str]:
    return {
        "INPUT_AZURE-CLIENT-ID": AZURE_CLIENT_ID,
        **github_account(place, folder),
    }


def surroundings(place: Place, folder: Path, *ways: Way, **more: str) -> dict[str, str]:
    """The environment of a step in *folder* that signs in at *place* by *ways*."""
    environ = environment(folder, INPUT_TOKEN="", INPUT_HOST=place.host)
    environ.update(place.environ)
    for way in ways:
        environ.update(way(place, folder))
    return {**environ, **more}


def played(place: Place, folder: Path, *ways: Way, **more: str) -> Ended:
    """A run to its end, of a pipeline that there is not."""
    environ = surroundings(place, folder, *ways, **more)
    return start(folder, MISTYPED, environ=environ).end()


def together(play: Callable[[T], R], cases: Iterable[T]) -> list[R]:
    """*play* each of *cases*, some at a time; in their order."""
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        return list(pool.map(play, cases))


# What was sent, and what of it is secret.


def form(request: Request) -> dict[str, str]:
    """The fields of a form; nothing for any other body."""
    kind = request.header("content-type")
    if kind != "application/x-www-form-urlencoded":
        return {}
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True))


SECRET_FIELDS = ("client_secret", "subject_token", "client_assertion")
SECRET_HEADERS = ("authorization", "x-databricks-azure-sp-management-token")


def credentials(request: Request) -> list[str]:
    """What in *request* proves who sends it."""
    headers = [request.header(name) for name in SECRET_HEADERS]
    fields = form(request)
    found = [
        *(header.split(" ")[-1] for header in headers if header is not None),
        *(fields[name] for name in SECRET_FIELDS if name in fields),
    ]
    pairs = [base64.b64decode(one).decode() for one in found if _is_basic(request, one)]
    return [*found, *(pair.partition(":")[2] for pair in pairs)]


def _is_basic(request: Request, text: str) -> bool:
    return request.header("authorization") == f"Basic {text}"


PAIR = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
# All that is given to the program here, sent or not.
GIVEN = {
    *(CANARY, CLIENT_SECRET, PAIR, REQUEST_TOKEN, ADO_ACCESS_TOKEN),
    AZURE_CLIENT_SECRET,
}


def secrets(workspace: Workspace) -> set[str]:
    """All that anybody has sent to the stand-in as a proof, or has got from it."""
    sent = {one for each in workspace.requests for one in credentials(each)}
    return sent | set(workspace.identity.grants)


def disguises(text: str) -> set[str]:
    """A dozen forms in which a secret may travel."""
    raw = text.encode()
    standard, urlsafe = base64.b64encode(raw), base64.urlsafe_b64encode(raw)
    # Inside of a longer text base64 has three forms; a neighbour may change their ends.
    shifted = (base64.b64encode(b"x" * by + raw)[4:-4] for by in (1, 2, 3))
    encoded = {standard, urlsafe, urlsafe.rstrip(b"="), *shifted}
    twice = base64.b64encode(standard)
    return {
        text,
        text[::-1],
        raw.hex(),
        raw.hex().upper(),
        quote(text, safe=""),
        quote_plus(text),
        json.dumps(text)[1:-1],
        repr(text)[1:-1],
        html.escape(text),
        twice.decode(),
        *(one.decode() for one in encoded),
    }


def given_away(places: Mapping[str, str], workspace: Workspace | None) -> set[str]:
    """In which of *places* (name and text) some secret is, in whichever form."""
    proofs = GIVEN if workspace is None else GIVEN | secrets(workspace)
    # A signature alone would be enough to recognise a token, its claims to read it.
    parts = {
        part for one in proofs if one.count(".") == 2 for part in one.split(".")[1:]
    }
    forms = {form for one in proofs | parts for form in disguises(one)}
    return {name for name, text in places.items() if any(one in text for one in forms)}


def masked(log: str) -> Sequence[str]:
    """What the log has told the runner to hide, in order."""
    mark = "::add-mask::"
    lines = log.splitlines()
    return [line.removeprefix(mark) for line in lines if line.startswith(mark)]
