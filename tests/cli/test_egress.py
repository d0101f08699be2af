"""
Where credentials go: to the origins of the sign-in, and to nobody else.

Every address of a stranger here is a listener on this machine that hears all that is
said to it. Hosts are refused at the door; whoever redirects is not followed; documents
that name a stranger are not believed; a proxy leads on and learns nothing.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from dlt_action.composing import enter
from dlt_action.errors import Misconfigured
from dlt_action.standin import AZURE_CLIENT_ID, Fault
from tests.cli import egress
from tests.cli.egress import (
    MISTYPED,
    Place,
    Way,
    on_azure,
    on_loopback,
    played,
    surroundings,
    together,
)
from tests.cli.program import Ended, environment, start
from tests.edge.authority import Authority
from tests.edge.wires import Peer, Script, Wire, keep_answering
from tests.standin import azure

ZONED = "x.azuredatabricks.net"


@dataclass(frozen=True, slots=True)
class Strangers:
    """Listeners of nobody that we know, one of them beside the workspace."""

    plain: Wire
    tls: Wire
    neighbour: Wire

    @property
    def all(self) -> tuple[Wire, ...]:
        return self.plain, self.tls, self.neighbour

    @property
    def address(self) -> str:
        return self.plain.url.removeprefix("http://")

    @property
    def met(self) -> list[bytes]:
        """All that was said to any of them; one that was only met counts as well."""
        return [
            said
            for wire in self.all
            for said in (wire.requests if wire.requests else [b"?"] * wire.connections)
        ]


@pytest.fixture
def strangers(tmp_path: Path) -> Iterator[Strangers]:
    """They must not be met at all."""
    tls = Authority(tmp_path).server("127.0.0.5")
    with ExitStack() as stack:
        enter_ = stack.enter_context
        found = Strangers(
            enter_(Wire(keep_answering, address="127.0.0.4")),
            enter_(Wire(keep_answering, tls=tls, address="127.0.0.5")),
            enter_(Wire(keep_answering)),
        )
        yield found
        assert found.met == []


# Hosts that lead elsewhere than they seem to; E is the stranger's address and P its
# port, Z a name in one of Databricks' zones.
HOSTS = (
    *(
        "http://E",
        "https://E",
        "E",
        "//E",
        "http:E",
        "http:/E",
        "http:///E",
        "gopher://E",
    ),
    *(
        "https://E\\@Z",
        "https://E\\.Z",
        "http://E\\Z",
        "http:\\\\E\\@Z",
        "https://Z\\@E",
    ),
    *("http://E#Z", "http://E#@Z", "http://E?Z", "http://E?@Z", "http://E/Z"),
    *("http://E/@Z", "http://E;Z", "http://E,Z", "http://E&Z", "http://E|Z"),
    *("http://Z@E", "http://Z:443@E", "http://user:word@E", "https://Z%40E"),
    *("http://127.0.0.1@E", "http://127.0.0.1:80@E", "http://127.0.0.1\\@E"),
    *("http://127.0.0.1#@E", "http://127.0.0.1?@E", "http://[::1]@E", "http://[::1]E"),
    *(
        "http://E\r\nHost: Z",
        "https://Z\r\n\r\nget http://E/",
        "http://E\t",
        "http://E x",
    ),
    *(
        "http://E\x00.Z",
        "http://E%00.Z",
        "http://E%2eZ",
        "http://E%23.Z",
        "http://E%2f@Z",
    ),
    *("http://127\uff0e0\uff0e0\uff0e4:P", "http://127\u30020\u30020\u30024:P"),
    *(
        "http://127.0.0.4\uff1aP",
        "http://E\uff0fZ",
        "http://Z\uff20E",
        "http://E\u2100Z",
    ),
    *("http://\u2460\u2461\u2466.0.0.4:P", "http\u017f://E", "http://E\u3000.Z"),
    *("http://\u0445.azuredatabricks.net@E", "http://E\ufeff.Z", "http://E\u200b.Z"),
    *("http://2130706436:P", "http://0x7f000004:P", "http://0x7f.0.0.4:P"),
    *(
        "http://0177.0.0.4:P",
        "http://127.4:P",
        "http://127.0.4:P",
        "http://127.0.0.04:P",
    ),
    *(
        "http://017700000004:P",
        "http://[::ffff:127.0.0.4]:P",
        "http://[::ffff:7f00:4]:P",
    ),
    *("http://0:P", "http://0.0.0.0:P", "http://[::]:P", "http://localhost:P"),
    *("http://127.0.0.1.:P", "http://127.0.0.1:P/../", "http://127.0.0.1:P/api"),
    *("http://127.0.0.1:+P", "http://127.0.0.1:P:443", "http://127.0.0.1:P@E"),
    *("http://127.0.0.1:P0000", "http://127.0.0.1:\uff11\uff12", "http://127.0.0.1:-1"),
    *("http://169.254.169.254", "http://[fd00:ec2::254]", "https://Z.E", "https://Z:P"),
)


def filled_in(host: str, at: str) -> str:
    port = at.rpartition(":")[2]
    return host.replace("E", at).replace("P", port).replace("Z", ZONED)


def turned_away(environ: Mapping[str, str], folder: Path) -> list[str]:
    """The names of what is wrong with an environment; nothing if it may come in."""
    try:
        enter((), environ, folder)
    except Misconfigured as misconfigured:
        return [problem.name for problem in misconfigured.problems]
    return []


@pytest.mark.parametrize("name", ["INPUT_HOST", "DATABRICKS_HOST"])
@pytest.mark.parametrize("way", [egress.token, egress.secret, egress.github])
def test_no_host_that_leads_elsewhere_comes_in(
    tmp_path: Path, strangers: Strangers, way: Way, name: str
) -> None:
    place = Place(
        workspace=egress.a_workspace(), host="", github="https://ci.example/x?y=1"
    )
    environ = surroundings(place, tmp_path, way)
    environ["INPUT_PIPELINE-ID"] = MISTYPED.partition("=")[2]
    good = turned_away({**environ, name: "http://127.0.0.1:80"}, tmp_path)
    hosts = {filled_in(host, strangers.address) for host in HOSTS}
    seen = {host: turned_away({**environ, name: host}, tmp_path) for host in hosts}
    assert good == []
    assert len(seen) >= 60
    assert {host for host, problems in seen.items() if problems != ["host"]} == set()


@dataclass(frozen=True, slots=True)
class Case:
    """One run, by what is done to it, and where it takes place."""

    name: str
    folder: Path

    @staticmethod
    def each(names: Iterable[str], under: Path) -> list[Case]:
        cases = [Case(name, under / f"case-{at}") for at, name in enumerate(names)]
        for case in cases:
            case.folder.mkdir()
        return cases


def silent(ended: Ended) -> bool:
    """Whether a run has said nothing of what it was given."""
    return egress.given_away({"everything": ended.everything}, None) == set()


def test_a_run_that_is_sent_elsewhere_ends_at_the_door(
    tmp_path: Path, strangers: Strangers
) -> None:
    def play(case: Case) -> Ended:
        host = case.name.replace("\x00", "")  # no environment can hold it
        environ = environment(
            case.folder,
            **egress.secret(nowhere, case.folder),
            INPUT_AUTH_TYPE="oauth-m2m",  # beside the token
            INPUT_HOST=host,
            HTTPS_PROXY=strangers.plain.url,
            HTTP_PROXY=strangers.plain.url,
        )
        return start(case.folder, MISTYPED, environ=environ).end()

    nowhere = Place(workspace=egress.a_workspace(), host="", github="")
    hosts = [filled_in(host, strangers.address) for host in HOSTS[::6]]
    ended = together(play, Case.each(hosts, tmp_path))
    assert len(ended) > 12
    assert {each.verdict for each in ended} == {(2, "misconfigured", "false")}
    assert all(silent(each) for each in ended)


# Redirects.


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that wants the client elsewhere."""

    status: int
    headers: Mapping[str, str]
    body: str = "{}"


