from __future__ import annotations

import re
from collections import Counter
from uuid import UUID

import pytest

from dlt_action.standin import SCENARIOS
from dlt_action.standin.scenarios.hostile import TEXTS
from tests.standin.desk import Answer, Desk

COLD = ["CREATED", "WAITING_FOR_RESOURCES", "INITIALIZING"]
TO_RUNNING = [*COLD, "SETTING_UP_TABLES", "RUNNING"]
PLAYED = [name for name, scenario in SCENARIOS.items() if scenario.before is None]
ENDLESS = ("continuous", "queued-for-ever", "goes-silent")
ENDING = [name for name in PLAYED if name not in ENDLESS]
ENDS = {"succeeded": "COMPLETED", "failed": "FAILED", "canceled": "CANCELED"}


def played(name: str, **fields: object) -> Desk:
    """A workspace in which the scenario has come to its end."""
    desk = Desk([name], page_size=1000)
    desk.start(name, **fields)
    desk.now += SCENARIOS[name].seconds + 10
    return desk


def all_of(desk: Desk, name: str, **query: object) -> list[Answer]:
    return desk.events(name, max_results=1000, **query)


def flow_progress(desk: Desk, name: str) -> list[Answer]:
    return [e for e in all_of(desk, name) if e["event_type"] == "flow_progress"]


@pytest.mark.parametrize("name", ENDING)
def test_a_scenario_ends_as_it_promises_and_when(name: str) -> None:
    scenario = SCENARIOS[name]
    desk = Desk([name])
    desk.start(name)
    desk.now += scenario.seconds - 1
    assert desk.pipeline(name)["state"] not in ("IDLE", "FAILED")
    desk.now += 2
    assert desk.state(name) == ENDS[scenario.expect]
    assert desk.pipeline(name)["state"] == (
        scenario.rests_in if scenario.expect == "failed" else "IDLE"
    )


@pytest.mark.parametrize("name", PLAYED)
def test_the_log_of_every_scenario_is_well_formed(name: str) -> None:
    events = all_of(played(name), name)
    ids = [event["id"] for event in events]
    assert len(set(ids)) == len(ids)
    assert all(str(UUID(event_id)) == event_id for event_id in ids)
    numbers = [event["sequence"]["control_plane_seq_no"] for event in events]
    assert numbers == sorted(set(numbers))
    for event in events:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z", event["timestamp"])
        assert event["level"] in ("INFO", "WARN", "ERROR", "METRICS")
        assert set(event["details"]) <= {event["event_type"]}


@pytest.mark.parametrize("name", PLAYED)
def test_every_state_is_told_by_an_event(name: str) -> None:
    desk = played(name)
    told = [
        (e["origin"]["update_id"], e["details"]["update_progress"]["state"])
        for e in all_of(desk, name)
        if e["event_type"] == "update_progress"
    ]
    for update in desk.ask(desk.path(name, "/updates"))["updates"]:
        states = [
            state for update_id, state in told if update_id == update["update_id"]
        ]
        assert states[-1] == update["state"]
        assert states[0] in ("WAITING_FOR_RESOURCES", "QUEUED")


@pytest.mark.parametrize("name", ENDING)
def test_every_flow_comes_to_an_end_with_its_update(name: str) -> None:
    last = {}
    for event in flow_progress(played(name), name):
        key = (event["origin"]["update_id"], event["origin"]["flow_name"])
        last[key] = event["details"]["flow_progress"]["status"]
    ends = {"COMPLETED", "FAILED", "SKIPPED", "STOPPED", "EXCLUDED"}
    stands_by = {"IDLE"} if name == "views" else set()  # it ran once, and long ago
    assert set(last.values()) <= ends | stands_by


def test_success_goes_through_the_usual_states() -> None:
    desk = Desk(["success"])
    desk.start("success")
    assert desk.states("success", 80) == [*TO_RUNNING, "COMPLETED"]


def test_success_tells_rows_quality_lineage_and_things_nobody_asked_for() -> None:
    events = all_of(played("success"), "success")
    kinds = Counter(event["event_type"] for event in events)
    assert kinds["flow_definition"] == kinds["dataset_definition"] == 8
    assert kinds["advisory"] == kinds["cluster_resources"] == 1
    assert kinds["runtime_details"] == kinds["lakehouse_weather"] == 1
    orders = [
        e["details"]["flow_progress"]
        for e in events
        if e["event_type"] == "flow_progress"
        and e["origin"]["flow_name"] == "main.sales.orders"
    ]
    assert [found["status"] for found in orders] == [
        "QUEUED",
        "PLANNING",
        "STARTING",
        "RUNNING",
        "COMPLETED",
    ]
    assert orders[-1]["metrics"]["num_output_rows"] == 18_370
    assert orders[-1]["data_quality"] == {
        "dropped_records": 32,
        "expectations": [
            {
                "name": "valid id",
                "dataset": "main.sales.orders",
                "passed_records": 18_370,
                "failed_records": 32,
            },
            {
                "name": "positive amount",
                "dataset": "main.sales.orders",
                "passed_records": 18_402,
                "failed_records": 0,
            },
        ],
    }


