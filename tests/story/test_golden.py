"""
The step summary of each scenario, beside its golden file.

A summary is read by a person who wants to know in a moment what happened: whoever makes
a golden file again (`--update-golden`) reads it so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from dlt_action.core.reply import FaultKind
from dlt_action.core.steps import Why
from dlt_action.standin import JOBS, SCENARIOS
from tests.golden import Same
from tests.story.virtual import Away, Stage

GOLDEN = Path(__file__).parent / "golden"
RULES = """quality-gate=all failed <= 0.5%
orders rows >= 95% of last
all dropped <= 20%
warn customers:"has email" failed == 0
returns rows >= 1"""


def nothing(_: Stage) -> None:
    """The world is as it is."""


def terminated(stage: Stage) -> None:
    """The runner cancels the job after a minute."""
    stage.line.interrupt_at(60.0, Why.SIGTERM)


def away(stage: Stage) -> None:
    """The API stays away from the middle of the update on."""
    stage.line.away.append(Away(50.0, 1e6, FaultKind.UNCONNECTED))


@dataclass(frozen=True)
class Scene:
    """A scenario, what is asked of it, and what happens meanwhile."""

    scenario: str
    flags: tuple[str, ...] = ()
    prepared: Callable[[Stage], None] = nothing


def scene(name: str) -> Scene:
    """The scenario of that name, just so, and with patience enough."""
    endless = SCENARIOS[name].spec.get("continuous") is True
    return Scene(name, ("--timeout=1h", *(("--wait-for=running",) if endless else ())))


# A scenario's own name is it played just so; after a point stands what is different.
SCENES = {name: scene(name) for name in SCENARIOS} | {
    "success.dry-run": Scene("success", ("--validate-only",)),
    "success.full-refresh": Scene("success", ("--full-refresh",)),
    "success.interrupted": Scene("success", (), terminated),
    "success.selection": Scene("success", ("--refresh-selection=orders\ncustomers",)),
    "success.started": Scene("success", ("--wait=false",)),
    "success.unreachable": Scene("success", (), away),
    "worse-data.gate": Scene("worse-data", (f"--{RULES}",)),
    "worse-data.warned": Scene(
        "worse-data", ("--quality-gate=warn all failed <= 0.5%",)
    ),
    "views.gate": Scene("views", ("--quality-gate=all failed <= 1%",)),
    "code-error.gate": Scene("code-error", ("--quality-gate=all rows >= 1",)),
    "busy-for-a-while.waited": Scene("busy-for-a-while", ("--if-active=wait",)),
    "twin-active.attached": Scene("twin-active", ("--if-active=attach",)),
    "queued-for-ever.clock": Scene("queued-for-ever", ("--queue-timeout=10m",)),
    "goes-silent.stalled": Scene("goes-silent", ("--stall-timeout=20m",)),
    "goes-silent.left": Scene("goes-silent", ("--timeout=1h", "--on-timeout=leave")),
    "stop-ignored.stopping": Scene("stop-ignored", ("--timeout=1m",)),
    "stop-too-late.completed": Scene("stop-too-late", ("--timeout=1m10s",)),
    "retry-fails.first": Scene("retry-fails", ("--follow-restarts=false",)),
    "success.submit-run": Scene("success", ("--trigger=submit-run",)),
}


@pytest.fixture
def same(request: pytest.FixtureRequest) -> Same:
    return Same(GOLDEN, update=bool(request.config.getoption("--update-golden")))


@pytest.mark.parametrize("name", SCENES)
def test_the_summary_of_every_scenario_is_as_it_was_read(
    name: str, tmp_path: Path, same: Same
) -> None:
    chosen, stage = SCENES[name], Stage(tmp_path)
    chosen.prepared(stage)
    summary = stage.play(chosen.scenario, *chosen.flags).summary
    assert summary.startswith("## ")  # and not none, because it could not be made
    same(f"{name}.md", summary)


@pytest.mark.parametrize("name", JOBS)
def test_the_summary_of_every_job_is_as_it_was_read(
    name: str, tmp_path: Path, same: Same
) -> None:
    stage = Stage(tmp_path, manners={"jobs": (name,)})
    flag = f"--job-id={stage.workspace.job_id(name)}"
    summary = stage.play(None, flag, "--timeout=1h").summary
    assert summary.startswith("## ")
    same(f"{name}.md", summary)


def test_no_golden_summary_is_left_over() -> None:
    names = {*SCENES, *JOBS}
    assert {path.name for path in GOLDEN.iterdir()} == {f"{name}.md" for name in names}
