"""
A proxy for HTTPS: leads the names of the real world to listeners of a test.

A client that is told of it (`HTTPS_PROXY`) asks it for `CONNECT name:443` and then
speaks TLS with whom it was led to, who has a certificate for that name. So the client
talks to `https://login.microsoftonline.com` for all that it can know. What it says to
the proxy itself is kept: it should be nothing but the name.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from socketserver import BaseRequestHandler, ThreadingTCPServer
from types import TracebackType
from typing import Self, TypeAlias
from urllib.parse import urlsplit

Address: TypeAlias = tuple[str, int]

# Longest that either side may be silent; no test waits that long for anything.
PATIENCE = 30.0
LONGEST_HEAD = 65_536


def at(url: str) -> Address:
    """Where a server listens, from its URL."""
    split = urlsplit(url)
    assert split.hostname is not None
    assert split.port is not None
    return split.hostname, split.port


@dataclass(frozen=True, slots=True)
class Asked:
    """One CONNECT: for what, and all that was said in the clear."""

    target: str
    head: bytes


class _Listener(ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self, tunnel: Tunnel) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.tunnel = tunnel


class _Connection(BaseRequestHandler):
    server: _Listener
    request: socket.socket

    def handle(self) -> None:
        """Read one request, and be a pipe from then on."""
        with suppress(OSError):
            self.request.settimeout(PATIENCE)
            self._serve(self.server.tunnel)

    def _serve(self, tunnel: Tunnel) -> None:
        head, early = self._head()
        words = head.split(b"\r\n")[0].split(b" ")
        if len(words) != 3 or words[0] != b"CONNECT":
            if head:
                tunnel.plain.append(head + early)
                self._refuse("405 Method Not Allowed")
            return
        target = words[1].decode("latin-1")
        tunnel.asked.append(Asked(target, head))
        where = tunnel.lead(target)
        if where is None:
            self._refuse(tunnel.refusal)
            return
        try:
            beyond = socket.create_connection(where, timeout=PATIENCE)
        except OSError:
            self._refuse("502 Bad Gateway")
            return
        with beyond:
            self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            beyond.sendall(early)
            back = threading.Thread(
                target=_pump, args=(beyond, self.request), daemon=True
            )
            back.start()
            _pump(self.request, beyond)
            back.join(PATIENCE)

    def _head(self) -> tuple[bytes, bytes]:
        """What is in the clear, to its blank line, and what came along behind it."""
        raw = b""
        while b"\r\n\r\n" not in raw and len(raw) < LONGEST_HEAD:
            more = self.request.recv(4096)
            if not more:
                break
            raw += more
        head, blank, early = raw.partition(b"\r\n\r\n")
        return head + blank, early

    def _refuse(self, status: str) -> None:
        head = f"HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        self.request.sendall(head.encode())


def _pump(source: socket.socket, sink: socket.socket) -> None:
    """Pass on all that comes, and then that nothing comes any more."""
    with suppress(OSError):
        while piece := source.recv(65_536):
            sink.sendall(piece)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


class Tunnel:
    """
    The proxy; a context manager that listens at `url` as soon as it is made.

    *targets* leads names (`name`, or `name:port` if the port is not 443) to listeners;
    *default* takes all others, and without one they get *refusal*. `asked` has every
    CONNECT, `plain` every request that was none: those are refused.
    """

    def __init__(
        self,
        targets: Mapping[str, Address] | None = None,
        *,
        default: Address | None = None,
        refusal: str = "403 Forbidden",
    ) -> None:
        self.asked: list[Asked] = []
        self.plain: list[bytes] = []
        self.refusal = refusal
        self._targets = dict({} if targets is None else targets)
        self._default = default
        self._listener = _Listener(self)
        host, port = self._listener.server_address[:2]
        self.url = f"http://{host!s}:{port}"
        self._thread = threading.Thread(
            target=self._listener.serve_forever, args=(0.05,), daemon=True
        )
        self._thread.start()

    @property
    def names(self) -> set[str]:
        """Whom somebody wanted to talk to."""
        return {each.target for each in self.asked}

    def lead(self, target: str) -> Address | None:
        """Where `name:port` is led to."""
        found = self._targets.get(target.removesuffix(":443"))
        return self._default if found is None else found

    def close(self) -> None:
        """Let nobody else in; who is through stays so."""
        self._listener.shutdown()
        self._listener.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
