"""A real sender for a test, and calls to send."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import MappingProxyType

from dlt_action.core import calls
from dlt_action.core.model import PipelineId, UpdateId, UpdateRequest
from dlt_action.core.reply import Reply
from dlt_action.core.signin.schemes import Pat
from dlt_action.core.signin.steps import Ask, Text
from dlt_action.edge.auth.playing import Player
from dlt_action.edge.auth.signed import Passes, Signed
from dlt_action.edge.channel import Channel
from dlt_action.edge.sender import Destination, Sender
from dlt_action.edge.trust import tls_context

CANARY = "dapi-canary-0123456789abcdef"
PIPELINE = PipelineId("a12cd3e4-0ab1-4abc-8a2b-1a2bcd3e4f05")
UPDATE = UpdateId("0f0e0d0c-0b0a-4900-8807-060504030201")

READ = calls.get_pipeline(PIPELINE)
START = calls.start_update(PIPELINE, UpdateRequest())

NO_PROXIES: Mapping[str, str] = MappingProxyType({})


def sender(
    host: str,
    *,
    ca_pem: str | None = None,
    proxies: Mapping[str, str] = NO_PROXIES,
    workspace_id: str | None = None,
) -> Signed:
    """A sender to *host* whose token is the canary."""
    destination = Destination(
        host=host,
        workspace_id=workspace_id,
        agent=("auth/pat",),
        proxies=proxies,
    )
    channel = Channel(tls_context(ca_pem), clock=time.monotonic)
    return signed(Sender(destination, channel), host)


def signed(send: Sender, host: str, token: str = CANARY) -> Signed:
    """*send*, with a token that needs nobody to be asked."""

    def player() -> Player:
        return Player(ask=_nobody, hide=_no_mask, read=_no_file, clock=time.monotonic)

    return Signed(send, Passes(Pat(token), host, player, clock=time.monotonic))


def _nobody(ask: Ask, within: float) -> Reply:
    raise AssertionError(ask, within)


def _no_mask(_: str) -> None:
    """Nobody looks."""


def _no_file(path: str) -> Text:
    raise AssertionError(path)
