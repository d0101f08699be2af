"""
Signing in, in virtual time: the program's own sign-in against the stand-in.

Calls are signed on threads of their own, as in the real process; each request of a
sign-in takes as long as any other, and may hang. What it asks is answered by the
stand-in, whatever host it asks it of.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from heapq import heappush
from math import inf
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests
from requests.auth import AuthBase
from requests.structures import CaseInsensitiveDict

from dlt_action.core.calls import Call
from dlt_action.core.reply import Answer, FaultKind, Reply, Unsigned
from dlt_action.core.reply import Fault as NoAnswer
from dlt_action.core.signin.schemes import Scheme
from dlt_action.core.signin.steps import Ask
from dlt_action.edge.auth.courier import read_text
from dlt_action.edge.auth.playing import Player
from dlt_action.edge.auth.signed import Passes, Signed
from dlt_action.edge.line import Arrived, Ticket
from dlt_action.settings.model import Settings
from dlt_action.standin import Fault, Request, identity, jwts
from dlt_action.standin.play import Pipeline
from dlt_action.standin.scenarios import parts
from dlt_action.standin.scenarios.shop import dry_run, shop
from dlt_action.standin.script import Act, Beat, Scenario, Scene
from dlt_action.world import Desk
from tests.sim.turns import Threads, Turnstile
from tests.story.virtual import HOST, ROUND_TRIP, Stage, VirtualLine

AZURE_HOST = "https://adb-1234567890123456.7.azuredatabricks.net"
CI_HOST = "https://pipelines.actions.example"
FORM = "application/x-www-form-urlencoded"

GITHUB = {
    "ACTIONS_ID_TOKEN_REQUEST_URL": f"{CI_HOST}/_ci/github/idtoken?api-version=2.0",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": identity.REQUEST_TOKEN,
}
AZURE_DEVOPS = {
    "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI": f"{CI_HOST}/_ci/azure-devops/",
    "SYSTEM_TEAMPROJECTID": "shop",
    "SYSTEM_HOSTTYPE": "build",
    "SYSTEM_PLANID": "plan-1",
    "SYSTEM_JOBID": "job-1",
    "SYSTEM_ACCESSTOKEN": identity.ADO_ACCESS_TOKEN,
}
AZURE_CLIENT = {
    "DATABRICKS_HOST": AZURE_HOST,
    "ARM_CLIENT_ID": identity.AZURE_CLIENT_ID,
}
CLIENT = {"DATABRICKS_CLIENT_ID": identity.CLIENT_ID}

# The variables of each way to sign in that renews its tokens.
KINDS: Mapping[str, Mapping[str, str]] = {
    "oauth-m2m": {**CLIENT, "DATABRICKS_CLIENT_SECRET": identity.CLIENT_SECRET},
    "github-oidc": {**CLIENT, **GITHUB},
    "azure-devops-oidc": {**CLIENT, **AZURE_DEVOPS},
    "azure-client-secret": {
        **AZURE_CLIENT,
        "ARM_CLIENT_SECRET": identity.AZURE_CLIENT_SECRET,
    },
    "github-oidc-azure": {**AZURE_CLIENT, **GITHUB},
}
LONG_ID = "10000000-0000-4000-8000-000000000001"
AT_DATABRICKS = r"/oidc/v1/token$"
AT_ENTRA = r"/oauth2/token$"
AT_CI = "/_ci/"
AT_ANY = r"/oidc/|/oauth2/|/_ci/|/aad/|/[.]well-known/"


@dataclass(frozen=True, slots=True)
class Hangs:
    """Requests of sign-ins for such paths are not answered, for so long (seconds)."""

    path: str
    since: float
    until: float = inf


class SignedLine(VirtualLine):
    """A line whose calls are signed as the program signs them."""

    def __init__(self) -> None:
        super().__init__()
        self.hangs: list[Hangs] = []
        self.asleep = 0.0  # seconds in which the machine was suspended
        self.asks: list[tuple[float, Ask]] = []
        self.signed: list[tuple[float, Call, str]] = []  # left, with this token
        self.masked: set[str] = set()
        self.refused: list[tuple[float, str, int]] = []  # by the workspace
        self._threads = Threads(self.now, self.at)
        self._sign: Signed | None = None
        self._host = HOST

    def epoch(self) -> float:
        return super().epoch() + self.asleep

    def begin(self, settings: Settings, desk: Desk) -> None:
        def hide(secret: str) -> None:
            self.masked.add(secret)
            desk.ci.mask(secret)

        player = Player(ask=self._ask, hide=hide, read=read_text, clock=self.epoch)
        access = settings.access
        self._host = access.host
        passes = self.passes_of(access.scheme, access.host, player)
        self._sign = Signed(self._exchange, passes)

    def passes_of(self, scheme: Scheme, host: str, player: Player) -> Passes:
        """The program's own, in virtual time."""
        return _Passes(scheme, host, player, self._threads)

    def end(self) -> None:
        self._threads.end()

    def send(self, call: Call, within: float) -> Ticket:
        self.before(call)
        ticket = Ticket(next(self._tickets))
        self.calls.append((self.seconds, call))
        sign = self._sign
        assert sign is not None

        def work() -> None:
            reply = sign(call, within)
            arrival = Arrived(ticket, reply)
            heappush(self._due, (self.seconds, next(self._order), arrival))

        self._threads.run(work)
        return ticket

    def _exchange(self, call: Call, within: float, auth: AuthBase) -> Answer | NoAnswer:
        prepared = requests.PreparedRequest()
        prepared.url, prepared.headers = self._host + call.path, CaseInsensitiveDict()
        headers = dict(auth(prepared).headers)
        token = headers.get("Authorization", "").removeprefix("Bearer ")
        assert token in self.masked, "it is used before it is masked"
        self.signed.append((self.seconds, call, token))
        reply = self.answer(call, headers)
        if isinstance(reply, Answer) and reply.status >= 400:
            self.refused.append((self.seconds, call.what, reply.status))
        self._threads.sleep(min(ROUND_TRIP, within))
        assert not isinstance(reply, Unsigned), "the workspace does not sign in"
        return reply

    def _ask(self, ask: Ask, within: float) -> Reply:
        self.asks.append((self.seconds, ask))
        url = urlsplit(ask.url)
        for hang in self.hangs:
            if hang.path in url.path and hang.since <= self.seconds < hang.until:
                self._threads.sleep(within)
                return NoAnswer(FaultKind.READ_TIMEOUT)
        headers = {"host": url.netloc, "x-forwarded-proto": url.scheme}
        body = b""
        if ask.authorization is not None:
            headers["authorization"] = ask.authorization
        if ask.form is not None:
            headers["content-type"] = FORM
            body = urlencode(ask.form).encode()
        query = (*parse_qsl(url.query), *ask.query)
        request = Request(ask.method.value, url.path, query, headers, body)
        reply = self.handled(request)
        self._threads.sleep(min(ROUND_TRIP, within))
        return reply


