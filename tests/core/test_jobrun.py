from __future__ import annotations

from dlt_action.core.model import Result, RunId, UpdateState
from dlt_action.core.news import RunStarted, Started
from tests.core.events import flow, state, thrown
from tests.core.jobscene import NOW, ONE, RUN, Scene, play


def test_a_job_run_that_succeeds_is_a_success_with_the_update_of_its_task() -> None:
    scene = Scene()
    scene.task(ends=60)
    scene.update(
        states={4: "RUNNING", 50: "COMPLETED"},
        events=[state("RUNNING", 4), state("COMPLETED", 50)],
    )
    scene.ends(61, "SUCCESS")
    played = play(scene)

    assert played.outcome.result is Result.SUCCEEDED
    assert [news.run_id for news in played.told(RunStarted)] == [RUN]
    assert [news.update_id for news in played.told(Started)] == ["u1"]
    (attempt,) = played.outcome.attempts
    assert attempt.state is UpdateState.COMPLETED
    assert played.outcome.log_complete
    assert played.count(NOW) == 1
    assert played.seconds < 75
