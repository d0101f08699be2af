"""A CI that remembers what was written when; a log that is read while it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import StringIO

from dlt_action.core.text import Grade
from dlt_action.errors import OutputsUnwritable
from tests.sim.agenda import Agenda


class SimCi:
    """A `Dialect` in memory; writing may fail from some moment on."""

    def __init__(
        self,
        agenda: Agenda,
        *,
        broken_from: int | None,
        state_broken_from: int | None,
    ) -> None:
        """Writing outputs, or state, fails from the so many-th time on."""
        self._agenda = agenda
        self._broken_from = broken_from
        self._state_broken_from = state_broken_from
        self.after_write: Callable[[int], None] = lambda _: None
        self.early: list[str] = []  # ids that were written before they were kept
        self._writes = 0
        self.known: set[str] = set()  # update ids that were written, ever
        self.kept_once: set[str] = set()  # and those that were kept in the state
        self.written: list[tuple[float, dict[str, str]]] = []
        self.kept: dict[str, str] = {}
        self.keepings: list[tuple[float, dict[str, str]]] = []
        self.failed = False
        self.state_failed = False
        self.note: Callable[[str], None] | None = None

    def mask(self, secret: str) -> None:
        """See `Dialect`."""

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        """See `Dialect`."""
        del title
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
        """See `Dialect`."""

    def outputs(self, values: Mapping[str, str]) -> None:
        """See `Dialect`."""
        if self._broken_from is not None and len(self.written) >= self._broken_from:
            self.failed = True
            raise OutputsUnwritable("disk full.")
        self.written.append((self._agenda.now, dict(values)))
        name = values.get("update-id", "")
        self.known.add(name)
        if name and name not in self.kept_once and not self.state_failed:
            self.early.append(name)
        if self.note is not None:
            self.note(f"outputs: {values.get('result')} {name}")
        self._wrote()

    def state(self, values: Mapping[str, str]) -> None:
        """See `Dialect`."""
        broken = self._state_broken_from
        if broken is not None and len(self.keepings) >= broken:
            self.state_failed = True
            raise OutputsUnwritable("disk full.")
        self.kept.update(values)
        self.kept_once.add(values.get("update_id", ""))
        self.keepings.append((self._agenda.now, dict(values)))
        if self.note is not None:
            self.note(f"state: {dict(values)}")
        self._wrote()

    def _wrote(self) -> None:
        self._writes += 1
        self.after_write(self._writes)

    def summary(self, markdown: str) -> None:
        """See `Dialect`."""

    def has_written(self, name: str) -> bool:
        """Whether any output that was written tells of *name*."""
        return name in self.known or any(
            name in text for _, values in self.written for text in values.values()
        )

    @property
    def values(self) -> dict[str, str]:
        """The outputs as a later step sees them."""
        merged: dict[str, str] = {}
        for _, values in self.written:
            merged.update(values)
        return merged


class SimLog(StringIO):
    """The log's stream; *look* sees each piece before it is there."""

    def __init__(self, look: Callable[[str], None]) -> None:
        super().__init__()
        self._look = look

    def write(self, text: str) -> int:
        """Write *text*."""
        self._look(text)
        return super().write(text)
