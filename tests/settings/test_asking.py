"""What the settings ask for, in the words of the core."""

from __future__ import annotations

from math import inf

import pytest

from dlt_action.core.model import (
    Pipeline,
    PipelineId,
    PipelineState,
    UpdateId,
    UpdateRequest,
)
from dlt_action.core.owed import Owed
from dlt_action.core.plan import (
    LATEST,
    IfActive,
    Links,
    OnAmbiguousStart,
    Parting,
    Plan,
)
from dlt_action.settings.asking import owed_at_first, planned, what_is_asked
from dlt_action.settings.load import load
from dlt_action.settings.model import Settings
from tests.core.events import NOON
from tests.settings.door import PIPELINE, TOKEN, ZONED, inputs, settings

ID = PipelineId(PIPELINE)
FOUND = Pipeline(pipeline_id=ID, name="orders", state=PipelineState.IDLE)


def plan_of(asked: Settings) -> Plan:
    return planned(asked, FOUND, began=7.0, began_at=NOON)


def test_a_plan_of_nothing_but_a_pipeline_has_the_documented_defaults() -> None:
    assert plan_of(settings()) == Plan(
        pipeline=FOUND,
        request=UpdateRequest(),
        links=Links(ZONED),
        began=7.0,
        began_at=NOON,
        queue_timeout=inf,
        stall_timeout=inf,
        if_active=IfActive.FAIL,
        on_timeout=Parting.STOP,
        on_cancel=Parting.STOP,
        on_ambiguous_start=OnAmbiguousStart.ADOPT,
        take_up=None,
        run_attempt=1,
    )


def test_every_setting_on_waiting_and_leaving_reaches_the_plan() -> None:
    given = {
        "poll-interval": "30s",
        "follow-restarts": "false",
        "outage-grace": "2m",
        "wait-for": "running",
        "settle-time": "5m",
        "queue-timeout": "20m",
        "stall-timeout": "30m",
        "if-active": "wait",
        "on-timeout": "leave",
        "on-cancel": "leave",
        "on-ambiguous-start": "fail",
        "workspace-id": "12",
    }
    asked = load([], {**inputs(given), "GITHUB_RUN_ATTEMPT": "3"})
    assert plan_of(asked) == Plan(
        pipeline=FOUND,
        request=UpdateRequest(),
        links=Links(ZONED, "12"),
        began=7.0,
        began_at=NOON,
        until_running=True,
        settle_time=300.0,
        poll_ceiling=30.0,
        follow_restarts=False,
        outage_grace=120.0,
        queue_timeout=1200.0,
        stall_timeout=1800.0,
        if_active=IfActive.WAIT,
        on_timeout=Parting.LEAVE,
        on_cancel=Parting.LEAVE,
        on_ambiguous_start=OnAmbiguousStart.FAIL,
        run_attempt=3,
    )
    assert plan_of(settings(update_id="u1")).take_up == UpdateId("u1")
    assert plan_of(settings(wait="false")).wait is False


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({}, "as the job says"),
        ({"parameters": "a=b"}, "as the job says, with parameters (a)"),
        ({"full-refresh": "true"}, "FULL REFRESH"),
        ({"refresh-selection": "a"}, "refresh of a selection"),
        ({"reset-checkpoint-selection": "a.b.c"}, "refresh"),
    ],
)
def test_of_a_job_that_is_asked_nothing_nobody_says_what_its_tasks_do(
    given: dict[str, str], kind: str
) -> None:
    given = {"pipeline-id": "", "job-id": "7", **given}
    assert what_is_asked(load([], inputs(given))).kind == kind


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({}, "refresh"),
        ({"full-refresh": "true"}, "FULL REFRESH"),
        ({"validate-only": "true"}, "validate only"),
        ({"update-id": "u1"}, "follow update u1"),
        ({"update-id": LATEST}, "follow the latest update"),
    ],
)
def test_what_is_asked_for_is_told_by_its_kind(
    given: dict[str, str], kind: str
) -> None:
    assert what_is_asked(load([], inputs(given))).kind == kind


def test_each_selection_is_told_with_what_happens_to_it() -> None:
    asked = what_is_asked(
        settings(
            refresh_selection="a",
            full_refresh_selection="b",
            reset_checkpoint_selection="m.s.c",
        )
    )
    assert asked.selection == (
        "b (full refresh)",
        "a (refresh)",
        "m.s.c (checkpoint reset)",
    )
    assert asked.resets


def test_whose_token_it_is_is_told_and_not_the_token() -> None:
    assert what_is_asked(settings()).sign_in == "pat (the input token)"
    environ = {**inputs({"token": ""}), "DATABRICKS_TOKEN": TOKEN}
    asked = what_is_asked(load([], environ))
    assert asked.sign_in == "pat (DATABRICKS_TOKEN)"
    assert TOKEN not in repr(asked)


def test_a_pipeline_is_told_by_what_names_it() -> None:
    assert what_is_asked(settings()).pipeline == PIPELINE
    named = settings(pipeline_id="", pipeline_name="orders")
    assert what_is_asked(named).pipeline == "orders"
    job = settings(pipeline_id="", job_id="12")
    assert what_is_asked(job).pipeline == "12"
    both = settings(pipeline_id="a\nb")
    assert what_is_asked(both).pipeline == "a, b"
    assert what_is_asked(settings(wait="false")).waits_for == "nothing"
    assert what_is_asked(settings(wait_for="running")).waits_for == "running"


@pytest.mark.parametrize(
    ("given", "stop"),
    [
        ({}, True),
        ({"on-timeout": "leave"}, True),
        ({"on-cancel": "leave"}, False),
        ({"wait": "false"}, False),
        ({"update-id": "u1"}, False),
    ],
)
def test_a_stop_is_owed_from_the_beginning_where_one_may_come(
    given: dict[str, str], *, stop: bool
) -> None:
    first = owed_at_first(load([], inputs(given)))
    assert first == (Owed(stop=stop, pipeline_id=ID),)


def test_what_is_owed_before_the_pipeline_is_found_names_none() -> None:
    named = settings(pipeline_id="", pipeline_name="orders")
    assert owed_at_first(named) == (Owed(stop=True),)
    assert owed_at_first(settings(pipeline_id="", job_id="7")) == (Owed(stop=True),)


def test_of_several_pipelines_each_is_owed_from_the_beginning() -> None:
    two = settings(pipeline_id="a\nb")
    assert what_is_asked(two).pipeline == "a, b"
    assert what_is_asked(settings(pipeline_id="", pipeline_name="a")).pipeline == "a"
    assert [one.pipeline_id for one in owed_at_first(two)] == ["a", "b"]
    assert plan_of(two).gate.shared
    assert not plan_of(settings()).gate.shared


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"development": "true"}, "refresh, in development mode"),
        ({"development": "false"}, "refresh, not in development mode"),
        (
            {"parameters": "day=s3cret\nregion=eu", "full-refresh": "true"},
            "FULL REFRESH, with parameters (day, region)",
        ),
        (
            {"parameters": "\n".join(f"p{number}=1" for number in range(7))},
            "refresh, with parameters (p0, p1, p2, p3, p4, 2 more)",
        ),
    ],
)
def test_how_it_is_asked_for_is_told_too_and_no_value_of_a_parameter(
    given: dict[str, str], kind: str
) -> None:
    assert what_is_asked(load([], inputs(given))).kind == kind
