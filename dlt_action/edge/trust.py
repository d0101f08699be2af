"""
Who is believed, and who is told the token.

`requests` takes more from its surroundings than people know: a `.netrc` replaces the
Authorization header, REQUESTS_CA_BUNDLE replaces the authorities, a redirect carries
custom headers to strangers. So nothing is taken from the environment but proxies, the
credentials are an `AuthBase` that looks where the request goes, and authorities are
those of certifi and of the input `ca-bundle`: for a proxy too, if it is `https://`.
"""

from __future__ import annotations

import re
import ssl
import threading
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakSet

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.util.ssl_ import create_urllib3_context

_CERTIFICATE = re.compile(
    r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]*-----END CERTIFICATE-----", re.ASCII
)

_PORTS = {"https": 443, "http": 80}

# Those that have certifi's authorities already, and who adds them is at it alone.
_complete: WeakSet[ssl.SSLContext] = WeakSet()
_completing = threading.Lock()


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port of *url*, the port filled in."""
    parts = urlsplit(url)
    port = parts.port if parts.port is not None else _PORTS.get(parts.scheme)
    return parts.scheme, (parts.hostname or "").lower(), port


class Carried(AuthBase):
    """Headers that are attached for one origin only."""

    def __init__(self, headers: Iterable[tuple[str, str]], url: str) -> None:
        """Attach *headers* to requests for the origin of *url*."""
        self._headers = tuple(headers)
        self._origin = origin(url)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Attach them, unless the request goes elsewhere."""
        if request.url is not None and origin(request.url) == self._origin:
            request.headers.update(dict(self._headers))
        return request


def tls_context(ca_pem: str | None = None) -> ssl.SSLContext:
    """
    A context that trusts those in *ca_pem* too; `TlsAdapter` adds certifi's to it.

    Raises `ssl.SSLError` where *ca_pem* holds no certificate that can be read.
    """
    context = create_urllib3_context()
    # From Python 3.13 on, strict by default: that refuses the authorities of many
    # companies (no key identifiers), and what holds would depend on the interpreter.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if ca_pem is not None:
        # Only the certificates: OpenSSL takes ASCII, and comments are in any language.
        found = "\n".join(_CERTIFICATE.findall(ca_pem))
        context.load_verify_locations(cadata=found)
    return context


class TlsAdapter(HTTPAdapter):
    """An adapter with one TLS context for all its connections, and no retries."""

    def __init__(self, context: ssl.SSLContext) -> None:
        """Use *context*; repeating a request is decided elsewhere."""
        self._context = context
        super().__init__(max_retries=0)

    def cert_verify(self, conn: Any, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as requests declares it
        """
        Have the file of the authorities read once. See `HTTPAdapter`.

        It takes 17 ms, and urllib3 would do it anew for each connection, although the
        context knows them all by then.
        """
        super().cert_verify(conn, *args, **kwargs)  # type: ignore[no-untyped-call] # of old stubs
        if conn.ca_certs is None:
            return
        with _completing:
            if self._context not in _complete:
                self._context.load_verify_locations(conn.ca_certs)
                _complete.add(self._context)
        conn.ca_certs = None

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as requests declares it
        """Hand the context to the pool. See `HTTPAdapter`."""
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:  # noqa: ANN401 - as requests declares it
        """
        Hand the context to a proxy, and to the pool behind it. See `HTTPAdapter`.

        For a proxy that speaks TLS urllib3 would make a context of its own otherwise,
        which believes whom SSL_CERT_FILE names, and it is told the proxy's password.
        """
        if not proxy.lower().startswith("socks"):  # speaks none, and takes none
            kwargs["proxy_ssl_context"] = self._context
        return super().proxy_manager_for(proxy, ssl_context=self._context, **kwargs)
