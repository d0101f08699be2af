"""
What lies around a process on a runner, put there by earlier steps or by the checkout.

`requests` and Python take more from it than people know. The same run is made in clean
surroundings and in poisoned ones, with a token and with an OAuth secret; what it says
and sends must not differ.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli import egress
from tests.cli.egress import MISTYPED, Place
from tests.cli.program import CANARY, Ended, Shop, environment, shop, start
from tests.edge.authority import Authority
from tests.edge.wires import Peer, Wire, keep_answering

MACHINE = "machine 127.0.0.1 login evil password evil\n"
DEFAULT = "default login evil password evil\n"
SHADOW = "import pathlib; pathlib.Path('marker').touch()\n"
VERSION = f"python{sys.version_info[0]}.{sys.version_info[1]}"


def nothing(_: Path, _proxy: str) -> dict[str, str]:
    return {}


def netrc_at_home(folder: Path, _: str) -> dict[str, str]:
    (folder / "home" / ".netrc").write_text(MACHINE)
    return {}


def netrc_elsewhere(folder: Path, _: str) -> dict[str, str]:
    (folder / "netrc").write_text(MACHINE)
    return {"NETRC": str(folder / "netrc")}


def netrc_for_everybody(folder: Path, _: str) -> dict[str, str]:
    (folder / "home" / "_netrc").write_text(DEFAULT)
    (folder / "netrc").write_text(DEFAULT)
    return {"NETRC": str(folder / "netrc")}


def missing_bundles(_: Path, _proxy: str) -> dict[str, str]:
    return dict.fromkeys(("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"), "/nonexistent")


def bundles_of_others(folder: Path, _: str) -> dict[str, str]:
    path = folder / "other.pem"
    path.write_text(Authority(folder).pem)
    return dict.fromkeys(("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"), str(path))


def authorities_of_openssl(folder: Path, _: str) -> dict[str, str]:
    path = folder / "openssl.pem"
    path.write_text(Authority(folder).pem)
    return {"SSL_CERT_FILE": str(path), "SSL_CERT_DIR": "/nonexistent"}


def session_keys(folder: Path, _: str) -> dict[str, str]:
    return {"SSLKEYLOGFILE": str(folder / "marker")}


def code_for_openssl(folder: Path, _: str) -> dict[str, str]:
    lines = ("openssl_conf = x", "[x]", "ssl_conf = y", "[y]", "system_default = z")
    weak = ("[z]", "MaxProtocol = TLSv1.1", "CipherString = NULL")
    (folder / "openssl.cnf").write_text("\n".join((*lines, *weak, "")))
    return {
        "OPENSSL_CONF": str(folder / "openssl.cnf"),
        "OPENSSL_MODULES": str(folder),
        "OPENSSL_ENGINES": str(folder),
    }


def proxies(_: Path, proxy: str) -> dict[str, str]:
    names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    return {name: proxy for upper in names for name in (upper, upper.lower())}


def proxies_for_everybody(_: Path, proxy: str) -> dict[str, str]:
    return {"HTTPS_PROXY": proxy, "NO_PROXY": "", "no_proxy": "127.0.0.2"}


def shadow(folder: Path, *names: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / f"{name}.py").write_text(SHADOW)


def modules_in_the_way(folder: Path, _: str) -> dict[str, str]:
    shadow(folder, "requests", "json", "ssl", "dlt_action", "certifi")
    return {}


def modules_on_the_path(folder: Path, _: str) -> dict[str, str]:
    shadow(folder / "path", "requests", "tenacity", "urllib3", "encodings")
    return {"PYTHONPATH": str(folder / "path")}


def modules_at_start(folder: Path, _: str) -> dict[str, str]:
    shadow(folder, "sitecustomize", "usercustomize", "startup")
    return {"PYTHONPATH": str(folder), "PYTHONSTARTUP": str(folder / "startup.py")}


def modules_of_the_user(folder: Path, _: str) -> dict[str, str]:
    for base in (folder / "home" / ".local", folder / "userbase"):
        site = base / "lib" / VERSION / "site-packages"
        shadow(site, "requests", "usercustomize")
        (site / "poison.pth").write_text("import usercustomize\n")
    return {"PYTHONUSERBASE": str(folder / "userbase")}


def modules_of_a_venv(folder: Path, _: str) -> dict[str, str]:
    (folder / "pyvenv.cfg").write_text(f"home = {folder}\n")
    shadow(folder / "lib" / VERSION / "site-packages", "requests")
    return {"VIRTUAL_ENV": str(folder)}


def another_python(_: Path, _proxy: str) -> dict[str, str]:
    return {"PYTHONHOME": "/nonexistent", "PYTHONPLATLIBDIR": "nonexistent"}


def loud_python(_: Path, _proxy: str) -> dict[str, str]:
    return {
        "PYTHONWARNINGS": "error",
        "PYTHONDEVMODE": "1",
        "PYTHONVERBOSE": "1",
        "PYTHONTRACEMALLOC": "9",
        "PYTHONDUMPREFS": "1",
    }


def waiting_python(_: Path, _proxy: str) -> dict[str, str]:
    return {"PYTHONINSPECT": "1", "PYTHONBREAKPOINT": "os.abort"}


def optimised_python(_: Path, _proxy: str) -> dict[str, str]:
    return {"PYTHONOPTIMIZE": "2", "PYTHONHASHSEED": "0", "PYTHONSAFEPATH": ""}


def another_encoding(_: Path, _proxy: str) -> dict[str, str]:
    return {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def another_language(_: Path, _proxy: str) -> dict[str, str]:
    return {"LC_ALL": "C", "LANG": "xx_YY.nothing", "LANGUAGE": "de"}


def another_time(_: Path, _proxy: str) -> dict[str, str]:
    return {"TZ": "Asia/Kathmandu", "SOURCE_DATE_EPOCH": "0"}


def another_terminal(_: Path, _proxy: str) -> dict[str, str]:
    return {"TERM": "dumb", "COLUMNS": "10", "FORCE_COLOR": "1", "CLICOLOR_FORCE": "1"}


def another_resolver(folder: Path, _: str) -> dict[str, str]:
    (folder / "hosts").write_text("localhost evil.example\n")
    return {
        "RES_OPTIONS": "ndots:9 timeout:30 attempts:9",
        "LOCALDOMAIN": "evil.example",
        "HOSTALIASES": str(folder / "hosts"),
    }


def terraforms(_: Path, _proxy: str) -> dict[str, str]:
    return {
        "ARM_CLIENT_ID": "c41d7e2b-90a6-4d8f-b1e3-7a52f06c8d19",
        "ARM_CLIENT_SECRET": "Q~8terraform_0123456789.abcdefghijklmnop",
        "ARM_TENANT_ID": "6f3a9d10-2f4e-4a1b-8c55-1f0a7e9b3d77",
        "ARM_SUBSCRIPTION_ID": "1d2c3b4a-5566-4788-99aa-bbccddeeff00",
        "ARM_ENVIRONMENT": "nowhere",
        "ARM_USE_MSI": "true",
    }


def a_profile(folder: Path, proxy: str) -> dict[str, str]:
    """One that there is, one that there is not: whoever looks would stumble."""
    text = f"[DEFAULT]\nhost = {proxy}\ntoken = evil\n"
    (folder / "home" / ".databrickscfg").write_text(text)
    (folder / "profiles").write_text(text)
    return {
        "DATABRICKS_CONFIG_PROFILE": "missing",
        "DATABRICKS_CONFIG_FILE": str(folder / "profiles"),
    }


def what_the_sdk_reads(_: Path, proxy: str) -> dict[str, str]:
    return {
        "DATABRICKS_HOST": proxy,
        "DATABRICKS_TOKEN": "dapi-of-another-step",
        "DATABRICKS_METADATA_SERVICE_URL": proxy,
        "DATABRICKS_DISCOVERY_URL": proxy,
        "DATABRICKS_DEBUG_HEADERS": "true",
        "DATABRICKS_CLUSTER_ID": "evil",
    }


def cookies(folder: Path, _: str) -> dict[str, str]:
    line = "127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\tevil\n"
    for name in (".cookies", ".cookies.txt", "cookies.txt", ".curlrc", ".wgetrc"):
        (folder / "home" / name).write_text(line)
    return {"HTTP_COOKIE": "session=evil"}


def other_clouds(folder: Path, _: str) -> dict[str, str]:
    (folder / "key.json").write_text("{}")
    return {
        "AZURE_CLIENT_ID": "evil",
        "AZURE_CLIENT_SECRET": "evil",
        "GOOGLE_APPLICATION_CREDENTIALS": str(folder / "key.json"),
        "AWS_CA_BUNDLE": "/nonexistent",
        "GITHUB_TOKEN": "ghs_0123456789",
    }


Poison = Callable[[Path, str], dict[str, str]]
POISONS: Mapping[str, tuple[Poison, ...]] = {
    one.__name__: (one,)
    for one in (
        *(nothing, netrc_at_home, netrc_elsewhere, netrc_for_everybody),
        *(missing_bundles, bundles_of_others, authorities_of_openssl),
        *(session_keys, code_for_openssl, proxies, proxies_for_everybody),
        *(modules_in_the_way, modules_on_the_path, modules_at_start),
        *(modules_of_the_user, modules_of_a_venv),
        *(another_python, loud_python, waiting_python, optimised_python),
        *(another_encoding, another_language, another_time, another_terminal),
        *(another_resolver, terraforms, a_profile, what_the_sdk_reads),
        *(cookies, other_clouds),
    )
}
ALL = {"everything": tuple(poison for (poison,) in POISONS.values())}
NAMES = [*POISONS, *ALL]
WAYS = {"token": egress.token, "secret": egress.secret}
# That there would have been other ways to sign in is told, and may differ.
ASIDE = re.compile(r"(?m)^sign-in left aside: .*\n")


@dataclass(frozen=True, slots=True)
class Run:
    ended: Ended
    shop: Shop

    @property
    def words(self) -> str:
        """The log without what differs from run to run."""
        plain = re.sub(r"(?m)^\d\d:\d\d:\d\d ", "", self.ended.log)
        plain = re.sub(r"request id [0-9a-f-]+", "request id", plain)
        plain = re.sub(r"(?m)^::add-mask::.*\n", "", plain)
        return ASIDE.sub("", plain).replace(self.shop.server.url, "HOST")

    @property
    def sent(self) -> list[tuple[object, ...]]:
        """All requests, the tokens that were got meanwhile by name."""
        found: list[tuple[object, ...]] = []
        for request in self.shop.workspace.requests:
            headers = {name.lower(): text for name, text in request.headers.items()}
            proof = headers.get("authorization", "")
            if proof.removeprefix("Bearer ") in self.shop.workspace.identity.grants:
                headers["authorization"] = "a token of the workspace"
            headers["host"] = "HOST"
            found.append(
                (request.method, request.path, request.query, headers, request.body)
            )
        return found


@pytest.fixture(scope="module")
def recorder() -> Iterator[Wire]:
    with Wire(keep_answering, address="127.0.0.3") as listening:
        yield listening


@pytest.fixture(scope="module", params=WAYS)
def runs(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    recorder: Wire,
) -> Iterator[Mapping[str, Run]]:
    """The same run in all surroundings, by one way to sign in."""
    authority = Authority(tmp_path_factory.mktemp("authority"))
    cert, key = authority.issue()
    poisoned, way = {**POISONS, **ALL}, WAYS[request.param]
    with ExitStack() as stack:
        served = {name: stack.enter_context(shop(cert=cert, key=key)) for name in NAMES}

        def play(name: str) -> Run:
            folder = tmp_path_factory.mktemp(name)
            environ = environment(folder, INPUT_TOKEN="")
            for poison in poisoned[name]:
                environ.update(poison(folder, recorder.url))
            here = Place(served[name].workspace, served[name].server.url, "")
            environ.update(way(here, folder))
            environ["INPUT_CA-BUNDLE"] = authority.pem
            flags = (f"--host={here.host}", MISTYPED)
            return Run(start(folder, *flags, environ=environ).end(), served[name])

        yield dict(zip(NAMES, egress.together(play, NAMES), strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_surroundings_change_no_word(runs: Mapping[str, Run], name: str) -> None:
    run = runs[name]
    assert run.ended.verdict == (3, "unauthorized", "false"), run.ended.log
    assert run.words == runs["nothing"].words
    assert run.ended.err == b""


@pytest.mark.parametrize("name", NAMES)
def test_surroundings_change_no_request(runs: Mapping[str, Run], name: str) -> None:
    run = runs[name]
    assert run.sent == runs["nothing"].sent
    proofs = {
        request.header("authorization") for request in run.shop.workspace.requests
    }
    known = {None, f"Bearer {CANARY}", f"Basic {egress.PAIR}"}
    grants = {f"Bearer {token}" for token in run.shop.workspace.identity.grants}
    assert proofs - {None}
    assert proofs <= known | grants
    for request in run.shop.workspace.requests:
        assert request.header("cookie") is None
        assert request.header("proxy-authorization") is None


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_the_surroundings_is_run_or_written(
    runs: Mapping[str, Run], name: str
) -> None:
    folder = runs[name].ended.folder
    assert [path.name for path in folder.rglob("marker")] == []
    assert [path.name for path in folder.rglob("__pycache__")] == []


@pytest.mark.usefixtures("runs")
def test_no_proxy_is_told_of_a_workspace_on_loopback(recorder: Wire) -> None:
    assert recorder.connections == 0


def test_plain_http_on_loopback_goes_through_no_proxy(
    tmp_path: Path, recorder: Wire
) -> None:
    with shop() as served:
        environ = environment(tmp_path, **proxies(tmp_path, recorder.url))
        flags = (f"--host={served.server.url}", MISTYPED)
        ended = start(tmp_path, *flags, environ=environ).end()
        assert ended.code == 3
        assert len(served.workspace.requests) == 2  # the pipeline, and who asks
    assert recorder.connections == 0


def test_a_proxy_for_https_sees_neither_the_token_nor_what_is_asked(
    tmp_path: Path,
) -> None:
    authority = Authority(tmp_path)
    tls = authority.server("workspace.invalid")
    refusal = b'{"error_code": "PERMISSION_DENIED", "message": "no"}'

    def tunnel(peer: Peer) -> None:
        peer.tunnel(tls)
        peer.read()
        peer.answer(refusal, "403 Forbidden")

    with Wire(tunnel) as proxy:
        address = proxy.url.replace("http://", "http://user:proxy-password@")
        environ = environment(
            tmp_path,
            HTTPS_PROXY=address,
            INPUT_HOST="https://workspace.invalid",
            INPUT_ALLOW_HOST="workspace.invalid",
            INPUT_CA_BUNDLE=authority.pem,
        )
        ended = start(tmp_path, MISTYPED, environ=environ).end()
        connects, asked = proxy.requests[::2], proxy.requests[1::2]
    assert ended.verdict == (3, "unauthorized", "false")
    assert len(connects) == len(asked) > 0
    for said in connects:
        assert said.startswith(b"CONNECT workspace.invalid:443 ")
        assert b"\r\nProxy-Authorization: Basic " in said
        assert CANARY.encode() not in said
    for said in asked:
        assert f"Authorization: Bearer {CANARY}".encode() in said
        assert b"Proxy-Authorization" not in said
    assert "proxy-password" not in ended.everything


def test_a_host_that_wants_no_proxy_gets_none(tmp_path: Path) -> None:
    with Wire(keep_answering) as proxy:
        environ = environment(
            tmp_path,
            HTTPS_PROXY=proxy.url,
            NO_PROXY="workspace.invalid",
            INPUT_HOST="https://workspace.invalid",
            INPUT_ALLOW_HOST="workspace.invalid",
            INPUT_TIMEOUT="1s",
        )
        ended = start(tmp_path, MISTYPED, environ=environ).end()
        assert ended.verdict == (6, "timed-out", "false")
        assert proxy.connections == 0
