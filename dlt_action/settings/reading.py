"""
Finding the inputs: flags, then `INPUT_*`, then Databricks' own variables.

`-` and `_` are the same everywhere, so `validate_only` is `validate-only`. A name that
is no input is a problem, for a real run must never start because a word was misspelled;
so is one input with two values at the same level. Empty means *not given*.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Container, Mapping, Sequence
from enum import IntEnum

from dlt_action.errors import InputProblem
from dlt_action.lean import dataclass, field, replace
from dlt_action.settings.profile import NO_PROFILE, Profile
from dlt_action.settings.table import BY_NAME, INPUTS

_PREFIX = "INPUT_"
_ARM = "ARM_"
_FLAG = re.compile(r"--[A-Za-z]")  # not `-----BEGIN`, which is a value
_NAME = re.compile(r"[a-z0-9-]{1,30}")  # a token is longer: it is never repeated
_CLOSE_ENOUGH = 0.6  # below it, names have little in common


class Rank(IntEnum):
    """How much a source counts. For sign-in flags and `INPUT_*` are one level."""

    UNFIT = -1  # set up, and not for this workspace
    AMBIENT = 0  # what a CI offers to everybody
    PROFILE = 1
    ARM = 2  # Azure's variables, which are often there for other tools
    VARIABLE = 3
    INPUT = 4


@dataclass(frozen=True, slots=True)
class Given:
    """The text of one input, trimmed and not empty, and where it came from."""

    text: str = field(repr=False)  # may be a secret
    source: str
    rank: Rank = Rank.INPUT
    over: Given | None = None  # the weaker one that it was taken instead of


@dataclass(slots=True)
class Level:
    """The inputs of one level of precedence, and what is wrong with their names."""

    rank: Rank = Rank.INPUT
    given: dict[str, Given] = field(default_factory=dict)
    problems: list[InputProblem] = field(default_factory=list)

    def take(self, name: str, text: str, source: str) -> None:
        """Take the *text* of a known input, unless it is empty or a second one."""
        text = text.strip()
        if not text:
            return
        arm = source.startswith(_ARM)
        given = Given(text, source, Rank.ARM if arm else self.rank)
        first = self.given.setdefault(name, given)
        if first.text != text:
            what = f"It has two values, from {first.source} and from {source}."
            self.problems.append(InputProblem(name, what, "Give it once."))

    def refuse(self, name: str, what: str, remedy: str) -> None:
        """Note a problem."""
        self.problems.append(InputProblem(name, what, remedy))


def read(
    argv: Sequence[str],
    environ: Mapping[str, str],
    profile: Profile = NO_PROFILE,
) -> tuple[dict[str, Given], list[InputProblem]]:
    """Return what was given under each input's name, and problems with names."""
    levels = (_profile(profile), _variables(environ), _inputs(environ), _flags(argv))
    given: dict[str, Given] = {}
    problems: list[InputProblem] = []
    for level in levels:  # weakest first
        for name, found in level.given.items():
            given[name] = replace(found, over=given.get(name))
        problems.extend(level.problems)
    return given, problems


def _profile(profile: Profile) -> Level:
    """Read what a profile sets."""
    level = Level(Rank.PROFILE)
    for name, text in profile.inputs.items():
        level.take(name, text, profile.source)
    return level


def only_inputs(environ: Mapping[str, str], names: Container[str]) -> dict[str, str]:
    """*environ* without those `INPUT_*` whose *names* are others."""
    return {
        variable: text
        for variable, text in environ.items()
        if not variable.startswith(_PREFIX)
        or _canonical(variable.removeprefix(_PREFIX)) in names
    }


def _variables(environ: Mapping[str, str]) -> Level:
    """Read the variables of Databricks' unified authentication."""
    level = Level(Rank.VARIABLE)
    for one in INPUTS:
        if one.variable:
            level.take(one.name, environ.get(one.variable, ""), one.variable)
    return level


def _inputs(environ: Mapping[str, str]) -> Level:
    """Read `INPUT_*`; GitHub's runner passes the keys that action.yml lacks as well."""
    level = Level()
    for variable, text in environ.items():
        if not variable.startswith(_PREFIX):
            continue
        name = _canonical(variable.removeprefix(_PREFIX))
        if name in BY_NAME:
            level.take(name, text, variable)
        else:
            level.refuse(*_unknown(name, _PREFIX))
    return level


def _flags(argv: Sequence[str]) -> Level:
    """Read `--name value`, `--name=value`, and `--name` alone for a boolean."""
    level = Level()
    rest = deque(argv)
    while rest:
        position = len(argv) - len(rest) + 1
        argument = rest.popleft()
        if not _FLAG.match(argument):
            what = f"Argument {position} belongs to no flag."
            level.refuse("command line", what, "Write `--name value`.")
            continue
        spelled, equals, text = argument.removeprefix("--").partition("=")
        if not equals and rest and not _FLAG.match(rest[0]):
            equals, text = "=", rest.popleft()
        _flag(level, _canonical(spelled), text if equals else None)
    return level


def _flag(level: Level, name: str, text: str | None) -> None:
    """Take one flag; without *text* it stood alone."""
    one = BY_NAME.get(name)
    if one is None:
        level.refuse(*_unknown(name, "--"))
    elif one.secret:
        what = "It has no flag: command lines are logged and seen by other processes."
        remedy = f"Set {one.environment_name} or {one.variable}."
        level.refuse(name, what, remedy)
    elif text is not None:
        level.take(name, text, one.flag)
    elif one.format.flag_alone:
        level.take(name, "true", one.flag)
    else:
        level.refuse(name, f"`{one.flag}` has no value.", f"Write `{one.flag} VALUE`.")


def _canonical(spelled: str) -> str:
    """Return *spelled* as action.yml would spell it."""
    return spelled.replace("_", "-").lower()


def _unknown(name: str, prefix: str) -> tuple[str, str, str]:
    """Name the nearest input; *prefix* says what kind of name it was."""
    from difflib import get_close_matches  # noqa: PLC0415 - for who misspells one

    kind = "flag" if prefix == "--" else "input"
    shown = name if _NAME.fullmatch(name) else f"unknown {kind}"
    # The start first: whoever wrote `refresh` is not to be led to `full-refresh`.
    near = [known for known in BY_NAME if known.startswith(f"{name}-")]
    near += get_close_matches(name, BY_NAME, n=1, cutoff=_CLOSE_ENOUGH)
    remedy = f"Did you mean `{near[0]}`?" if near else "`--help` lists all inputs."
    return shown, f"There is no such {kind}.", remedy
