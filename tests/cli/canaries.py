"""
Secrets that would be noticed anywhere, and a program with every reason to tell them.

The whole program runs in virtual time, with its own sender and its own courier; only
the network is played. Whoever answers may put any secret into the answer, in any
encoding, and so may exceptions. What is left behind is searched for all of them.
"""

from __future__ import annotations

import html
import io
import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit
from uuid import uuid4

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.response import HTTPResponse

from dlt_action.cli import guarded, refuse
from dlt_action.composing import enter, explained
from dlt_action.core.calls import Call
from dlt_action.core.owed import Owed
from dlt_action.core.reply import Answer, Fault
from dlt_action.core.signin.steps import Ask
from dlt_action.debts import Debts
from dlt_action.edge.auth.courier import Courier, read_text
from dlt_action.edge.auth.playing import Player
from dlt_action.edge.auth.signed import Signed
from dlt_action.edge.channel import Channel
from dlt_action.edge.ci import choose
from dlt_action.edge.sender import Destination, Sender
from dlt_action.edge.trust import tls_context
from dlt_action.edge.writer import Writer
from dlt_action.errors import DltActionError, Misconfigured
from dlt_action.running import crash, expiry, mask
from dlt_action.settings.load import reporting_of
from dlt_action.settings.model import Settings
from dlt_action.standin import Request, identity
from dlt_action.standin.faults import Dropped
from dlt_action.standin.wire import Response
from dlt_action.story import run
from dlt_action.world import Desk, World
from tests.oracles.sight import seen
from tests.story.signing import AZURE_CLIENT, AZURE_DEVOPS, CLIENT, GITHUB, SignedLine
from tests.story.virtual import HOST, ROUND_TRIP, Stage, Stream

KINDS = (
    *("pat", "oauth-m2m", "github-oidc", "env-oidc", "file-oidc"),
    *("azure-devops-oidc", "azure-client-secret", "github-oidc-azure"),
)


JWTS = ("subject_token", "client_assertion")  # fields of forms


def forms(secret: str) -> dict[str, str]:
    """*secret* in each of its encodings."""
    raw = secret.encode()
    padded = b64encode(raw).decode()

    def shifted(by: int) -> str:
        # What does not depend on what stands before or after it in a longer text.
        whole = b64encode(b"\0" * by + raw).decode()
        return whole[by + 1 : (by + len(raw)) * 8 // 6]

    return {
        "as it is": secret,
        "hex": raw.hex(),
        "hex, upper case": raw.hex().upper(),
        "base64": padded,
        "base64, no padding": padded.rstrip("="),
        "base64 of a byte later": shifted(1),
        "base64 of two bytes later": shifted(2),
        "base64url": urlsafe_b64encode(raw).decode().rstrip("="),
        "percent": quote(secret, safe=""),
        "percent with plus": quote_plus(secret),
        "JSON": json.dumps(secret)[1:-1],
        "HTML": html.escape(secret),
        "repr": repr(secret)[1:-1],
        "base64 twice": b64encode(padded.encode()).decode(),
    }


def echoes(secret: str) -> tuple[str, ...]:
    """How somebody may give *secret* away."""
    raw = secret.encode()
    inside = (b64encode(b"user"[:by] + raw + b":tail").decode() for by in (1, 2))
    found = forms(secret)
    plain = (name for name in found if not name.endswith(("later", "twice")))
    return (*(found[name] for name in plain), *inside)


@dataclass
class Secrets:
    """All that must not be told: what was given, and what was made of it."""

    token: str = field(default_factory=lambda: f"dapi{uuid4().hex}+/~{uuid4().hex}==")
    client: str = field(
        default_factory=lambda: f"dose~{uuid4().hex}&<'\"%\\{uuid4().hex}"
    )
    azure: str = field(
        default_factory=lambda: f"Q8~{uuid4().hex}>+/_.&*`[|#!]^${uuid4().hex}_"
    )
    github: str = field(default_factory=lambda: f"ghs.{uuid4().hex}-_{uuid4().hex}")
    devops: str = field(default_factory=lambda: f"ado.{uuid4().hex}-_{uuid4().hex}")
    told: list[str] = field(default_factory=list)  # those that the program knows of
    derived: list[str] = field(default_factory=list)

    @property
    def all(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.told, *self.derived)))

    def found(self, text: str) -> list[str]:
        """What of them is in *text*, or is seen by who reads it as a page, and how."""
        return [
            f"{secret[:6]}… ({name}) at {shown[max(shown.find(form) - 60, 0) :][:50]!r}"
            for shown in (text, seen(text))
            for secret in self.all
            for name, form in forms(secret).items()
            if form in shown
        ]


