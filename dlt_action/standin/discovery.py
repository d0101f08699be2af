"""What a workspace tells anybody who asks, before any sign-in."""

from __future__ import annotations

from dlt_action.standin.eventlog import ORG_ID
from dlt_action.standin.wire import Json
from dlt_action.standin.world import Call


def config(call: Call) -> Json:
    """GET /.well-known/databricks-config: where and what this workspace is."""
    host = call.request.header("host")
    scheme = call.request.header("x-forwarded-proto")
    base = f"{'http' if scheme is None else scheme}://{host}"
    return {
        "oidc_endpoint": f"{base}/oidc",
        "workspace_id": str(ORG_ID),
        "cloud": "AWS",
    }
