"""The input on judging: the rules of the quality gate, or the file that has them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from dlt_action.core.gate import EXAMPLE, Gate
from dlt_action.errors import InputProblem
from dlt_action.lean import dataclass
from dlt_action.settings.formats import Unfit
from dlt_action.settings.shape import Format, Group, Input

LARGEST_FILE = 64 * 1024  # bytes
MOST_PROBLEMS = 10  # that are told at once
_FILE = "file:"


@dataclass(frozen=True, slots=True)
class RulesIn:
    """Rules that stand in a file of the checkout."""

    path: str  # relative, and not upwards


def gate(text: str) -> Gate | RulesIn:
    """Read rules, or `file:PATH`."""
    if text.startswith(_FILE):
        return RulesIn(_path(text.removeprefix(_FILE).strip()))
    return rules(text)


def each(texts: Iterable[str]) -> tuple[Gate | RulesIn, ...]:
    """Read rules that are given in several pieces, and several `file:PATH`."""
    stripped = [text.strip() for text in texts]
    files = [text for text in stripped if text.startswith(_FILE)]
    lines = "\n".join(text for text in stripped if text and text not in files)
    return tuple(gate(text) for text in (*([lines] if lines else []), *files))


def rules(text: str) -> Gate:
    """Read rules, one a line; refuse them with all that is wrong."""
    from dlt_action.core.gaterules import parse  # noqa: PLC0415 - most have no rules

    found, problems = parse(text.replace("\r\n", "\n"))
    if problems:
        raise Unfit(_told(problems), f"Write one rule per line, such as `{EXAMPLE}`.")
    return found


def _told(problems: Sequence[object]) -> str:
    told = [str(problem) for problem in problems[:MOST_PROBLEMS]]
    if len(problems) > MOST_PROBLEMS:
        told.append(f"And {len(problems) - MOST_PROBLEMS} more.")
    # A line each, wherever there are lines.
    return "\n".join(told)


def _path(text: str) -> str:
    remedy = "Write `file:` and a path in the checkout, such as `file:ci/gate.txt`."
    path = PurePosixPath(text)
    if not path.parts or not text.isprintable() or "\\" in text:
        raise Unfit("`file:` needs a path.", remedy)
    if path.is_absolute() or text.startswith("~") or ".." in path.parts:
        raise Unfit("The path leads out of the checkout.", remedy)
    return str(path)


def read(text: str | None, cause: str) -> Gate | InputProblem:
    """The rules of a file's *text*, or why there are none; *cause*: of no text."""
    if text is None:
        what = f"The file with its rules cannot be read: {cause}."
        remedy = "Give a path in the checkout; is it checked out before this step?"
        return InputProblem(QUALITY_GATE.name, what, remedy)
    try:
        return rules(text)
    except Unfit as unfit:
        what = f"(in the file) {unfit.what}"
        return InputProblem(QUALITY_GATE.name, what, unfit.remedy)


QUALITY_GATE: Input[Gate | RulesIn] = Input(
    name="quality-gate",
    format=Format("RULES|file:PATH", gate),
    group=Group.REPORT,
    help="what the data of a completed update must be like, one rule per line, or"
    " `file:PATH` in the checkout; a rule that breaks makes the result `gate-failed`",
    example=EXAMPLE,
    everyday=True,
)
