"""What the state says at each moment, should the step be killed in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import pytest

from dlt_action.core.calls import Call, Method
from dlt_action.core.model import PipelineId, UpdateId
from dlt_action.core.owed import Owed, read
from dlt_action.core.steps import Why
from dlt_action.edge.ci import Dialect
from dlt_action.errors import OutputsUnwritable
from dlt_action.standin import Fault
from tests.story.virtual import Away, Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


P, A, B = PipelineId("p"), UpdateId("a"), UpdateId("b")
OWED = (
    Owed(stop=True, pipeline_id=P),
    Owed(stop=True, pipeline_id=P, update_id=A),
    Owed(stop=True, asked=True, pipeline_id=P, update_id=A),
    Owed(stop=True, pipeline_id=P, update_id=B),
    Owed(stop=False, pipeline_id=P, update_id=B),
    Owed(stop=False),
)


@pytest.mark.parametrize(("before", "after"), list(product(OWED, OWED)))
def test_what_was_true_of_one_update_is_not_told_of_the_next(
    before: Owed, after: Owed
) -> None:
    # The runner keeps a value until another one of its name comes.
    assert read({**before.written(), **after.written()}) == after


@dataclass
class Seen:
    """What was on disk when each call left."""

    stage: Stage
    moments: list[tuple[str, dict[str, str], dict[str, str]]] = field(
        default_factory=list
    )

    def look(self, call: Call) -> None:
        name = f"{call.method.value} {call.path.rsplit('/pipelines/', 1)[-1]}"
        self.moments.append((name, self.stage.state, self.stage.outputs))

    def first(self, ending: str, method: Method = Method.GET) -> dict[str, str]:
        """The state when the first call of that kind left."""
        for name, state, _ in self.moments:
            if name.startswith(method.value) and name.endswith(ending):
                return state
        raise AssertionError(f"no {method} of {ending}")

    def states(self) -> list[str]:
        """What was owed, without repetitions."""
        owed = [state["owed"] for _, state, _ in self.moments]
        return [one for n, one in enumerate(owed) if n == 0 or owed[n - 1] != one]


def watched(stage: Stage) -> Seen:
    seen = Seen(stage)
    stage.line.before = seen.look
    return seen


def test_before_the_first_call_a_stop_is_owed_and_no_update_is_known(
    stage: Stage,
) -> None:
    seen = watched(stage)

    stage.play("success")

    pipeline = stage.workspace.pipeline_id("success")
    _, state, outputs = seen.moments[0]
    assert read(state) == Owed(stop=True, pipeline_id=PipelineId(pipeline))
    assert outputs["result"] == "unfinished"


def test_pipeline_and_update_are_there_before_the_first_look_at_the_update(
    stage: Stage,
) -> None:
    seen = watched(stage)

    played = stage.play("success")

    update = played.outputs["update-id"]
    assert read(seen.first(f"/updates/{update}")) == Owed(
        stop=True,
        pipeline_id=PipelineId(stage.workspace.pipeline_id("success")),
        update_id=UpdateId(update),
    )


def test_a_pipeline_that_is_found_by_its_name_is_owed_by_its_id(stage: Stage) -> None:
    seen = watched(stage)

    played = stage.play(None, "--pipeline-name=success")

    state = seen.first(f"/updates/{played.outputs['update-id']}")
    assert state["pipeline_id"] == stage.workspace.pipeline_id("success")


def test_a_successor_is_there_before_the_first_look_at_it(stage: Stage) -> None:
    seen = watched(stage)

    stage.play("retry-succeeds")

    first, second = (one.scene.update_id for one in stage.runs("retry-succeeds"))
    assert seen.first(f"/updates/{second}")["update_id"] == second
    # Until the platform goes on, it is the one that failed, and may be retried.
    before = [state for name, state, _ in seen.moments if name.endswith(first)]
    assert {state["update_id"] for state in before[1:]} == {first}
    assert {state["owed"] for state in before} == {"stop"}


@pytest.mark.parametrize(
    ("pipeline", "flags"),
    [
        ("success", ()),
        ("code-error", ()),
        ("retry-fails", ()),
        ("canceled", ()),
        ("already-active", ()),
        ("slow-resources", ("--timeout=5m",)),
        ("slow-resources", ("--timeout=5m", "--on-timeout=leave")),
        ("success", ("--validate-only",)),
        ("continuous", ("--wait-for=running",)),
        ("continuous", ()),  # refused
        ("success", ("--on-cancel=leave",)),
        ("retry-succeeds", ("--follow-restarts=false",)),
    ],
)
def test_in_the_end_nothing_is_owed(
    stage: Stage, pipeline: str, flags: tuple[str, ...]
) -> None:
    assert stage.play(pipeline, *flags).state["owed"] == "nothing"


@pytest.mark.parametrize(
    ("pipeline", "flags"),
    [
        ("success", ("--wait=false",)),
        ("success", ("--on-cancel=leave",)),
        ("busy-for-a-while", ("--if-active=attach",)),
        ("busy-for-a-while", ("--update-id=latest",)),
    ],
)
def test_a_run_whose_update_is_not_to_be_stopped_owes_nothing_once_it_is_known(
    stage: Stage, pipeline: str, flags: tuple[str, ...]
) -> None:
    seen = watched(stage)

    played = stage.play(pipeline, *flags)

    known = [
        state
        for _, state, outputs in seen.moments
        if outputs.get("update-id") or state.get("update_id")
    ]
    assert {state["owed"] for state in [*known, played.state]} == {"nothing"}


@pytest.mark.parametrize(
    "flag", ["--wait=false", "--on-cancel=leave", "--update-id=latest"]
)
def test_who_never_stops_on_cancel_owes_nothing_from_the_first_moment(
    stage: Stage, flag: str
) -> None:
    seen = watched(stage)

    stage.play("busy-for-a-while", flag)

    assert seen.states() == ["nothing"]


def test_after_the_timeout_its_own_policy_is_what_is_owed(stage: Stage) -> None:
    seen = watched(stage)

    stage.play("slow-resources", "--timeout=5m", "--on-cancel=leave")

    stop = seen.first("/stop", Method.POST)
    assert stop["owed"] == "stop"
    assert seen.states() == ["nothing", "stop"]


def test_what_is_left_running_after_the_timeout_is_not_owed_from_then_on(
    stage: Stage,
) -> None:
    seen = watched(stage)

    played = stage.play("slow-resources", "--timeout=5m", "--on-timeout=leave")

    assert seen.states()[0] == "stop"
    assert played.state["owed"] == "nothing"


def test_while_a_rival_is_waited_for_or_replaced_it_is_not_named(stage: Stage) -> None:
    seen = watched(stage)

    played = stage.play("busy-for-a-while", "--if-active=replace")

    theirs = stage.runs("busy-for-a-while")[0].scene.update_id
    assert played.stops == 1
    assert all(state.get("update_id") != theirs for _, state, _ in seen.moments)


def test_an_interrupt_that_gets_no_answer_leaves_the_stop_to_be_done(
    stage: Stage,
) -> None:
    stage.line.interrupt_at(60, Why.SIGTERM)
    stage.workspace.faults.append(
        Fault(method="POST", path_pattern="/stop$", times=9, status=503)
    )

    played = stage.play("slow-resources")

    assert played.code == 143
    assert played.state["owed"] == "stop"
    assert played.state["update_id"] == played.outputs["update-id"]


def test_an_interrupt_between_two_attempts_leaves_the_retry_to_be_stopped(
    stage: Stage,
) -> None:
    stage.line.interrupt_at(80, Why.SIGTERM)

    played = stage.play("retry-succeeds")

    assert (played.code, played.stops) == (143, 0)
    assert played.state["owed"] == "stop"
    assert played.state["update_id"] == played.outputs["update-id"]


def test_a_bug_of_ours_leaves_the_update_to_be_stopped(stage: Stage) -> None:
    def breaks(call: Call) -> None:
        if call.path.endswith("/events"):
            raise RuntimeError("a bug")

    stage.line.before = breaks

    played = stage.play("success")

    assert played.code == 70
    assert played.state["owed"] == "stop"
    assert played.state["update_id"] == played.outputs["update-id"]


class Journal:
    """A file that is looked at whenever the other place is written to."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.log: list[tuple[str, bool, bool]] = []

    def __call__(self, text: str) -> None:
        update = next(
            (
                one.scene.update_id
                for run in self.stage.workspace.world.pipelines.values()
                for one in run.runs
                if one.scene.cause in ("API_CALL", "RETRY_ON_FAILURE")
                and one.scene.update_id in text
            ),
            None,
        )
        if update is not None:
            self.log.append(
                (
                    text,
                    self.stage.state.get("update_id") == update,
                    self.stage.outputs.get("update-id") == update,
                )
            )


