"""
The workspace behind a socket: HTTP/1.1 with keep-alive, or HTTPS.

One lock around `handle`: the workspace is a single thing, as the platform is for one
pipeline, at however many addresses it is served; and no handler takes long.
"""

from __future__ import annotations

import ssl
import sys
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from dlt_action.standin.faults import Dropped
from dlt_action.standin.wire import Request, Response
from dlt_action.standin.workspace import Workspace

# Longest that an idle connection is kept; real load balancers take minutes.
IDLE_SECONDS = 60


class Listener(ThreadingHTTPServer):
    """The socket that a workspace is served at, with a thread for each connection."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], workspace: Workspace) -> None:
        """Listen at *address*."""
        super().__init__(address, _Connection)
        self.workspace = workspace
        self.scheme = "http"

    def server_bind(self) -> None:
        """Bind, without HTTPServer's look-up of the host's name: it can hang."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "standin", self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 -- as socketserver has it
        """Report our own defects; a client that hangs up is not news."""
        # TLS failures are OSErrors too: whose fault they are, only clients know.
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "databricks"
    sys_version = ""
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True  # headers and body are two small writes
    server: Listener

    def log_message(self, *_: object) -> None:
        """Keep the log for what is worth reading."""

    def _exchange(self) -> None:
        length = int(self.headers.get("content-length", "0"))
        split = urlsplit(self.path)
        request = Request(
            self.command,
            unquote(split.path),
            tuple(parse_qsl(split.query, keep_blank_values=True)),
            {**self.headers, "x-forwarded-proto": self.server.scheme},
            self.rfile.read(length),
        )
        try:
            with self.server.workspace.lock:
                response = self.server.workspace.handle(request)
        except Dropped:
            self.close_connection = True
            return
        self._send(response)

    def _send(self, response: Response) -> None:
        # `send_response` would add a date of this machine's clock.
        self.send_response_only(response.status)
        self.send_header("server", self.server_version)
        length = {"content-length": str(len(response.body))}
        for name, value in {**length, **response.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(response.body)

    do_GET = do_POST = do_DELETE = _exchange  # noqa: N815 -- http.server's names
    do_PUT = do_PATCH = _exchange  # noqa: N815 -- likewise


class Server:
    """A served workspace; use as a context manager, or `close` it."""

    def __init__(self, listener: Listener) -> None:
        """Start to answer what comes in at *listener*."""
        host, port = listener.server_address[:2]
        self.url = f"{listener.scheme}://{host!s}:{port}"
        self._listener = listener
        self._thread = threading.Thread(
            target=listener.serve_forever, args=(0.05,), daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop listening; what is being answered is still answered."""
        self._listener.shutdown()
        self._listener.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        """It listens already."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()


def epoch_seconds() -> float:
    """The clock of a workspace that lives in real time: seconds since 1970."""
    return datetime.now(UTC).timestamp()


def serve(
    workspace: Workspace,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    cert: Path | str | None = None,
    key: Path | str | None = None,
) -> Server:
    """Serve *workspace* at `.url` of the result; with a certificate over HTTPS."""
    if cert is None:
        return Server(Listener((host, port), workspace))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    listener = Listener((host, port), workspace)
    listener.scheme = "https"
    # The handshake is left to the connection's thread: one silent client
    # must not keep others from being accepted.
    listener.socket = context.wrap_socket(
        listener.socket, server_side=True, do_handshake_on_connect=False
    )
    return Server(listener)
