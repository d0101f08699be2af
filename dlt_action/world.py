"""What a story acts on, handed in: real in the program, played in tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from dlt_action.edge.ci import Dialect
from dlt_action.edge.line import Line
from dlt_action.edge.writer import Writer
from dlt_action.lean import dataclass


@dataclass(frozen=True, slots=True)
class Desk:
    """Where things are told, handed in."""

    ci: Dialect
    writer: Writer
    root: Path  # the checkout, for report-dir


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything outside that a run acts on, handed in."""

    line: Line
    desk: Desk
    wall: Callable[[], datetime]
    chance: Callable[[], float]
    began: float  # monotonic seconds: when the process started
    # Random text of at most 64 letters, digits and hyphens: none comes a second time.
    token: Callable[[], str]
    explain: Callable[[Exception], None] = lambda _: None  # a bug, to who debugs

    @property
    def began_at(self) -> datetime:
        """The wall clock at `began`."""
        return self.wall() - timedelta(seconds=self.line.now() - self.began)