JSON = {"content-type": "application/json"}
HTML = {"content-type": "text/html"}


def redirects(strangers: Strangers) -> dict[str, Answer]:
    """Everything that some client follows."""
    caught = f"{strangers.plain.url}/caught"
    there = {"location": caught, **JSON}
    page = f'<html><meta http-equiv="refresh" content="0;url={caught}"></html>'
    return {
        "300": Answer(300, there),
        "301": Answer(301, there),
        "302": Answer(302, there),
        "303": Answer(303, there),
        "307": Answer(307, there),
        "308": Answer(308, there),
        "relative": Answer(307, {"location": "/caught"}),
        "without a scheme": Answer(307, {"location": caught.removeprefix("http:")}),
        "over TLS": Answer(308, {"location": f"{strangers.tls.url}/caught"}),
        "another port": Answer(307, {"location": f"{strangers.neighbour.url}/caught"}),
        "with a password": Answer(
            307, {"location": caught.replace("http://", "http://127.0.0.1:80@")}
        ),
        "a backslash": Answer(307, {"location": caught.replace("/caught", "\\@x/")}),
        "201": Answer(201, there),
        "401": Answer(401, {**there, "www-authenticate": f'Bearer realm="{caught}"'}),
        "Refresh": Answer(200, {"refresh": f"0; url={caught}", **JSON}),
        "a page": Answer(200, HTML, page),
        "Alt-Svc": Answer(
            503, {"alt-svc": f'http/1.1="{strangers.address}"; ma=60', **there}
        ),
    }


