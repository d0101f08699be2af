r"""
Which host may be given credentials.

The raw text must match *one* expression completely before anything parses it. Parsers
disagree about addresses such as `https://evil.example\@x.azuredatabricks.net`, so
a check of what one parser found proves nothing about where another will connect.

Admitted are the DNS zones of Databricks over https, loopback literals (http too: that
is where a stand-in listens), and the one host that `allow-host` names.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address

from dlt_action.core.zones import LABEL, ZONED
from dlt_action.lean import dataclass
from dlt_action.settings.formats import Unfit

_LONGEST = 300  # a DNS name has at most 253; the rest is scheme, port and query
_HIGHEST_PORT = 65535

_LOOPBACK = r"127\.0\.0\.1|\[::1\]"
_WORKSPACE = r"/?(?:\?(?:o|w|workspace_id)=(?P<workspace>[0-9]{1,20}))?"
_FLAGS = re.IGNORECASE | re.ASCII  # ASCII: else the long s of Unicode is an s

_ALLOWED = re.compile(
    rf"(?P<name>{LABEL}(?:\.{LABEL})*)(?P<port>:[0-9]{{1,5}})?", _FLAGS
)
_ZONED_START = re.compile(
    rf"(?:https?://)?(?P<name>{ZONED})(?::443)?(?=[/?#]|$)", _FLAGS
)
_ZONED_AT = re.compile(
    rf"(?:https?://)?(?P<name>{ZONED}):[0-9]{{1,5}}(?![0-9])", _FLAGS
)
_LOOPBACK_START = re.compile(
    rf"(?P<origin>(?:https?://)?(?:{_LOOPBACK})(?::[0-9]{{1,5}})?)(?=[/?#])", _FLAGS
)
_WRITE = (
    "Write the workspace's address alone, such as"
    " `https://dbc-a1b2345c-d6e7.cloud.databricks.com`."
)

_MORE_THAN_A_HOST = "It holds more than a host: only `/?o=<workspace id>` may follow."


@dataclass(frozen=True, slots=True)
class Host:
    """A workspace's origin, and the workspace id that its address carried."""

    origin: str
    workspace_id: str | None


def host(raw: str, allowed: str | None) -> Host:
    """Read `host`; *allowed* is what `allow_host` returned."""
    match = _pattern(allowed).fullmatch(raw) if len(raw) <= _LONGEST else None
    if match is None:
        raise _refusal(raw, allowed)
    if match["loopback"] is None:
        name = match["zoned"] or match["private"]
        return Host(f"https://{name.lower()}", match["workspace"])
    scheme = (match["scheme"] or "https://").lower()
    origin = scheme + match["loopback"].lower() + _port(match["port"])
    return Host(origin, match["workspace"])


def allow_host(raw: str) -> str:
    """Read `allow-host`: one name or IPv4 address, `name:port` unless it is 443."""
    match = _ALLOWED.fullmatch(raw) if len(raw) <= _LONGEST else None
    if match is None:
        remedy = "Write `gateway.example.com`, or `gateway.example.com:8443`."
        raise Unfit("It must be a bare host name, with a port at most.", remedy)
    name = match["name"].lower()
    if re.fullmatch(r"0x[0-9a-f]*|[0-9]+", name.rpartition(".")[2]):
        _check_address(name)
    return name + _port(match["port"]).removesuffix(":443")


def _pattern(allowed: str | None) -> re.Pattern[str]:
    """The one expression that a host must match as it was written."""
    nothing = "(?!)"
    private = nothing if allowed is None else re.escape(allowed)
    private_port = "" if ":" in private else "(?::443)?"
    return re.compile(
        rf"(?:(?:https://)?(?P<zoned>{ZONED})(?::443)?"
        rf"|(?:https://)?(?P<private>{private}){private_port}"
        rf"|(?P<scheme>https?://)?(?P<loopback>{_LOOPBACK})(?P<port>:[0-9]{{1,5}})?"
        rf"){_WORKSPACE}",
        _FLAGS,
    )


def _port(text: str | None) -> str:
    """Return `:port` without leading zeros, or nothing; raise `Unfit` out of range."""
    if text is None:
        return ""
    port = int(text[1:])
    if 1 <= port <= _HIGHEST_PORT:
        return f":{port}"
    raise Unfit("There is no such port.", f"Write 1 to {_HIGHEST_PORT}.")


def _check_address(name: str) -> None:
    """Refuse what only some parsers take for an address, and link-local ones."""
    try:
        address = IPv4Address(name)
    except ValueError:
        remedy = "Write four numbers such as `10.1.2.3`, or a name."
        raise Unfit("It is neither a name nor an IPv4 address.", remedy) from None
    if address.is_link_local:  # where clouds serve their metadata, and credentials
        raise Unfit("A link-local address is no workspace.", "Write its name.")


def _refusal(raw: str, allowed: str | None) -> Unfit:
    """Say which rule *raw* breaks; repeat of it only what matched a strict form."""
    start, loopback = _ZONED_START.match(raw), _LOOPBACK_START.match(raw)
    elsewhere = None if start is not None else _ZONED_AT.match(raw)
    remedy, zoned = _WRITE, start if start is not None else elsewhere
    if zoned is not None:
        remedy = f"Write `https://{zoned['name'].lower()}`."
    elif loopback is not None:
        remedy = f"Write `{loopback['origin'].lower()}`."
    for broken, what in (
        (not raw.isascii(), "It holds a character outside ASCII."),
        (
            not raw.isprintable() or " " in raw,
            "It holds a blank or a control character.",
        ),
        ("\\" in raw, "It holds a backslash."),
        ("@" in raw, "It holds user information (`@`)."),
        (start is not None and start.end() < len(raw), _MORE_THAN_A_HOST),
        (loopback is not None, _MORE_THAN_A_HOST),
        (elsewhere is not None, "A workspace is at port 443, and at no other."),
        (start is not None, "Plain http would show the token to the network."),
        (raw.lower().startswith("http://"), "Plain http is for loopback only."),
    ):
        if broken:
            return Unfit(what, remedy)
    return _stranger(allowed)


def _stranger(allowed: str | None) -> Unfit:
    """Say that a host is in none of the zones."""
    what = "It is not the address of a host in Databricks' DNS zones"
    if allowed is None:
        remedy = f"{_WRITE} A gateway of your own is admitted by `allow-host`."
        return Unfit(f"{what}.", remedy)
    remedy = "Give both the same name and port: `name:port`, the port unless it is 443."
    return Unfit(f"{what}, nor the one that `allow-host` admits.", remedy)
