"""Texts into values: each input read by its own format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar, cast

from dlt_action.errors import InputProblem
from dlt_action.lean import dataclass, field
from dlt_action.settings import formats, table
from dlt_action.settings.reading import Given, Rank
from dlt_action.settings.shape import Input

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Values:
    """The inputs that were given and could be read, by name."""

    read: Mapping[str, object] = field(repr=False)

    def optional(self, wanted: Input[Value]) -> Value | None:
        """Return the value, or None where it was not given."""
        # The table's own parser put it there under this name.
        return cast("Value | None", self.read.get(wanted.name))

    def value(self, wanted: Input[Value]) -> Value:
        """Return the value, or the table's default."""
        found = self.optional(wanted)
        return wanted.format.parse(wanted.default) if found is None else found


def parse(given: Mapping[str, Given]) -> tuple[Values, dict[str, InputProblem]]:
    """Read every text by its format; problems, by name, for those that cannot be."""
    found: dict[str, object] = {}
    unread: dict[str, InputProblem] = {}
    for name, text in given.items():
        try:
            found[name] = table.BY_NAME[name].format.parse(text.text)
        except formats.Unfit as unfit:
            unread[name] = unread_text(name, text, unfit)
    return Values(found), unread


def unread_text(name: str, given: Given, unfit: formats.Unfit) -> InputProblem:
    """The problem with a text that its input cannot take."""
    what = unfit.what
    if given.rank < Rank.INPUT:
        what = f"(from {given.source}) {what}"  # nobody looks for it in the inputs
    return InputProblem(name, what, unfit.remedy)