@dataclass(frozen=True, slots=True)
class Origin:
    """Who redirects, and who would be there to follow."""

    way: Way
    method: str
    path: str  # regular expression
    azure: bool = False
    kinds: frozenset[str] = frozenset()  # of redirects; none is all


# With these a client may carry on, or may not, with what it has sent.
_CARRYING = frozenset({"302", "303", "307", "308"})
ORIGINS = {
    "the API": Origin(egress.token, "GET", "/api/2.0/pipelines/"),
    "the start": Origin(egress.secret, "POST", "/updates$", kinds=_CARRYING),
    "discovery": Origin(egress.secret, "GET", "/.well-known/"),
    "the token endpoint": Origin(egress.secret, "POST", "/oidc/v1/token"),
    "the exchange of a token": Origin(
        egress.github, "POST", "/oidc/v1/token", kinds=_CARRYING
    ),
    "GitHub": Origin(egress.github, "GET", "/_ci/github/"),
    "Azure DevOps": Origin(egress.devops, "POST", "/_ci/azure-devops/"),
    "Entra ID": Origin(egress.azure_secret, "POST", "/oauth2/token", azure=True),
}


@contextmanager
def place_of(folder: Path, *, azure: bool) -> Iterator[Place]:
    beside = folder.with_name(f"{folder.name}.tls")
    beside.mkdir()
    with on_azure(beside) if azure else on_loopback() as place:
        yield place


@pytest.mark.parametrize("name", ORIGINS)
def test_nobody_is_followed_who_wants_the_credentials_elsewhere(
    tmp_path: Path, strangers: Strangers, name: str
) -> None:
    origin, answers = ORIGINS[name], redirects(strangers)
    kinds = [kind for kind in answers if not origin.kinds or kind in origin.kinds]

    def play(case: Case) -> list[str]:
        """What was wrong with this run."""
        answer = answers[case.name]
        fault = Fault(
            method=origin.method,
            path_pattern=origin.path,
            times=1000,
            status=answer.status,
            headers=answer.headers,
            body=answer.body,
        )
        with place_of(case.folder, azure=origin.azure) as place:
            place.workspace.faults.append(fault)
            flag = place.pipeline("success") if name == "the start" else MISTYPED
            environ = surroundings(place, case.folder, origin.way, INPUT_TIMEOUT="2s")
            ended = start(case.folder, flag, environ=environ).end()
            return [*problems_of(ended, place), *([] if fault.seen else ["not asked"])]

    found = together(play, Case.each(kinds, tmp_path))
    wrong = dict(zip(kinds, found, strict=True))
    assert {each: what for each, what in wrong.items() if what} == {}


def problems_of(ended: Ended, place: Place) -> Iterator[str]:
    """What a run did that it must not do, after a redirect."""
    if ended.code in (0, 70):
        yield f"exit code {ended.code}"
    if ended.err:
        yield "something on standard error"
    if egress.given_away({"": ended.everything}, place.workspace):
        yield "a secret was given away"
    paths = {request.path for request in place.workspace.requests}
    if any("caught" in path for path in paths):
        yield "followed, to the same host"
    if place.tunnel is not None:
        hosts = {
            f"{request.header('host')}:443" for request in place.workspace.requests
        }
        if place.tunnel.plain or place.tunnel.names != hosts:
            yield f"asked the proxy for {place.tunnel.names}"


