"""
One HTTP exchange: the only place that talks to anybody.

Every exchange ends in an answer or a fault (`core.exchange` decides what it means),
within its time: a read timeout bounds a single receive only, so a body is read as it
comes, against a deadline and up to a size. Headers that drip in are nobody's to bound
but the caller's, who gives the call up. Redirects are not followed.
"""

from __future__ import annotations

import ssl
import sys
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import unquote

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from requests.utils import get_environ_proxies
from urllib3.exceptions import HTTPError

from dlt_action import __version__
from dlt_action.core.reply import Answer, Fault, FaultKind
from dlt_action.edge.faults import fault_of
from dlt_action.edge.trust import TlsAdapter, origin

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0

# A page of 1,000 events is about 1.2 MB; what is eight times that is a mistake or a
# decompression bomb.
LARGEST_BODY = 8 * 1024 * 1024
_PIECE = 64 * 1024

_LOOPBACK = frozenset({"127.0.0.1", "::1"})


class Channel:
    """
    Connections, kept alive; each thread has its own.

    So what a thread sends to sign in goes over the connection that its calls use.
    """

    def __init__(self, tls: ssl.SSLContext, *, clock: Callable[[], float]) -> None:
        """Trust whom *tls* trusts; *clock* tells monotonic seconds."""
        self._clock = clock
        self._adapter: Callable[[], HTTPAdapter] = lambda: TlsAdapter(tls)
        self._own = threading.local()

    def mount(self, adapter: HTTPAdapter) -> None:
        """Exchange over *adapter* instead of the network."""
        self._adapter = lambda: adapter

    @property
    def _session(self) -> requests.Session:
        """That of this thread, which ends with it."""
        session: requests.Session | None = getattr(self._own, "session", None)
        if session is None:
            session = self._own.session = _session(self._adapter())
        return session

    def reconnect(self) -> None:
        """Let the next exchange of this thread go over a new connection."""
        self._session.close()  # the pool's connections

    def exchange(
        self,
        method: str,
        url: str,
        *,
        within: float,
        auth: AuthBase,
        proxies: Mapping[str, str],
        **content: Any,  # noqa: ANN401 - params, data, headers: as requests has them
    ) -> Answer | Fault:
        """Exchange one request in about *within* seconds."""
        deadline = self._clock() + within
        try:
            with self._session.request(
                method,
                url,
                auth=auth,
                proxies=dict(proxies),
                timeout=(min(CONNECT_SECONDS, within), min(READ_SECONDS, within)),
                allow_redirects=False,
                stream=True,
                **content,
            ) as response:
                return self._read(response, deadline)
        except (requests.RequestException, HTTPError) as error:
            return fault_of(error)
        except (OSError, ValueError) as error:  # below requests, before its wrapping
            return Fault(FaultKind.BROKEN, type(error).__name__)

    def _read(self, response: requests.Response, deadline: float) -> Answer | Fault:
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


def user_agent(more: tuple[str, ...]) -> str:
    """What audit logs show of us."""
    python = ".".join(map(str, sys.version_info[:2]))
    words = (f"dlt-action/{__version__}", f"python/{python}", f"os/{sys.platform}")
    return " ".join((*words, *more))


def environment_proxies(url: str) -> dict[str, str]:
    """The proxies that the environment names for *url*; none on loopback."""
    # There plain http is allowed, and a proxy would see the token in the clear.
    _, name, _ = origin(url)
    return {} if name in _LOOPBACK else get_environ_proxies(url)


def proxy_secrets(environ: Mapping[str, str]) -> Iterator[str]:
    """What signs in to the proxies that *environ* names, however it is written."""
    for name, address in environ.items():
        userinfo, at, _ = address.rpartition("@")
        if at and name.lower().endswith("_proxy"):
            said = userinfo.rpartition("://")[2]
            for one in {said, unquote(said)}:
                _, colon, password = one.partition(":")
                yield one
                if colon:
                    yield password
                # As requests codes it; of what is ASCII it is a form that is known.
                yield b64encode(one.encode("latin-1", "replace")).decode()


class _Session(requests.Session):
    """A session that sees no redirects."""

    def get_redirect_target(self, _: requests.Response) -> None:
        """Say that there is none: even unfollowed, requests would read its body."""


def _session(adapter: HTTPAdapter) -> requests.Session:
    session = _Session()
    # No netrc, no REQUESTS_CA_BUNDLE.
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.mount("https://", adapter)
    return session
