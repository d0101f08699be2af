"""
The errors, in one tree: each has its exit code, and its message is a page of help.

A failed update, a conflict, a time-out or an API that stays away are *endings* of a
run (`core.record.Outcome`), not errors. What is here stops the program before a run
could begin, or says that its answer could not be delivered.
"""

from __future__ import annotations

from dlt_action.lean import dataclass


class DltActionError(Exception):
    """Base of all: never raised itself."""

    exit_code = 70


@dataclass(frozen=True, slots=True)
class InputProblem:
    """One thing that is wrong with one input."""

    name: str  # the input, as action.yml spells it
    what: str  # what is wrong
    remedy: str  # what to write instead
    paste: str = ""  # lines to paste into a workflow

    def __str__(self) -> str:
        """The problem as one line for people."""
        return f"{self.name}: {self.what} {self.remedy}".rstrip()


class Misconfigured(DltActionError):
    """Inputs are wrong. Carries every problem, not the first one only."""

    exit_code = 2

    def __init__(self, problems: tuple[InputProblem, ...]) -> None:
        """Take all *problems*, in the order in which they are to be shown."""
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems

    def __reduce__(
        self,
    ) -> tuple[type[Misconfigured], tuple[tuple[InputProblem, ...]]]:
        """Be sent to another process whole, as task queues do with errors."""
        return type(self), (self.problems,)


class OutputsUnwritable(DltActionError):
    """Job outputs could not be written: a later gate would read stale ones."""

    exit_code = 74
