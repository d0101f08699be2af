"""Following a job run: its end, its tasks, and the updates that they make."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dlt_action.core.model import Attribution, Result, UpdateState
from dlt_action.core.news import (
    Begun,
    Heartbeat,
    Noted,
    RunStarted,
    Started,
    TaskFailed,
    TookUp,
    Warned,
)
from dlt_action.core.plan import Plan
from dlt_action.core.reply import Answer, Reply
from tests.core.events import state
from tests.core.jobscene import (
    AWAY,
    GET,
    LOST,
    NOW,
    ONE,
    OUTPUT,
    RUN,
    SUBMITTED,
    TWO,
    Played,
    Scene,
    bad,
    failing,
    good,
    plan_of,
    play,
    succeeding,
    task,
)


def notes(played: Played) -> list[str]:
    return [news.text for news in played.told(Noted)]


def warnings(played: Played) -> list[str]:
    return [news.text for news in played.told(Warned)]


@pytest.mark.parametrize("plan", [ONE, SUBMITTED])
def test_a_run_that_succeeds_is_a_success_with_the_update_of_its_task(
    plan: Plan,
) -> None:
    scene = Scene()
    succeeding(scene)
    scene.ends(61, "SUCCESS")
    played = play(scene, plan)

    assert played.outcome.result is Result.SUCCEEDED
    assert [news.run_id for news in played.told(RunStarted)] == [RUN]
    assert [news.update_id for news in played.told(Started)] == ["u1"]
    (attempt,) = played.outcome.attempts
    assert attempt.state is UpdateState.COMPLETED
    assert played.outcome.attribution is Attribution.INFERRED
    assert played.outcome.pipeline_name == "load!"
    assert played.outcome.log_complete
    assert played.outcome.warnings == ()
    assert played.outcome.job is not None
    assert played.outcome.job.state == "SUCCESS"
    assert [row.ok for row in played.outcome.job.tasks] == [True]
    assert played.seconds < 66
    assert not played.owed.stop


def test_a_run_that_fails_tells_the_pipelines_own_root_cause() -> None:
    scene = Scene()
    failing(scene)
    scene.state[61] = {"state_message": "Task load failed with message: see the logs."}
    scene.ends(61, "FAILED", "INTERNAL_ERROR")
    played = play(scene)

    assert played.outcome.result is Result.FAILED
    assert played.outcome.reason == f"Job run {RUN} failed: 1 task failed (load)."
    assert [one.headline for one in played.outcome.problems] == ["no column in load"]
    assert played.outcome.server_said == ""  # not "see the logs"
    assert played.outcome.job is not None
    assert [row.message for row in played.outcome.job.tasks] == ["no column in load"]
    assert played.told(TaskFailed) == [TaskFailed("load", "FAILED", "", "pipeline")]
    assert not played.owed.stop


def test_no_successor_is_waited_for_once_the_run_has_ended() -> None:
    scene = Scene()
    failing(scene)
    scene.ends(61, "FAILED")
    assert play(scene).seconds < 70


def test_the_run_is_told_before_its_updates_and_all_of_it_on_disk_before() -> None:
    scene = Scene()
    succeeding(scene)
    scene.ends(61, "SUCCESS")
    played = play(scene)

    first = next(news for news in played.news if not isinstance(news, Begun))
    assert isinstance(first, RunStarted)
    assert first.url == "https://workspace.test/jobs/5/runs/77"
    ((_, owed),) = [d for d in played.debts if isinstance(d[0], RunStarted)]
    assert (owed.stop, owed.run_id, owed.token) == (True, RUN, "")


def test_the_page_of_a_one_time_run_is_told_once_it_is_known() -> None:
    scene = Scene()
    succeeding(scene)
    scene.ends(61, "SUCCESS")
    played = play(scene, SUBMITTED)

    assert [news.url for news in played.told(RunStarted)] == [None]
    page = "https://workspace.test/jobs/5/runs/77"
    assert f"page of job run 77: {page}" in notes(played)
    assert played.outcome.job is not None
    assert played.outcome.job.url == page
    assert played.outcome.job.job_id is None


def test_each_state_of_the_run_and_of_its_tasks_is_told_once() -> None:
    scene = Scene()
    succeeding(scene)
    scene.task("check", kind="notebook", starts=10, ends=20)
    scene.ends(61, "SUCCESS")
    told = notes(play(scene))

    assert [one for one in told if one.startswith("job run 77:")] == [
        "job run 77: PENDING",
        "job run 77: RUNNING",
        "job run 77: SUCCESS",
    ]
    assert [one for one in told if one.startswith("task")] == [
        "task load (pipeline): RUNNING",
        "task check (notebook): RUNNING",
        "task check (notebook): SUCCESS",
        "task load (pipeline): SUCCESS",
    ]


def test_of_several_pipeline_tasks_each_is_a_part_with_its_own_update() -> None:
    scene = Scene()
    succeeding(scene, "load", "u1")
    failing(scene, "serve", "u2")
    scene.ends(61, "FAILED")
    played = play(scene, TWO)

    outcome = played.outcome
    assert outcome.result is Result.FAILED
    assert outcome.reason == "Job run 77 failed: 1 task failed (serve)."
    assert outcome.attempts == ()
    assert outcome.pipeline_id is None
    assert [(part.task, part.result) for part in outcome.parts] == [
        ("load", Result.SUCCEEDED),
        ("serve", Result.FAILED),
    ]
    assert [part.update_id for part in outcome.parts] == ["u1", "u2"]
    assert [part.seconds for part in outcome.parts] == [58.0, 58.0]
    assert outcome.lead is outcome.parts[1]
    assert outcome.lead.problems[0].headline == "no column in serve"
    assert outcome.log_complete


def test_a_task_that_never_began_is_a_part_that_was_skipped() -> None:
    scene = Scene()
    failing(scene, "load")
    scene.task("serve", starts=60, ends=60, result="UPSTREAM_FAILED")
    scene.ends(61, "FAILED")
    played = play(scene, TWO)

    part = played.outcome.parts[1]
    assert part.result is Result.SKIPPED
    assert part.reason == (
        "Task serve did not begin, because something before it failed."
    )
    assert part.attempts == ()
    assert (
        "task serve (pipeline): UPSTREAM_FAILED, it did not begin, because something"
        " before it failed"
    ) in notes(played)
    assert played.outcome.reason == "Job run 77 failed: 1 task failed (load)."


def test_a_task_that_the_run_does_not_have_is_a_part_of_which_nothing_is_known() -> (
    None
):
    scene = Scene()
    succeeding(scene, "load")
    scene.ends(61, "SUCCESS")
    part = play(scene, TWO).outcome.parts[1]
    assert part.result is Result.UNFINISHED


def test_another_task_that_fails_is_told_with_what_its_output_says() -> None:
    scene = Scene()
    succeeding(scene)
    failed = scene.task("report", kind="notebook", ends=30, result="FAILED")
    scene.outputs[failed] = "ValueError: no rows today"
    scene.ends(61, "FAILED")
    played = play(scene)

    said = "ValueError: no rows today"
    assert played.told(TaskFailed) == [TaskFailed("report", "FAILED", said, "notebook")]
    assert played.outcome.result is Result.FAILED
    assert played.outcome.reason == "Job run 77 failed: 1 task failed (report)."
    assert played.outcome.server_said == said
    assert played.outcome.job is not None
    assert [(row.key, row.ok, row.message) for row in played.outcome.job.tasks] == [
        ("load", True, ""),
        ("report", False, said),
    ]


@pytest.mark.parametrize("answer", [bad(400), AWAY, LOST])
def test_an_output_that_cannot_be_had_leaves_the_word_to_the_task(
    answer: Reply,
) -> None:
    scene = Scene()
    succeeding(scene)
    scene.task("report", kind="notebook", ends=30, result="FAILED", message="It broke.")
    scene.answers[OUTPUT] = [answer]
    scene.ends(61, "FAILED")
    played = play(scene)
    assert played.told(TaskFailed) == [
        TaskFailed("report", "FAILED", "It broke.", "notebook")
    ]
    assert played.count(OUTPUT) == 1
    assert played.outcome.server_said == "It broke."


def test_the_outputs_of_many_failed_tasks_are_not_all_asked_for() -> None:
    scene = Scene()
    succeeding(scene)
    for number in range(150):
        scene.task(f"t{number}", kind="notebook", ends=30, result="FAILED")
    scene.ends(61, "FAILED")
    played = play(scene)

    assert played.count(OUTPUT) == 20
    assert len(played.told(TaskFailed)) == 150
    assert "150 tasks failed (t0, t1, t2, t3, t4, 145 more)" in played.outcome.reason
    assert played.outcome.job is not None
    assert len(played.outcome.job.tasks) == 100
    assert played.outcome.job.tasks[0].key == "t0"
    assert played.outcome.job.message == "51 more tasks"


def test_of_a_thousand_tasks_only_so_many_states_are_told() -> None:
    scene = Scene()
    scene.task(ends=9)
    for number in range(999):
        scene.task(f"t{number}", kind="pipeline", starts=3, ends=8)
    scene.ends(10, "SUCCESS")
    played = play(scene)

    tasks = [one for one in notes(played) if one.startswith("task")]
    assert len(tasks) == 499
    assert sum("are not told" in one for one in notes(played)) == 1
    assert played.outcome.job is not None
    assert played.outcome.job.message == "900 more tasks"


def test_of_many_tasks_that_change_alike_one_line_is_told() -> None:
    scene = Scene()
    scene.task("load", starts=3, ends=8)
    for number in range(10):
        scene.task(f"t{number}", kind="notebook", starts=3, ends=8)
    scene.ends(10, "SUCCESS")
    told = [one for one in notes(play(scene)) if "task" in one]
    assert told == [
        "task load (pipeline): RUNNING",
        "10 other tasks: RUNNING",
        "task load (pipeline): SUCCESS",
        "10 other tasks: SUCCESS",
    ]


def test_a_key_that_is_not_of_the_documented_kind_gets_into_no_sentence() -> None:
    scene = Scene()
    succeeding(scene)
    scene.task("::error::", kind="notebook", ends=30, result="FAILED")
    scene.ends(61, "FAILED")
    played = play(scene)
    assert played.outcome.reason == "Job run 77 failed: 1 task failed."


def test_a_success_with_failures_is_one_and_names_what_failed() -> None:
    scene = Scene()
    succeeding(scene)
    scene.task("report", kind="notebook", ends=30, result="FAILED")
    scene.ends(61, "SUCCESS_WITH_FAILURES")
    played = play(scene)
    assert played.outcome.result is Result.SUCCEEDED
    expected = "Job run 77 counts as succeeded: 1 task failed (report)."
    assert warnings(played) == [expected]
    assert played.outcome.warnings == (expected,)
    assert played.outcome.server_said == ""


def test_a_success_with_failures_that_are_not_seen_says_so() -> None:
    scene = Scene()
    succeeding(scene)
    scene.ends(61, "SUCCESS_WITH_FAILURES")
    expected = "Job run 77 counts as succeeded, though not all of its tasks did."
    assert warnings(play(scene)) == [expected]


def test_a_run_with_the_pages_of_a_thousand_tasks_is_read_whole() -> None:
    scene = Scene()
    succeeding(scene)
    scene.ends(61, "SUCCESS")
    whole = scene.run

    def paged(scene: Scene, second: float) -> Reply:
        token = dict(scene.asked[-1][2].query).get("page_token")
        body = whole(second)
        if token is None:
            return good({**body, "tasks": [], "next_page_token": "2"})
        return good(body)

    scene.always[GET] = paged
    played = play(scene)
    assert played.outcome.result is Result.SUCCEEDED
    assert played.outcome.update_id == "u1"


def test_a_page_that_is_missing_makes_a_look_none() -> None:
    scene = Scene()
    succeeding(scene)
    scene.ends(61, "SUCCESS")
    whole = scene.run

    def paged(scene: Scene, second: float) -> Reply:
        if "page_token" in dict(scene.asked[-1][2].query):
            return bad(400, "no such page")
        return good({**whole(second), "next_page_token": "2"})

    scene.always[GET] = paged
    played = play(scene, replace(ONE, outage_grace=100.0))
    assert played.outcome.result is Result.UNREACHABLE
    assert "refused to tell about job run 77" in played.outcome.reason


def test_who_may_not_see_the_updates_still_gets_the_verdict_of_the_run() -> None:
    scene = Scene()
    succeeding(scene)
    scene.always["GET load/updates"] = lambda *_: bad(403, "no CAN VIEW")
    scene.ends(61, "SUCCESS")
    played = play(scene)
    assert played.outcome.result is Result.SUCCEEDED
    assert played.outcome.attempts == ()
    (warning,) = played.outcome.warnings
    assert warning.startswith("The update of task load is not followed: HTTP 403.")


def test_a_job_task_that_is_tried_again_makes_one_chain_of_attempts() -> None:
    scene = Scene()
    scene.task(ends=60, result="FAILED")
    scene.update("u1", states={4: "RUNNING", 50: "FAILED"})
    scene.task(starts=70, ends=120, attempt=1, since=65)
    scene.update("u2", starts=71, states={72: "RUNNING", 110: "COMPLETED"})
    scene.ends(121, "SUCCESS")
    played = play(scene)

    assert played.outcome.result is Result.SUCCEEDED
    assert [one.update_id for one in played.outcome.attempts] == ["u1", "u2"]
    assert played.outcome.state == "COMPLETED"
    assert played.outcome.job is not None
    assert played.outcome.job.tasks[0].attempts == 2
    assert "task load (pipeline), attempt 2: RUNNING" in notes(played)
    assert played.seconds < 130


def test_a_restart_by_the_platform_is_in_the_same_chain() -> None:
    scene = Scene()
    scene.task(ends=120)
    scene.update("u1", states={4: "RUNNING", 50: "FAILED"})
    scene.update(
        "u2",
        starts=60,
        cause="RETRY_ON_FAILURE",
        states={61: "RUNNING", 110: "COMPLETED"},
    )
    scene.ends(121, "SUCCESS")
    played = play(scene)
    assert [one.update_id for one in played.outcome.attempts] == ["u1", "u2"]
    assert [news.update_id for news in played.told(TookUp)] == ["u2"]
    assert played.outcome.result is Result.SUCCEEDED


def test_a_run_that_somebody_repairs_goes_on() -> None:
    scene = Scene()
    failing(scene)
    scene.task(starts=70, ends=120, attempt=1, since=65)
    scene.update("u2", starts=71, states={72: "RUNNING", 110: "COMPLETED"})
    scene.ends(61, "FAILED")
    looks: list[float] = []

    def repaired(scene: Scene, second: float) -> Reply:
        if second >= 61:
            looks.append(second)
        if len(looks) == 2:
            scene.phases[61.5] = "RUNNING"
            scene.ends(121, "SUCCESS")
        return good(scene.run(second))

    scene.always[GET] = repaired
    played = play(scene)
    assert played.outcome.result is Result.SUCCEEDED
    assert "job run 77 goes on: somebody repairs it" in notes(played)
    assert [one.update_id for one in played.outcome.attempts] == ["u1", "u2"]


def test_a_result_that_changes_between_two_looks_is_looked_at_again() -> None:
    scene = Scene()
    succeeding(scene)
    scene.ends(61, "SUCCESS")
    looks: list[str] = []

    def wavering(scene: Scene, second: float) -> Reply:
        if second >= 61:
            looks.append("x")
            scene.result = "FAILED" if len(looks) == 1 else "SUCCESS"
        return good(scene.run(second))

    scene.always[GET] = wavering
    assert play(scene).outcome.result is Result.SUCCEEDED


def test_a_state_that_is_not_known_is_waited_in() -> None:
    scene = Scene()
    succeeding(scene)
    scene.phases[20] = "HIBERNATING"
    scene.ends(61, "SUCCESS")
    played = play(scene)
    assert played.outcome.result is Result.SUCCEEDED
    told = "job run 77: HIBERNATING (a state that this version does not know;"
    assert any(one.startswith(told) for one in notes(played))


def test_a_queued_run_is_told_with_its_reason() -> None:
    scene = Scene()
    scene.phases = {0: "QUEUED", 10: "RUNNING"}
    scene.state[0] = {"queue_reason": "Queued due to reaching maximum concurrent runs"}
    scene.task(starts=11, ends=60)
    scene.update(starts=12, states={13: "RUNNING", 50: "COMPLETED"})
    scene.ends(61, "SUCCESS")
    told = notes(play(scene))
    assert (
        "job run 77: QUEUED, it waits for its turn (Queued due to reaching maximum"
        " concurrent runs)"
    ) in told


def test_a_run_that_waits_tells_that_it_is_still_there() -> None:
    scene = Scene()
    scene.phases = {0: "QUEUED"}
    scene.task(starts=1e9)
    scene.ends(300, "CANCELED")
    played = play(scene)
    beats = [news.state for news in played.told(Heartbeat)]
    assert len(beats) == 5
    assert set(beats) == {"job run 77 QUEUED · 0 of 1 task ended"}
    assert played.outcome.result is Result.CANCELED


def test_while_an_update_runs_its_own_lines_are_enough() -> None:
    scene = Scene()
    scene.task(ends=600)
    scene.update(states={4: "RUNNING", 590: "COMPLETED"})
    scene.ends(601, "SUCCESS")
    beats = play(scene).told(Heartbeat)
    assert beats
    assert not [one for one in beats if "job run" in one.state]


def test_an_hour_of_a_run_costs_few_calls() -> None:
    scene = Scene()
    scene.task(ends=3600)
    scene.update(states={4: "RUNNING", 3590: "COMPLETED"})
    scene.ends(3601, "SUCCESS")
    played = play(scene)
    assert played.count(GET) < 250


@pytest.mark.parametrize("second", [0.0, 30.0])
def test_an_outage_of_the_jobs_api_is_waited_out(second: float) -> None:
    scene = Scene()
    succeeding(scene)
    scene.ends(61, "SUCCESS")

    def away(scene: Scene, now: float) -> Reply:
        if second <= now < second + 300:
            return AWAY
        return good(scene.run(now))

    scene.always[GET] = away
    played = play(scene)
    assert played.outcome.result is Result.SUCCEEDED
    assert played.outcome.update_id == "u1"


def test_an_api_that_stays_away_is_no_verdict_about_the_run() -> None:
    scene = Scene()
    succeeding(scene)
    scene.always[GET] = lambda *_: AWAY
    played = play(scene)
    assert played.outcome.result is Result.UNREACHABLE
    assert "did not answer for 15:" in played.outcome.reason
    assert "It may still be running." in played.outcome.reason
    assert played.owed.stop


def test_an_end_that_could_not_be_confirmed_is_told_as_it_is() -> None:
    scene = Scene()
    succeeding(scene)
    scene.ends(61, "SUCCESS")
    seen: list[float] = []

    def once(scene: Scene, second: float) -> Reply:
        if second >= 61:
            seen.append(second)
            if len(seen) > 1:
                return AWAY
        return good(scene.run(second))

    scene.always[GET] = once
    played = play(scene)
    assert played.outcome.result is Result.UNREACHABLE
    assert "had ended at the last look" in played.outcome.reason


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (bad(401), Result.UNAUTHORIZED),
        (bad(403), Result.UNAUTHORIZED),
        (bad(404), Result.GONE),
        (bad(400, "Run 77 does not exist."), Result.GONE),
        (bad(400, "why not"), Result.UNREACHABLE),
    ],
)
def test_a_refusal_that_lasts_ends_the_following(answer: Reply, result: Result) -> None:
    scene = Scene()
    scene.always[GET] = lambda *_: answer
    played = play(scene)
    assert played.outcome.result is result
    assert "77" in played.outcome.reason
    assert played.outcome.server_said


@pytest.mark.parametrize("answer", [bad(403), bad(404), good({}), good({"run_id": 78})])
def test_a_refusal_that_does_not_last_costs_nothing(answer: Reply) -> None:
    scene = Scene()
    succeeding(scene)
    scene.answers[GET] = [answer]
    scene.ends(61, "SUCCESS")
    assert play(scene).outcome.result is Result.SUCCEEDED


def test_a_429_between_two_refusals_breaks_their_row() -> None:
    scene = Scene()
    succeeding(scene)
    scene.ends(61, "SUCCESS")
    slow = Answer(429, {"retry-after": "7"}, b"")
    scene.answers[GET] = [bad(403), slow, bad(403)]
    assert play(scene).outcome.result is Result.SUCCEEDED


def test_wait_false_starts_the_run_and_leaves() -> None:
    scene = Scene()
    played = play(scene, replace(ONE, wait=False))
    assert played.outcome.result is Result.STARTED
    assert played.outcome.job is not None
    assert played.outcome.job.run_id == RUN
    assert played.count(NOW) == 1
    assert played.count(GET) == 0
    assert not played.owed.stop


@pytest.mark.parametrize(
    ("answer", "answered"),
    [(None, True), (AWAY, False), (good({"run_id": 78}), False)],
)
def test_the_page_of_a_one_time_run_that_is_left_alone_is_told_if_it_can_be_had(
    answer: Reply | None, *, answered: bool
) -> None:
    scene = Scene()
    if answer is not None:
        scene.always[GET] = lambda *_: answer
    played = play(scene, replace(SUBMITTED, wait=False))
    assert played.outcome.result is Result.STARTED
    assert played.count(GET) == 1
    page = "https://workspace.test/jobs/5/runs/77"
    assert played.outcome.job is not None
    assert played.outcome.job.url == (page if answered else None)


def test_an_update_that_outlives_the_run_is_not_waited_for_long() -> None:
    scene = Scene()
    scene.task(ends=60)
    scene.update(states={4: "RUNNING"}, events=[state("RUNNING", 4)])
    scene.ends(61, "SUCCESS")
    played = play(scene)
    assert played.outcome.result is Result.SUCCEEDED
    assert 115 < played.seconds < 130


def test_a_long_log_is_read_on_after_the_run_has_ended() -> None:
    scene = Scene()
    scene.task(ends=60)
    scene.update(
        states={4: "RUNNING", 50: "COMPLETED"},
        events=[state("RUNNING", 4)],  # the end is never told
    )
    scene.ends(61, "SUCCESS")
    played = play(scene)
    assert played.outcome.result is Result.SUCCEEDED
    assert not played.outcome.log_complete
    assert any("could not be read to its end" in one for one in warnings(played))
    assert any("could not be read to its end" in x for x in played.outcome.warnings)


ACTIVE = "An active update 'u9' already exists for pipeline 'load'."


def in_the_way(*others: str) -> Played:
    """A run whose Pipeline task meets another update; *others* fail otherwise."""
    scene = Scene()
    failed = scene.task(ends=5, result="FAILED")
    scene.outputs[failed] = ACTIVE
    for name in others:
        scene.task(name, kind="notebook", ends=5, result="FAILED")
    scene.ends(6, "FAILED")
    return play(scene)


def test_another_update_in_the_way_of_a_task_is_a_conflict() -> None:
    played = in_the_way()
    assert played.outcome.result is Result.CONFLICT
    assert "another update is active on its pipeline" in played.outcome.reason
    assert played.outcome.server_said == ACTIVE
    assert played.outcome.warnings == ()
    assert played.told(TaskFailed) == [TaskFailed("load", "FAILED", ACTIVE, "pipeline")]
    assert played.seconds < 9


def test_what_another_started_in_the_same_seconds_is_not_taken_for_ours() -> None:
    scene = Scene()
    failed = scene.task(ends=6, result="FAILED")
    scene.outputs[failed] = ACTIVE
    scene.update("u9", states={4: "RUNNING"})  # of somebody else's run
    scene.task("later", kind="notebook", ends=300)
    scene.ends(301, "FAILED")
    played = play(scene)
    assert played.outcome.result is Result.CONFLICT
    assert played.outcome.attempts == ()
    assert played.seconds < 320
    followed = [at for at, name, _ in played.asked if name == "GET load/updates/u9"]
    assert max(followed) < 10


def test_a_task_that_has_started_none_is_not_searched_for_again() -> None:
    scene = Scene()
    failed = scene.task(ends=6, result="FAILED")
    scene.outputs[failed] = ACTIVE
    scene.update("u9", states={4: "RUNNING"}, shown=20)  # of somebody else's run
    scene.task("later", kind="notebook", ends=300)
    scene.ends(301, "FAILED")
    played = play(scene)
    assert played.outcome.result is Result.CONFLICT
    assert played.outcome.attempts == ()
    assert not [name for at, name, _ in played.asked if at > 10 and "load" in name]


def test_a_task_that_has_started_none_is_in_nobodys_way() -> None:
    plan = plan_of(task("first", "load"), task("second", "load"))
    scene = Scene()
    failed = scene.task("first", ends=6, result="FAILED")
    scene.outputs[failed] = ACTIVE
    scene.task("second", starts=20, ends=60)
    scene.update("u1", starts=21, states={22: "RUNNING", 50: "COMPLETED"})
    scene.ends(61, "FAILED")
    played = play(scene, plan)
    assert [part.update_id for part in played.outcome.parts] == [None, "u1"]


def test_what_comes_late_of_what_is_not_ours_is_of_no_use() -> None:
    scene = Scene()
    failed = scene.task(ends=6, result="FAILED")
    scene.outputs[failed] = ACTIVE
    scene.update("u9", states={4: "RUNNING"})
    scene.always["GET load/updates/u9"] = lambda *_: None
    scene.task("later", kind="notebook", ends=100)
    scene.ends(101, "FAILED")
    assert play(scene).outcome.result is Result.CONFLICT


def test_what_fails_for_another_reason_too_is_a_failure() -> None:
    assert in_the_way("report").outcome.result is Result.FAILED


def test_a_workspace_without_measure_is_not_remembered_without_measure() -> None:
    scene = Scene()
    scene.task(ends=5)
    scene.task("x" * 9000, kind="y" * 9000, ends=3, result="z" * 9000)
    for number in range(2100):
        scene.task(f"t{number}", kind="notebook", ends=3, result="FAILED")
    scene.state[2] = {"queue_reason": "q" * 9000}
    scene.phases[2] = "QUEUED"
    scene.ends(6, "w" * 9000)
    played = play(scene)
    assert len(played.told(TaskFailed)) == 1999
    assert max(len(one.key) for one in played.told(TaskFailed)) == 9000  # cut when told
    assert max(map(len, notes(played))) < 500
    assert played.outcome.job is not None
    assert len(repr(played.outcome.job)) < 40_000


def test_tasks_that_were_canceled_are_not_counted_as_failed() -> None:
    scene = Scene()
    succeeding(scene)
    scene.task("a", kind="notebook", ends=30, result="FAILED")
    scene.task("b", kind="notebook", ends=31, result="CANCELED")
    scene.ends(61, "FAILED")
    assert play(scene).outcome.reason == "Job run 77 failed: 1 task failed (a)."


def test_a_notebook_that_meets_another_update_is_a_failure_of_its_own() -> None:
    scene = Scene()
    succeeding(scene)
    failed = scene.task("report", kind="notebook", ends=30, result="FAILED")
    scene.outputs[failed] = ACTIVE
    scene.ends(61, "FAILED")
    played = play(scene)
    assert played.outcome.result is Result.FAILED
    assert played.outcome.update_id == "u1"
