"""
The route table: one line a route, `{name}` takes one segment of the path.

In `{name:pattern}` it takes what the pattern does.
To add a route, write a handler (a `Call` in, JSON out or a `Refusal` raised)
and add its line here. An unknown route says on the log what to add.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from dlt_action.standin import (
    admission,
    ci,
    discovery,
    entra,
    events,
    oauth,
    pipelines,
    updates,
)
from dlt_action.standin.jobs import definitions, handling
from dlt_action.standin.wire import Json, Response
from dlt_action.standin.world import Call

Handler: TypeAlias = Callable[[Call], "Json | Response"]

_NAMED = re.compile(r"{(\w+)(?::([^}]+))?}")


def _group(found: re.Match[str]) -> str:
    return f"(?P<{found[1]}>{found[2] or '[^/]+'})"


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path, and who answers."""

    method: str
    path: str
    handler: Handler
    public: bool = False  # answered without credentials

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """The ids in *path*, or `None` if it is not this route's."""
        if method != self.method:
            return None
        found = re.fullmatch(_NAMED.sub(_group, self.path), path)
        return None if found is None else found.groupdict()


PIPELINES = "/api/2.0/pipelines"
PIPELINE = PIPELINES + "/{pipeline_id}"
JOBS = "/api/{version:2[.][0-2]}/jobs"
OAUTH = "/oidc/.well-known/oauth-authorization-server"
DEVOPS = "/_ci/azure-devops/{project}/_apis/distributedtask/hubs/{hub}"

ROUTES = (
    Route("GET", "/.well-known/databricks-config", discovery.config, public=True),
    Route("GET", OAUTH, discovery.authorization_server, public=True),
    Route("POST", "/oidc/v1/token", oauth.token, public=True),
    Route("GET", "/aad/auth", entra.find_tenant, public=True),
    Route("GET", "/oidc/oauth2/v2.0/authorize", entra.find_tenant_v2, public=True),
    Route("POST", "/{tenant}/oauth2/token", entra.token, public=True),
    Route("GET", ci.GITHUB_PATH, ci.github, public=True),
    Route(
        "POST",
        DEVOPS + "/plans/{plan}/jobs/{job}/oidctoken",
        ci.azure_devops,
        public=True,
    ),
    Route("GET", "/api/2.0/preview/scim/v2/Me", admission.me),
    Route("GET", PIPELINES, pipelines.list_pipelines),
    Route("GET", PIPELINE, pipelines.get_pipeline),
    Route("DELETE", PIPELINE, pipelines.delete_pipeline),
    Route("POST", PIPELINE + "/stop", pipelines.stop_pipeline),
    Route("GET", PIPELINE + "/events", events.list_events),
    Route("GET", PIPELINE + "/updates", updates.list_updates),
    Route("POST", PIPELINE + "/updates", updates.start_update),
    Route("GET", PIPELINE + "/updates/{update_id}", updates.get_update),
    Route("POST", JOBS + "/create", definitions.create_job),
    Route("GET", JOBS + "/get", definitions.get_job),
    Route("GET", JOBS + "/list", definitions.list_jobs),
    Route("POST", JOBS + "/reset", definitions.reset_job),
    Route("POST", JOBS + "/update", definitions.update_job),
    Route("POST", JOBS + "/delete", definitions.delete_job),
    Route("POST", JOBS + "/run-now", handling.run_now),
    Route("POST", JOBS + "/runs/submit", handling.submit),
    Route("GET", JOBS + "/runs/get", handling.get_run),
    Route("GET", JOBS + "/runs/get-output", handling.get_output),
    Route("GET", JOBS + "/runs/list", handling.list_runs),
    Route("POST", JOBS + "/runs/cancel", handling.cancel),
    Route("POST", JOBS + "/runs/cancel-all", handling.cancel_all),
    Route("POST", JOBS + "/runs/delete", handling.delete_run),
    Route("POST", JOBS + "/runs/repair", handling.repair),
)


def find(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The route of a request and the ids in its path."""
    for route in ROUTES:
        ids = route.match(method, path)
        if ids is not None:
            return route, ids
    return None


_ID = re.compile(r"(?<=/)(?:[0-9a-f]{8}-[0-9a-f-]{27}|\d+)(?=/|$)")


def stub(method: str, path: str) -> str:
    """What to paste so that an unknown route is known."""
    route = _ID.sub("{id}", path)
    name = re.sub(r"\W+", "_", route.removeprefix("/api/")).strip("_")
    return (
        f"no route for {method} {path}; add to ROUTES in standin/routes.py:\n"
        f'    Route("{method}", "{route}", handler),\n'
        "and a handler:\n"
        f"    def {method.lower()}_{name}(call: Call) -> Json:\n"
        f'        """{method} {route}."""\n'
        "        return {}"
    )
