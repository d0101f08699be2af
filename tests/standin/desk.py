"""A desk to sit at: a workspace, a clock moved by hand, and a plain client."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from dlt_action.standin import Request, Response, Workspace

START = 1_790_000_000.0
BEARER = {"Authorization": "Bearer dapi-standin"}

Answer: TypeAlias = dict[str, Any]


class Desk:
    """One workspace in virtual time, and requests to it as JSON."""

    def __init__(self, scenarios: Iterable[str] | None = None, **manners: Any) -> None:  # noqa: ANN401 -- whatever Workspace takes
        self.now = START
        self.lines: list[str] = []
        self.workspace = Workspace(
            clock=self.clock, scenarios=scenarios, log=self.lines.append, **manners
        )

    def clock(self) -> float:
        return self.now

    def path(self, name: str, rest: str = "") -> str:
        return f"/api/2.0/pipelines/{self.workspace.pipeline_id(name)}{rest}"

    def send(
        self, method: str, path: str, body: object = None, **query: object
    ) -> Response:
        sent = b"" if body is None else json.dumps(body).encode()
        asked = tuple((name, str(value)) for name, value in query.items())
        return self.workspace.handle(Request(method, path, asked, BEARER, sent))

    def ask(self, path: str, **query: object) -> Answer:
        response = self.send("GET", path, **query)
        assert response.status == 200, response.body
        return decoded(response)

    def refused(self, path: str, **query: object) -> tuple[int, str, str]:
        return refusal(self.send("GET", path, **query))

    def start(self, name: str, **fields: object) -> str:
        response = self.send("POST", self.path(name, "/updates"), fields)
        assert response.status == 200, response.body
        return str(decoded(response)["update_id"])

    def stop(self, name: str) -> Answer:
        return decoded(self.send("POST", self.path(name, "/stop")))

    def update(self, name: str, update_id: str) -> Answer:
        found = self.ask(self.path(name, f"/updates/{update_id}"))
        info: Answer = found["update"]
        return info

    def pipeline(self, name: str) -> Answer:
        return self.ask(self.path(name))

    def state(self, name: str) -> str:
        return str(self.pipeline(name)["latest_updates"][0]["state"])

    def pages(self, name: str, **query: object) -> Iterator[Answer]:
        page = self.ask(self.path(name, "/events"), **query)
        yield page
        while "next_page_token" in page:
            token = page["next_page_token"]
            page = self.ask(self.path(name, "/events"), page_token=token)
            yield page

    def events(self, name: str, **query: object) -> list[Answer]:
        pages = self.pages(name, **{"order_by": "timestamp asc", **query})
        return [event for page in pages for event in page.get("events", [])]

    def states(self, name: str, seconds: int, step: float = 1.0) -> list[str]:
        """The states of the newest update as somebody sees them who polls."""
        seen = [self.state(name)]
        for _ in range(int(seconds / step)):
            self.now += step
            found = self.state(name)
            if found != seen[-1]:
                seen.append(found)
        return seen


def decoded(response: Response) -> Answer:
    found: Answer = json.loads(response.body)
    return found


def refusal(response: Response) -> tuple[int, str, str]:
    body = decoded(response)
    return response.status, body["error_code"], body["message"]
