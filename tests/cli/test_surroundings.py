"""
What lies around a process on a runner, put there by earlier steps or by the checkout.

`requests` and Python take more from it than people know. The same run is made in clean
surroundings and in poisoned ones, all at once; what it says and sends must not differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.program import CANARY, Ended, Shop, environment, shop, start
from tests.edge.authority import Authority
from tests.edge.wires import Peer, Wire, keep_answering

NETRC = "machine 127.0.0.1 login evil password evil\ndefault login evil password evil\n"
SHADOW = "import pathlib; pathlib.Path('marker').touch()\n"


def nothing(_: Path, _proxy: str) -> dict[str, str]:
    return {}


def netrc_at_home(folder: Path, _: str) -> dict[str, str]:
    (folder / "home" / ".netrc").write_text(NETRC)
    return {}


def netrc_elsewhere(folder: Path, _: str) -> dict[str, str]:
    (folder / "netrc").write_text(NETRC)
    return {"NETRC": str(folder / "netrc")}


def missing_bundles(_: Path, _proxy: str) -> dict[str, str]:
    names = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
    return dict.fromkeys(names, "/nonexistent")


def bundles_of_others(folder: Path, _: str) -> dict[str, str]:
    path = folder / "other.pem"
    path.write_text(Authority(folder).pem)
    return dict.fromkeys(("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"), str(path))


def proxies(_: Path, proxy: str) -> dict[str, str]:
    names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    return {name: proxy for upper in names for name in (upper, upper.lower())}


def session_keys(folder: Path, _: str) -> dict[str, str]:
    return {"SSLKEYLOGFILE": str(folder / "marker")}


def modules_in_the_way(folder: Path, _: str) -> dict[str, str]:
    for name in ("requests", "json", "ssl", "dlt_action", "sitecustomize", "certifi"):
        (folder / f"{name}.py").write_text(SHADOW)
    return {"PYTHONPATH": str(folder), "PYTHONSTARTUP": str(folder / "json.py")}


def odd_switches(_: Path, _proxy: str) -> dict[str, str]:
    return {
        "PYTHONWARNINGS": "error",
        "PYTHONINSPECT": "1",
        "PYTHONHOME": "/nonexistent",
        "PYTHONIOENCODING": "ascii",
        "LC_ALL": "C",
        "TZ": "Asia/Kathmandu",
        "TERM": "dumb",
        "COLUMNS": "10",
    }


Poison = Callable[[Path, str], dict[str, str]]
POISONS: Mapping[str, tuple[Poison, ...]] = {
    one.__name__: (one,)
    for one in (
        nothing,
        netrc_at_home,
        netrc_elsewhere,
        missing_bundles,
        bundles_of_others,
        proxies,
        session_keys,
        modules_in_the_way,
        odd_switches,
    )
}
ALL = {"everything": tuple(poison for (poison,) in POISONS.values())}
MISTYPED = "--pipeline-id=00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True, slots=True)
class Run:
    ended: Ended
    shop: Shop

    @property
    def words(self) -> str:
        """The log without what differs from run to run."""
        plain = re.sub(r"(?m)^\d\d:\d\d:\d\d ", "", self.ended.log)
        plain = re.sub(r"request id [0-9a-f-]+", "request id", plain)
        return plain.replace(self.shop.server.url, "HOST")


@pytest.fixture(scope="module")
def recorder() -> Iterator[Wire]:
    with Wire(keep_answering, address="127.0.0.3") as listening:
        yield listening


@pytest.fixture(scope="module")
def runs(
    tmp_path_factory: pytest.TempPathFactory, recorder: Wire
) -> Iterator[Mapping[str, Run]]:
    authority = Authority(tmp_path_factory.mktemp("authority"))
    cert, key = authority.issue()
    with ExitStack() as stack:
        running = {}
        for name, poisons in {**POISONS, **ALL}.items():
            served = stack.enter_context(shop(cert=cert, key=key))
            folder = tmp_path_factory.mktemp(name)
            environ = environment(folder, **{"INPUT_CA-BUNDLE": authority.pem})
            for poison in poisons:
                environ.update(poison(folder, recorder.url))
            flags = (f"--host={served.server.url}", MISTYPED)
            running[name] = start(folder, *flags, environ=environ), served
        yield {name: Run(one.end(), served) for name, (one, served) in running.items()}


NAMES = [*POISONS, *ALL]


@pytest.mark.parametrize("name", NAMES)
def test_surroundings_change_no_word(runs: Mapping[str, Run], name: str) -> None:
    run = runs[name]
    assert run.ended.verdict == (3, "unauthorized", "false")
    assert run.words == runs["nothing"].words
    assert run.ended.err == b""


@pytest.mark.parametrize("name", NAMES)
def test_surroundings_change_no_request(runs: Mapping[str, Run], name: str) -> None:
    (request,) = runs[name].shop.workspace.requests
    assert request.header("authorization") == f"Bearer {CANARY}"
    assert request.header("cookie") is None
    assert request.header("proxy-authorization") is None


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_the_surroundings_is_run_or_written(
    runs: Mapping[str, Run], name: str
) -> None:
    assert not (runs[name].ended.folder / "marker").exists()


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
        assert len(served.workspace.requests) == 1
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
        connect, asked = proxy.requests
    assert ended.verdict == (3, "unauthorized", "false")
    assert connect.startswith(b"CONNECT workspace.invalid:443 ")
    assert b"\r\nProxy-Authorization: Basic " in connect
    assert CANARY.encode() not in connect
    assert f"Authorization: Bearer {CANARY}".encode() in asked
    assert b"Proxy-Authorization" not in asked
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
