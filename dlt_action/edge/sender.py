"""The calls of the API, made into requests to the workspace."""

from __future__ import annotations

import json
from collections.abc import Mapping

from requests.auth import AuthBase

from dlt_action.core.calls import Call
from dlt_action.core.reply import Answer, Fault
from dlt_action.edge.channel import Channel, user_agent
from dlt_action.lean import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where requests go and what they carry, whoever sends them."""

    host: str  # the origin
    workspace_id: str | None = None
    agent: tuple[str, ...] = ()  # more words for the User-Agent
    # By scheme. Their addresses may hold passwords.
    proxies: Mapping[str, str] = field(default_factory=dict, repr=False)


class Sender:
    """Exchanges calls."""

    def __init__(self, to: Destination, channel: Channel) -> None:
        """Send to *to*, over *channel*."""
        self._to = to
        self._channel = channel

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
