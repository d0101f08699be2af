"""Which task may start, what a condition comes to, how a run ends: no time."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from dlt_action.standin.jobs import runs
from dlt_action.standin.jobs.reading import text
from dlt_action.standin.jobs.runs import Attempt, End, JobRun
from dlt_action.standin.jobs.spec import Need, Task

_FAILED = frozenset(
    {"FAILED", "TIMEDOUT", "UPSTREAM_FAILED", "MAXIMUM_CONCURRENT_RUNS_REACHED"}
)
_CANCELED = frozenset({"CANCELED", "UPSTREAM_CANCELED"})
_NEVER_RAN = frozenset({"EXCLUDED", "DISABLED"})


def startable(task: Task, latest: Mapping[str, Attempt]) -> bool | End:
    """Whether *task* may start (not yet: `False`), or as what it ends without."""
    found = [(need, latest[need.key]) for need in task.needs]
    if not all(attempt.over for _, attempt in found):
        return False
    # A task that is disabled is as if it were not there.
    told = [word for need, attempt in found if (word := _told(need, attempt))]
    if told and all(word in ("excluded", "unmet") for word in told):
        return runs.EXCLUDED  # regardless of run_if
    if not told or _RUN_IFS[task.run_if](told):
        return True
    if task.run_if in ("AT_LEAST_ONE_FAILED", "ALL_FAILED"):
        return runs.EXCLUDED
    if "failed" in told:
        return runs.UPSTREAM_FAILED
    return runs.UPSTREAM_CANCELED if "canceled" in told else runs.EXCLUDED


def _told(need: Need, attempt: Attempt) -> str:
    """What became of a dependency, in one word; an empty one if it is disabled."""
    result = "" if attempt.end is None else attempt.end.result
    if result in _FAILED:
        return "failed"
    if result in _CANCELED:
        return "canceled"
    if need.outcome is not None and attempt.outcome not in (None, need.outcome):
        return "unmet"
    return {"SUCCESS": "ok", "EXCLUDED": "excluded"}.get(result, "")


_Holds: TypeAlias = Callable[[list[str]], bool]
_GOOD = frozenset({"ok", "excluded"})  # excluded tasks are treated as successful
_STOPPED = frozenset({"failed", "canceled"})  # who handles a failure handles both
_RUN_IFS: dict[str, _Holds] = {
    "ALL_SUCCESS": _GOOD.issuperset,
    "AT_LEAST_ONE_SUCCESS": lambda told: not _GOOD.isdisjoint(told),
    "NONE_FAILED": _STOPPED.isdisjoint,
    "ALL_DONE": lambda _: True,
    "AT_LEAST_ONE_FAILED": lambda told: not _STOPPED.isdisjoint(told),
    "ALL_FAILED": _STOPPED.issuperset,
}


def concluded(run: JobRun) -> End:
    """How a run ends whose tasks all have: its leaves decide."""
    if run.leaving is not None:
        return run.leaving
    ends = {k: a.end for k, a in run.latest.items() if a.end is not None}
    return next(iter(ends.values())) if run.settings.single else _of_all(run, ends)


def _of_all(run: JobRun, ends: Mapping[str, End]) -> End:
    results = {key: end.result for key, end in ends.items()}
    if all(result in _NEVER_RAN for result in results.values()):
        return runs.EXCLUDED
    present = [t for t in run.settings.tasks if results[t.key] != "DISABLED"]
    inner = {need.key for task in present for need in task.needs}
    leaves = {results[task.key] for task in present if task.key not in inner}
    if leaves & _FAILED:
        return runs.failed(_blames(run, ends), life="INTERNAL_ERROR")
    if leaves & _CANCELED:
        return runs.CANCELED
    if _FAILED.intersection(results.values()):
        return runs.SUCCESS_WITH_FAILURES
    return runs.SUCCESS


def _blames(run: JobRun, ends: Mapping[str, End]) -> str:
    culprit = next(
        t.key
        for t in run.settings.tasks
        if ends[t.key].result in ("FAILED", "TIMEDOUT")
    )
    says = ends[culprit].says.rstrip(".")
    blamed = f"Task {culprit} failed with message: {says}."
    if runs.UPSTREAM_FAILED in ends.values():
        return f"{blamed} This caused all downstream tasks to get skipped."
    return blamed


def unsuccessful(run: JobRun) -> tuple[str, ...]:
    """The tasks that a repair of all failed ones runs again."""
    good = ("SUCCESS", "EXCLUDED", "DISABLED")
    return tuple(k for k, a in run.latest.items() if a.end and a.end.result not in good)


_REFERENCE = re.compile(r"\{\{\s*([\w.-]+)\s*\}\}")


def resolved(given: str, run: JobRun) -> str:
    """*given* with what its references refer to; unknown ones stay as they are."""
    known = {"job.id": str(run.job_id), "job.run_id": str(run.run_id)}
    known |= {f"job.parameters.{k}": v for k, v in run.parameters.items()}
    for key, attempt in run.latest.items():
        if attempt.end is not None:
            known[f"tasks.{key}.result_state"] = attempt.end.result.lower()
            known[f"tasks.{key}.run_id"] = str(attempt.run_id)
    return _REFERENCE.sub(lambda m: known.get(m[1], m[0]), given)


_TEXTS: dict[str, Callable[[str, str], bool]] = {
    "EQUAL_TO": operator.eq,
    "NOT_EQUAL": operator.ne,
}
_NUMBERS: dict[str, Callable[[float, float], bool]] = {
    "GREATER_THAN": operator.gt,
    "GREATER_THAN_OR_EQUAL": operator.ge,
    "LESS_THAN": operator.lt,
    "LESS_THAN_OR_EQUAL": operator.le,
}


def holds(task: Task, run: JobRun) -> bool | None:
    """What an if/else condition comes to; `None` if it compares what is no number."""
    left, right = (resolved(text(task.work, side), run) for side in ("left", "right"))
    op = text(task.work, "op")
    if op in _TEXTS:
        return _TEXTS[op](left, right)
    try:
        return _NUMBERS[op](float(left), float(right))
    except ValueError:
        return None


def chosen(tasks: Iterable[Task], only: Iterable[str]) -> frozenset[str]:
    """The keys that `only` means: `+key` has what is above it, `key+` what is below."""
    above = {task.key: {need.key for need in task.needs} for task in tasks}
    below = {key: {k for k, up in above.items() if key in up} for key in above}
    found: set[str] = set()
    for word in only:
        key = word.strip("+")
        if key not in above:
            raise KeyError(key)
        found.add(key)
        if word.startswith("+"):
            found |= _reached(key, above)
        if word.endswith("+"):
            found |= _reached(key, below)
    return frozenset(found)


def below(tasks: Iterable[Task], keys: Iterable[str]) -> frozenset[str]:
    """*keys*, and all tasks that depend on them at any distance."""
    return chosen(tuple(tasks), [f"{key}+" for key in keys])


def _reached(key: str, edges: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    left = [key]
    while left:
        new = edges[left.pop()] - found
        found |= new
        left += new
    return found