def test_a_streaming_flow_tells_its_rows_by_batch_and_not_at_its_end() -> None:
    found = [
        event["details"]["flow_progress"]
        for event in flow_progress(played("success"), "success")
        if event["origin"]["flow_name"] == "main.sales.raw_orders"
    ]
    assert "metrics" not in found[-1]
    metrics = [f["metrics"]["num_output_rows"] for f in found if "metrics" in f]
    assert sum(metrics) == 18_402


def test_a_full_refresh_resets_and_a_dry_run_runs_no_flow() -> None:
    desk = Desk(["success"])
    desk.start("success", full_refresh=True)
    assert "RESETTING" in desk.states("success", 80)
    dry = desk.start("success", validate_only=True, full_refresh=True)
    assert desk.states("success", 80) == [*COLD, "SETTING_UP_TABLES", "COMPLETED"]
    events = desk.events("success", filter=f"update_id = '{dry}'")
    assert "flow_progress" not in {event["event_type"] for event in events}


def test_a_dry_run_of_broken_code_fails() -> None:
    desk = Desk(["code-error"])
    desk.start("code-error", validate_only=True)
    assert desk.states("code-error", 80) == [*COLD, "FAILED"]


def test_flows_outside_the_selection_are_excluded() -> None:
    desk = played("success", refresh_selection=["orders", "main.sales.customers"])
    statuses = Counter(
        event["details"]["flow_progress"]["status"]
        for event in flow_progress(desk, "success")
    )
    assert statuses["EXCLUDED"] == 6
    assert statuses["COMPLETED"] == 2


def test_expectations_add_up_over_batches_under_several_spellings() -> None:
    passed: Counter[str] = Counter()
    spellings = set()
    dropped = 0
    name = "streaming-expectations"
    for event in flow_progress(played(name), name):
        found = event["details"]["flow_progress"].get("data_quality")
        if found is not None:
            dropped += found["dropped_records"]
            for expectation in found["expectations"]:
                passed[expectation["name"]] += expectation["passed_records"]
                spellings.add(expectation["dataset"])
    assert dropped == 400
    assert passed == {"valid id": 39_600, "known country": 39_800, "has end": 4_000}
    assert {"events", "`main`.`sales`.`events`", "main.sales.events"} <= spellings


def test_an_error_of_the_code_is_told_by_the_update_alone_with_its_place() -> None:
    events = all_of(played("code-error"), "code-error")
    failed = events[-1]
    assert "flow_progress" not in {event["event_type"] for event in events}
    assert failed["level"] == "ERROR"
    assert failed["origin"]["source_code_location"] == {
        "path": "/Workspace/Shared/pipelines/shop",
        "line_number": 7,
        "notebook_cell_number": 3,
    }
    thrown = failed["error"]["exceptions"][0]
    assert thrown["error_class"] == "PYTHON.NAME_ERROR"
    assert "cell 3, line 7, in orders" in thrown["message"]


def test_a_flow_is_retried_with_a_warning_and_given_up_with_an_error() -> None:
    found = [
        (event["level"], event["error"]["fatal"])
        for event in flow_progress(played("expectation-failed"), "expectation-failed")
        if event["details"]["flow_progress"]["status"] == "FAILED"
    ]
    assert found == [("WARN", False), ("WARN", False), ("ERROR", True)]


def test_what_depends_on_a_failed_flow_is_skipped_with_a_warning() -> None:
    skipped = [
        (event["origin"]["dataset_name"], event["level"])
        for event in flow_progress(played("expectation-failed"), "expectation-failed")
        if event["details"]["flow_progress"]["status"] == "SKIPPED"
    ]
    assert [name.rsplit(".")[-1] for name, _ in skipped] == [
        "revenue_by_day",
        "top_customers",
        "baskets",
    ]
    assert {level for _, level in skipped} == {"WARN"}