class _Passes(Passes):
    """The program's own, whose one wait takes virtual time."""

    def __init__(
        self, scheme: Scheme, host: str, player: Player, threads: Threads
    ) -> None:
        super().__init__(scheme, host, lambda: player, clock=player.clock)
        self._turn = Turnstile(threads)


def _long(seconds: float) -> Callable[[Scene], Iterable[Beat]]:
    """The shop, whose last flows need so many seconds more."""
    return lambda scene: parts.delayed(shop(scene), after=60.0, by=seconds)


class SignedStage(Stage):
    """The world before a run that signs in; `kind` is one of `KINDS`."""

    line: SignedLine

    def __init__(self, folder: Path, kind: str = "oauth-m2m") -> None:
        azure = "azure" in kind and kind != "azure-devops-oidc"
        super().__init__(
            folder,
            SignedLine(),
            manners={"cloud": "Azure"} if azure else {},
            environ={"DATABRICKS_TOKEN": "", **KINDS[kind]},
        )

    @property
    def identity(self) -> identity.Identity:
        return self.workspace.identity

    def lengthen(self, seconds: float) -> None:
        """There is a pipeline named `long`, whose updates take so many seconds more."""
        world = self.workspace.world
        scenario = Scenario(
            name="long",
            title="A shop that takes hours",
            expect="succeeded",
            seconds=seconds,
            acts=(Act(script=_long(seconds)),),
            dry=dry_run,
        )
        world.pipelines[LONG_ID] = Pipeline(
            scenario, "long", LONG_ID, world.pace, world.clock()
        )

    def asked(self, path: str, *, since: float = 0.0) -> list[Ask]:
        """The requests of sign-ins for such paths."""
        return [
            ask
            for at, ask in self.line.asks
            if at >= since and re.search(path, urlsplit(ask.url).path)
        ]

    def away(self, path: str, since: float, seconds: float, status: int = 503) -> None:
        """Answer such requests with *status*, for so long; 0 drops the connection."""
        for method in ("GET", "POST"):
            self.workspace.faults.append(
                Fault(
                    method=method,
                    path_pattern=path,
                    times=1_000_000,
                    status=status,
                    body="<h1>Unavailable</h1>",
                    from_second=since,
                    until_second=since + seconds,
                    drop=status == 0,
                )
            )

    def jtis(self) -> list[str]:
        """The ids of the identity tokens that were exchanged, in order."""
        sent = [dict(ask.form) for _, ask in self.line.asks if ask.form is not None]
        names = ("subject_token", "client_assertion")
        tokens = [form[name] for form in sent for name in names if name in form]
        return [str(jwts.read(token)["jti"]) for token in tokens]
