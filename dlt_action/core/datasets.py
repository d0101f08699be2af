"""
The datasets of one update and how good they are, folded from its log.

Expectations are sums over all events of the update, by dataset and name. What a dataset
declares is kept beside what was counted: a `fail` expectation leaves no numbers, and
one that saw no record is not the same as one that is not there. Of an event that was
cut, the numbers of its dataset are not known; nor those of views, which it may tell of
too; nor any, where nobody can say which dataset it is.
"""

from __future__ import annotations

from collections.abc import Callable

from dlt_action.core import wire
from dlt_action.core.event import Event
from dlt_action.core.flows import plain_name
from dlt_action.core.model import JsonObject
from dlt_action.core.record import DatasetRow, ExpectationRow
from dlt_action.core.truncation import lacks_numbers
from dlt_action.lean import dataclass, replace

MOST_DATASETS = 2000
MOST_EXPECTATIONS = 2000
MOST_LACKING = 100  # names of which a part was cut; beyond, nothing is known

# What becomes of a record that fails an expectation. Few logs tell it, and what is not
# one of these is not told: so it is a word of ours, wherever it is shown.
_ACTIONS = frozenset({"ALLOW", "DROP", "FAIL"})


@dataclass(slots=True)
class _Expectation:
    passed: int = 0
    failed: int = 0
    untold: bool = False  # a number was missing, so that the sums would be too small
    action: str = ""


class Datasets:
    """The datasets of one update."""

    def __init__(self, output_of: Callable[[str], str]) -> None:
        """Begin with none; *output_of* tells what the flow of a name writes."""
        self._output_of = output_of
        # Names of datasets, else of flows; an empty one is of nobody knows which.
        self._lacking: set[str] = set()
        self._datasets: dict[str, DatasetRow] = {}
        self._expectations: dict[tuple[str, str], _Expectation] = {}

    def define(self, event: Event, details: JsonObject) -> None:
        """Take a `dataset_definition`: its kind, and the expectations it declares."""
        name = plain_name(event.dataset or "")
        if not name or (
            name not in self._datasets and len(self._datasets) >= MOST_DATASETS
        ):
            return
        listed = wire.children(details, "expectations")[:MOST_EXPECTATIONS]
        declared = {wire.text(item, "name"): _action_of(item) for item in listed}
        declared.pop("", None)
        self._datasets[name] = DatasetRow(
            name=name,
            kind=wire.text(details, "dataset_type"),
            declared=tuple(declared),
            actions=tuple(declared.values()) if any(declared.values()) else (),
        )

    def quality(self, event: Event, details: JsonObject) -> None:
        """Take the `data_quality` of a `flow_progress`."""
        if lacks_numbers(event, details):
            full = len(self._lacking) >= MOST_LACKING
            name = "" if full else plain_name(event.dataset or event.flow or "")
            self._lacking.add(name)
        quality = wire.child(details, "data_quality")
        for item in wire.children(quality, "expectations"):
            self._expectation(item, event)

    def _expectation(self, item: JsonObject, event: Event) -> None:
        key = (_dataset_of(item, event), wire.text(item, "name"))
        if key not in self._expectations:
            if len(self._expectations) >= MOST_EXPECTATIONS:
                return
            self._expectations[key] = _Expectation()
        total = self._expectations[key]
        total.action = _action_of(item) or total.action
        passed = wire.number(item, "passed_records")
        failed = wire.number(item, "failed_records")
        if passed is None or failed is None or min(passed, failed) < 0:
            total.untold = True
            return
        total.passed += passed
        total.failed += failed

    def rows(self) -> tuple[DatasetRow, ...]:
        """The datasets, in order of appearance."""
        rows = dict(self._datasets)
        for dataset, names in self._untold().items():
            row = rows.get(dataset, DatasetRow(name=dataset))
            declared = tuple(dict.fromkeys((*row.declared, *names)))
            actions = (*row.actions, *[""] * len(declared))[: len(declared)]
            rows[dataset] = replace(
                row,
                declared=declared,
                actions=actions if row.actions else (),
                untold=tuple(names),
            )
        return tuple(rows.values())

    def _untold(self) -> dict[str, list[str]]:
        """The expectations whose numbers are not all known, by dataset."""
        lacking = self._lacking_now()
        found = {
            name: list(row.declared)
            for name, row in self._datasets.items()
            if name in lacking and row.declared
        }
        for (dataset, name), total in sorted(self._expectations.items(), key=_key):
            names = found.setdefault(dataset, [])
            if (total.untold or dataset in lacking) and name not in names:
                names.append(name)
        return {dataset: names for dataset, names in found.items() if names}

    def _lacking_now(self) -> set[str]:
        """The datasets of whose numbers a part was cut."""
        if not self._lacking:
            return set()
        known = {*self._datasets, *(dataset for dataset, _ in self._expectations)}
        found = {row.name for row in self._datasets.values() if _is_view(row.kind)}
        for name in self._lacking:
            told = self._output_of(name) or name
            own = {one for one in known if _ends(one, told) or _ends(told, one)}
            if not own:
                return known
            found |= own
        return found

    def expectations(self) -> tuple[ExpectationRow, ...]:
        """The expectations whose numbers are known, by dataset and name."""
        declared = {
            (row.name, name): action
            for row in self._datasets.values()
            for name, action in zip(row.declared, row.actions, strict=False)
        }
        lacking = self._lacking_now()
        return tuple(
            ExpectationRow(
                dataset=key[0],
                name=key[1],
                passed=total.passed,
                failed=total.failed,
                action=total.action or declared.get(key, ""),
            )
            for key, total in sorted(self._expectations.items(), key=_key)
            if not total.untold and key[0] not in lacking
        )


def _key(item: tuple[tuple[str, str], _Expectation]) -> tuple[str, str]:
    return item[0]


def _is_view(kind: str) -> bool:
    return kind.endswith("VIEW") and not kind.startswith("MATERIALIZED")


def _ends(full: str, name: str) -> bool:
    """Whether *name* is *full*, or the end of it."""
    return bool(name) and f".{full}".lower().endswith(f".{name}".lower())


def _action_of(item: JsonObject) -> str:
    action = wire.text(item, "action").upper()
    return action if action in _ACTIONS else ""


def _dataset_of(item: JsonObject, event: Event) -> str:
    """
    The dataset of an expectation, by its full name where the event tells it.

    The same dataset is spelled bare, with its schema or in full, from one event to the
    next; the event's own dataset or flow has the full name.
    """
    told = plain_name(wire.text(item, "dataset"))
    own = [plain_name(name) for name in (event.dataset, event.flow) if name is not None]
    for full in own:
        if not told or _ends(full, told):
            return full
    return told or next(iter(own), "")