def _noted(begins: str, middle: str) -> str:
    return f"{begins}{uuid4().hex}{middle}{uuid4().hex}"


Meddle = Callable[["Show", Request, Response], Response]


def untouched(_: Show, __: Request, answer: Response) -> Response:
    return answer


class Show(Stage):
    """A run that is about to go wrong."""

    line: StagedLine

    def __init__(self, folder: Path, kind: str, mode: str, number: int) -> None:
        azure = kind in ("azure-client-secret", "github-oidc-azure")
        super().__init__(
            folder, StagedLine(self), manners={"cloud": "Azure"} if azure else {}
        )
        self.kind = kind
        self.mode = mode
        self.number = number  # which encoding is echoed next
        self.secrets = Secrets()
        self.workspace.world.token = self.secrets.token
        self.identity = who = self.workspace.identity
        who.issued = uuid4().int % 10**9  # so that no two runs make the same tokens
        who.principals[identity.CLIENT_ID] = self.secrets.client
        who.applications[identity.AZURE_CLIENT_ID] = self.secrets.azure
        self.api: Meddle = untouched  # the workspace's answers
        self.sign_in: Meddle = untouched  # those to sign-ins
        self.flags: list[str] = []
        self.pipeline = "code-error"
        self.environ = self._environment()
        self.errors: list[BaseException] = []
        self.log_fails = False
        self.signal: Callable[[], None] = lambda: None

    def _environment(self) -> dict[str, str]:
        told = {"GITHUB_ACTIONS": "true", "CI": "true"}
        if self.mode == "debug":
            told["RUNNER_DEBUG"] = "1"
        return {**told, **self._signs_in()}

    def _signs_in(self) -> dict[str, str]:
        secrets, path = self.secrets, self.folder.with_suffix(".jwt")
        github = {**GITHUB, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": secrets.github}
        own = {"env-oidc", "file-oidc"}
        made = self._gitlab() if self.kind in own else ""
        path.write_text(made)
        told = {
            "pat": secrets.token,
            "oauth-m2m": secrets.client,
            "github-oidc": secrets.github,
            "azure-devops-oidc": secrets.devops,
            "azure-client-secret": secrets.azure,
            "github-oidc-azure": secrets.github,
        }
        secrets.told = [told[self.kind]] if self.kind in told else []
        return {
            "pat": {"DATABRICKS_TOKEN": secrets.token},
            "oauth-m2m": {**CLIENT, "DATABRICKS_CLIENT_SECRET": secrets.client},
            "github-oidc": {**CLIENT, **github},
            "env-oidc": {**CLIENT, "DATABRICKS_OIDC_TOKEN": made},
            "file-oidc": {**CLIENT, "DATABRICKS_OIDC_TOKEN_FILEPATH": str(path)},
            "azure-devops-oidc": {
                **CLIENT,
                **AZURE_DEVOPS,
                "SYSTEM_ACCESSTOKEN": secrets.devops,
            },
            "azure-client-secret": {**AZURE_CLIENT, "ARM_CLIENT_SECRET": secrets.azure},
            "github-oidc-azure": {**AZURE_CLIENT, **github},
        }[self.kind]

    def _gitlab(self) -> str:
        made = self.identity.id_token(
            issuer=identity.GITLAB_ISSUER, subject=identity.GITLAB_SUBJECT, life=3600
        )
        if self.kind == "env-oidc":  # that in a file is known when it was read
            self.secrets.derived.append(made)
        return made

    def echo(self, *, known: bool = False) -> str:
        """
        All secrets, in one encoding after the other; the newest first.

        Or those that are *known* to be secrets: others know a new one first.
        """
        self.number += 1
        found = [one for one in self.secrets.all if not known or self._knows(one)]
        several = map(echoes, reversed(found))
        return " ".join(one[self.number % len(one)] for one in several)

    def _knows(self, secret: str) -> bool:
        return secret in self.secrets.told or secret in self.line.masked

    def broken(self) -> Exception:
        """A bug of ours, whose text tells all."""
        return RuntimeError(self.echo(known=True))

    def _environ(self) -> dict[str, str]:
        files = {
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            "GITHUB_STATE": str(self.folder / "state"),
            "GITHUB_WORKSPACE": str(self.folder),
            "DATABRICKS_HOST": HOST,
            "HOME": str(self.folder),
        }
        return {**files, **self.environ}

    def show(self) -> str:
        """Run the program; all that it told anybody, but for the masks."""
        stream = Stream(self._listen)
        environ = self._environ()
        github = environ.get("GITHUB_ACTIONS") == "true"
        writer = Writer(stream, clock=self._wall, github=github)
        desk = Desk(self.dialect(choose(environ, writer)), writer, self.folder)
        argv = [f"--pipeline-id={self.workspace.pipeline_id(self.pipeline)}"]
        argv += ["--report-dir=reports", *self.flags]
        if self.mode != "calm":
            argv.append("--log-level=debug")
        guarded(lambda: self._main(argv, environ, desk), writer)
        return "\n".join(self._left(stream.getvalue()))

    def _listen(self, _: str) -> None:
        if self.log_fails:
            raise ValueError(self.echo())

    def _left(self, log: str) -> Iterator[str]:
        yield from (
            one for one in log.splitlines() if not one.startswith("::add-mask::")
        )
        for path in sorted(self.folder.rglob("*")):
            if path.is_file():
                yield path.read_text(errors="replace")
        for error in self.errors:
            yield f"{error} {error!r} {error.args}"

    def _main(self, argv: list[str], environ: Mapping[str, str], desk: Desk) -> int:
        """What `cli.start` does, with another world."""
        reporting = reporting_of(argv, environ)
        try:
            Debts(desk).owe([Owed(stop=False)])
            try:
                door = enter(argv, environ, desk.root)
                mask(door.settings, desk)
                self.line.begin(door.settings, desk)
            except Misconfigured as misconfigured:
                self._keep(misconfigured)
                return refuse(misconfigured, reporting, desk)
            for warning in expiry(door.settings, self._wall()):
                desk.writer.say(f"warning: {warning}")
            self.signal()
            world = World(
                line=self.line,
                desk=desk,
                wall=self._wall,
                chance=lambda: 0.5,
                began=self.line.seconds,
                token=lambda: "a-token",
                explain=explained(environ, desk),
            )
            return run(door.settings, world)
        except DltActionError as error:
            self._keep(error)
            raise
        except Exception as error:  # noqa: BLE001 - as `cli.start` does
            return crash(error, explained(environ, desk), reporting, desk)
        finally:
            self.line.end()

    def _keep(self, error: BaseException | None) -> None:
        while error is not None and error not in self.errors:
            self.errors.append(error)
            error = error.__cause__ or error.__context__


class StagedLine(SignedLine):
    """A line over the program's own sender and courier."""

    def __init__(self, show: Show) -> None:
        super().__init__()
        self._show = show

    def begin(self, settings: Settings, desk: Desk) -> None:
        super().begin(settings, desk)
        network, access = _network(settings.access.host), settings.access
        network.line, network.show = self, self._show
        courier = Courier(
            network.channel,
            (access.host, *access.scheme.places),
            agent=(),
            proxies=lambda _: {},
        )

        def ask(one: Ask, within: float) -> Answer | Fault:
            reply = courier(one, within)
            self._threads.sleep(ROUND_TRIP)
            return reply

        def send(call: Call, within: float, auth: AuthBase) -> Answer | Fault:
            reply = network.sender(call, within, auth)
            self._threads.sleep(ROUND_TRIP)
            return reply

        def hide(secret: str) -> None:
            desk.ci.mask(secret)
            self.masked.add(secret)

        player = Player(ask=ask, hide=hide, read=read_text, clock=self.epoch)
        passes = self.passes_of(access.scheme, access.host, player)
        self._sign = Signed(send, passes)


@lru_cache(maxsize=2)
def _network(host: str) -> Network:
    """One for each host: a TLS context takes longer than a run."""
    return Network(host)


class Network(HTTPAdapter):
    """Takes what requests would have sent to the stand-in."""

    line: StagedLine
    show: Show

    def __init__(self, host: str) -> None:
        super().__init__()
        self.channel = Channel(tls_context(), clock=lambda: 0.0)
        self.channel.mount(self)
        self.sender = Sender(Destination(host=host), self.channel)

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]  # noqa: ANN401 - the rest is of no interest
        """See `HTTPAdapter`."""
        show, asked = self.show, _asked(request, self.show.secrets)
        signs_in = not asked.path.startswith("/api/")
        try:
            answer = show.workspace.handle(asked)
        except Dropped as dropped:
            raise requests.ConnectionError(show.echo(), request=request) from dropped
        meddle = show.sign_in if signs_in else show.api
        try:
            answer = meddle(show, asked, answer)
        except requests.RequestException as error:
            error.request = request
            raise
        _learn(answer, show.secrets)
        raw = HTTPResponse(
            body=io.BytesIO(answer.body),
            headers=dict(answer.headers),
            status=answer.status,
            preload_content=False,
        )
        return self.build_response(request, raw)


