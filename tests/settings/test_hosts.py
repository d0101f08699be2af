"""Which hosts may be given a token: a table of good ones, and many of hostile ones."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dlt_action.core import zones
from dlt_action.settings import hosts
from dlt_action.settings.formats import Unfit
from dlt_action.settings.hosts import Host

GATEWAY = "gateway.example.com"


@pytest.mark.parametrize(
    ("raw", "origin", "workspace_id"),
    [
        ("dbc-1.cloud.databricks.com", "https://dbc-1.cloud.databricks.com", None),
        (
            "https://dbc-1.cloud.databricks.us",
            "https://dbc-1.cloud.databricks.us",
            None,
        ),
        ("adb-1.2.azuredatabricks.net/", "https://adb-1.2.azuredatabricks.net", None),
        (
            "https://adb-1.2.databricks.azure.us",
            "https://adb-1.2.databricks.azure.us",
            "",
        ),
        (
            "https://adb-1.2.databricks.azure.cn",
            "https://adb-1.2.databricks.azure.cn",
            "",
        ),
        ("https://1.2.gcp.databricks.com:443/", "https://1.2.gcp.databricks.com", None),
        (
            "HTTPS://DBC-1.Cloud.Databricks.COM",
            "https://dbc-1.cloud.databricks.com",
            "",
        ),
        ("a.gcp.databricks.com/?o=12", "https://a.gcp.databricks.com", "12"),
        ("a.gcp.databricks.com?w=12", "https://a.gcp.databricks.com", "12"),
        ("a.gcp.databricks.com/?workspace_id=1", "https://a.gcp.databricks.com", "1"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080", None),
        ("http://[::1]:08080/?o=5", "http://[::1]:8080", "5"),
    ],
)
def test_a_host_of_databricks_or_of_this_machine_is_admitted(
    raw: str, origin: str, workspace_id: str | None
) -> None:
    assert hosts.host(raw, None) == Host(origin, workspace_id or None)


EVIL = "evil.com"
ZONED = "x.azuredatabricks.net"

HOSTILE = [
    EVIL,
    f"https://{EVIL}",
    f"https://{EVIL}\\@{ZONED}",
    f"https://{EVIL}\\.azuredatabricks.net",
    f"https://{EVIL}#.azuredatabricks.net",
    f"https://{EVIL}/.azuredatabricks.net",
    f"https://{EVIL}?.azuredatabricks.net",
    f"https://{EVIL}#@{ZONED}",
    f"https://{ZONED}@{EVIL}",
    f"https://{ZONED}:443@{EVIL}",
    f"https://user@{ZONED}",
    f"https://user:secret@{ZONED}",
    f"https://{ZONED}.{EVIL}",
    f"https://{ZONED}.",
    f"https://{ZONED}:8443",
    f"https://{ZONED}:443:443",
    f"https://{ZONED}:",
    f"https://{ZONED}:0443",
    f"https://{ZONED}/api/2.0",
    f"https://{ZONED}//{EVIL}",
    f"https://{ZONED}/?o=1&x=2",
    f"https://{ZONED}/?o=1#job/2",
    f"https://{ZONED}/?o=",
    f"https://{ZONED}/?o=a",
    f"https://{ZONED}/?x=1",
    f"https://{ZONED}/..",
    f"https://{ZONED}/%2e%2e",
    f"https://{ZONED}%2f.{EVIL}",
    f"https://{ZONED}%00.{EVIL}",
    f"https://{ZONED}\x00.{EVIL}",
    f"https://{ZONED}\n.{EVIL}",
    f"https://{ZONED}\r\nHost: {EVIL}",
    f"https://{ZONED} {EVIL}",
    f"https://{ZONED}\t",
    f"https://{ZONED};{EVIL}",
    f"https://{ZONED},{EVIL}",
    f"http://{ZONED}",
    f"http://{EVIL}",
    f"ftp://{ZONED}",
    f"file:///{ZONED}",
    f"javascript://{ZONED}",
    f"//{ZONED}",
    f"https:/{ZONED}",
    f"https:{ZONED}",
    f"https:///{ZONED}",
    f"https://https://{ZONED}",
    "https://azuredatabricks.net",
    "https://.azuredatabricks.net",
    "https://x..azuredatabricks.net",
    "https://-x.azuredatabricks.net",
    "https://x-.azuredatabricks.net",
    "https://x_y.azuredatabricks.net",
    "https://*.azuredatabricks.net",
    "https://xazuredatabricks.net",
    "https://x.azuredatabricks.netz",
    "https://x.azuredatabricks\uff0enet",
    "https://x\u3002azuredatabricks.net",
    "https://x.azuredatabric\u212as.net",
    "http\u017f://x.azuredatabricks.net",
    "https://\u0445.azuredatabricks.net",
    "https://x.azuredatabricks.net\ufeff",
    "\ufeffhttps://x.azuredatabricks.net",
    "https://x.azuredatabricks.net/?o=\u0661",
    f"https://{'x' * 64}.azuredatabricks.net",
    f"https://{'x.' * 200}azuredatabricks.net",
    "http://169.254.169.254",
    "https://169.254.169.254/latest/meta-data",
    "http://127.0.0.2",
    "http://127.1",
    "http://2130706433",
    "http://0x7f.0.0.1",
    "http://0177.0.0.1",
    "http://0.0.0.0",
    "http://[::]",
    "http://[::ffff:127.0.0.1]",
    "http://[0:0:0:0:0:0:0:1]",
    "http://::1",
    "http://localhost",
    "localhost:8443",
    "http://localhost.evil.com",
    "http://localhost@evil.com",
    "http://localhost:0",
    "http://localhost:65536",
    "http://localhost:123456",
    "http://localhost/path",
    "http://user@localhost",
    "https://10.0.0.1",
    "https://metadata.google.internal",
    "",
    ".",
    "/",
]


@pytest.mark.parametrize("allowed", [None, GATEWAY])
@pytest.mark.parametrize("raw", HOSTILE)
def test_a_hostile_host_is_refused(raw: str, allowed: str | None) -> None:
    with pytest.raises(Unfit) as refused:
        hosts.host(raw, allowed)
    assert EVIL not in str(refused.value)
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (
            "https://x.azuredatabricks.net/sql/warehouses?o=1",
            (
                "It holds more than a host: only `/?o=<workspace id>` may follow."
                " Write `https://x.azuredatabricks.net`."
            ),
        ),
        (
            "https://x.azuredatabricks.net/?o=1#job/2",
            (
                "It holds more than a host: only `/?o=<workspace id>` may follow."
                " Write `https://x.azuredatabricks.net`."
            ),
        ),
        (
            "http://x.azuredatabricks.net",
            (
                "Plain http would show the token to the network."
                " Write `https://x.azuredatabricks.net`."
            ),
        ),
        ("http://evil.com", "Plain http is for loopback only. Write the workspace's"),
        (
            "https://x.azuredatabricks.net:8443/",
            (
                "A workspace is at port 443, and at no other."
                " Write `https://x.azuredatabricks.net`."
            ),
        ),
        (
            "http://127.0.0.1:8790/foo",
            (
                "It holds more than a host: only `/?o=<workspace id>` may follow."
                " Write `http://127.0.0.1:8790`."
            ),
        ),
        (
            "https://evil.com\\@x.azuredatabricks.net",
            (
                "It holds a backslash. Write the workspace's address alone, such as"
                " `https://dbc-a1b2345c-d6e7.cloud.databricks.com`."
            ),
        ),
        ("user@x.azuredatabricks.net", "It holds user information (`@`)."),
        ("x\uff0eazuredatabricks.net", "It holds a character outside ASCII."),
        ("a b", "It holds a blank or a control character."),
        ("a\nb", "It holds a blank or a control character."),
        ("http://127.0.0.1:65536", "There is no such port. Write 1 to 65535."),
    ],
)
def test_a_refused_host_is_told_why_and_what_to_write(raw: str, expected: str) -> None:
    with pytest.raises(Unfit) as refused:
        hosts.host(raw, None)
    assert str(refused.value).startswith(expected)


@given(st.text())
@example("https://evil.com\\@x.azuredatabricks.net")
def test_whatever_is_admitted_is_in_a_zone_or_on_this_machine(raw: str) -> None:
    try:
        origin = hosts.host(raw, None).origin
    except Unfit:
        return
    name = origin.partition("://")[2]
    assert name.endswith(zones.ZONES) or name.startswith(("127.", "[::1]"))


@given(st.from_regex(r"https?://[a-z.@:/\\#?]{0,9}azuredatabricks\.net.{0,9}"))
def test_an_origin_is_scheme_and_name_only(raw: str) -> None:
    try:
        origin = hosts.host(raw, None).origin
    except Unfit:
        return
    assert origin.startswith("https://")
    assert not set(origin[8:]) & set("/\\@#?: ")


@pytest.mark.parametrize(
    ("allowed", "raw", "origin"),
    [
        (GATEWAY, GATEWAY, f"https://{GATEWAY}"),
        (GATEWAY, f"https://{GATEWAY}/?o=1", f"https://{GATEWAY}"),
        (f"{GATEWAY}:443", f"https://{GATEWAY}", f"https://{GATEWAY}"),
        (GATEWAY.upper(), f"HTTPS://{GATEWAY.upper()}:443", f"https://{GATEWAY}"),
        (f"{GATEWAY}:8443", f"https://{GATEWAY}:8443/", f"https://{GATEWAY}:8443"),
        ("10.1.2.3:8443", "10.1.2.3:8443", "https://10.1.2.3:8443"),
        ("databricks", "https://databricks", "https://databricks"),
        (GATEWAY, "a.gcp.databricks.com", "https://a.gcp.databricks.com"),
        (GATEWAY, "http://127.0.0.1:80", "http://127.0.0.1:80"),
    ],
)
def test_allow_host_admits_one_more_host(allowed: str, raw: str, origin: str) -> None:
    assert hosts.host(raw, hosts.allow_host(allowed)).origin == origin


@pytest.mark.parametrize(
    ("allowed", "raw"),
    [
        (GATEWAY, f"http://{GATEWAY}"),
        (GATEWAY, f"https://{GATEWAY}:8443"),
        (f"{GATEWAY}:8443", f"https://{GATEWAY}"),
        (GATEWAY, f"https://sub.{GATEWAY}"),
        (GATEWAY, f"https://{GATEWAY}.evil.com"),
        (GATEWAY, f"https://{GATEWAY}/path"),
        (GATEWAY, "https://gatewayXexample.com"),
        (GATEWAY, f"https://evil.com\\@{GATEWAY}"),
    ],
)
def test_allow_host_admits_nothing_else(allowed: str, raw: str) -> None:
    with pytest.raises(Unfit):
        hosts.host(raw, hosts.allow_host(allowed))


def test_a_host_beside_allow_host_is_told_that_the_port_counts() -> None:
    with pytest.raises(Unfit, match="nor the one that `allow-host` admits"):
        hosts.host(f"https://{GATEWAY}:8443", GATEWAY)


@pytest.mark.parametrize(
    "raw",
    [
        f"https://{GATEWAY}",
        f"{GATEWAY}/",
        f"{GATEWAY}:0",
        f"{GATEWAY}:65536",
        f"{GATEWAY}:x",
        f"user@{GATEWAY}",
        f"{GATEWAY}\\",
        f"*.{GATEWAY}",
        f"{GATEWAY}.",
        f"{GATEWAY}, other.example.com",
        f"{'a' * 301}",
        "g\u00e4teway.example.com",
        "169.254.169.254",
        "169.254.169.254:80",
        "0xa9.254.169.254",
        "2852039166",
        "1.2.3",
        "01.2.3.4",
        "a.0x1",
    ],
)
def test_allow_host_takes_only_a_bare_name_or_address(raw: str) -> None:
    with pytest.raises(Unfit):
        hosts.allow_host(raw)