TENANTS = (
    *("https://login.microsoftonline.com@E/t/oauth2/authorize",),
    *("https://login.microsoftonline.com\\@E/t/oauth2/authorize",),
    *("https://login.microsoftonline.com.E/t/oauth2/authorize", "http://E/t/oauth2/x"),
    *("https://E/t/oauth2/authorize", "//E/t/oauth2/authorize", "/t/oauth2/authorize"),
    *("https://login.microsoftonline.com/..%2f@E/oauth2/authorize",),
    *("https://login.microsoftonline.com/t@E/oauth2/x", "http://Z/t/oauth2/authorize"),
    *("https://login.microsoftonline.us/t/oauth2/authorize", ""),
)


def test_a_tenant_is_read_from_entras_own_address_only(
    tmp_path: Path, strangers: Strangers
) -> None:
    def play(case: Case) -> list[str]:
        location = filled_in(case.name, strangers.address)
        with place_of(case.folder, azure=True) as place:
            place.workspace.faults.append(
                Fault(
                    method="GET",
                    path_pattern="/aad/auth",
                    status=302,
                    headers={"location": location},
                )
            )
            ended = played(place, case.folder, egress.azure_github)
            asked = [request.path for request in place.workspace.requests]
            told = "does not say which Entra tenant" in ended.log
            right = (ended.code, asked, told) == (3, ["/aad/auth"], True)
            return [*problems_of(ended, place), *([] if right else [ended.log])]

    found = together(play, Case.each(TENANTS, tmp_path))
    wrong = dict(zip(TENANTS, found, strict=True))
    assert {each: what for each, what in wrong.items() if what} == {}


# Documents that lie. O is the workspace's own origin.
ENDPOINTS = (
    *(
        "http://E/oidc",
        "https://E/oidc",
        "//E/oidc",
        "E/oidc",
        "O@E/oidc",
        "O\\@E/oidc",
    ),
    *("O.E/oidc", "http://E#O/oidc", "http://E?O/oidc", "http://E/O/oidc", "O#@E/oidc"),
    *("O?@E/oidc", "O/oidc?x=@E", "O/oidc\r\nHost: E", "O /oidc", "O/oidc\\..\\@E"),
    *("http://127.0.0.1:N/oidc", "O1/oidc", "http://Z/oidc", "https://Z:P/oidc"),
    *(
        "https://Z@E/oidc",
        "https://Z\\@E/oidc",
        "https://Z#@E/oidc",
        "https://Z.E/oidc",
    ),
    *("https://E/Z/oidc", "https://xazuredatabricks.net/oidc", "https://Z%00.E/oidc"),
    *("https://\u0445.azuredatabricks.net\uff20E/oidc", "file:///etc/passwd"),
)


@pytest.mark.parametrize(
    ("document", "lies"),
    [("oidc_endpoint", ENDPOINTS[::2]), ("token_endpoint", ENDPOINTS[1::2])],
)
def test_a_document_that_names_a_stranger_is_not_believed(
    tmp_path: Path, strangers: Strangers, document: str, lies: tuple[str, ...]
) -> None:
    def play(case: Case) -> list[str]:
        with place_of(case.folder, azure=False) as place:
            said = filled_in(case.name, strangers.address).replace("O", place.host)
            said = said.replace("N", strangers.neighbour.url.rpartition(":")[2])
            setattr(place.workspace.identity, document, said)
            way = egress.secret if document == "token_endpoint" else egress.github
            ended = played(place, case.folder, way)
            told = "neither its own nor in Databricks' DNS zones" in ended.log
            right = (ended.code, told) == (3, True)
            posts = [
                one.path for one in place.workspace.requests if one.method == "POST"
            ]
            return [
                *problems_of(ended, place),
                *([] if right else [ended.log]),
                *(f"a secret went to {path}" for path in posts),
            ]

    found = together(play, Case.each(lies, tmp_path))
    wrong = dict(zip(lies, found, strict=True))
    assert {each: what for each, what in wrong.items() if what} == {}


