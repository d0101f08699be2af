"""
Finding out where to sign in.

A workspace says where its token endpoint is, in two public documents. What it says is
not simply believed, for a secret will go there: only the workspace's own origin and
Databricks' zones will do. Where the documents are missing, the address that is
documented for all workspaces holds.
"""

from __future__ import annotations

import re
from http import HTTPStatus

from dlt_action.core.addresses import PATH, in_a_zone
from dlt_action.core.calls import Method
from dlt_action.core.exchange import Executed, decide
from dlt_action.core.model import Json, JsonObject
from dlt_action.core.reply import Answer
from dlt_action.core.signin import advice
from dlt_action.core.signin.clouds import Cloud
from dlt_action.core.signin.steps import Ask, Flow, Refused, Unavailable, asked
from dlt_action.lean import dataclass

_ACCOUNT = re.compile(r"[0-9A-Za-z-]{1,64}", re.ASCII)
_ACCOUNT_ID = "{account_id}"
_PORT = re.compile(r":[0-9]+$", re.ASCII)
_AUDIENCE = re.compile(r"[\x21-\x7e]{1,500}")
# What follows is not ours to judge, and is not used.
_TENANT = re.compile(
    r"/(?P<tenant>[0-9A-Za-z][0-9A-Za-z.-]{0,99})/oauth2/[!-~]*", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a workspace exchanges tokens, and for whom identity tokens are to be."""

    url: str
    audience: str


def discover(host: str) -> Flow[Endpoint]:
    """
    The token endpoint of the workspace at *host*.

    Documents: `/.well-known/databricks-config`, which only newer workspaces have, then
    the OAuth metadata (RFC 8414) that it leads to. Raises `Refused` for an address
    that may be given no secret, `Unavailable`.
    """
    config = yield from _document("read where to sign in", host, "databricks-config")
    account = _text(config, "account_id")
    told = _text(config, "oidc_endpoint").rstrip("/")
    base = f"{host}/oidc"
    if told and (account or _ACCOUNT_ID not in told):
        base = told.replace(_ACCOUNT_ID, account)
        _check(base, host)
    metadata = yield from _document(
        "read the token endpoint", base, "oauth-authorization-server"
    )
    url = _text(metadata, "token_endpoint")
    if not url:
        url = f"{base}/v1/token"  # docs.databricks.com/dev-tools/auth/oauth-m2m
    _check(url, host)
    return Endpoint(url, _audience(config, account, url))


def _document(what: str, base: str, name: str) -> Flow[JsonObject]:
    """A public document; empty where there is none that can be used."""
    ask = Ask(what=what, method=Method.GET, url=f"{base}/.well-known/{name}")
    answer = yield from asked(ask)
    outcome = decide(answer)
    if isinstance(outcome, Executed):
        return outcome.body
    if _passing(answer):
        raise Unavailable(ask, answer, outcome.reason)
    return {}


_PASSING = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)


def _passing(answer: Answer) -> bool:
    """Whether there may be a document after all: what is believed now is kept."""
    torn = answer.status == HTTPStatus.OK and "json" in answer.headers.get(
        "content-type", ""
    )
    away = answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return torn or away or answer.status in _PASSING


def _text(document: JsonObject, name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str):
        return ""
    if name == "account_id" and not _ACCOUNT.fullmatch(value):
        return ""
    return value


def _check(url: str, host: str) -> None:
    # The port that https has anyway may be written or not.
    port = "" if _PORT.search(host) else "(?::443)?"
    own = re.fullmatch(rf"{re.escape(host)}{port}{PATH}", url, re.ASCII)
    if own is None and not in_a_zone(url):
        raise Refused(advice.foreign_endpoint())


def _audience(config: JsonObject, account: str, url: str) -> str:
    """For whom an identity token is to be, as the official SDKs have it."""
    told: Json = config.get("token_federation_default_oidc_audiences")
    first = told[0] if isinstance(told, list) and told else None
    if isinstance(first, str) and _AUDIENCE.fullmatch(first):
        return first
    if account and not config.get("workspace_id"):  # the host of an account
        return account
    return url


def discover_tenant(host: str, cloud: Cloud) -> Flow[str]:
    """
    The Entra tenant of the Azure workspace at *host*: where its log-in page leads.

    Raises `Refused`, `Unavailable`.
    """
    ask = Ask(what="read the Entra tenant", method=Method.GET, url=f"{host}/aad/auth")
    answer = yield from asked(ask)
    if _passing(answer):
        raise Unavailable(ask, answer, f"HTTP {answer.status}")
    location = answer.headers.get("location", "")
    found = None
    if location.startswith(f"{cloud.authority}/"):
        found = _TENANT.fullmatch(location.removeprefix(cloud.authority))
    if found is None:
        raise Refused(advice.no_tenant())
    return found["tenant"]