def _asked(request: requests.PreparedRequest, secrets: Secrets) -> Request:
    url = urlsplit(str(request.url))
    headers = {name: str(value) for name, value in request.headers.items()}
    sent = headers.get("Authorization", "")
    # The stand-in knows the CIs' tokens by names that are the same in every run.
    sent = sent.replace(secrets.github, identity.REQUEST_TOKEN)
    headers["Authorization"] = sent.replace(secrets.devops, identity.ADO_ACCESS_TOKEN)
    if not sent:
        del headers["Authorization"]
    headers |= {"host": url.netloc, "x-forwarded-proto": url.scheme}
    body = request.body if request.body is not None else b""
    raw = body.encode() if isinstance(body, str) else bytes(body)
    form = dict(parse_qsl(raw.decode()))
    secrets.derived += [form[name] for name in JWTS if name in form]
    query = tuple(parse_qsl(url.query, keep_blank_values=True))
    return Request(str(request.method), url.path, query, headers, raw)


def _learn(answer: Response, secrets: Secrets) -> None:
    """Take note of each token that the program gets."""
    found = re.findall(rb'"(?:access_token|value|oidcToken)": "([\w.-]+)"', answer.body)
    secrets.derived += [one.decode() for one in found]


def refusal(show: Show, status: int, **headers: str) -> Response:
    """An answer that tells all, in the words of the API and of OAuth at once."""
    said = show.echo()
    body = json.dumps(
        {
            "error_code": "INVALID",
            "message": said,
            "error": "invalid_client",
            "error_description": said,
            "details": [{"request_id": said}],
        }
    )
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(
        status, {"content-type": "application/json", **named}, body.encode()
    )


def page(show: Show, status: int) -> Response:
    """A page of HTML that tells all."""
    body = f"<html><title>{show.echo()}</title>{show.echo()}</html>"
    kind = {"content-type": f"text/html; x={show.echo()}"}
    return Response(status, kind, body.encode())


def elsewhere(show: Show, status: int) -> Response:
    """A redirect that tells all."""
    where = f"https://login.example/{quote(show.echo(), safe='')}"
    return Response(status, {"location": where}, b"")
