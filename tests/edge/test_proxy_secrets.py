"""What signs in to a proxy is known, in each way in which it may be repeated."""

from __future__ import annotations

from base64 import b64encode
from io import StringIO

import pytest
from requests.adapters import HTTPAdapter

from dlt_action.edge.channel import proxy_secrets
from dlt_action.edge.writer import Writer

USERINFO = (
    *(
        "joe:proxy-password",
        "joe:p%40ss%3Aw%C3%B6rd",
        "joe:p:a:s:s:word",
        "joe:pass//1",
    ),
    *("a-token-of-12", "joe:short", ":proxy-password", "jo%65:p+w+w+w+w"),
)


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "All_Proxy"])
@pytest.mark.parametrize("address", ["http://{}@p.example:8080", "{}@p.example"])
@pytest.mark.parametrize("userinfo", USERINFO)
def test_what_a_proxy_is_sent_is_hidden(
    userinfo: str, address: str, variable: str
) -> None:
    writer = Writer(StringIO(), clock=None, github=False)
    for secret in proxy_secrets({variable: address.format(userinfo)}):
        writer.hide(secret)
    # Who answers is free to repeat what requests sent, and what it is made of.
    sent = HTTPAdapter().proxy_headers(f"http://{userinfo}@p.example")
    pair = b64encode(b"x:" + userinfo.encode()).decode()
    told = [*sent.values(), userinfo, f'"{userinfo}"']
    assert [one for one in told if writer.redacted(one) == one] == []
    password = userinfo.partition(":")[2]
    if len(password) >= 8:
        assert writer.redacted(password) == "***"
        assert writer.redacted(pair) != pair


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HTTPS_PROXY", "http://proxy.example:8080"),
        ("NO_PROXY", "localhost,.example"),
        ("REPLY_TO", "somebody:password@host.example"),
        ("https_proxy", ""),
    ],
)
def test_what_signs_in_nowhere_is_no_secret(variable: str, value: str) -> None:
    assert list(proxy_secrets({variable: value})) == []
