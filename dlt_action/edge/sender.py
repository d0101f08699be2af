"""The calls of the API, made into requests to the workspace."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Mapping

from requests.auth import AuthBase

from dlt_action.core.calls import Call
from dlt_action.core.reply import Answer, Fault
from dlt_action.edge.channel import Channel, user_agent
from dlt_action.edge.trust import tls_context
from dlt_action.lean import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where requests go and what they carry, whoever sends them."""

    host: str  # the origin
    workspace_id: str | None = None
    agent: tuple[str, ...] = ()  # more words for the User-Agent
    # By scheme. Their addresses may hold passwords.
    proxies: Mapping[str, str] = field(default_factory=dict, repr=False)
    # One for all senders: each of its own would cost 0.7 MB, and there is a sender for
    # each call that is on its way.
    tls: ssl.SSLContext = field(default_factory=tls_context, repr=False)


class Sender:
    """Exchanges calls over connections of its own; for one thread at a time."""

    def __init__(self, to: Destination, *, clock: Callable[[], float]) -> None:
        """Send to *to*; *clock* is monotonic seconds."""
        self._to = to
        self._channel = Channel(to.tls, clock=clock)

    def __call__(self, call: Call, within: float, auth: AuthBase) -> Answer | Fault:
        """Exchange *call*, signed by *auth*, in about so many seconds."""
        if call.fresh:
            self._channel.reconnect()
        return self._channel.exchange(
            call.method.value,
            self._to.host + call.path,
            within=within,
            auth=auth,
            proxies=self._to.proxies,
            params=list(call.query),
            data=None if call.body is None else json.dumps(call.body),
            headers=self._headers(call),
        )

    def _headers(self, call: Call) -> dict[str, str]:
        agent = user_agent(self._to.agent)
        headers = {"Accept": "application/json", "User-Agent": agent}
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        if self._to.workspace_id is not None:
            headers["X-Databricks-Workspace-Id"] = self._to.workspace_id
        return headers
