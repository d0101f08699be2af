"""Numbers, durations and places as a person reads them."""

from __future__ import annotations

from dlt_action.core.model import Location

_MINUTE = 60
_HOUR = 60 * _MINUTE
_STEPS = ((10**9, "G"), (10**6, "M"))


def duration(seconds: float) -> str:
    """*seconds* as `04:10`, and from an hour on as `1 h 02 min`."""
    whole = max(round(seconds), 0)
    if whole < _HOUR:
        return f"{whole // _MINUTE:02d}:{whole % _MINUTE:02d}"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02d} min"


def count(number: int) -> str:
    """*number* as `12,345`, and from a million on as `1.2 M`."""
    for size, unit in _STEPS:
        if number >= size:
            return f"{number / size:.1f} {unit}"
    return f"{number:,}"


def plural(number: int, noun: str) -> str:
    """*number* and its *noun*: `1 flow`, `2 flows`."""
    return f"{count(number)} {noun}" if number == 1 else f"{count(number)} {noun}s"


def share(part: int, whole: int) -> str:
    """*part* of *whole* as a percentage; never rounded to 0 % or 100 % if it is not."""
    if whole <= 0:
        return "-"
    percent = min(max(100 * part / whole, 0.01 if part else 0.0), 100.0)
    if part < whole and percent > 99.99:  # noqa: PLR2004 - the same, from above
        percent = 99.99
    return f"{percent:.2f}".rstrip("0").rstrip(".") + " %"


def place(location: Location) -> str:
    """*location* as `path:line`, in a notebook `path, cell 3, line 5`. Remote text."""
    if location.cell is not None:
        line = "" if location.line is None else f", line {location.line}"
        return f"{location.path}, cell {location.cell}{line}"
    return location.path + ("" if location.line is None else f":{location.line}")
