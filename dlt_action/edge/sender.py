"""
One HTTP exchange: the only place that talks to a workspace.

Every exchange ends in an answer or a fault (`core.exchange` decides what it means),
within its time: a read timeout bounds a single receive only, so a body is read as it
comes, against a deadline and up to a size. Headers that drip in are nobody's to bound
but the caller's, who gives the call up. Redirects are not followed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy

import requests
from requests.auth import AuthBase
from requests.utils import get_environ_proxies
from urllib3.exceptions import HTTPError

from dlt_action import __version__
from dlt_action.core.calls import Call
from dlt_action.core.reply import Answer, Fault, FaultKind, Reply
from dlt_action.edge.faults import fault_of
from dlt_action.edge.trust import TlsAdapter, origin, tls_context

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0

# A page of 1,000 events is about 1.2 MB; what is eight times that is a mistake or a
# decompression bomb.
LARGEST_BODY = 8 * 1024 * 1024
_PIECE = 64 * 1024

_LOOPBACK = frozenset({"127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where requests go and what they carry."""

    host: str  # the origin
    auth: AuthBase
    workspace_id: str | None = None
    ca_pem: str | None = None
    agent: tuple[str, ...] = ()  # more words for the User-Agent
    # By scheme. Their addresses may hold passwords.
    proxies: Mapping[str, str] = field(default_factory=dict, repr=False)


class Sender:
    """Exchanges calls over connections of its own; for one thread at a time."""

    def __init__(self, to: Destination, *, clock: Callable[[], float]) -> None:
        """Send to *to*; *clock* is monotonic seconds. Raises `ssl.SSLError`."""
        self._to = to
        self._clock = clock
        self._session = _session(to)

    def __call__(self, call: Call, within: float) -> Reply:
        """Exchange *call* in about so many seconds."""
        deadline = self._clock() + within
        if call.fresh:
            self._session.close()  # the pool's connections; the next is a new one
        try:
            with self._session.request(
                call.method.value,
                self._to.host + call.path,
                params=list(call.query),
                data=None if call.body is None else json.dumps(call.body),
                headers=self._headers(call),
                auth=self._to.auth,
                timeout=(min(CONNECT_SECONDS, within), min(READ_SECONDS, within)),
                allow_redirects=False,
                stream=True,
            ) as response:
                return self._read(response, deadline)
        except (requests.RequestException, HTTPError) as error:
            return fault_of(error)
        except (OSError, ValueError) as error:  # below requests, before its wrapping
            return Fault(FaultKind.BROKEN, type(error).__name__)

    def _headers(self, call: Call) -> dict[str, str]:
        headers = {"Accept": "application/json", "User-Agent": user_agent(self._to)}
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        if self._to.workspace_id is not None:
            headers["X-Databricks-Workspace-Id"] = self._to.workspace_id
        return headers

    def _read(self, response: requests.Response, deadline: float) -> Reply:
        pieces, size = [], 0
        # Not `iter_content`, which waits until a piece is full, drop by drop; as `read`
        # does, but before 2.2 urllib3 had nothing else.
        read = getattr(response.raw, "read1", response.raw.read)
        while piece := read(_PIECE, decode_content=True):
            pieces.append(piece)
            size += len(piece)
            if size > LARGEST_BODY:
                return Fault(FaultKind.OVERSIZED)
            if self._clock() > deadline:
                return Fault(FaultKind.READ_TIMEOUT, "the answer came too slowly")
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, b"".join(pieces))


def user_agent(to: Destination) -> str:
    """What the workspace's audit log shows of us."""
    python = ".".join(map(str, sys.version_info[:2]))
    words = (f"dlt-action/{__version__}", f"python/{python}", f"os/{sys.platform}")
    return " ".join((*words, *to.agent))


def environment_proxies(host: str) -> dict[str, str]:
    """The proxies that the environment names for *host*; none on loopback."""
    # There plain http is allowed, and a proxy would see the token in the clear.
    _, name, _ = origin(host)
    return {} if name in _LOOPBACK else get_environ_proxies(host)


class _Session(requests.Session):
    """A session that sees no redirects."""

    def get_redirect_target(self, _: requests.Response) -> None:
        """Say that there is none: even unfollowed, requests would read its body."""


def _session(to: Destination) -> requests.Session:
    session = _Session()
    # No netrc, no REQUESTS_CA_BUNDLE.
    session.trust_env = False
    session.proxies = dict(to.proxies)
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.mount("https://", TlsAdapter(tls_context(to.ca_pem)))
    return session
