"""
The judge: Databricks' own client against the stand-in, over a real socket.

What it can read, it reads as it would from a workspace; what it stumbles over
there (its pager, from the second page on), it must stumble over here.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.config import Config
from databricks.sdk.errors import (
    BadRequest,
    InvalidParameterValue,
    NotFound,
    PermissionDenied,
    ResourceConflict,
    ResourceDoesNotExist,
    Unauthenticated,
)
from databricks.sdk.service.pipelines import (
    GetPipelineResponseHealth,
    PipelineState,
    PipelineStateInfo,
    UpdateInfoCause,
    UpdateInfoState,
    UpdateMode,
    UpdateStateInfoState,
)

from dlt_action.standin import SCENARIOS, serve
from tests.standin.desk import Desk

UNKNOWN = "9941901a-e48b-4d04-b6ba-e0072ad126b0"


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def url(desk: Desk) -> Iterator[str]:
    with serve(desk.workspace) as served:
        yield served.url


def client(url: str, token: str) -> WorkspaceClient:
    config = Config(host=url, token=token, auth_type="pat", retry_timeout_seconds=2)
    return WorkspaceClient(config=config)


@pytest.fixture
def sdk(url: str) -> WorkspaceClient:
    return client(url, "dapi-standin")


def test_it_starts_and_follows_an_update_to_its_end(
    desk: Desk, sdk: WorkspaceClient
) -> None:
    pipeline_id = desk.workspace.pipeline_id("success")
    started = sdk.pipelines.start_update(
        pipeline_id, full_refresh_selection=["main.sales.orders"]
    )
    assert started.update_id is not None
    seen: list[UpdateInfoState] = []
    while UpdateInfoState.COMPLETED not in seen:
        desk.now += 1
        update = sdk.pipelines.get_update(pipeline_id, started.update_id).update
        assert update is not None
        assert update.state is not None
        if update.state not in seen:
            seen.append(update.state)
    assert seen == [
        UpdateInfoState.CREATED,
        UpdateInfoState.WAITING_FOR_RESOURCES,
        UpdateInfoState.INITIALIZING,
        UpdateInfoState.RESETTING,
        UpdateInfoState.SETTING_UP_TABLES,
        UpdateInfoState.RUNNING,
        UpdateInfoState.COMPLETED,
    ]
    update = sdk.pipelines.get_update(pipeline_id, started.update_id).update
    assert update is not None
    assert update.cause is UpdateInfoCause.API_CALL
    assert update.full_refresh_selection == ["main.sales.orders"]
    assert update.config is not None
    assert update.config.name == "success"


def test_it_reads_the_pipeline(desk: Desk, sdk: WorkspaceClient) -> None:
    pipeline_id = desk.workspace.pipeline_id("success")
    idle = sdk.pipelines.get(pipeline_id)
    assert (idle.state, idle.health) == (PipelineState.IDLE, None)
    desk.start("success")
    desk.now += 50
    running = sdk.pipelines.get(pipeline_id)
    assert running.state is PipelineState.RUNNING
    assert running.health is GetPipelineResponseHealth.HEALTHY
    assert running.spec is not None
    assert running.spec.catalog == "main"
    assert running.latest_updates is not None
    latest = running.latest_updates[0]
    assert latest.state is UpdateStateInfoState.RUNNING
    assert latest.creation_time == "2026-09-21T14:13:20.000Z"


def test_it_lists_the_updates_of_a_retry(desk: Desk, sdk: WorkspaceClient) -> None:
    desk.start("retry-succeeds")
    desk.now += 200
    pipeline_id = desk.workspace.pipeline_id("retry-succeeds")
    updates = sdk.pipelines.list_updates(pipeline_id).updates
    assert updates is not None
    assert [(u.state, u.cause) for u in updates] == [
        (UpdateInfoState.COMPLETED, UpdateInfoCause.RETRY_ON_FAILURE),
        (UpdateInfoState.FAILED, UpdateInfoCause.API_CALL),
    ]


def test_it_reads_all_events_when_it_asks_for_nothing_special(
    desk: Desk, sdk: WorkspaceClient
) -> None:
    desk.start("retry-fails")
    desk.now += 300
    pipeline_id = desk.workspace.pipeline_id("retry-fails")
    events = list(sdk.pipelines.list_pipeline_events(pipeline_id, max_results=100))
    assert len({event.id for event in events}) == len(events) == 194
    failed = events[0]
    assert failed.error is not None
    assert failed.error.fatal is True
    assert failed.error.exceptions is not None
    thrown = failed.error.exceptions[0]
    assert thrown.class_name == "org.apache.spark.SparkArithmeticException"
    assert thrown.stack is not None
    assert thrown.stack[0].file_name == "PhysicalFlow.scala"
    assert failed.origin is not None
    assert failed.origin.pipeline_name == "retry-fails"
    assert failed.sequence is not None
    assert failed.sequence.control_plane_seq_no is not None


@pytest.mark.parametrize(
    ("query", "says"),
    [
        (
            {"filter": "level in ('INFO', 'METRICS')"},
            "You can provide a page token or specify a filter, but not both.",
        ),
        (
            {"order_by": ["timestamp asc"]},
            "You can provide a page token or specify an ordering, but not both.",
        ),
    ],
)
def test_its_pager_repeats_the_question_beside_the_token_and_is_refused(
    desk: Desk, sdk: WorkspaceClient, query: dict[str, Any], says: str
) -> None:
    desk.start("success")
    desk.now += 100
    pipeline_id = desk.workspace.pipeline_id("success")
    events = sdk.pipelines.list_pipeline_events(pipeline_id, **query)
    first_page = [next(events) for _ in range(25)]
    assert len({event.id for event in first_page}) == 25
    with pytest.raises(InvalidParameterValue) as refused:
        next(events)
    assert str(refused.value) == says


@pytest.mark.parametrize(
    ("pattern", "count"), [("success", 1), ("%success", 2), ("twins", 2), ("nobody", 0)]
)
def test_it_finds_pipelines_by_name(
    sdk: WorkspaceClient, pattern: str, count: int
) -> None:
    wanted = f"name LIKE '{pattern}'"
    found: list[PipelineStateInfo] = list(
        sdk.pipelines.list_pipelines(filter=wanted, max_results=100)
    )
    assert len(found) == count


def test_it_pages_through_pipelines(sdk: WorkspaceClient) -> None:
    found = list(sdk.pipelines.list_pipelines(max_results=5))
    assert len({pipeline.pipeline_id for pipeline in found}) == len(found)
    assert len(found) == len(SCENARIOS) + 3


def test_it_stops_and_waits_until_idle(desk: Desk, sdk: WorkspaceClient) -> None:
    pipeline_id = desk.workspace.pipeline_id("continuous")
    desk.start("continuous")
    desk.now += 60
    waiter = sdk.pipelines.stop(pipeline_id)
    assert sdk.pipelines.get(pipeline_id).state is PipelineState.STOPPING
    desk.now += 5
    assert waiter.result().state is PipelineState.IDLE


def test_stop_and_wait_waits_no_longer_than_the_stop(
    desk: Desk, sdk: WorkspaceClient
) -> None:
    pipeline_id = desk.workspace.pipeline_id("success")
    stopped = sdk.pipelines.stop_and_wait(pipeline_id)  # nothing is active
    assert stopped.state is PipelineState.IDLE


def test_an_unknown_pipeline_is_permission_denied(sdk: WorkspaceClient) -> None:
    with pytest.raises(PermissionDenied) as refused:
        sdk.pipelines.get(UNKNOWN)
    says = f"does not have View permissions on pipeline {UNKNOWN}."
    assert says in str(refused.value)
    assert refused.value.get_error_details().request_info is not None
    with pytest.raises(PermissionDenied, match="Run permissions"):
        sdk.pipelines.start_update(UNKNOWN)


def test_what_was_deleted_or_never_was_is_not_found(
    desk: Desk, sdk: WorkspaceClient
) -> None:
    pipeline_id = desk.workspace.pipeline_id("success")
    with pytest.raises(ResourceDoesNotExist):
        sdk.pipelines.get_update(pipeline_id, UNKNOWN)
    sdk.pipelines.delete(pipeline_id)
    with pytest.raises(NotFound, match="was not found"):
        sdk.pipelines.get(pipeline_id)


def test_a_second_start_is_a_resource_conflict(
    desk: Desk, sdk: WorkspaceClient
) -> None:
    pipeline_id = desk.workspace.pipeline_id("already-active")
    with pytest.raises(
        ResourceConflict, match=r"An active update '[0-9a-f-]{36}' already"
    ):
        sdk.pipelines.start_update(pipeline_id)
    assert desk.state("already-active") == "RUNNING"


def test_it_waits_for_somebody_elses_update_and_starts_its_own(
    desk: Desk, sdk: WorkspaceClient
) -> None:
    pipeline_id = desk.workspace.pipeline_id("busy-for-a-while")
    with pytest.raises(ResourceConflict):
        sdk.pipelines.start_update(pipeline_id)
    desk.now += 91
    assert sdk.pipelines.wait_get_pipeline_idle(pipeline_id).state is PipelineState.IDLE
    ours = sdk.pipelines.start_update(pipeline_id).update_id
    updates = sdk.pipelines.list_updates(pipeline_id).updates
    assert updates is not None
    assert [(u.update_id == ours, u.cause) for u in updates] == [
        (True, UpdateInfoCause.API_CALL),
        (False, UpdateInfoCause.USER_ACTION),
    ]


def test_it_stops_somebody_elses_update_and_starts_its_own(
    desk: Desk, sdk: WorkspaceClient
) -> None:
    pipeline_id = desk.workspace.pipeline_id("already-active")
    waiter = sdk.pipelines.stop(pipeline_id)
    with pytest.raises(ResourceConflict):
        sdk.pipelines.start_update(pipeline_id)
    desk.now += 5
    assert waiter.result().state is PipelineState.IDLE
    assert sdk.pipelines.start_update(pipeline_id).update_id is not None


def test_it_sees_an_update_that_is_queued_behind_another(
    desk: Desk, sdk: WorkspaceClient
) -> None:
    pipeline_id = desk.workspace.pipeline_id("queued-behind")
    sdk.pipelines.start_update(pipeline_id)
    desk.now += 50
    updates = sdk.pipelines.list_updates(pipeline_id).updates
    assert updates is not None
    assert [u.state for u in updates] == [
        UpdateInfoState.QUEUED,
        UpdateInfoState.RUNNING,
    ]


def test_it_reads_the_mode_of_a_pipeline_that_became_continuous(
    desk: Desk, sdk: WorkspaceClient
) -> None:
    pipeline_id = desk.workspace.pipeline_id("success")
    started = sdk.pipelines.start_update(pipeline_id)
    assert started.update_id is not None
    desk.workspace.make_continuous("success")
    update = sdk.pipelines.get_update(pipeline_id, started.update_id).update
    assert update is not None
    assert update.mode is UpdateMode.CONTINUOUS


def test_it_lists_a_service_upgrade(desk: Desk, sdk: WorkspaceClient) -> None:
    desk.start("service-upgrade")
    desk.now += 150
    pipeline_id = desk.workspace.pipeline_id("service-upgrade")
    updates = sdk.pipelines.list_updates(pipeline_id).updates
    assert updates is not None
    assert [(u.state, u.cause) for u in updates] == [
        (UpdateInfoState.COMPLETED, UpdateInfoCause.SERVICE_UPGRADE),
        (UpdateInfoState.CANCELED, UpdateInfoCause.API_CALL),
    ]


def test_a_filter_on_the_event_type_is_an_invalid_parameter(
    desk: Desk, sdk: WorkspaceClient
) -> None:
    pipeline_id = desk.workspace.pipeline_id("success")
    wanted = "event_type = 'flow_progress'"
    with pytest.raises(InvalidParameterValue, match="not allowed on 'event_type'"):
        list(sdk.pipelines.list_pipeline_events(pipeline_id, filter=wanted))
    with pytest.raises(BadRequest):
        list(sdk.pipelines.list_pipeline_events(pipeline_id, max_results=1001))


def test_a_wrong_token_is_unauthenticated(desk: Desk, url: str) -> None:
    pipeline_id = desk.workspace.pipeline_id("success")
    with pytest.raises(Unauthenticated):
        client(url, "dapi-other").pipelines.get(pipeline_id)


def test_every_field_it_sends_is_one_the_stand_in_knows(
    desk: Desk, sdk: WorkspaceClient
) -> None:
    pipeline_id = desk.workspace.pipeline_id("success")
    sdk.pipelines.start_update(
        pipeline_id,
        cause=None,
        full_refresh=False,
        refresh_selection=["orders"],
        reset_checkpoint_selection=["main.sales.raw_orders"],
        validate_only=False,
        development=True,
        parameters={"day": "2026-09-01"},
    )
    assert desk.state("success") == "CREATED"
    assert not desk.lines


def test_two_clients_may_ask_at_once(desk: Desk, url: str) -> None:
    pipeline_id = desk.workspace.pipeline_id("success")
    outcomes: list[str] = []

    def start() -> None:
        try:
            client(url, "dapi-standin").pipelines.start_update(pipeline_id)
            outcomes.append("started")
        except ResourceConflict:
            outcomes.append("refused")

    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused", "started"]
