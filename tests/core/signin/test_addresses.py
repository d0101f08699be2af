"""Which texts are addresses: those that all parsers read in one way."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from dlt_action.core.addresses import PATH, is_address

ADDRESSES = [
    "https://a.example",
    "https://A.Example/",
    "HTTPS://a.example/t",
    "https://a.example:8443/t?x=1&y=%20(z),*;!",
    "https://localhost/t",
    "https://10.0.0.1/t",
    "https://a.example/@b/../c",
    "http://127.0.0.1:8080/t",
    "http://[::1]:8080/t",
    "http://127.0.0.1",
    "https://a.example:1",
    "https://a.example:65535",
]


@pytest.mark.parametrize("text", ADDRESSES)
def test_an_address_names_a_host_and_what_is_there(text: str) -> None:
    assert is_address(text) == ("@" not in text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://",
        "https:///t",
        "https:a.example",
        "//a.example/t",
        "a.example",
        "http://a.example/t",
        "http://127.0.0.2/t",
        "http://127.0.0.1.evil.example/t",
        "http://127.1/t",
        "http://localhost/t",
        "ftp://a.example/t",
        "https://a.example./t",
        "https://.a.example/t",
        "https://a..example/t",
        "https://-a.example/t",
        "https://a-.example/t",
        "https://a_b.example/t",
        f"https://{'a' * 64}.example/t",
        "https://[::1]/t",
        "https://[::1",
        "https://a.example:/t",
        "https://a.example:0/t",
        "https://a.example:65536/t",
        "https://a.example:99999/t",
        "https://a.example:123456/t",
        "https://a.example:80a/t",
        "https://a.example:+80/t",
        "https://a.example:\uff18\uff10/t",
        "https://user@a.example/t",
        "https://user:password@a.example/t",
        "https://evil.example\\@a.example/t",
        "https://a.example\\t",
        "https://evil.example#@a.example/t",
        "https://a.example/t#x",
        "https://a.example?x=1",
        "https://a.example%2eevil.example/t",
        "https://a\u3002example/t",
        "https://\u00e4.example/t",
        "https://\u212a.example/t",  # the Kelvin sign, which is a k to who ignores case
        "https://a.example/\u00e4",
        "https://a.example/a b",
        " https://a.example/t",
        "https://a.example/t ",
        "https://a.example/t\n",
        "https://a.exa\tmple/t",
        "https://a.example/\0",
        "https://a.example/'",
        'https://a.example/"',
        "https://a.example/<x>",
    ],
)
def test_what_any_parser_may_read_otherwise_is_no_address(text: str) -> None:
    assert not is_address(text)


PIECES = ["a", "a.example", "b.example", "127.0.0.1", "[::1]", "localhost", "8443"]
SIGNS = [*":/@\\#?%&=[]. \t\n;,'", "//", "..", "%2e", "%40", "\u3002", "\u00e9"]


@given(
    st.sampled_from(["https://", "http://", "HTTPS://", "//", ""]),
    st.lists(st.sampled_from(PIECES + SIGNS), max_size=8).map("".join),
)
@example("https://", "evil.example\\@a.example/t")
def test_two_parsers_read_the_same_host_in_every_address(
    scheme: str, rest: str
) -> None:
    text = scheme + rest
    if not is_address(text):
        return
    try:
        others = parse_url(text)
    except LocationParseError:
        return  # nobody is asked
    ours = urlsplit(text)
    host = None if others.host is None else others.host.strip("[]")
    assert (ours.scheme, ours.hostname, ours.port) == (others.scheme, host, others.port)


@pytest.mark.parametrize("path", ["", "/", "/a", "/a/", "/.a/a./...", "/a/b-c_d~e.f"])
def test_a_path_is_made_of_names(path: str) -> None:
    assert re.fullmatch(PATH, path)


@pytest.mark.parametrize(
    "path",
    [
        "a",
        "//",
        "//a",
        "/a//b",
        "/.",
        "/..",
        "/./a",
        "/../a",
        "/a/..",
        "/a/./b",
        "/a?b",
        "/%2e",
        "/a:",
    ],
)
def test_a_path_is_not_what_clients_rewrite(path: str) -> None:
    assert not re.fullmatch(PATH, path)
