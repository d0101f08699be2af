"""
Keyword arguments as inputs: the texts that come of their values.

A text is read as the command line reads it. What Python has a type for may be given in
it: `True`, `timedelta(minutes=45)`, a list of names, a mapping of parameters.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from os import PathLike, fspath

from dlt_action.errors import InputProblem
from dlt_action.settings.formats import Unfit
from dlt_action.settings.table import BY_NAME

_PREFIX = "INPUT_"
_LISTS_OF_NAMES = "NAMES"  # the metavar of inputs whose items may be quoted
_SECOND = timedelta(seconds=1)


def texts(
    inputs: Mapping[str, object],
) -> tuple[dict[str, str], tuple[InputProblem, ...]]:
    """The *inputs* as variables that `settings` reads, and what cannot be one."""
    given: dict[str, str] = {}
    problems: list[InputProblem] = []
    for keyword, value in inputs.items():
        name = keyword.replace("_", "-")
        try:
            plain = fspath(value) if isinstance(value, PathLike) else value
            given[_PREFIX + keyword] = _text(name, plain)
        except Unfit as unfit:
            problems.append(InputProblem(name, unfit.what, unfit.remedy))
        except ValueError:  # of a number with thousands of digits
            problems.append(InputProblem(name, "It cannot be written as text.", ""))
    return given, tuple(problems)


def without_inputs(environ: Mapping[str, str]) -> dict[str, str]:
    """*environ* without the `INPUT_*` of whatever step the calling program is."""
    return {
        name: value for name, value in environ.items() if not name.startswith(_PREFIX)
    }


def _text(name: str, value: object) -> str:
    """*value* as the command line would be given it; raises `Unfit`."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case str() | int():
            return str(value)
        case timedelta():
            return _duration(value)
        case Mapping():
            return _object(value)
        case Sequence() if not isinstance(value, bytes | bytearray | memoryview):
            return "\n".join(_items(name, value))
        case _:
            what = f"A value of the type `{type(value).__name__}` cannot be read."
            raise Unfit(what, "Give a text, written as on the command line.")


def _duration(value: timedelta) -> str:
    """*value* in hours, minutes and seconds."""
    seconds, rest = divmod(value, _SECOND)
    if rest or seconds < 0:
        what = "It is no duration of whole seconds."
        raise Unfit(what, "Give `timedelta(seconds=1)` or more.")
    return f"{seconds // 3600}h{seconds // 60 % 60}m{seconds % 60}s"


def _object(value: Mapping[object, object]) -> str:
    """*value* as a JSON object."""
    try:
        return json.dumps(dict(value), allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        what = "It holds what JSON has no word for."
        raise Unfit(what, "Give a mapping of texts, or the text itself.") from None


def _items(name: str, value: Sequence[object]) -> Iterator[str]:
    """The items of *value*, a line each."""
    if not value:
        # A list that came out empty must not mean `all`, which is what no list means.
        raise Unfit("It is an empty list.", "Leave it out, or give None, for none.")
    known = BY_NAME.get(name)
    quoted = known is not None and known.format.metavar == _LISTS_OF_NAMES
    for number, item in enumerate(value, start=1):
        if not isinstance(item, str):
            what = f"Item {number} is of the type `{type(item).__name__}`."
            raise Unfit(what, "Give a list of texts.")
        if not item.strip() or len(item.splitlines()) > 1:
            what = f"Item {number} is empty, or has several lines."
            raise Unfit(what, "Give one thing for each item.")
        # Blanks and commas in it are its own; who quotes is left to it.
        yield f'"{item}"' if quoted and '"' not in item else item
