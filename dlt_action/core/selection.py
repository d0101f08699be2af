"""
What a selection names, beside what the update brought.

What the platform makes of a name that is no dataset is documented nowhere. Where it
leaves it out and the update completes all the same, nobody would notice: so whoever
asked for it is told, by the datasets that the log defines.
"""

from __future__ import annotations

from collections.abc import Iterator

from dlt_action.core.datasets import MOST_DATASETS
from dlt_action.core.flows import MORE_FLOWS
from dlt_action.core.ledger import has_begun
from dlt_action.core.model import FlowStatus, Update, UpdateRequest, UpdateState
from dlt_action.core.names import Names, spelled
from dlt_action.core.record import FlowRow, Outcome
from dlt_action.core.text import as_code
from dlt_action.core.words import plural

MOST_NAMED = 3  # names that a warning each tells of; the others are counted
LONGEST_NAMED = 200  # characters of each
_CLOSE_ENOUGH = 0.8  # of what was meant, as `difflib` has it
_LONGEST_COMPARED = 64  # characters

NOTHING_RAN = "No flow of it ran: nothing was refreshed."
_AT_REST = frozenset(
    {FlowStatus.QUEUED, FlowStatus.EXCLUDED, FlowStatus.IDLE, FlowStatus.SKIPPED}
)


def selections(
    update: Update | None, request: UpdateRequest
) -> dict[str, tuple[str, ...]]:
    """What an update refreshes, as it says or was asked, by the inputs for it."""
    told: Update | UpdateRequest = request
    if update is not None and (
        update.refresh_selection or update.full_refresh_selection
    ):
        told = update
    return {
        "refresh-selection": told.refresh_selection,
        "full-refresh-selection": told.full_refresh_selection,
    }


def selected(update: Update | None, request: UpdateRequest) -> tuple[str, ...]:
    """The datasets that an update refreshes, () for all: as it says, or was asked."""
    asked = selections(update, request)
    return tuple(name for names in asked.values() for name in names)


def ran_nothing(outcome: Outcome) -> bool:
    """Whether, by its whole log, no flow ran of an update that has COMPLETED."""
    return _is_told(outcome) and not any(map(_ran, outcome.flows))


def _ran(flow: FlowRow) -> bool:
    return has_begun(flow) or flow.status not in _AT_REST


def unknown(
    outcome: Outcome, update: Update | None, request: UpdateRequest
) -> Iterator[str]:
    """A warning of each name of the selection that is no dataset of the pipeline."""
    if not _is_told(outcome):
        return
    names = Names(_known(outcome))
    for field, asked in selections(update, request).items():
        strange = [name for name in dict.fromkeys(asked) if not names.named(name)]
        for name in strange[:MOST_NAMED]:
            near = _nearest(name, names)
            meant = (
                "."
                if near is None
                else f"; did you mean {as_code(near, LONGEST_NAMED)}?"
            )
            yield (
                f"{field}: {as_code(name, LONGEST_NAMED)} is no dataset of this"
                f" pipeline{meant} It was not refreshed."
            )
        more = len(strange) - MOST_NAMED
        if more > 0:
            are = "is no dataset" if more == 1 else "are no datasets"
            yield f"{field}: {plural(more, 'more name')} {are} of this pipeline."


def _is_told(outcome: Outcome) -> bool:
    """Whether the log says what there is, and was read to the end of a success."""
    last = outcome.attempts[-1] if outcome.attempts else None
    completed = last is not None and last.state is UpdateState.COMPLETED
    # Beyond its bounds the tally drops what is new: what is missing says nothing.
    full = len(outcome.datasets) >= MOST_DATASETS
    full = full or any(flow.name == MORE_FLOWS for flow in outcome.flows)
    return completed and outcome.log_complete and bool(outcome.datasets) and not full


def _known(outcome: Outcome) -> Iterator[str]:
    yield from (row.name for row in outcome.datasets)
    for flow in (*outcome.flows, *outcome.views):
        yield from filter(None, (flow.output, flow.name))


def _nearest(name: str, names: Names) -> str | None:
    """The dataset that *name* is most like, as far as any is: by what it is called."""
    from difflib import get_close_matches  # noqa: PLC0415 - for who misspells one

    *around, wanted = spelled(name).split(".")
    called: dict[str, list[tuple[int, str]]] = {}
    for key, shown in names.shown.items():
        *others, last = key.split(".")
        unlike = sum(part not in others for part in around)
        called.setdefault(last[:_LONGEST_COMPARED], []).append((unlike, shown))
    near = get_close_matches(
        wanted[:_LONGEST_COMPARED], called, n=1, cutoff=_CLOSE_ENOUGH
    )
    return min(called[near[0]])[1] if near else None