# The addresses that a CI gives, spoiled by a step before this one.
ADDRESSES = (
    *("http://E/x?y=1", "https://ci.example\\@E/x?y=1", "https://ci.example@E/x?y=1"),
    *("https://ci.example#@E/x?y=1", "http://127.0.0.1:80@E/x?y=1", "//E/x?y=1"),
    *("http://127.0.0.1:P@E/x", "http://[::1]@E/x?y=1", "http://localhost:P/x?y=1"),
    *("http://127.4:P/x?y=1", "https://ci.example/x?y=1\r\nHost: E", "https://E\\x"),
    *("https://ci.example/x\uff20E", "ftp://E/x?y=1", "https://ci.example/x#@E", "E"),
)


@pytest.mark.parametrize(
    ("way", "variable"),
    [
        (egress.github, "ACTIONS_ID_TOKEN_REQUEST_URL"),
        (egress.azure_github, "ACTIONS_ID_TOKEN_REQUEST_URL"),
        (egress.devops, "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI"),
    ],
)
def test_no_address_of_a_ci_that_leads_elsewhere_comes_in(
    tmp_path: Path, strangers: Strangers, way: Way, variable: str
) -> None:
    good = "https://ci.example/x?y=1"
    place = Place(egress.a_workspace(), "http://127.0.0.1:80", good, good)
    environ = surroundings(place, tmp_path, way)
    environ["INPUT_PIPELINE-ID"] = MISTYPED.partition("=")[2]
    assert turned_away(environ, tmp_path) == []
    addresses = {filled_in(each, strangers.address) for each in ADDRESSES}
    seen = {
        each: turned_away({**environ, variable: each}, tmp_path) for each in addresses
    }
    assert {each for each, problems in seen.items() if not problems} == set()


# Proxies.

PASSWORD = "proxy-password"


def refuse(peer: Peer) -> None:
    """A proxy that wants to know who asks, and lets nobody through."""
    while peer.read():
        peer.answer(
            b"{}",
            "407 Proxy Authentication Required",
            'Proxy-Authenticate: Basic realm="proxy"',
        )


def repeat(peer: Peer) -> None:
    """A proxy that lets nobody through, and says who asked."""
    basic = b64encode(AUTHORITY.encode()).decode()
    while peer.read():
        peer.answer(b"{}", f"407 not for {AUTHORITY} ({basic})")


def portal(peer: Peer) -> None:
    """A proxy that lets everybody through, to a page in the clear."""
    while peer.read():
        peer.answer(
            b"<html>Please accept our terms</html>", "200 Connection established"
        )


def elsewhere(strangers: Strangers) -> Script:
    """A proxy that redirects instead of leading on."""

    def script(peer: Peer) -> None:
        while peer.read():
            to = f"Location: {strangers.plain.url}/caught"
            peer.answer(b"<html></html>", "302 Found", to)

    return script


AUTHORITY = "user:" + PASSWORD
LEADING = {
    "in capitals": ("HTTPS_PROXY", "http://{}"),
    "in small letters": ("https_proxy", "http://{}"),
    "for all": ("ALL_PROXY", "http://{}"),
    "for all, small": ("all_proxy", "http://{}"),
    "without a scheme": ("HTTPS_PROXY", "{}"),
    "with a password": ("HTTPS_PROXY", f"http://{AUTHORITY}@{{}}"),
}


def through(case: Case) -> tuple[Ended, Place]:
    """A run through the proxy that leads to Azure."""
    variable, form = LEADING[case.name]
    with place_of(case.folder, azure=True) as place:
        assert place.tunnel is not None
        environ = surroundings(place, case.folder, egress.azure_newcomer)
        del environ["HTTPS_PROXY"]
        environ[variable] = form.format(place.tunnel.url.removeprefix("http://"))
        return start(case.folder, MISTYPED, environ=environ).end(), place


