"""The requests of a sign-in: what they carry, and that they go nowhere else."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
import responses

from dlt_action import __version__
from dlt_action.core.calls import Method
from dlt_action.core.reply import Answer, Fault, FaultKind
from dlt_action.core.signin.steps import Ask, Text
from dlt_action.edge.auth.courier import LARGEST_FILE, Courier, read_text
from dlt_action.edge.channel import Channel
from dlt_action.edge.trust import tls_context

OIDC = "https://oidc.example"
PLACES = ("https://dbc-a1.cloud.databricks.com", f"{OIDC}/id?api=2.0", OIDC)
FORM = (
    ("grant_type", "client_credentials"),
    ("client_secret", "s3cret & 100%+é"),
    ("scope", "all-apis"),
)
CANARY = "canary-0123456789"


CHANNEL = Channel(tls_context(), clock=time.monotonic)


def courier() -> Courier:
    agent = ("auth/github-oidc",)
    return Courier(CHANNEL, PLACES, agent=agent, proxies=lambda _: {})


ASK = Ask(what="get a token", method=Method.POST, url=f"{OIDC}/t")


def sent(asked: Ask) -> tuple[requests.PreparedRequest, Answer | Fault]:
    """What goes out for *asked*, and what comes back."""
    with responses.RequestsMock() as mock:
        mock.add(asked.method.value, asked.url.split("?")[0], json={"a": 1}, status=200)
        reply = courier()(asked, 5.0)
        assert len(mock.calls) == 1
        return mock.calls[0].request, reply


def headers_of(request: requests.PreparedRequest) -> dict[str, str]:
    """Its headers, without those that depend on what is installed."""
    found = {str(name): str(value) for name, value in request.headers.items()}
    assert found.pop("Accept-Encoding").startswith("gzip, deflate")
    python = f"python/{sys.version_info.major}.{sys.version_info.minor}"
    agent = f"dlt-action/{__version__} {python} os/{sys.platform} auth/github-oidc"
    assert found.pop("User-Agent") == agent
    return found


def test_a_form_is_sent_in_its_order_and_encoded() -> None:
    request, reply = sent(replace(ASK, form=FORM, authorization="Basic YTpi"))
    assert request.method == "POST"
    assert request.url == f"{OIDC}/t"
    body = (
        "grant_type=client_credentials"
        "&client_secret=s3cret+%26+100%25%2B%C3%A9&scope=all-apis"
    )
    assert request.body == body
    assert headers_of(request) == {
        "Accept": "application/json",
        "Authorization": "Basic YTpi",
        "Connection": "keep-alive",
        "Content-Length": str(len(body)),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    assert isinstance(reply, Answer)
    assert (reply.status, reply.body) == (200, b'{"a": 1}')


def test_a_query_is_added_to_the_one_that_an_address_has() -> None:
    audience = (("audience", "https://a.test/oidc?x=1&y=ü"),)
    request, _ = sent(
        replace(ASK, method=Method.GET, url=f"{OIDC}/id?api=2.0", query=audience)
    )
    assert request.url == (
        f"{OIDC}/id?api=2.0&audience=https%3A%2F%2Fa.test%2Foidc%3Fx%3D1%26y%3D%C3%BC"
    )
    assert request.body is None
    assert headers_of(request) == {
        "Accept": "application/json",
        "Connection": "keep-alive",
    }


def test_a_post_without_a_form_says_what_kind_its_nothing_is() -> None:
    asked = replace(
        ASK, content_type="application/json", query=(("api-version", "7.2"),)
    )
    request, _ = sent(asked)
    assert request.url == f"{OIDC}/t?api-version=7.2"
    assert request.body is None
    assert headers_of(request) == {
        "Accept": "application/json",
        "Connection": "keep-alive",
        "Content-Length": "0",
        "Content-Type": "application/json",
    }


def test_proxies_are_those_for_the_address_that_is_asked() -> None:
    asked_about: list[str] = []

    def proxies(url: str) -> dict[str, str]:
        asked_about.append(url)
        return {"https": "http://proxy.test:3128"}

    with responses.RequestsMock() as mock:
        mock.add("POST", f"{OIDC}/t", json={})
        Courier(CHANNEL, PLACES, agent=(), proxies=proxies)(ASK, 5.0)
        used: Any = mock.calls[0].request
        assert used.req_kwargs["proxies"] == {"https": "http://proxy.test:3128"}
    assert asked_about == [f"{OIDC}/t"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_secrets_follow_no_redirect(status: int) -> None:
    with responses.RequestsMock() as mock:
        location = {"Location": f"{OIDC}/elsewhere"}
        mock.add("POST", f"{OIDC}/t", status=status, headers=location)
        reply = courier()(replace(ASK, form=FORM), 5.0)
        assert len(mock.calls) == 1
    assert isinstance(reply, Answer)
    assert reply.status == status


@pytest.mark.parametrize(
    "url",
    [
        OIDC,
        f"{OIDC}/any/path",
        f"{OIDC}:443/t",
        "https://dbc-a1.cloud.databricks.com/oidc/v1/token",
        # Databricks' own: a workspace may name another host of its zones.
        "https://accounts.cloud.databricks.com/oidc/accounts/1/v1/token",
        "https://accounts.azuredatabricks.net/oidc",
        "https://x.gcp.databricks.com",
        "https://x.cloud.databricks.us/t",
        "https://adb-1.2.databricks.azure.cn/t",
    ],
)
def test_the_places_of_the_scheme_and_databricks_zones_are_asked(url: str) -> None:
    _, reply = sent(replace(ASK, url=url, form=FORM))
    assert isinstance(reply, Answer)


ELSEWHERE = [
    "https://evil.example/t",
    "http://oidc.example/t",
    "https://oidc.example:8443/t",
    "https://oidc.example.evil.example/t",
    "https://evil-oidc.example/t",
    "https://x.oidc.example/t",
    "https://oidc.example./t",
    "https://oidc.example@evil.example/t",
    "https://evil.example/https://oidc.example/t",
    "https://evil.example?https://oidc.example/t",
    "https://evil.example#@oidc.example/t",
    "https://oidc.example\\@evil.example/t",
    "https://oidc.example\\.evil.example/t",
    "https://evil.example\\.oidc.example/t",
    "https://oidc.example%2eevil.example/t",
    "https://oidc\uff0eexample/t",
    "ftp://oidc.example/t",
    "//oidc.example/t",
    "oidc.example/t",
    "https:///t",
    "",
    "https://cloud.databricks.com/t",
    "https://evilcloud.databricks.com/t",
    "https://x.cloud.databricks.com.evil.example/t",
    "https://x.cloud.databricks.com@evil.example/t",
    "https://x.cloud.databricks.com:8443/t",
    "https://x.cloud.databricks.com/t?to=evil.example",
    "https://x.cloud.databricks.com/t\n",
    "https://evil.example/.cloud.databricks.com/t",
    "https://evil.example#.cloud.databricks.com/t",
    "https://evil.example\\.cloud.databricks.com/t",
    "http://x.cloud.databricks.com/t",
    "https://169.254.169.254/latest/meta-data",
    "http://127.0.0.1/t",
    "file:///etc/passwd",
]


def refused_unsent(url: str) -> None:
    with responses.RequestsMock() as mock:
        asked = replace(ASK, url=url, form=FORM, authorization=f"Bearer {CANARY}")
        reply = courier()(asked, 5.0)
        assert len(mock.calls) == 0
    assert reply == Fault(FaultKind.UNSENDABLE, "not an address of this sign-in")


@pytest.mark.parametrize("url", ELSEWHERE)
def test_nobody_else_is_asked_for_anything(url: str) -> None:
    refused_unsent(url)


READ_DIFFERENTLY = [
    "https://evil.example\\@oidc.example/t",
    "https://evil.example\t@oidc.example/t",
    "https://evil.example\\@dbc-a1.cloud.databricks.com/t",
    "https://evil.example@oidc.example/t",
    "https://user:password@oidc.example/t",
    "https://oidc.exa\tmple/t",
    " https://oidc.example/t",
    "https://oidc.example/t#x",
    "https://oidc.example/t\n",
    "https://x.cloud.databricks.com/../t",
]


@pytest.mark.parametrize("url", READ_DIFFERENTLY)
def test_an_address_that_two_parsers_read_differently_is_nobodys(url: str) -> None:
    refused_unsent(url)


NO_ADDRESSES = [
    "https://oidc.example:99999/t",
    "https://oidc.example:abc/t",
    "https://[::1/t",
]


@pytest.mark.parametrize("url", NO_ADDRESSES)
def test_what_is_no_address_is_refused_like_one_of_strangers(url: str) -> None:
    refused_unsent(url)


def test_a_secret_is_in_no_fault() -> None:
    with responses.RequestsMock() as mock:
        problem = requests.ConnectionError(f"Bearer {CANARY}")
        mock.add("POST", f"{OIDC}/t", body=problem)
        reply = courier()(
            replace(ASK, form=FORM, authorization=f"Bearer {CANARY}"), 5.0
        )
    assert isinstance(reply, Fault)
    assert CANARY not in f"{reply}"


def test_a_text_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_bytes("a.b.c\r\n é\n".encode())
    assert read_text(str(path)) == Text("a.b.c\r\n é\n")


def test_a_byte_order_mark_is_no_part_of_a_text(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_bytes(b"\xef\xbb\xbfa.b.c")
    assert read_text(str(path)) == Text("a.b.c")


def test_a_file_that_is_not_there_is_told_in_the_words_of_the_system(
    tmp_path: Path,
) -> None:
    missing = read_text(str(tmp_path / "missing"))
    assert missing == Text(cause="No such file or directory", missing=True)
    assert read_text(str(tmp_path)) == Text(cause="Is a directory")
    assert read_text(f"{tmp_path}/missing/token").text is None
    assert read_text("").text is None


def test_a_file_is_read_up_to_a_size(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_bytes(b"a" * LARGEST_FILE)
    assert read_text(str(path)) == Text("a" * LARGEST_FILE)
    path.write_bytes(b"a" * (LARGEST_FILE + 1))
    assert read_text(str(path)) == Text(cause="it is far too large")


def test_a_file_without_an_end_is_too_large() -> None:
    assert read_text("/dev/zero") == Text(cause="it is far too large")


@pytest.mark.parametrize(
    "raw", ["é".encode("latin-1"), "a.b.c".encode("utf-16"), b"a\xffb", b"\x80"]
)
def test_a_file_that_is_no_utf_8_is_no_text(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "token"
    path.write_bytes(raw)
    assert read_text(str(path)) == Text(cause="it is not text")


@pytest.mark.parametrize("path", ["/run/id\0token", "\0", "/run/\ud800"])
def test_what_is_no_path_is_told_and_not_raised(path: str) -> None:
    assert read_text(path) == Text(cause="it is no path")


def test_a_text_is_in_no_repr() -> None:
    assert CANARY not in repr(Text(CANARY))
