"""What is looked up by a word of ours is there for every such word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from importlib import import_module
from pkgutil import iter_modules

import pytest

from dlt_action import reports

# On purpose for some only: read with `get`, or a choice of their own.
IN_PART = {
    "titles.JOB_TITLES",  # those of an update, else
    "gatetable._TITLES",  # no gate has no title
    "cases._KINDS",  # an error, else
    "overview._DONE",  # they succeeded, else
    "lineage._LOOKS",  # busy, else
    "timeline._TAGS",  # none, else
    "timeline._STATE_TAGS",
    "order.EXIT_CODES",  # of what did not finish, nobody asks
}


def tables() -> Iterator[tuple[str, Mapping[Enum, object]]]:
    """Every table of the reports whose keys are members of an enumeration."""
    for info in iter_modules(reports.__path__):
        module = import_module(f"{reports.__name__}.{info.name}")
        for name, value in vars(module).items():
            if isinstance(value, Mapping) and _is_of_words(value):
                yield f"{info.name}.{name}", value


def _is_of_words(table: Mapping[object, object]) -> bool:
    return bool(table) and isinstance(next(iter(table)), Enum)


TABLES = dict(tables())


@pytest.mark.parametrize("name", sorted(TABLES.keys() - IN_PART))
def test_a_table_has_every_member_of_its_enumeration(name: str) -> None:
    table = TABLES[name]
    assert set(table) == set(type(next(iter(table))))


def test_the_tables_that_need_not_are_there() -> None:
    assert TABLES.keys() >= IN_PART
