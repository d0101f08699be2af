"""Names of datasets in a picture, where there is little room for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

LONGEST_LABEL = 45  # characters
_LONGEST_END = 3  # parts of a name: catalog, schema, table


def in_full_by_end(names: Iterable[str]) -> Mapping[str, str]:
    """What each end of one of *names* stands for: the log spells some in short."""
    in_full: dict[str, str] = {}
    for name in names:
        parts = name.split(".")
        for start in range(max(len(parts) - _LONGEST_END, 0), len(parts)):
            end = ".".join(parts[start:])
            # Of two with the same end, nobody knows which is meant.
            in_full[end] = "" if end in in_full else name
    return in_full


def shortened(name: str) -> str:
    """*name* without its middle where it is long: names differ at their ends."""
    if len(name) <= LONGEST_LABEL:
        return name
    half = (LONGEST_LABEL - 1) // 2
    return f"{name[:half]}…{name[-half:]}"


def shared_schema(names: Sequence[str]) -> str:
    """What all *names* begin with, in whole parts and with its last point."""
    if len(names) < 2:  # noqa: PLR2004 - nothing is common to one
        return ""
    shared = []
    for parts in zip(*(name.split(".")[:-1] for name in names), strict=False):
        if len(set(parts)) > 1:
            break
        shared.append(parts[0])
    return "".join(f"{part}." for part in shared)
