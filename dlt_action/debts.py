"""Handing over what is owed, to what survives this process."""

from __future__ import annotations

from collections.abc import Sequence

from dlt_action.core.owed import Owed, written
from dlt_action.errors import OutputsUnwritable
from dlt_action.world import Desk


class Debts:
    """What is owed, as it was handed over last: each debt once more when it changes."""

    def __init__(self, desk: Desk) -> None:
        """Hand over at *desk*; nothing was until now."""
        self.desk = desk
        self._known: dict[int, Owed] = {}
        self._many = 0

    def write(self, debts: Sequence[Owed]) -> None:
        """Hand over *debts*. Raises `OutputsUnwritable`."""
        numbered = dict(enumerate(debts, start=1))
        fresh = {n: one for n, one in numbered.items() if self._known.get(n) != one}
        if fresh or self._many != len(debts):
            self.desk.ci.state(written(fresh, len(debts)))
            self._known.update(fresh)
            self._many = len(debts)

    def owe(self, debts: Sequence[Owed]) -> None:
        """Hand over *debts*; that they cannot be is a warning."""
        try:
            self.write(debts)
        except OutputsUnwritable as error:
            # What was written before is still there, and proves itself before it acts.
            self.desk.writer.say(f"warning: {error}")
