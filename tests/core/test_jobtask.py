"""Which update a task has started, and what is made of it where that is unsure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dlt_action.core.model import Result, UpdateId
from dlt_action.core.news import Noted, Started, Warned
from dlt_action.core.plan import Parting
from dlt_action.core.reply import Reply
from dlt_action.core.steps import Why
from tests.core.jobscene import (
    AWAY,
    LOST,
    ONE,
    RUN,
    TWO,
    Played,
    Scene,
    bad,
    good,
    plan_of,
    play,
    play_together,
    succeeding,
    task,
)

LISTED = "GET load/updates"
SEVERAL = "its pipeline shows more than one update that this task can have started"
NONE = "its pipeline shows no update that this task can have started"


def followed(played: Played) -> list[str]:
    return [news.update_id for news in played.told(Started)]


def missed(played: Played) -> list[str]:
    """Why updates were not followed."""
    told = (one.text for one in played.told(Warned))
    return [
        text.partition("not followed: ")[2].partition(". What its")[0]
        for text in told
        if "is not followed" in text
    ]


def scene_with(**update: object) -> Scene:
    """A run whose pipeline shows one update, that is said."""
    scene = Scene()
    scene.task(ends=60)
    scene.ends(61, "SUCCESS")
    scene.update("u1", **{"states": {4: "RUNNING", 50: "COMPLETED"}, **update})  # type: ignore[arg-type] # any of its keywords
    return scene


@pytest.mark.parametrize(
    "other",
    [
        {"cause": "API_CALL"},
        {"cause": "USER_ACTION"},
        {"cause": "RETRY_ON_FAILURE"},
        {"cause": ""},
        {"starts": -0.5},  # well before the task's run
        {"shown": 1e9},
    ],
)
def test_what_no_task_can_have_started_is_not_followed(
    other: dict[str, object],
) -> None:
    played = play(scene_with(**other))
    assert followed(played) == []
    assert missed(played) == [NONE]
    assert played.outcome.result is Result.SUCCEEDED
    assert played.outcome.attempts == ()


def test_an_update_from_before_the_start_is_not_followed_however_late_it_says() -> None:
    scene = scene_with(shown=-1.0)
    assert missed(play(scene)) == [NONE]


def test_an_update_that_the_pipeline_showed_at_the_look_up_is_not_followed() -> None:
    known = task("load")
    pipeline = replace(known.pipeline, newest=(UpdateId("u1"),))
    plan = plan_of(replace(known, pipeline=pipeline))
    assert missed(play(scene_with(), plan)) == [NONE]


@pytest.mark.parametrize("starts", [0.5, 2.0, 30.0])
def test_an_update_from_about_the_tasks_start_is_followed(starts: float) -> None:
    assert followed(play(scene_with(starts=starts, shown=3.0))) == ["u1"]


def test_two_that_can_be_it_are_told_and_none_is_followed() -> None:
    scene = scene_with()
    scene.update("u2", starts=3.5, states={5: "RUNNING"})
    played = play(scene)
    assert followed(played) == []
    assert missed(played) == [SEVERAL]
    assert played.outcome.result is Result.SUCCEEDED


def test_a_list_that_is_behind_is_looked_at_again() -> None:
    assert followed(play(scene_with(shown=40.0))) == ["u1"]
    assert followed(play(scene_with(shown=62.5))) == ["u1"]  # after the end


def test_an_update_without_a_time_is_nobodys() -> None:
    scene = scene_with()
    scene.always[LISTED] = lambda _, second: good(
        {
            "updates": [
                {"update_id": "u1", "state": "RUNNING", "cause": "JOB_TASK"}
                for _ in range(second > 1)
            ]
        }
    )
    assert missed(play(scene)) == [NONE]


def test_two_tasks_of_one_pipeline_do_not_take_each_others_update() -> None:
    plan = plan_of(task("first", "load"), task("second", "load"))
    scene = Scene()
    scene.task("first", ends=60)
    scene.update("u1", states={4: "RUNNING", 50: "COMPLETED"})
    scene.task("second", starts=61, ends=120)
    scene.update("u2", starts=62, states={63: "RUNNING", 110: "COMPLETED"})
    scene.ends(121, "SUCCESS")
    played = play(scene, plan)
    assert [part.update_id for part in played.outcome.parts] == ["u1", "u2"]


def test_two_tasks_of_one_pipeline_that_run_at_once_are_not_told_apart() -> None:
    plan = plan_of(task("first", "load"), task("second", "load"))
    scene = Scene()
    scene.task("first", ends=60)
    scene.task("second", ends=60)
    scene.update("u1", states={4: "RUNNING", 50: "COMPLETED"})
    scene.ends(61, "SUCCESS")
    assert SEVERAL in missed(play(scene, plan))


def test_the_update_of_a_second_try_is_not_taken_for_that_of_the_first() -> None:
    scene = Scene()
    scene.task(ends=10, result="FAILED")
    scene.task(starts=12, ends=60, attempt=1, since=12)
    scene.update("u2", starts=13, states={14: "RUNNING", 50: "COMPLETED"})
    scene.ends(61, "SUCCESS")
    played = play(scene)
    assert missed(played) == []
    assert followed(played) == ["u2"]


@pytest.mark.parametrize("reply", [AWAY, LOST, bad(403), bad(404), None])
def test_a_list_that_cannot_be_read_for_a_moment_is_read_again(
    reply: Reply | None,
) -> None:
    scene = scene_with()
    first = good({"updates": []})
    scene.answers[LISTED] = [first, reply]
    assert followed(play(scene)) == ["u1"]


def test_a_list_that_cannot_be_read_for_long_is_given_up() -> None:
    scene = Scene()
    scene.task(ends=1200)
    scene.ends(1201, "SUCCESS")
    scene.always[LISTED] = lambda _, second: good({}) if second < 1 else AWAY
    played = play(scene)
    assert missed(played) == ["the API did not answer"]
    assert played.outcome.result is Result.SUCCEEDED


@pytest.mark.parametrize("why", [Why.SIGTERM, Why.FAIL_FAST])
def test_who_has_to_leave_does_not_look_for_long(why: Why) -> None:
    scene = Scene()
    scene.cancels_after = 1.0
    scene.task()
    played = play(scene, interrupts={20.5: why})
    assert "was canceled" in played.outcome.reason
    assert played.seconds < 32


def test_who_leaves_the_run_alone_looks_for_nothing_more() -> None:
    scene = Scene()
    scene.task()
    plan = replace(ONE, on_timeout=Parting.LEAVE)
    played = play(scene, plan, timeout=60)
    assert played.seconds < 62


def test_a_log_that_cannot_be_followed_changes_no_verdict() -> None:
    scene = scene_with()
    scene.always["GET load/updates/u1"] = lambda *_: bad(403)
    played = play(scene)
    (told,) = missed(played)
    assert told.startswith("Lost access (HTTP 403) while following update u1")
    assert played.outcome.result is Result.SUCCEEDED


def test_a_task_with_a_strange_key_is_told_without_it() -> None:
    scene = Scene()
    scene.task("::x::", ends=60)
    scene.ends(61, "SUCCESS")
    plan = plan_of(task("::x::", "load"))
    (warning,) = play(scene, plan).told(Warned)
    assert warning.text.startswith("The update of a task is not followed")


def test_the_trouble_of_one_pipeline_does_not_delay_the_others_verdict() -> None:
    scene = Scene()
    succeeding(scene, "load", "u1")
    scene.task("serve", ends=60)
    scene.update("u2", pipeline="serve", states={4: "RUNNING", 50: "COMPLETED"})
    scene.always["GET serve/updates/u2"] = lambda *_: None
    scene.ends(61, "SUCCESS")
    played = play(scene, TWO)
    assert played.outcome.result is Result.SUCCEEDED
    assert played.outcome.parts[0].log_complete
    assert played.seconds < 125


def test_the_row_of_attempts_does_not_end_with_a_missed_one() -> None:
    scene = Scene()
    scene.task(ends=30, result="FAILED")
    scene.update("u1", states={4: "RUNNING", 20: "FAILED"})
    scene.task(starts=40, ends=70, result="FAILED", attempt=1, since=40)
    scene.task(starts=80, ends=110, attempt=2, since=80)
    scene.update("u3", starts=81, states={82: "RUNNING", 100: "COMPLETED"})
    scene.ends(111, "SUCCESS")
    played = play(scene)
    assert [one.update_id for one in played.outcome.attempts] == ["u1", "u3"]
    assert missed(played) == []  # it has failed: that is told as its failure
    told = [one.text for one in played.told(Noted)]
    assert "task load has started no update" in told


def test_a_plan_without_an_id_of_a_run_is_played_all_the_same() -> None:
    scene = scene_with()

    def nameless(scene: Scene, second: float) -> Reply:
        body = scene.run(second)
        tasks = [{**one.body(second), "run_id": None} for one in scene.tasks]
        return good({**body, "tasks": list(tasks)})

    scene.always["GET run"] = nameless
    played = play(scene)
    assert followed(played) == ["u1"]
    assert played.outcome.job is not None
    assert played.outcome.job.run_id == RUN
    assert played.outcome.job.tasks[0].url == ""


def test_whoever_followed_a_run_that_is_over_asks_for_nothing_more() -> None:
    ended, other = Scene(), Scene()
    ended.task(ends=60)
    ended.update(states={4: "RUNNING"})  # outlives its run
    ended.always["GET load/updates/u1"] = lambda scene, second: (
        None if second > 50 else good({"update": scene.updates[0].body(second)})
    )
    ended.ends(61, "SUCCESS")
    other.task("serve", ends=900)
    other.update("u2", pipeline="serve", states={4: "RUNNING", 890: "COMPLETED"})
    other.ends(901, "SUCCESS")
    outcomes, asked = play_together(ended, other)
    assert [one.result for one in outcomes] == [Result.SUCCEEDED, Result.SUCCEEDED]
    assert max(at for at, name in asked if name.startswith("GET load")) < 130


def test_who_leaves_the_run_alone_gives_up_the_search_at_once() -> None:
    scene = Scene()
    scene.task()
    scene.always["GET run"] = lambda scene, second: (
        None if second > 20 else good(scene.run(second))
    )
    plan = replace(ONE, on_cancel=Parting.LEAVE)
    played = play(scene, plan, interrupts={20.5: Why.SIGTERM})
    assert missed(played) == ["the time was over before it was found"]


def test_an_answer_that_a_signal_cuts_short_is_none() -> None:
    scene = Scene()
    scene.cancels_after = 1.0
    scene.task()
    scene.always[LISTED] = lambda _, second: good({}) if second < 1 else None
    played = play(scene, interrupts={20.5: Why.SIGTERM})
    assert "was canceled" in played.outcome.reason


def queued_behind(**update: object) -> Scene:
    """Another one's update is the only one that is seen, until ours comes after it."""
    scene = scene_with(states={4: "RUNNING", 20: "COMPLETED"})
    told = {"starts": 21.0, "states": {22: "RUNNING", 50: "COMPLETED"}, **update}
    scene.update("u2", **told)  # type: ignore[arg-type] # any of its keywords
    return scene


