"""
What was found of ways to sign in: who is marked by which secret, and from where.

A secret goes with the id that was given beside it, on its own level, if one was; else
with the strongest there is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from dlt_action.core.signin.kinds import AuthType
from dlt_action.core.signin.schemes import Scheme
from dlt_action.errors import InputProblem
from dlt_action.lean import dataclass, field
from dlt_action.settings import formats
from dlt_action.settings.profile import Profile
from dlt_action.settings.reading import Given, Rank
from dlt_action.settings.shape import Input
from dlt_action.settings.values import Values

T = TypeVar("T")
Make = Callable[[], Scheme | InputProblem]


@dataclass(frozen=True, slots=True)
class Way:
    """A way that is set up; `make` may find that something is missing."""

    kind: AuthType
    rank: Rank
    source: str
    make: Make = field(repr=False)
    label: str = ""  # where the kind says too much

    @property
    def named(self) -> str:
        """What it is, for people."""
        return self.label or f"`{self.kind}`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was given, as it was written and as it was read, and what lies around."""

    given: Mapping[str, Given] = field(repr=False)
    values: Values
    spoiled: Mapping[str, InputProblem]  # what was given and could not be read
    environ: Mapping[str, str] = field(repr=False)
    profile: Profile
    host: str | None  # None: not known, or wrong
    fork: bool = False  # a pull request from a fork

    def value(self, wanted: Input[T]) -> T | None:
        """The value of an input, where it was given and could be read."""
        return self.values.optional(wanted)

    def part(self, wanted: Input[T]) -> T | InputProblem | None:
        """The value of an input, or why it could not be read; None: not given."""
        return self.spoiled.get(wanted.name, self.value(wanted))

    def variable(self, name: str) -> str:
        """A variable that no input stands for; a profile may set it."""
        told = self.environ.get(name, "").strip()
        return told or self.profile.variables.get(name, "").strip()

    def pair(self, identifier: Input[str], secret: Input[str]) -> Pair:
        """A principal's id and its secret."""
        return Pair(self.given.get(identifier.name), self.given.get(secret.name))


@dataclass(frozen=True, slots=True)
class Pair:
    """An id and a secret, which may be of two principals."""

    identifier: Given | None  # the strongest
    secret: Given | None

    @property
    def beside(self) -> Given | None:
        """The id that goes with the secret: of the same level, else the strongest."""
        found = self.identifier
        while found is not None and self.secret is not None:
            if found.rank is self.secret.rank:
                return found
            found = found.over
        return self.identifier

    @property
    def matches(self) -> bool:
        """Whether the secret is that of the strongest id."""
        if self.identifier is None or self.secret is None or self.beside is None:
            return False
        return self.beside.text == self.identifier.text

    @property
    def alone(self) -> Given | None:
        """The strongest id, if it has no secret."""
        return None if self.matches else self.identifier

    @property
    def rank(self) -> Rank:
        """Of a way that takes the secret."""
        assert self.secret is not None  # noqa: S101 - else there is no such way
        if self.matches and self.identifier is not None:
            return max(self.secret.rank, self.identifier.rank)
        return self.secret.rank

    def identifier_for(self, one: Input[str], secret: Input[str]) -> str | InputProblem:
        """The id beside the secret, read; *one* and *secret* are their inputs."""
        if self.beside is None:
            what = "It needs the id of its principal beside it."
            return InputProblem(secret.name, what, f"Set `{one.name}`.")
        try:
            return one.format.parse(self.beside.text)
        except formats.Unfit as unfit:
            what = f"(from {self.beside.source}) {unfit.what}"
            return InputProblem(one.name, what, unfit.remedy)


def shown(given: Given) -> str:
    """Where a value is from, for people."""
    return given.source if given.rank < Rank.INPUT else f"the input {_name(given)}"


def _name(given: Given) -> str:
    spelled = given.source.removeprefix("--").removeprefix("INPUT_")
    return spelled.replace("_", "-").lower()
