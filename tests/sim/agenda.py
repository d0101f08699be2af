"""Virtual time: what happens when. It passes only when somebody waits."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable, Sequence
from math import inf
from typing import TypeVar

T = TypeVar("T")

EPOCH = 1_790_000_000.0  # the true wall clock at virtual time 0


class Agenda:
    """What is going to happen, in order of time, and in order of planning in a tie."""

    def __init__(self) -> None:
        self.now = 0.0
        self._order = itertools.count()
        self._due: list[tuple[float, int, Callable[[], None]]] = []

    def at(self, when: float, do: Callable[[], None]) -> None:
        """Plan *do* for *when*; never, if that is infinite."""
        if when < inf:
            heapq.heappush(self._due, (max(when, self.now), next(self._order), do))

    def step(self, until: float) -> bool:
        """Let the next thing happen, if it does by *until*; whether it did."""
        if not self._due or self._due[0][0] > until:
            self.now = max(self.now, until)
            return False
        when, _, do = heapq.heappop(self._due)
        self.now = max(self.now, when)
        do()
        return True

    def run_until(self, until: float) -> None:
        """Let everything happen that does by *until*."""
        while self.step(until):
            pass


class Dice:
    """Chance from a seed, in the words that a schedule needs."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed).random  # noqa: S311 - a replay, no secret

    def often(self, share: float) -> bool:
        """Yes in that share of the cases."""
        return self.random() < share

    def between(self, low: float, high: float) -> float:
        """A number from *low* to *high*."""
        return low + (high - low) * self.random()

    def number(self, low: int, high: int) -> int:
        """A whole number from *low* to *high*, both included."""
        return low + int((high - low + 1) * self.random())

    def one_of(self, choices: Sequence[T]) -> T:
        """One of *choices*; what is there twice is twice as likely."""
        return choices[int(len(choices) * self.random())]
