"""What other people and the platform do to a pipeline, as the stand-in plays it."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

import pytest

from dlt_action.standin import SCENARIOS, Fault
from dlt_action.standin.wire import Refusal
from tests.standin.desk import START, Answer, Desk

# What began longer ago than any of these takes is over.
BUSY = [
    name
    for name, scenario in SCENARIOS.items()
    if scenario.before is not None and scenario.before.began < 3_600
]


def updates(desk: Desk, name: str) -> list[Answer]:
    found: list[Answer] = desk.ask(desk.path(name, "/updates")).get("updates", [])
    return found


def refused(desk: Desk, name: str) -> bool:
    return desk.send("POST", desk.path(name, "/updates"), {}).status == 409


def ends(desk: Desk, name: str, seconds: float) -> str:
    """The state after *seconds*, if the newest update ended just then."""
    desk.now = START + seconds - 1
    assert desk.state(name) not in ("COMPLETED", "FAILED", "CANCELED")
    desk.now += 2
    return desk.state(name)


@pytest.mark.parametrize("name", BUSY)
def test_a_busy_pipeline_is_busy_from_the_first_look_and_refuses_a_start(
    name: str,
) -> None:
    desk = Desk([name])

    assert desk.pipeline(name)["state"] != "IDLE"
    assert refused(desk, name)
    assert len(updates(desk, name)) == 1


@pytest.mark.parametrize("name", BUSY)
def test_a_pipeline_that_was_busy_takes_a_start_and_completes_it(name: str) -> None:
    desk = Desk([name])
    desk.now += 3_660

    ours = desk.start(name)
    desk.now += 75

    assert desk.update(name, ours)["state"] == "COMPLETED"


@pytest.mark.parametrize("name", BUSY)
def test_the_log_of_somebody_elses_update_is_in_order(name: str) -> None:
    desk = Desk([name], page_size=1000)
    desk.now += 3_660

    numbers = [e["sequence"]["control_plane_seq_no"] for e in desk.events(name)]

    assert numbers == sorted(set(numbers))


def test_a_busy_pipeline_may_be_free_after_ninety_seconds() -> None:
    desk = Desk(["busy-for-a-while"])
    assert updates(desk, "busy-for-a-while")[0]["cause"] == "USER_ACTION"

    assert ends(desk, "busy-for-a-while", 90) == "COMPLETED"
    assert not refused(desk, "busy-for-a-while")


def test_somebody_elses_retry_keeps_the_pipeline_busy_in_the_gap_too() -> None:
    name = "busy-with-retry"
    desk = Desk([name])
    desk.now += 20

    assert desk.state(name) == "FAILED"
    assert desk.pipeline(name)["state"] == "RECOVERING"
    assert refused(desk, name)
    assert ends(desk, name, 104.4) == "COMPLETED"
    assert [u["cause"] for u in updates(desk, name)] == [
        "RETRY_ON_FAILURE",
        "USER_ACTION",
    ]


def test_somebody_elses_stop_may_take_another_minute() -> None:
    desk = Desk(["busy-stopping"])
    assert desk.state("busy-stopping") == "STOPPING"

    assert ends(desk, "busy-stopping", 60) == "CANCELED"


def test_the_twin_is_what_a_plain_start_would_be() -> None:
    desk = Desk(["twin-active", "success"])
    desk.start("success")

    own = {"update_id", "pipeline_id", "cluster_id", "creation_time", "state"}
    twin, plain = updates(desk, "twin-active")[0], updates(desk, "success")[0]
    assert {k: v for k, v in twin.items() if k not in own} == {
        k: v for k, v in plain.items() if k not in own
    }
    assert ends(desk, "twin-active", 90) == "COMPLETED"


def test_a_start_behind_another_is_accepted_and_queued_until_that_one_ended() -> None:
    name = "queued-behind"
    desk = Desk([name])
    assert updates(desk, name) == []

    ours = desk.start(name)
    desk.now += 70

    theirs = updates(desk, name)[1]
    assert (theirs["state"], theirs["cause"]) == ("RUNNING", "USER_ACTION")
    assert desk.update(name, ours)["state"] == "QUEUED"
    assert refused(desk, name)
    desk.now += 4.2
    assert desk.update(name, theirs["update_id"])["state"] == "COMPLETED"
    assert desk.states(name, 80)[1:] == [
        "CREATED",
        "WAITING_FOR_RESOURCES",
        "INITIALIZING",
        "SETTING_UP_TABLES",
        "RUNNING",
        "COMPLETED",
    ]


def test_a_stop_cancels_what_runs_and_not_what_is_queued_behind_it() -> None:
    name = "queued-behind"
    desk = Desk([name])
    ours = desk.start(name)
    desk.now += 60

    desk.stop(name)
    desk.now += 7

    assert updates(desk, name)[1]["state"] == "CANCELED"
    assert desk.update(name, ours)["state"] == "WAITING_FOR_RESOURCES"


def test_an_update_may_stay_queued_for_ever_and_can_be_stopped() -> None:
    name = "queued-for-ever"
    desk = Desk([name])
    desk.start(name)
    desk.now += 86_400

    assert desk.state(name) == "QUEUED"
    assert desk.pipeline(name)["state"] == "DEPLOYING"
    desk.stop(name)
    assert desk.states(name, 5) == ["STOPPING", "CANCELED"]


def test_an_update_may_go_silent_for_half_a_day_and_complete() -> None:
    name = "goes-silent"
    desk = Desk([name], page_size=1000)
    desk.start(name)
    desk.now += 62
    before = desk.events(name)

    desk.now += 43_000
    assert desk.state(name) == "RUNNING"
    assert desk.events(name) == before
    assert ends(desk, name, 43_274) == "COMPLETED"


def test_a_stop_may_be_obeyed_never() -> None:
    name = "stop-ignored"
    desk = Desk([name])
    desk.start(name)
    desk.now += 50
    desk.stop(name)
    desk.now += 86_400

    assert desk.state(name) == "STOPPING"
    assert desk.stop(name) == {}
    assert refused(desk, name)


def test_a_stop_may_come_too_late_to_keep_an_update_from_completing() -> None:
    name = "stop-too-late"
    desk = Desk([name], page_size=1000)
    desk.start(name)
    desk.now += 60
    desk.stop(name)

    assert desk.states(name, 12) == ["STOPPING", "COMPLETED"]
    desk.now += 2
    last: dict[str, str] = {}
    for event in desk.events(name):
        status = event["details"].get("flow_progress", {}).get("status")
        if status is not None:
            last[event["origin"]["flow_name"]] = status
    assert "RUNNING" not in last.values()


def test_the_platform_may_cancel_an_update_to_go_on_under_a_newer_runtime() -> None:
    name = "service-upgrade"
    desk = Desk([name])
    first = desk.start(name, full_refresh=True)
    desk.now += 61
    assert desk.state(name) == "CANCELED"
    assert desk.pipeline(name)["state"] == "IDLE"
    desk.now += 90

    second, canceled = updates(desk, name)
    assert canceled["update_id"] == first
    assert (second["cause"], second["state"]) == ("SERVICE_UPGRADE", "COMPLETED")
    assert second["full_refresh"] is True
    whys = [
        event["details"]["update_progress"].get("cancellation_cause")
        for event in desk.events(name, filter=f"update_id = '{first}'")
        if "update_progress" in event["details"]
    ]
    assert set(whys) == {None}


def test_a_new_update_is_missing_from_the_lists_for_a_while() -> None:
    desk = Desk(["success"], list_lag=8.0)
    ours = desk.start("success")

    desk.now += 7.9
    assert updates(desk, "success") == []
    assert desk.pipeline("success")["latest_updates"] == []
    assert desk.update("success", ours)["state"] == "WAITING_FOR_RESOURCES"
    assert refused(desk, "success")
    desk.now += 0.2
    assert [u["update_id"] for u in updates(desk, "success")] == [ours]
    assert desk.state("success") == "WAITING_FOR_RESOURCES"


def test_every_answer_is_dated_by_the_clock_of_the_workspace() -> None:
    desk = Desk(["success"])
    fault = Fault(method="GET", path_pattern="/events$", status=503)
    own = Fault(method="GET", path_pattern="/odd$", headers={"Date": "yesterday"})
    desk.workspace.faults += [fault, own]
    desk.now += 0.75

    for rest in ("", "/nothing", "/events"):
        answer = desk.send("GET", desk.path("success", rest))
        said = parsedate_to_datetime(answer.headers["date"]).timestamp()
        assert said == START
    answer = desk.send("GET", desk.path("success", "/odd"))
    assert [v for k, v in answer.headers.items() if k.lower() == "date"] == [
        "yesterday"
    ]


def test_a_workspace_may_be_without_a_date() -> None:
    answer = Desk(["success"], dated=False).send("GET", "/api/2.0/pipelines")
    assert "date" not in answer.headers


def test_what_is_forbidden_is_neither_shown_nor_listed_until_it_is_allowed() -> None:
    desk = Desk(["success"])
    path = desk.path("success")
    desk.workspace.forbid("success")

    assert desk.refused(path)[:2] == (403, "PERMISSION_DENIED")
    assert desk.refused(f"{path}/events")[:2] == (403, "PERMISSION_DENIED")
    assert desk.send("POST", f"{path}/updates", {}).status == 403
    listed = desk.ask("/api/2.0/pipelines")["statuses"]
    assert "success" not in [pipeline["name"] for pipeline in listed]
    desk.workspace.allow("success")
    assert desk.pipeline("success")["state"] == "IDLE"


def test_a_single_permission_may_be_taken() -> None:
    desk = Desk(["success"])
    desk.workspace.forbid("success", "Run")

    assert desk.send("POST", desk.path("success", "/updates"), {}).status == 403
    assert desk.send("POST", desk.path("success", "/stop")).status == 403
    assert desk.pipeline("success")["state"] == "IDLE"


def test_a_pipeline_may_become_continuous_while_an_update_runs() -> None:
    desk = Desk(["success"])
    ours = desk.start("success")
    assert desk.update("success", ours)["mode"] == "DEFAULT"

    desk.workspace.make_continuous("success")

    assert desk.update("success", ours)["mode"] == "CONTINUOUS"
    assert desk.pipeline("success")["spec"]["continuous"] is True


def test_a_pipeline_may_be_renamed_and_keeps_its_id() -> None:
    desk = Desk(["success"])
    path = desk.path("success")

    desk.workspace.rename("success", "sales")

    assert desk.ask(path)["name"] == desk.ask(path)["spec"]["name"] == "sales"
    assert desk.path("sales") == path


@pytest.mark.parametrize("cause", ["USER_ACTION", "API_CALL", "JOB_TASK"])
def test_somebody_else_may_start_an_update_at_any_time(cause: str) -> None:
    desk = Desk(["success"])
    theirs = desk.workspace.rival("success", cause=cause, validate_only=True)

    update = desk.update("success", theirs)
    assert (update["cause"], update["validate_only"]) == (cause, True)
    assert refused(desk, "success")
    with pytest.raises(Refusal, match="already exists"):
        desk.workspace.rival("success")


def test_a_person_may_stop_an_update_and_the_log_says_who() -> None:
    desk = Desk(["success"])
    ours = desk.start("success")
    desk.now += 50
    desk.workspace.person_stops("success")

    assert desk.states("success", 6) == ["STOPPING", "CANCELED"]
    desk.now += 2
    acts = [
        (e["origin"]["update_id"], e["details"]["user_action"]["action"])
        for e in desk.events("success")
        if e["event_type"] == "user_action" and "update_id" in e["origin"]
    ]
    assert acts == [(ours, "START"), (ours, "STOP")]


def test_a_person_who_stops_an_idle_pipeline_changes_nothing() -> None:
    desk = Desk(["success"])
    before = desk.pipeline("success")

    desk.workspace.person_stops("success")

    assert desk.pipeline("success") == before


def test_what_others_do_leaves_the_ids_of_a_play_as_they_were() -> None:
    desk = Desk(["success", "already-active"])

    assert desk.start("success") == "6c6cbb56-de62-5bff-a189-9cac1a54002b"
    theirs = updates(desk, "already-active")[0]["update_id"]
    assert theirs == "e14c7ca9-99e3-5257-97f3-14fef11d293b"