def test_a_second_one_that_can_be_it_is_noticed_at_the_end() -> None:
    played = play(queued_behind())
    assert missed(played) == [SEVERAL]
    assert played.outcome.result is Result.SUCCEEDED
    assert played.seconds < 68


@pytest.mark.parametrize(
    "other", [{"cause": "API_CALL"}, {"starts": 62.0}, {"shown": 1e9}]
)
def test_what_cannot_be_it_raises_no_doubts(other: dict[str, object]) -> None:
    assert missed(play(queued_behind(**other))) == []


def test_a_list_is_looked_at_for_a_while_after_the_tasks_end() -> None:
    scene = Scene()
    scene.task(ends=20)
    scene.update("u1", states={4: "RUNNING", 15: "COMPLETED"}, shown=60)
    scene.task("later", kind="notebook", ends=600)
    scene.ends(601, "SUCCESS")
    assert followed(play(scene)) == ["u1"]


def test_but_not_until_the_end_of_a_long_run() -> None:
    scene = Scene()
    scene.task(ends=20)
    scene.task("later", kind="notebook", ends=600)
    scene.ends(601, "SUCCESS")
    played = play(scene)
    assert missed(played) == [NONE]
    assert max(played.seconds_of(LISTED)) < 160


def test_a_restart_is_waited_for_as_long_as_the_task_goes_on() -> None:
    scene = Scene()
    scene.task(ends=400)
    scene.update("u1", states={4: "RUNNING", 50: "FAILED"})
    scene.update(
        "u2",
        starts=300,  # long after the grace, and nothing announces it
        cause="RETRY_ON_FAILURE",
        states={301: "RUNNING", 390: "COMPLETED"},
    )
    scene.ends(401, "SUCCESS")
    played = play(scene)
    assert [one.update_id for one in played.outcome.attempts] == ["u1", "u2"]
    told = [one.text for one in played.told(Noted)]
    assert (
        "update u1 is FAILED: waiting for an automatic restart by the platform, or the"
        " end of its task"
    ) in told


def test_waiting_for_a_restart_costs_few_calls() -> None:
    scene = Scene()
    scene.task(ends=3600)
    scene.update("u1", states={4: "RUNNING", 50: "FAILED"})
    scene.ends(3601, "FAILED")
    played = play(scene)
    assert played.count(LISTED) < 220
    assert played.seconds < 3620
