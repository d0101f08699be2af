"""
Planting bugs: one function or constant of the program is replaced by a wrong one.

That is patching, which this suite does nowhere else. To see whether a bug is found,
it has to be there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Plant:
    """What is replaced by what."""

    where: object
    name: str
    what: object


Make: TypeAlias = Callable[[], tuple[Plant, ...]]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A planted bug, or a correct twin that only looks different."""

    name: str  # what the program does then
    make: Make
    seldom: int = 0  # a seed that is looked at first: before it nothing is found


@contextmanager
def planted(mutant: Mutant) -> Iterator[None]:
    """Run with *mutant* in the program."""
    plants = mutant.make()
    before = [getattr(one.where, one.name) for one in plants]
    try:
        for one in plants:
            setattr(one.where, one.name, one.what)
        yield
    finally:
        for one, original in zip(plants, before, strict=True):
            setattr(one.where, one.name, original)
