"""
A server below HTTP: each connection is treated as its script says.

For what no HTTP library would send. A script gets a `Peer`, the client's end of one
connection; what the client said is remembered in `Wire.requests`, one entry for each
request that was read to its end.
"""

from __future__ import annotations

import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self, TypeAlias

# What a client that has nothing more to say would wait for.
PATIENCE = 10.0


class Peer:
    """The client at the other end of a connection."""

    def __init__(self, wire: Wire, connection: socket.socket) -> None:
        self.wire = wire
        self.connection = connection

    def read(self) -> bytes:
        """One whole request, remembered; b"" if the client said nothing more."""
        raw = self._until(lambda raw: b"\r\n\r\n" in raw)
        head, blank, body = raw.partition(b"\r\n\r\n")
        if not blank:
            return b""
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        left = int(length[1]) - len(body) if length else 0
        raw += self._until(lambda more: len(more) >= left) if left > 0 else b""
        self.wire.requests.append(raw)
        return raw

    def _until(self, enough: Callable[[bytes], bool]) -> bytes:
        raw = b""
        while not enough(raw):
            more = self.connection.recv(65536)
            if not more:
                return raw
            raw += more
        return raw

    def send(self, raw: bytes) -> None:
        self.connection.sendall(raw)

    def answer(
        self, body: bytes = b"{}", status: str = "200 OK", *headers: str
    ) -> None:
        """Answer as a good server does, and keep the connection."""
        lines = (
            f"HTTP/1.1 {status}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            *headers,
        )
        self.send("\r\n".join((*lines, "", "")).encode() + body)

    def drip(self, raw: bytes, every: float) -> None:
        """Send *raw* byte by byte, until the test is over."""
        for byte in raw:
            self.send(bytes([byte]))
            if self.wire.over.wait(every):
                return

    def hang(self) -> None:
        """Keep the connection and say nothing more."""
        self.wire.over.wait(PATIENCE)

    def speak(self, tls: ssl.SSLContext) -> None:
        """Go on in TLS."""
        self.connection = tls.wrap_socket(self.connection, server_side=True)

    def tunnel(self, tls: ssl.SSLContext) -> None:
        """Be a proxy that lets the client through, and then the host behind it."""
        self.read()
        self.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        self.speak(tls)

    def reset(self) -> None:
        """Close with RST in place of FIN."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()


Script: TypeAlias = Callable[[Peer], None]


class Wire:
    """A listener on loopback that plays *script* with everybody who connects."""

    def __init__(
        self,
        script: Script,
        *,
        tls: ssl.SSLContext | None = None,
        address: str = "127.0.0.1",
    ) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self.over = threading.Event()
        self._script = script
        self._tls = tls
        self._listener = socket.create_server((address, 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'http' if tls is None else 'https'}://{address}:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(
                    target=self._play, args=(connection,), daemon=True
                ).start()

    def _play(self, connection: socket.socket) -> None:
        connection.settimeout(PATIENCE)
        peer = Peer(self, connection)
        with suppress(OSError):  # the client hung up, which is its right
            if self._tls is not None:
                peer.speak(self._tls)
            self._script(peer)
        peer.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.over.set()
        # A thread in accept() holds a listener that is only closed.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def keep_answering(peer: Peer) -> None:
    """The script of a good server: `{}` to every request."""
    while peer.read():
        peer.answer()


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
