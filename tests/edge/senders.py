"""A real sender for a test, and calls to send."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import MappingProxyType

from dlt_action.core import calls
from dlt_action.core.model import PipelineId, UpdateId, UpdateRequest
from dlt_action.edge.sender import Destination, Sender
from dlt_action.edge.trust import Bearer

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
) -> Sender:
    """A sender to *host* whose token is the canary."""
    destination = Destination(
        host=host,
        auth=Bearer(CANARY, host),
        workspace_id=workspace_id,
        ca_pem=ca_pem,
        agent=("auth/pat",),
        proxies=proxies,
    )
    return Sender(destination, clock=time.monotonic)