@pytest.mark.parametrize("lost", [False, True])
def test_whatever_the_log_says_of_an_update_state_and_outputs_have_said_before(
    stage: Stage, *, lost: bool
) -> None:
    if lost:
        stage.workspace.faults.append(
            Fault(
                method="POST", path_pattern="/updates$", after_effect=True, status=503
            )
        )
    journal = Journal(stage)
    stage.listener = journal

    stage.play("retry-succeeds")

    assert len(journal.log) > 3
    last = journal.log[-1][0]
    late = [
        text
        for text, in_state, in_outputs in journal.log
        if not (in_state and in_outputs) and text != last and "is FAILED" not in text
    ]
    assert late == []


class Written:
    """A dialect that remembers in which order the files were written to."""

    def __init__(self, inner: Dialect) -> None:
        self._inner = inner
        self.order: list[tuple[str, str]] = []
        self.mask, self.group = inner.mask, inner.group
        self.annotate, self.summary = inner.annotate, inner.summary

    def outputs(self, values: Mapping[str, str]) -> None:
        self.order.append(("outputs", values.get("update-id", "")))
        self._inner.outputs(values)

    def state(self, values: Mapping[str, str]) -> None:
        self.order.append(("state", values.get("update_id", "")))
        self._inner.state(values)


def test_the_state_knows_of_an_update_before_the_outputs_do(stage: Stage) -> None:
    # It is what can still stop the update.
    written: list[Written] = []

    def between(ci: Dialect) -> Dialect:
        written.append(Written(ci))
        return written[0]

    stage.dialect = between

    stage.play("retry-succeeds")

    order = written[0].order
    for run in stage.runs("retry-succeeds"):
        update = run.scene.update_id
        assert order.index(("state", update)) < order.index(("outputs", update))
    assert [kind for kind, update in order if not update] == ["state", "outputs"]


