"""
Where a client can be led: to the workspace, or to what is broken on the way to it.

All doors lead into one service, so what was seen behind any of them is counted once.
"""

from __future__ import annotations

import select
import socket
import ssl
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from dlt_action.edge.line import Exchange
from tests.edge.authority import Authority
from tests.edge.conformance.faults import Door
from tests.edge.conformance.service import Service
from tests.edge.senders import sender
from tests.edge.wires import Peer, Wire

BEHIND_A_PROXY = "https://workspace.example.com"
STRANGER = "127.0.0.2"  # who listens there, where redirects point, may see nobody


class Certificates:
    """What the doors in TLS show, made once."""

    def __init__(self, folder: Path) -> None:
        """Keep the files in *folder*."""
        self._authority = Authority(folder)
        self._made: dict[Door, ssl.SSLContext] = {}

    @property
    def pem(self) -> str:
        """The authority that is believed."""
        return self._authority.pem

    def of(self, door: Door) -> ssl.SSLContext:
        """The context of the server behind *door*."""
        if door not in self._made:
            self._made[door] = self._make(door)
        return self._made[door]

    def _make(self, door: Door) -> ssl.SSLContext:
        match door:
            case Door.TLS_EXPIRED:
                return self._authority.server(days=(-3, -1))
            case Door.TLS_FUTURE:
                return self._authority.server(days=(1, 3))
            case Door.TLS_NAME:
                return self._authority.server("127.0.0.9")
            case Door.TUNNEL:
                return self._authority.server("workspace.example.com")
            case Door.TLS_CLIENT_CERT:
                context = self._authority.server()
                context.verify_mode = ssl.CERT_REQUIRED
                context.load_verify_locations(cadata=self.pem)
                return context
            case _:
                return self._authority.server()


class House:
    """The doors of one service, and one client of ours for each that it is led to."""

    def __init__(self, service: Service, certificates: Certificates) -> None:
        """Open none yet."""
        self._service = service
        self._certificates = certificates
        self._open = ExitStack()
        self._wires: dict[Door, Wire] = {}
        self._senders: dict[Door, Exchange] = {}
        port = self._wire(Door.PLAIN).port
        stranger = socket.create_server((STRANGER, port))
        self._stranger = self._open.enter_context(stranger)

    @property
    def strayed(self) -> bool:
        """Whether anything reached the stranger."""
        return bool(select.select([self._stranger], [], [], 0)[0])

    def sender(self, door: Door) -> Exchange:
        """The client that is led to *door*."""
        if door not in self._senders:
            self._senders[door] = self._make(door)
        return self._senders[door]

    def forget(self, door: Door) -> None:
        """Take another client from now on: this one is still busy."""
        self._senders.pop(door)

    def knocked(self, door: Door) -> int:
        """How often somebody connected there."""
        wire = self._wires.get(door)
        return 0 if wire is None else wire.connections

    def _make(self, door: Door) -> Exchange:
        tls = self._certificates
        match door:
            case Door.UNSENDABLE | Door.NOWHERE | Door.CLOSED | Door.FULL:
                return sender(self._address(door))
            case Door.NO_PROXY:
                proxy = self._address(Door.CLOSED)
                return sender(BEHIND_A_PROXY, proxies={"https": proxy})
            case Door.PLAIN:
                return sender(self._wires[door].url)
            case Door.TUNNEL:
                proxies = {"https": self._wire(door).url}
                return sender(BEHIND_A_PROXY, proxies=proxies, ca_pem=tls.pem)
            case Door.TLS_SPOKEN_PLAIN:
                return sender(self._wire(door).url.replace("http://", "https://"))
            case _:
                known = door is not Door.TLS_STRANGER
                url = self._wire(door, tls.of(door)).url
                return sender(url, ca_pem=tls.pem if known else None)

    def _address(self, door: Door) -> str:
        """An address at which there is nobody."""
        match door:
            case Door.UNSENDABLE:
                return "ftp://127.0.0.1"
            case Door.NOWHERE:
                return "https://no-such-workspace.invalid"
            case Door.FULL:
                return f"http://127.0.0.1:{self._full_port}"
            case _:
                return f"http://127.0.0.1:{self._taken_port}"

    def _wire(self, door: Door, tls: ssl.SSLContext | None = None) -> Wire:
        script = self._tunnel if door is Door.TUNNEL else self._service.serve
        self._wires[door] = self._open.enter_context(Wire(script, tls=tls))
        return self._wires[door]

    def _tunnel(self, peer: Peer) -> None:
        planned = self._service.armed
        if planned is None or not planned.fault.early:
            peer.tunnel(self._certificates.of(Door.TUNNEL))
        self._service.serve(peer)

    @cached_property
    def _taken_port(self) -> int:
        # Bound, so that it is nobody else's, and nobody listens.
        taken = self._open.enter_context(socket.socket())
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port

    @cached_property
    def _full_port(self) -> int:
        # A queue of one, which somebody who is never taken in fills.
        listener = self._open.enter_context(socket.create_server(("127.0.0.1", 0)))
        listener.listen(0)
        port: int = listener.getsockname()[1]
        for _ in range(2):
            waiting = self._open.enter_context(socket.socket())
            waiting.setblocking(False)  # noqa: FBT003 - positional only
            waiting.connect_ex(("127.0.0.1", port))
        return port

    def __enter__(self) -> Self:
        """Let somebody in."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close all doors."""
        self._open.close()
