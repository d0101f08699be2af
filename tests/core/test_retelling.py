from __future__ import annotations

from dlt_action.core import wire
from dlt_action.core.model import Json, JsonObject, Result, UpdateId
from dlt_action.core.retelling import Chapter, chain_to, retell


def told(update: str, *sources: JsonObject) -> Chapter:
    chapter = Chapter(UpdateId(update))
    for source in sources:
        chapter.take(source, wire.event(source))
    return chapter


def created(second: int | None, cause: str, pipeline: str = "p-1") -> JsonObject:
    source: JsonObject = {
        "origin": {"pipeline_id": pipeline, "pipeline_name": "orders"},
        "details": {"create_update": {"cause": cause, "full_refresh": "true"}},
    }
    if second is not None:
        source["timestamp"] = f"2026-09-01T12:00:{second:02}Z"
    return source


def state(name: Json, second: int) -> JsonObject:
    return {
        "timestamp": f"2026-09-01T12:00:{second:02}Z",
        "details": {"update_progress": {"state": name}},
    }


def test_an_update_begins_with_its_first_event_in_whatever_order_they_come() -> None:
    chapter = told(
        "u", created(5, "API_CALL"), created(None, "API_CALL"), state("X", 3)
    )
    assert chapter.first.second == 3
    assert chapter.request.full_refresh


def test_a_chain_goes_back_as_far_as_the_platform_itself_went_on() -> None:
    chapters = [
        told("a", created(1, "API_CALL")),
        told("b", created(2, "API_CALL")),
        told("c", created(3, "RETRY_ON_FAILURE")),
        told("d", created(4, "SCHEMA_CHANGE")),
    ]
    ids = [one.update_id for one in chain_to(chapters[-1], chapters)]
    assert ids == ["b", "c", "d"]


def test_an_update_of_another_pipeline_is_no_part_of_the_chain() -> None:
    other = told("a", created(1, "API_CALL", pipeline="p-2"))
    last = told("b", created(2, "RETRY_ON_FAILURE"))
    assert chain_to(last, [other, last]) == (last,)


def test_a_log_without_times_pipelines_and_ends_has_an_outcome() -> None:
    source: JsonObject = {"message": "hello"}
    outcome = retell([(told("u", source), [wire.event(source)])])
    assert outcome.result is Result.UNFINISHED
    assert outcome.reason == (
        "The log shows no end of update u: it was in a state that we do not know at"
        " last."
    )
    assert (outcome.pipeline_id, outcome.pipeline_name) == (None, None)
    assert (outcome.seconds, outcome.attempts[0].created) == (0.0, None)


def test_the_duration_is_from_the_first_update_to_the_end_of_the_last() -> None:
    first, second = state("FAILED", 2), state("COMPLETED", 9)
    chain = [
        (told("a", created(1, "API_CALL"), first), [wire.event(first)]),
        (told("b", second), [wire.event(second)]),
    ]
    outcome = retell(chain)
    assert outcome.seconds == 8.0
    assert outcome.reason == "Update b completed after 2 attempts."
