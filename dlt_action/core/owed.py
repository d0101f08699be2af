"""
What the step owes its pipeline: kept outside, so that it survives the step.

A step that is killed can stop nothing any more. What it writes into the state of the
runner, before it says anything about an update, tells a later process what is left to
be done: to stop that update, or nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dlt_action.core.model import PipelineId, UpdateId, is_id

STOP, NOTHING = "stop", "nothing"


@dataclass(frozen=True, slots=True)
class Due:
    """An update that is to be stopped; *asked*: its stop was accepted already."""

    pipeline_id: PipelineId
    update_id: UpdateId
    asked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """Whether an update is to be stopped, and which."""

    stop: bool
    asked: bool = False  # whether its stop was accepted already
    pipeline_id: PipelineId | None = None
    update_id: UpdateId | None = None

    @property
    def due(self) -> Due | None:
        """What is to be stopped, if that is known."""
        if not self.stop or self.pipeline_id is None or self.update_id is None:
            return None
        return Due(self.pipeline_id, self.update_id, self.asked)

    def written(self) -> Mapping[str, str]:
        """It as values of the state, by name; all, because each outlives the others."""
        return {
            "owed": STOP if self.stop else NOTHING,
            "asked": "true" if self.asked else "",
            "pipeline_id": "" if self.pipeline_id is None else self.pipeline_id,
            "update_id": "" if self.update_id is None else self.update_id,
        }


def read(state: Mapping[str, str]) -> Owed:
    """What the *state* says, as `Owed.written` wrote it; nothing is owed by default."""
    pipeline, update = state.get("pipeline_id", ""), state.get("update_id", "")
    return Owed(
        stop=state.get("owed") == STOP,
        asked=state.get("asked") == "true",
        pipeline_id=PipelineId(pipeline) if is_id(pipeline) else None,
        update_id=UpdateId(update) if is_id(update) else None,
    )
