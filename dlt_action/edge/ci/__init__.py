"""
Where a run tells what came of it: one interface, a module for each kind of CI.

A dialect knows where outputs and the summary go and which markers the log of its CI
understands. It decides nothing: what to say is in `dlt_action.reports`.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from secrets import token_hex
from typing import Protocol

from dlt_action.core.text import Grade
from dlt_action.edge.ci.github import GitHub
from dlt_action.edge.ci.plain import Plain
from dlt_action.edge.writer import Writer


class Dialect(Protocol):
    """What every kind of CI is asked for."""

    def mask(self, secret: str) -> None:
        """Hide *secret* and its encodings; to be called before its first use."""
        ...

    def group(self, title: str) -> AbstractContextManager[None]:
        """Fold what is said inside under *title*, where the log can fold."""
        ...

    def annotate(
        self,
        grade: Grade,
        message: str,
        *,
        title: str,
        file: str | None = None,
        line: int | None = None,
    ) -> None:
        """Show *message* outside of the log too, where there is such a place."""
        ...

    def outputs(self, values: Mapping[str, str]) -> None:
        """
        Hand *values* to the following steps; a later value of a name wins.

        Raises `OutputsUnwritable`.
        """
        ...

    def state(self, values: Mapping[str, str]) -> None:
        """
        Hand *values* to the post step; a later value of a name wins.

        Raises `OutputsUnwritable`.
        """
        ...

    def summary(self, markdown: str) -> None:
        """Publish *markdown* as the step summary; a failure is a warning only."""
        ...


def on_github(environ: Mapping[str, str]) -> bool:
    """Whether a GitHub runner (or one that plays it) started us."""
    return environ.get("GITHUB_ACTIONS") == "true"


def choose(environ: Mapping[str, str], writer: Writer) -> Dialect:
    """The dialect of the CI that *environ* describes."""
    if on_github(environ):
        return GitHub(environ, writer, nonce=token_hex)
    return Plain(writer)
