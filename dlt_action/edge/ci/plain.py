"""No CI that we know: everything is said in the log, in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from dlt_action.core.record import Grade
from dlt_action.core.text import one_line
from dlt_action.edge.writer import Writer


class Plain:
    """The dialect of a terminal, a cron job, or a CI without one of its own."""

    def __init__(self, writer: Writer) -> None:
        """Say everything through *writer*."""
        self._writer = writer

    def mask(self, secret: str) -> None:
        """Hide *secret* from now on."""
        self._writer.hide(secret)

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        """Say *title*, and then what is said inside."""
        self._writer.say(one_line(title))
        yield

    def annotate(
        self,
        grade: Grade,
        message: str,
        *,
        title: str,
        file: str | None = None,
        line: int | None = None,
    ) -> None:
        """Do nothing: the log has said it, and there is no other place."""

    def outputs(self, values: Mapping[str, str]) -> None:
        """
        Say each of *values* that is not blank as `name=value`, the value in JSON.

        Not those of an unfinished run: no step follows that could read them.
        """
        if values.get("result") == "unfinished":
            return
        self._writer.block(
            f"{name}={json.dumps(value, ensure_ascii=False)}"
            for name, value in values.items()
            if value not in ("", "[]")
        )

    def state(self, values: Mapping[str, str]) -> None:
        """Do nothing: there is no post step."""

    def summary(self, markdown: str) -> None:
        """Do nothing: `report-dir` is where it can be kept."""