def test_an_expectation_that_fails_the_update_leaves_row_data_and_no_numbers() -> None:
    events = flow_progress(played("expectation-failed"), "expectation-failed")
    texts = [
        event["error"]["exceptions"][0]["message"]
        for event in events
        if event["origin"]["flow_name"] == "main.sales.orders" and "error" in event
    ]
    assert len(texts) == 3
    assert "jane.doe@example.com" in texts[0]
    assert texts[0].startswith("[EXPECTATION_VIOLATION.VERBOSITY_ALL] Flow 'main")
    assert not [
        event
        for event in events
        if event["origin"]["flow_name"] == "main.sales.orders"
        and "data_quality" in event["details"]["flow_progress"]
    ]


def test_the_platform_retries_under_a_new_id_after_twenty_seconds() -> None:
    desk = Desk(["retry-succeeds"])
    first = desk.start("retry-succeeds", full_refresh=True)
    desk.now += 80
    assert desk.pipeline("retry-succeeds")["state"] == "RECOVERING"
    assert desk.state("retry-succeeds") == "FAILED"
    desk.now += 200
    listed = desk.ask(desk.path("retry-succeeds", "/updates"))["updates"]
    assert [u["cause"] for u in listed] == ["RETRY_ON_FAILURE", "API_CALL"]
    assert [u["state"] for u in listed] == ["COMPLETED", "FAILED"]
    assert listed[1]["update_id"] == first
    assert listed[0]["full_refresh"] is True
    assert listed[0]["creation_time"] - listed[1]["creation_time"] > 90_000


@pytest.mark.parametrize(
    ("name", "attempts"), [("retry-succeeds", [0, 1]), ("retry-fails", [0, 1, 2])]
)
def test_create_update_counts_failed_attempts_of_one_request(
    name: str, attempts: list[int]
) -> None:
    created = [
        event
        for event in all_of(played(name), name)
        if event["event_type"] == "create_update"
    ]
    found = [e["details"]["create_update"]["failed_attempts"] for e in created]
    assert found == attempts
    assert len({event["origin"]["request_id"] for event in created}) == 1
    assert len({event["origin"]["update_id"] for event in created}) == len(attempts)


def test_development_turns_retries_off() -> None:
    desk = played("retry-succeeds", development=True)
    listed = desk.ask(desk.path("retry-succeeds", "/updates"))["updates"]
    assert [u["state"] for u in listed] == ["FAILED"]


def test_the_number_of_retries_is_configured() -> None:
    configured = {
        name: Desk().pipeline(name)["spec"]["configuration"]
        for name in ("code-error", "retry-fails", "retry-succeeds")
    }
    key = "pipelines.numUpdateRetryAttempts"
    assert configured["code-error"] == {key: "0"}
    assert configured["retry-fails"] == {key: "2"}
    assert configured["retry-succeeds"] == {}


def test_a_new_column_cancels_and_an_update_nobody_announced_completes() -> None:
    desk = Desk(["schema-change"])
    desk.start("schema-change")
    desk.now += 51
    assert desk.pipeline("schema-change")["state"] == "IDLE"
    assert desk.state("schema-change") == "CANCELED"
    desk.now += 100
    listed = desk.ask(desk.path("schema-change", "/updates"))["updates"]
    assert [u["cause"] for u in listed] == ["SCHEMA_CHANGE", "API_CALL"]
    canceled = [
        event["details"]["update_progress"]
        for event in desk.events("schema-change")
        if event["details"].get("update_progress", {}).get("state") == "CANCELED"
    ]
    assert canceled == [{"state": "CANCELED"}]


def test_a_cancel_by_a_person_says_so() -> None:
    events = all_of(played("canceled"), "canceled")
    assert events[-1]["details"]["update_progress"] == {
        "state": "CANCELED",
        "cancellation_cause": "USER_ACTION",
    }
    assert "STOPPED" in {
        event["details"].get("flow_progress", {}).get("status") for event in events
    }


def test_stop_cancels_what_is_active_within_seconds() -> None:
    desk = Desk(["continuous"])
    desk.start("continuous")
    desk.now += 7_200
    assert desk.state("continuous") == "RUNNING"
    assert desk.stop("continuous") == {}
    assert desk.pipeline("continuous")["state"] == "STOPPING"
    assert desk.states("continuous", 6) == ["STOPPING", "CANCELED"]
    assert desk.pipeline("continuous")["state"] == "IDLE"


def test_stopping_twice_takes_no_longer() -> None:
    desk = Desk(["success"])
    desk.start("success")
    desk.now += 40
    desk.stop("success")
    desk.now += 2
    desk.stop("success")
    desk.now += 2
    assert desk.state("success") == "CANCELED"


