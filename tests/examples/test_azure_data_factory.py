"""The pipeline for Azure Data Factory, played against the stand-in over HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.mgmt.datafactory import models

from dlt_action.standin import Fault, serve
from tests.examples.factory import HOST, MEANINGS, Activity, Factory
from tests.examples.models import offences
from tests.standin.desk import Desk

FOLDER = Path(__file__).resolve().parents[2] / "examples/azure-data-factory"
PIPELINE: dict[str, Any] = json.loads((FOLDER / "pipeline.json").read_text("utf-8"))
PROPERTIES: dict[str, Any] = PIPELINE["properties"]
TOP: list[Activity] = PROPERTIES["activities"]
INNER = ("activities", "ifTrueActivities", "ifFalseActivities")


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def url(desk: Desk) -> Iterator[str]:
    with serve(desk.workspace) as served:
        yield served.url


def factory(desk: Desk, url: str, scenario: str, **given: Any) -> Factory:  # noqa: ANN401 - parameters of any type
    pipeline_id = desk.workspace.pipeline_id(scenario)
    asked = {"host": HOST, "pipelineId": pipeline_id, **given}
    parameters = {**defaults("parameters"), **asked}
    return Factory(desk, url, parameters, defaults("variables"))


def defaults(kind: str) -> dict[str, Any]:
    """What parameters or variables are without being set."""
    declared: dict[str, dict[str, Any]] = PROPERTIES[kind]
    return {
        key: one["defaultValue"]
        for key, one in declared.items()
        if "defaultValue" in one
    }


def groups(activities: list[Activity]) -> Iterator[list[Activity]]:
    """*activities*, and those inside of each."""
    yield activities
    for one in activities:
        for name in INNER:
            yield from groups(one["typeProperties"].get(name, []))


EVERY = [one for group in groups(TOP) for one in group]


def texts(value: object) -> Iterator[str]:
    """Every expression in *value*."""
    match value:
        case {"type": "Expression", **rest}:
            yield str(rest.get("value", rest.get("content")))
        case dict():
            for inner in value.values():
                yield from texts(inner)
        case list():
            for inner in value:
                yield from texts(inner)
        case _:
            pass


def posted(run: Factory) -> list[tuple[str, str]]:
    """What was posted: the end of the path, and the body."""
    return [
        (path.rsplit("/", 1)[1], body)
        for method, path, body in run.sent
        if method == "POST"
    ]


def test_it_starts_once_and_succeeds_when_the_update_completed(
    desk: Desk, url: str
) -> None:
    run = factory(desk, url, "success")
    assert run.play(TOP) == "Succeeded"
    update_id = run.outputs["Start update"]["update_id"]
    assert run.outputs["returned"] == {"update_id": update_id}
    assert desk.update("success", update_id)["state"] == "COMPLETED"
    assert desk.update("success", update_id)["full_refresh"] is False
    assert posted(run) == [("updates", "{}")]
    assert run.said == []
    # A wait before each look: the first would come too early, the next at once.
    looks = [n for n, name in enumerate(run.ran) if name == "Read update"]
    assert len(looks) > 1
    assert {run.ran[n - 1] for n in looks} == {"Wait"}


def test_a_full_refresh_is_asked_for_in_the_words_of_the_documentation(
    desk: Desk, url: str
) -> None:
    run = factory(desk, url, "success", fullRefresh=True)
    assert run.play(TOP) == "Succeeded"
    assert posted(run) == [("updates", '{"full_refresh": "true"}')]
    update = desk.update("success", run.variables["updateId"])
    assert update["full_refresh"] is True


@pytest.mark.parametrize("scenario", ["retry-succeeds", "schema-change"])
def test_a_restart_by_databricks_is_followed_to_its_end(
    desk: Desk, url: str, scenario: str
) -> None:
    run = factory(desk, url, scenario)
    assert run.play(TOP) == "Succeeded"
    first, last = run.outputs["Start update"], run.outputs["returned"]
    assert first["update_id"] != last["update_id"]
    assert desk.update(scenario, last["update_id"])["state"] == "COMPLETED"
    assert len(posted(run)) == 1


def test_a_failure_is_told_with_its_cause(desk: Desk, url: str) -> None:
    run = factory(desk, url, "code-error")
    assert run.play(TOP) == "Failed"
    (told,) = run.said
    update_id = run.variables["updateId"]
    assert told.startswith(f"UpdateFailed: The update {update_id} is FAILED: ")
    assert "NameError: name 'vaild_id' is not defined" in told
    assert posted(run) == [("updates", "{}")]


def test_the_last_of_several_retries_is_the_one_that_is_told(
    desk: Desk, url: str
) -> None:
    run = factory(desk, url, "retry-fails")
    assert run.play(TOP) == "Failed"
    newest = desk.ask(desk.path("retry-fails", "/updates"))["updates"][0]["update_id"]
    assert newest == run.variables["updateId"]
    assert newest != run.outputs["Start update"]["update_id"]
    assert newest in run.said[0]


def test_it_fails_with_the_state_where_the_log_cannot_be_read(
    desk: Desk, url: str
) -> None:
    desk.workspace.faults.append(Fault(method="GET", path_pattern="/events", times=9))
    run = factory(desk, url, "code-error")
    assert run.play(TOP) == "Failed"
    assert run.said[-1].endswith("is FAILED: the event log told no error")


def test_an_update_that_is_not_over_in_time_is_stopped(desk: Desk, url: str) -> None:
    run = factory(desk, url, "continuous", timeout="0.00:10:00")
    assert run.play(TOP) == "Failed"
    assert posted(run) == [("updates", "{}"), ("stop", "{}")]
    (told,) = run.said
    update_id = run.variables["updateId"]
    assert told.startswith(f"TimedOut: The update {update_id} was not over in time")
    assert "it was asked to stop" in told
    assert run.ran[-2:] == ["Stop update", "Fail as stopped"]
    desk.now += 60
    assert desk.update("continuous", update_id)["state"] == "CANCELED"


def test_another_update_is_neither_taken_for_ours_nor_stopped(
    desk: Desk, url: str
) -> None:
    def meanwhile(waits: int) -> None:
        if waits == 1:
            desk.workspace.person_stops("continuous")
            desk.now += 60
            desk.workspace.rival("continuous")

    run = factory(desk, url, "continuous", timeout="0.00:01:00")
    run.meanwhile = meanwhile
    assert run.play(TOP) == "Failed"
    assert run.variables["updateId"] == run.outputs["Start update"]["update_id"]
    assert posted(run) == [("updates", "{}")]
    assert "Nothing was stopped" in run.said[0]


def test_a_canceled_update_is_no_success(desk: Desk, url: str) -> None:
    run = factory(desk, url, "canceled")
    assert run.play(TOP) == "Failed"
    assert " is CANCELED: " in run.said[0]


def test_a_pipeline_that_is_busy_is_left_alone(desk: Desk, url: str) -> None:
    rival = desk.workspace.rival("success")
    run = factory(desk, url, "success")
    assert run.play(TOP) == "Failed"
    assert len(run.sent) == 1
    assert f"An active update '{rival}' already exists" in run.said[0]


def test_an_outage_while_it_waits_changes_no_verdict(desk: Desk, url: str) -> None:
    # From the first look on, and longer than its retries.
    desk.workspace.faults.append(Fault(method="GET", path_pattern="/updates", times=9))
    run = factory(desk, url, "success")
    assert run.play(TOP) == "Succeeded"
    assert len(posted(run)) == 1


def test_it_is_a_pipeline_as_the_sdk_of_azure_knows_them() -> None:
    assert list(offences(models.PipelineResource, PIPELINE)) == []
    assert models.PipelineResource(PIPELINE).as_dict() == PIPELINE


@pytest.mark.parametrize(
    ("told", "path", "value"),
    [
        ("no such field", ("activities", 2, "typeProperties", "activites"), []),
        ("no WebActivityMethod", ("activities", 0, "typeProperties", "method"), "PULL"),
        (
            "missing in Expression",
            ("activities", 2, "typeProperties", "expression"),
            {},
        ),
        ("no ParameterType", ("parameters", "host", "type"), "Text"),
    ],
)
def test_the_judge_of_pipelines_sees_what_is_wrong(
    told: str, path: tuple[str | int, ...], value: object
) -> None:
    broken: Any = {"properties": json.loads(json.dumps(PROPERTIES))}
    place = broken["properties"]
    *way, last = path
    for step in way:
        place = place[step]
    place[last] = value
    found = list(offences(models.PipelineResource, broken))
    assert any(told in one for one in found), found


def test_with_a_token_out_of_a_key_vault_it_is_a_pipeline_too() -> None:
    readme = (FOLDER / "README.md").read_text("utf-8")
    token, header = map(json.loads, re.findall(r"```json\n(.*?)```", readme, re.DOTALL))
    changed = json.loads(json.dumps(PIPELINE))
    top = changed["properties"]["activities"]
    for one in (one for group in groups(top) for one in group):
        if one["type"] == "WebActivity":
            del one["typeProperties"]["authentication"]
            one["typeProperties"].setdefault("headers", {}).update(header)
            one["policy"]["secureInput"] = True
    top[0]["dependsOn"] = [
        {"activity": token["name"], "dependencyConditions": ["Succeeded"]}
    ]
    top.insert(0, token)
    assert list(offences(models.PipelineResource, changed)) == []
    assert set(texts(header)) == {
        f"Bearer @{{activity('{token['name']}').output.value}}"
    }
    assert token["policy"]["secureOutput"] is True


def test_every_expression_was_filled_in_by_hand_and_no_other() -> None:
    assert set(texts(PROPERTIES)) == set(MEANINGS)


def test_what_has_an_effect_is_never_sent_again() -> None:
    webs = [one for one in EVERY if one["type"] == "WebActivity"]
    retries = {one["name"]: one["policy"]["retry"] for one in webs}
    effects = {one["name"] for one in webs if one["typeProperties"]["method"] == "POST"}
    assert effects == {"Start update", "Stop update"}
    assert {retries[name] for name in effects} == {0}


def test_names_and_nesting_are_such_as_data_factory_takes() -> None:
    names = [one["name"] for one in EVERY]
    assert len(names) == len(set(names))
    for name in [PIPELINE["name"], *names]:
        assert len(name) <= 55
        assert not set(name) & set('.+?/<>*%&:"\\')
    # Until, If Condition and their like cannot stand inside of each other.
    for one in TOP:
        for inner in groups([one]):
            holds = [a for a in inner if any(n in a["typeProperties"] for n in INNER)]
            assert inner == [one] or holds == []
    for group in groups(TOP):
        known = {one["name"] for one in group}
        for one in group:
            assert {before["activity"] for before in one["dependsOn"]} <= known
