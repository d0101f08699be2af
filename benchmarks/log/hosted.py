"""The updates of a fleet over HTTPS and in real time, packed as a workspace packs."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from benchmarks.log.fleet import Fleet
from benchmarks.log.scripted import ScriptedLog
from benchmarks.served import Trust
from dlt_action.core.calls import Call, Method
from dlt_action.core.reply import Answer

_PACKED = 512  # bytes; what is smaller is sent as it is


class _Hosted(Fleet):
    """Lives by the clock of the machine."""

    def __init__(self, pipelines: int, log: ScriptedLog) -> None:
        super().__init__(pipelines, log)
        self.lock = threading.Lock()
        self._began_at = monotonic()

    def answer(self, call: Call) -> Answer:
        with self.lock:
            self._now = monotonic() - self._began_at
            return super().answer(call)


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128  # fifty clients come at once
    fleet: _Hosted

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as socketserver has it
        """Say nothing: a client that has ended hangs up."""


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Listener

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _exchange(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", "0")))
        split = urlsplit(self.path)
        query = tuple(parse_qsl(split.query))
        method = Method(self.command)
        call = Call(what="", method=method, path=split.path, query=query)
        answer = self.server.fleet.answer(call)
        headers, body = dict(answer.headers), answer.body
        if len(body) > _PACKED:
            headers["content-encoding"], body = "gzip", gzip.compress(body, 1)
        self.send_response_only(answer.status)
        for name, value in {**headers, "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _exchange  # noqa: N815 - http.server's names


@contextmanager
def hosted(
    pipelines: int, log: ScriptedLog, believed: Trust
) -> Iterator[tuple[Fleet, str]]:
    """A fleet that is served, and its address."""
    listener = _Listener(("127.0.0.1", 0), _Connection)
    listener.fleet = _Hosted(pipelines, log)
    listener.socket = believed.shown.wrap_socket(
        listener.socket, server_side=True, do_handshake_on_connect=False
    )
    thread = threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield listener.fleet, f"https://127.0.0.1:{listener.server_port}"
    finally:
        listener.shutdown()
        listener.server_close()