@pytest.mark.parametrize("seconds", [0, 80])
def test_stop_without_an_active_update_does_nothing(seconds: int) -> None:
    desk = Desk(["retry-succeeds"])
    if seconds:
        desk.start("retry-succeeds")
        desk.now += seconds  # failed, and not yet retried
    before = desk.pipeline("retry-succeeds")
    assert desk.stop("retry-succeeds") == {}
    assert desk.pipeline("retry-succeeds") == before
    desk.now += 15
    assert len(desk.pipeline("retry-succeeds")["latest_updates"]) == bool(seconds) * 2


def test_a_stopped_attempt_is_not_retried() -> None:
    desk = Desk(["retry-fails"])
    desk.start("retry-fails")
    desk.now += 100
    desk.stop("retry-fails")
    desk.now += 600
    listed = desk.ask(desk.path("retry-fails", "/updates"))["updates"]
    assert [u["state"] for u in listed] == ["CANCELED", "FAILED"]


def test_somebody_elses_update_is_active_from_the_beginning_for_an_hour() -> None:
    desk = Desk(["already-active"])
    update = desk.ask(desk.path("already-active", "/updates"))["updates"][0]
    assert (update["state"], update["cause"]) == ("RUNNING", "USER_ACTION")
    path = desk.path("already-active", "/updates")
    assert desk.send("POST", path, {}).status == 409
    desk.now += 3_660
    assert desk.send("POST", path, {}).status == 200


def test_a_continuous_pipeline_idles_and_runs_and_never_ends() -> None:
    desk = Desk(["continuous"], page_size=1000)
    update_id = desk.start("continuous")
    desk.now += 3_600
    update = desk.update("continuous", update_id)
    assert (update["state"], update["mode"]) == ("RUNNING", "CONTINUOUS")
    statuses = Counter(
        event["details"]["flow_progress"]["status"]
        for event in flow_progress(desk, "continuous")
    )
    assert statuses["IDLE"] > 500
    assert "COMPLETED" not in statuses


def test_resources_may_take_twenty_minutes() -> None:
    desk = Desk(["slow-resources"])
    desk.start("slow-resources")
    desk.now += 1_200
    assert desk.state("slow-resources") == "WAITING_FOR_RESOURCES"
    assert desk.states("slow-resources", 80)[-1] == "COMPLETED"


def test_a_state_nobody_knows_is_passed_through() -> None:
    desk = Desk(["unknown-state"])
    desk.start("unknown-state")
    states = desk.states("unknown-state", 80)
    assert states == [*TO_RUNNING, "REBALANCING", "RUNNING", "COMPLETED"]


def test_the_last_event_may_be_five_seconds_behind_the_state() -> None:
    desk = Desk(["late-end"])
    desk.start("late-end")
    desk.now += 78.9
    assert desk.state("late-end") == "COMPLETED"
    assert not desk.events("late-end")[-1]["message"].startswith("Update")
    desk.now += 0.2
    assert desk.events("late-end")[-1]["message"].startswith("Update")


def test_five_thousand_events_may_appear_within_two_seconds() -> None:
    desk = Desk(["burst"], page_size=1000)
    desk.start("burst")
    desk.now += 44.9
    before = len(all_of(desk, "burst"))
    desk.now += 2.1
    assert len(all_of(desk, "burst")) - before >= 5_000


def test_stretch_scales_every_second() -> None:
    desk = Desk(["success"], stretch=0.1)
    desk.start("success")
    desk.now += 7.3
    assert desk.state("success") == "RUNNING"
    desk.now += 0.2
    assert desk.state("success") == "COMPLETED"
    desk.now += 0.15
    assert len(desk.events("success")) == 69


def test_hostile_texts_are_in_names_messages_and_errors() -> None:
    events = all_of(played("hostile"), "hostile")
    last = events[-1]
    assert "\n::error::" in last["message"]
    thrown = last["error"]["exceptions"][0]["message"]
    assert all(text in thrown for text in TEXTS)
    assert "\n::error::" in last["origin"]["source_code_location"]["path"]
    names = {event["origin"].get("flow_name", "") for event in events}
    assert any("##[set-output name=ok]true" in name for name in names)


def test_every_scenario_has_a_line_for_people() -> None:
    assert next(iter(SCENARIOS)) == "success"
    for name, scenario in SCENARIOS.items():
        assert scenario.name == name
        assert 20 < len(scenario.title) < 80


def test_two_pipelines_share_a_name_and_one_ends_with_anothers() -> None:
    desk = Desk(["success"])
    names = [p["name"] for p in desk.ask("/api/2.0/pipelines")["statuses"]]
    assert names.count("twins") == 2
    assert "[dev anna] success" in names
