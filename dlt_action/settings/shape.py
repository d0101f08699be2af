"""What an input is made of: the columns of the table."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Generic, TypeVar

from dlt_action.lean import dataclass

# Covariant, so that one table can hold inputs of every type.
Value_co = TypeVar("Value_co", covariant=True)


class Group(StrEnum):
    """What an input is about: the headings of `--help`."""

    WORKSPACE = "workspace and sign-in"
    PIPELINE = "pipeline"
    UPDATE = "what the update does"
    PATIENCE = "how long to wait, and for what"
    CONDUCT = "other updates, and what is left behind"
    REPORT = "reports and log"


@dataclass(frozen=True, slots=True)
class Format(Generic[Value_co]):
    """How texts of one kind are read, and what `--help` calls them."""

    metavar: str
    parse: Callable[[str], Value_co]
    flag_alone: bool = False  # `--name` without a value means true


@dataclass(frozen=True, slots=True, kw_only=True)
class Input(Generic[Value_co]):
    """One input: its name as action.yml spells it, its format, and its words."""

    name: str
    format: Format[Value_co]
    group: Group
    help: str  # one line, Markdown, no full stop
    example: str
    default: str = ""  # in the input's own format
    variable: str = ""  # of Databricks' unified authentication
    unset: str = ""  # what holds without a value, where that is not plain
    secret: bool = False  # has no flag
    everyday: bool = False

    @property
    def flag(self) -> str:
        """The flag; secrets refuse theirs."""
        return f"--{self.name}"

    @property
    def environment_name(self) -> str:
        """The variable that a CI without hyphens in names sets."""
        return f"INPUT_{self.name.replace('-', '_').upper()}"