def test_a_proxy_leads_on_and_learns_nothing(tmp_path: Path) -> None:
    for name, (ended, place) in zip(
        LEADING, together(through, Case.each(LEADING, tmp_path)), strict=True
    ):
        assert ended.verdict == (3, "unauthorized", "false"), (name, ended.log)
        assert AZURE_CLIENT_ID in ended.log  # so it was signed in
        assert list(problems_of(ended, place)) == []
        assert place.tunnel is not None
        heads = [asked.head.decode() for asked in place.tunnel.asked]
        assert egress.given_away({"": "".join(heads)}, place.workspace) == set()
        for head in heads:
            line, *headers = head.strip().split("\r\n")
            assert line.startswith("CONNECT ")
            names = {header.partition(":")[0].lower() for header in headers}
            wanted = {"proxy-authorization"} if name == "with a password" else set()
            assert names - {"host"} == wanted


def password_in(ended: Ended) -> bool:
    return any(
        form in ended.everything
        for text in (PASSWORD, AUTHORITY)
        for form in egress.disguises(text)
    )


def test_the_password_of_a_proxy_is_shown_to_nobody_else(tmp_path: Path) -> None:
    (case,) = Case.each(["with a password"], tmp_path)
    ended, place = through(case)
    assert place.tunnel is not None
    basic = b64encode(AUTHORITY.encode()).decode()
    for asked in place.tunnel.asked:
        assert f"\r\nProxy-Authorization: Basic {basic}\r\n" in asked.head.decode()
    for request in place.workspace.requests:
        assert request.header("proxy-authorization") is None
    assert not password_in(ended)


def test_a_proxy_that_does_not_lead_on_is_given_nothing(
    tmp_path: Path, strangers: Strangers
) -> None:
    scripts: dict[str, Script] = {
        "refuses": refuse,
        "refuses and repeats": repeat,
        "is a portal": portal,
        "is a good server": keep_answering,
        "redirects": elsewhere(strangers),
    }

    def play(case: Case) -> tuple[Ended, list[bytes]]:
        with Wire(scripts[case.name]) as proxy:
            address = proxy.url.replace("http://", f"http://{AUTHORITY}@")
            environ = environment(
                case.folder,
                **egress.secret(nowhere, case.folder),
                INPUT_TOKEN="",
                INPUT_HOST=azure.HOST,
                INPUT_TIMEOUT="2s",
                HTTPS_PROXY=address,
            )
            return start(case.folder, MISTYPED, environ=environ).end(), proxy.requests

    nowhere = Place(workspace=egress.a_workspace(), host="", github="")
    for ended, heard in together(play, Case.each(scripts, tmp_path)):
        assert ended.code not in (0, 70)
        assert heard
        for said in heard:
            assert said.startswith(f"CONNECT {azure.WORKSPACE}:443 ".encode())
            assert egress.given_away({"": said.decode()}, None) == set()
        assert silent(ended)
        assert not password_in(ended)


def test_a_proxy_that_is_for_others_is_not_asked(tmp_path: Path) -> None:
    def play(case: Case) -> tuple[Ended, int]:
        with Wire(keep_answering) as proxy:
            address = proxy.url.replace("http://", f"http://{AUTHORITY}@")
            environ = environment(
                case.folder,
                **egress.secret(nowhere, case.folder),
                INPUT_TOKEN="",
                INPUT_HOST="workspace.invalid",
                INPUT_ALLOW_HOST="workspace.invalid",
                INPUT_TIMEOUT="2s",
                **{
                    name: text.format(address)
                    for name, text in OTHERS[case.name].items()
                },
            )
            ended = start(case.folder, MISTYPED, environ=environ).end()
            return ended, proxy.connections

    nowhere = Place(workspace=egress.a_workspace(), host="", github="")
    for ended, connections in together(play, Case.each(OTHERS, tmp_path)):
        assert ended.code not in (0, 70)
        assert connections == 0
        assert silent(ended)
        assert not password_in(ended)


OTHERS = {
    "for plain http": {"HTTP_PROXY": "{}", "http_proxy": "{}"},
    "not for this name": {"HTTPS_PROXY": "{}", "NO_PROXY": "workspace.invalid"},
    "not for this zone": {"HTTPS_PROXY": "{}", "no_proxy": ".invalid"},
    "for nobody": {"HTTPS_PROXY": "{}", "NO_PROXY": "*"},
    "of another kind": {"HTTPS_PROXY": f"socks5://{AUTHORITY}@127.0.0.1:9"},
}
