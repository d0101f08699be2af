"""
Which datasets a name or a glob means, among all that an update knows.

Names are compared without backticks and case, and from the right: `orders` is
`main.sales.orders`. The log itself spells one dataset in several ways, so what ends
another name is that one, unless it ends two of them.

Globs are translated here: every piece between two stars is sought once, from the left,
and never again (an atomic group), so that no name can make a match take long.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from dlt_action.lean import dataclass

# Of a catalog, a schema and a table each 255; what is longer is compared by its end.
LONGEST = 1000
MOST_PARTS = 8
_TOKEN = re.compile(r"(\*+)|(\?)|\[(!?)(\]?[^\]]+)\]|(.)", re.DOTALL)


def spelled(name: str) -> str:
    """*name* as it is compared: without backticks and case."""
    return name.replace("`", "").lower()[-LONGEST:]


def is_glob(name: str) -> bool:
    """Whether *name* may mean several."""
    return any(mark in name for mark in "*?[")


def unclosed(pattern: str) -> int | None:
    """Where a set begins in *pattern* that never ends or has no members."""
    plain = (found.start() for found in _TOKEN.finditer(pattern) if found[5] == "[")
    return next(plain, None)


def glob(pattern: str) -> re.Pattern[str]:
    """The shell's *pattern* as an expression for `fullmatch`; stars cross dots."""
    pieces = [""]
    for stars, one, negated, members, plain in _TOKEN.findall(pattern):
        if stars:
            pieces.append("")
        elif one:
            pieces[-1] += "."
        elif members:
            pieces[-1] += f"[{'^' if negated else ''}{_members(members)}]"
        else:
            pieces[-1] += re.escape(plain)
    first, *rest = pieces
    text = first
    if rest:
        *middle, last = rest
        text += "".join(f"(?>.*?{piece})" for piece in middle if piece) + f".*{last}"
    return re.compile(text, re.DOTALL)


def _members(text: str) -> str:
    """The members of a set; `a-z` stays a range where it is one."""
    found = ""
    at = 0
    while at < len(text):
        low, high = text[at], text[at + 2 : at + 3]
        if high and text[at + 1] == "-" and low <= high:
            found += f"{re.escape(low)}-{re.escape(high)}"
            at += 3
        else:
            found += re.escape(low)
            at += 1
    return found


@dataclass(frozen=True, slots=True)
class Meant:
    """What a name means: these, by the keys of `Names`."""

    keys: tuple[str, ...]
    exact: bool  # it is a name and no glob; with more than one it is ambiguous


class Names:
    """The datasets of an update, each once however it is spelled."""

    def __init__(self, names: Iterable[str]) -> None:
        """Know *names*; the longest spelling of each is the one to show."""
        self._shown: dict[str, str] = {}
        self._endings: dict[str, dict[str, None]] = {}
        self._others: dict[str, str] = {}
        told = {spelled(name): name for name in names}
        for key in sorted(told, key=lambda one: (-one.count("."), one)):
            longer = self._endings.get(key, {})
            if len(longer) == 1:
                self._others[key] = next(iter(longer))
                continue
            self._shown[key] = told[key].replace("`", "")
            for ending in _endings(key):
                self._endings.setdefault(ending, {})[key] = None

    @property
    def shown(self) -> Mapping[str, str]:
        """The keys in order, each with the name to show."""
        return self._shown

    def key(self, name: str) -> str:
        """The key of a *name* that was among those that were given."""
        key = spelled(name)
        return self._others.get(key, key)

    def named(self, name: str) -> tuple[str, ...]:
        """The keys that *name* may mean, being no glob; more than one is ambiguous."""
        key = spelled(name)
        if key in self._shown:
            return (key,)
        if key in self._endings:
            return tuple(sorted(self._endings[key]))
        # The log may know a dataset by less than a person writes.
        return next(((end,) for end in _endings(key) if end in self._shown), ())

    def meant(self, name: str) -> Meant:
        """What *name* means; it is a glob only if nothing has that very name."""
        found = self.named(name)
        if found or not is_glob(name):
            return Meant(found, exact=True)
        matches = glob(spelled(name)).fullmatch
        found = tuple(
            key for key in self._shown if any(map(matches, (key, *_endings(key))))
        )
        return Meant(found, exact=False)


def _endings(key: str) -> list[str]:
    """What *key* ends with, from after a dot on; the longest first."""
    parts = key.split(".")[-MOST_PARTS:]
    return [".".join(parts[at:]) for at in range(1, len(parts))]