def test_without_a_state_that_can_be_written_nothing_is_started(
    stage: Stage,
) -> None:
    stage.environ["GITHUB_STATE"] = str(stage.folder / "nowhere" / "state")

    with pytest.raises(OutputsUnwritable, match=r"GITHUB_STATE.*Nothing was started"):
        stage.run("success")

    assert stage.workspace.requests == []
    assert OutputsUnwritable("").exit_code == 74


def test_a_runner_without_a_state_is_told_once_and_the_run_goes_on(
    stage: Stage,
) -> None:
    stage.environ["GITHUB_STATE"] = ""

    played = stage.play("success")

    assert played.code == 0
    assert played.log.count("GITHUB_STATE is not set") == 1


def test_a_state_that_vanishes_in_the_middle_is_a_warning_and_the_run_goes_on(
    stage: Stage,
) -> None:
    def vanishes(call: Call) -> None:
        if call.method is Method.POST:
            (stage.folder / "state").unlink()

    stage.line.before = vanishes

    code, log = stage.run("success")

    assert code == 0
    assert "warning: GITHUB_STATE could not be written" in log
    assert "would not stop it" in log


def test_outputs_that_cannot_be_written_leave_a_state_that_owes_no_update(
    stage: Stage,
) -> None:
    (stage.folder / "output").unlink()

    with pytest.raises(OutputsUnwritable):
        stage.run("success")

    assert read(stage.state).update_id is None
    tidied = stage.tidy_up()
    assert (tidied.code, len(tidied.requests)) == (0, 0)


@pytest.mark.parametrize(
    ("policy", "owed"), [("--on-cancel=stop", "stop"), ("--on-cancel=leave", "nothing")]
)
def test_what_nobody_follows_any_more_is_left_to_the_post_step(
    stage: Stage, policy: str, owed: str
) -> None:
    stage.line.away.append(Away(60, 1e6))

    played = stage.play("slow-resources", "--outage-grace=5m", policy)

    assert played.outputs["result"] == "unreachable"
    assert (played.state["owed"], played.stops) == (owed, 0)


@pytest.mark.parametrize("policy", ["--on-cancel=stop", "--on-cancel=leave"])
def test_an_end_that_is_known_is_owed_by_nobody_whatever_the_policy(
    stage: Stage, policy: str
) -> None:
    assert stage.play("retry-fails", policy).state["owed"] == "nothing"


def test_an_accepted_stop_is_on_disk_before_the_next_look(stage: Stage) -> None:
    seen = Seen(stage)
    stage.line.before = seen.look
    stage.play("success", "--timeout=1m")

    names = [name for name, *_ in seen.moments]
    stop = next(i for i, name in enumerate(names) if name.endswith("/stop"))
    assert seen.moments[stop][1]["asked"] == ""
    assert seen.moments[stop + 1][1]["asked"] == "true"
    assert seen.moments[stop + 1][1]["owed"] == "stop"
