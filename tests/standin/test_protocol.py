from __future__ import annotations

import json
import re
from typing import Any

import pytest

from dlt_action.standin import SCENARIOS, Request, Workspace
from tests.standin.desk import BEARER, START, Desk, decoded, refusal

UNKNOWN = "9941901a-e48b-4d04-b6ba-e0072ad126b0"
PIPELINES = "/api/2.0/pipelines"


def test_a_pipeline_that_never_ran_is_idle_and_has_no_health() -> None:
    pipeline = Desk(["success"]).pipeline("success")
    assert pipeline["state"] == "IDLE"
    assert pipeline["latest_updates"] == []
    assert "health" not in pipeline
    assert pipeline["spec"]["continuous"] is False


def test_creation_time_is_text_in_the_pipeline_and_a_number_in_the_update() -> None:
    desk = Desk(["success"])
    update_id = desk.start("success")
    brief = desk.pipeline("success")["latest_updates"][0]
    assert brief["creation_time"] == "2026-09-21T14:13:20.000Z"
    assert desk.update("success", update_id)["creation_time"] == START * 1000


def test_only_get_update_carries_the_config_and_the_mode() -> None:
    desk = Desk(["success"])
    update_id = desk.start("success")
    listed = desk.ask(desk.path("success", "/updates"))["updates"][0]
    alone = desk.update("success", update_id)
    assert set(alone) - set(listed) == {"config", "mode"}
    assert alone["config"]["name"] == "success"


@pytest.mark.parametrize(
    "body",
    [
        {"full_refresh": True},
        {"refresh_selection": ["orders", "main.sales.customers"]},
        {"full_refresh_selection": ["orders"], "refresh_selection": ["customers"]},
        {"validate_only": True},
        {"parameters": {"day": "2026-09-01"}},
    ],
)
def test_what_was_asked_is_echoed_in_the_update(body: dict[str, Any]) -> None:
    desk = Desk(["success"])
    update = desk.update("success", desk.start("success", **body))
    assert {name: update[name] for name in body} == body


def test_what_was_asked_is_echoed_in_create_update() -> None:
    desk = Desk(["success"])
    asked = {"full_refresh_selection": ["main.sales.orders"]}
    desk.start("success", **asked)
    desk.now += 5
    created = desk.events("success", filter="level = 'INFO'")[1]
    assert created["event_type"] == "create_update"
    details = created["details"]["create_update"]
    assert details["full_refresh_selection"] == ["main.sales.orders"]
    assert details["cause"] == "API_CALL"
    assert details["failed_attempts"] == 0
    assert details["config"]["id"] == desk.workspace.pipeline_id("success")


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"validateOnly": True}, "validateOnly"),
        ({"full_refresh": "yes"}, "full_refresh"),
        ({"refresh_selection": "orders"}, "refresh_selection"),
        ({"refresh_selection": [1]}, "refresh_selection"),
        ({"parameters": {"a": 1}}, "parameters"),
        ({"cause": "BOREDOM"}, "cause"),
        ({"idempotency_token": "x"}, "idempotency_token"),
    ],
)
def test_a_body_that_the_api_does_not_know_starts_nothing(
    body: dict[str, Any], names: str
) -> None:
    desk = Desk(["success"])
    answer = desk.send("POST", desk.path("success", "/updates"), body)
    status, code, message = refusal(answer)
    assert (status, code) == (400, "INVALID_PARAMETER_VALUE")
    assert f"'{names}'" in message
    assert desk.pipeline("success")["latest_updates"] == []


def test_yes_and_no_may_be_text_as_in_the_recipe_for_data_factory() -> None:
    desk = Desk(["success"])
    update_id = desk.start("success", full_refresh="true", validate_only="false")
    update = desk.update("success", update_id)
    assert (update["full_refresh"], update["validate_only"]) == (True, False)


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"'])
def test_a_body_that_is_no_json_object_is_malformed(body: bytes) -> None:
    desk = Desk(["success"])
    path = desk.path("success", "/updates")
    answer = desk.workspace.handle(Request("POST", path, (), BEARER, body))
    assert refusal(answer)[:2] == (400, "MALFORMED_REQUEST")


@pytest.mark.parametrize(
    ("status", "code"),
    [(409, "RESOURCE_CONFLICT"), (409, "CONFLICT"), (400, "CONFLICT")],
)
def test_a_second_start_is_refused_and_names_the_active_update(
    status: int, code: str
) -> None:
    desk = Desk(["success"], conflict=(status, code))
    first = desk.start("success")
    desk.now += 3
    answer = desk.send("POST", desk.path("success", "/updates"), {})
    says = (
        f"An active update '{first}' already exists "
        f"for pipeline '{desk.workspace.pipeline_id('success')}'"
    )
    assert refusal(answer) == (status, code, says)
    assert desk.update("success", first)["state"] == "WAITING_FOR_RESOURCES"


def test_a_start_between_a_failure_and_its_retry_is_refused_too() -> None:
    desk = Desk(["retry-succeeds"])
    desk.start("retry-succeeds")
    desk.now += 75
    assert desk.state("retry-succeeds") == "FAILED"
    answer = desk.send("POST", desk.path("retry-succeeds", "/updates"), {})
    assert answer.status == 409


def test_after_an_end_the_next_start_is_a_new_play_under_a_new_id() -> None:
    desk = Desk(["success"])
    first = desk.start("success")
    desk.now += 100
    second = desk.start("success")
    assert first != second
    assert desk.update("success", first)["state"] == "COMPLETED"
    assert desk.update("success", second)["state"] == "CREATED"


@pytest.mark.parametrize(
    ("method", "rest", "permission"),
    [
        ("GET", "", "View"),
        ("GET", "/events", "View"),
        ("GET", "/updates", "View"),
        ("GET", f"/updates/{UNKNOWN}", "View"),
        ("POST", "/updates", "Run"),
        ("POST", "/stop", "Run"),
        ("DELETE", "", "Manage"),
    ],
)
def test_an_unknown_pipeline_is_a_403_and_not_a_404(
    method: str, rest: str, permission: str
) -> None:
    answer = Desk(["success"]).send(method, f"{PIPELINES}/{UNKNOWN}{rest}")
    says = f"does not have {permission} permissions on pipeline {UNKNOWN}."
    status, code, message = refusal(answer)
    assert (status, code) == (403, "PERMISSION_DENIED")
    assert message == f"User ci-bot@example.com {says}"


def test_a_deleted_pipeline_is_a_404_and_not_listed() -> None:
    desk = Desk(["success"])
    path = desk.path("success")
    assert desk.send("DELETE", path).status == 200
    says = f"The specified pipeline {path.rsplit('/', 1)[1]} was not found."
    assert desk.refused(path) == (404, "RESOURCE_DOES_NOT_EXIST", says)
    assert "statuses" not in desk.ask(PIPELINES, filter="name LIKE 'success'")


def test_an_unknown_update_is_a_404() -> None:
    desk = Desk(["success"])
    says = f"The specified update {UNKNOWN} was not found."
    found = desk.refused(desk.path("success", f"/updates/{UNKNOWN}"))
    assert found == (404, "RESOURCE_DOES_NOT_EXIST", says)


@pytest.mark.parametrize("sent", [{}, {"authorization": "Bearer dapi-other"}])
def test_without_the_token_nothing_is_told(sent: dict[str, str]) -> None:
    desk = Desk(["success"])
    path = desk.path("success")
    answer = desk.workspace.handle(Request("GET", path, (), sent))
    assert answer.status == 401
    assert decoded(answer)["error_code"] == 401  # an integer, as legacy endpoints do


def test_a_workspace_without_a_token_lets_everybody_in() -> None:
    workspace = Workspace(clock=lambda: START, token=None)
    assert workspace.handle(Request("GET", PIPELINES)).status == 200


def test_every_answer_names_the_workspace_and_the_request() -> None:
    desk = Desk(["success"])
    answer = desk.send("GET", f"{PIPELINES}/{UNKNOWN}")
    info = decoded(answer)["details"][0]
    assert info["@type"] == "type.googleapis.com/google.rpc.RequestInfo"
    assert info["request_id"] == answer.headers["x-request-id"]
    assert answer.headers["x-databricks-org-id"].isdigit()
    other = desk.send("GET", PIPELINES)
    assert other.headers["x-request-id"] != answer.headers["x-request-id"]


def test_an_unknown_route_says_on_the_log_what_to_add() -> None:
    desk = Desk(["success"])
    path = "/api/2.2/jobs/runs/export"
    assert desk.refused(path)[:2] == (404, "ENDPOINT_NOT_FOUND")
    assert f'Route("GET", "{path}", handler)' in desk.lines[0]
    assert "def get_2_2_jobs_runs_export(call: Call)" in desk.lines[0]


def test_ids_in_an_unknown_route_become_parameters_of_the_stub() -> None:
    desk = Desk(["success"])
    desk.send("POST", desk.path("success", "/reset"))
    assert 'Route("POST", "/api/2.0/pipelines/{id}/reset", handler)' in desk.lines[0]
    stub = re.search(r"def (\w+)\(", desk.lines[0])
    assert stub is not None
    assert stub[1] == "post_2_0_pipelines_id_reset"


def test_requests_are_kept_for_assertions() -> None:
    desk = Desk(["success"])
    desk.start("success", full_refresh=True)
    seen = desk.workspace.requests[-1]
    assert (seen.method, seen.path) == ("POST", desk.path("success", "/updates"))
    assert json.loads(seen.body) == {"full_refresh": True}
    assert seen.header("AUTHORIZATION") == "Bearer dapi-standin"


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("success", ["success"]),
        ("%success", ["[dev anna] success", "success"]),
        ("t_ins", ["twins", "twins"]),
        ("%", ["[dev anna] success", "success", "twins", "twins"]),
        ("succes", []),
        ("SUCCESS", []),
        ("it''s", []),
    ],
)
def test_like_is_a_pattern(pattern: str, names: list[str]) -> None:
    found = Desk(["success"]).ask(PIPELINES, filter=f"name LIKE '{pattern}'")
    assert sorted(p["name"] for p in found.get("statuses", [])) == names


def test_a_pipeline_is_found_by_its_notebook() -> None:
    found = Desk().ask(PIPELINES, filter="notebook='/Shared/pipelines/continuous'")
    assert [p["name"] for p in found["statuses"]] == ["continuous"]


@pytest.mark.parametrize(
    "query",
    [
        {"filter": "name LIKE 'a' AND name LIKE 'b'"},
        {"filter": "state = 'IDLE'"},
        {"order_by": "state"},
        {"max_results": 101},
        {"max_results": 0},
        {"max_results": "many"},
        {"page_token": "made-up"},
        {"page_token": "e30="},
    ],
)
def test_lists_refuse_what_the_api_does_not_take(query: dict[str, object]) -> None:
    found = Desk(["success"]).refused(PIPELINES, **query)
    assert found[:2] == (400, "INVALID_PARAMETER_VALUE")


def test_pages_of_pipelines_are_small_and_lose_nothing() -> None:
    desk = Desk(page_size=4)
    page = desk.ask(PIPELINES, order_by="name desc", max_results=100)
    names = [p["name"] for p in page["statuses"]]
    assert len(names) == 4
    while "next_page_token" in page:
        token = page["next_page_token"]
        page = desk.ask(PIPELINES, order_by="name desc", page_token=token)
        names += [p["name"] for p in page["statuses"]]
    assert names == sorted(names, reverse=True)
    assert len(names) == len(SCENARIOS) + 3


def test_updates_are_listed_newest_first_until_the_one_named() -> None:
    desk = Desk(["success"])
    ids = []
    for _ in range(3):
        ids.append(desk.start("success"))
        desk.now += 80
    path = desk.path("success", "/updates")
    listed = [u["update_id"] for u in desk.ask(path)["updates"]]
    assert listed == ids[::-1]
    until = desk.ask(path, until_update_id=ids[1])["updates"]
    assert [u["update_id"] for u in until] == [ids[2], ids[1]]
    first = desk.ask(path, max_results=1)
    rest = desk.ask(path, page_token=first["next_page_token"])
    assert [u["update_id"] for u in rest["updates"]] == [ids[1], ids[0]]


def test_latest_updates_are_the_newest_five() -> None:
    desk = Desk(["success"])
    ids = []
    for _ in range(7):
        ids.append(desk.start("success"))
        desk.now += 80
    latest = desk.pipeline("success")["latest_updates"]
    assert [u["update_id"] for u in latest] == ids[:1:-1]


def test_the_same_seed_gives_the_same_ids_and_another_seed_others() -> None:
    ids = [Desk(["success"], seed=seed).start("success") for seed in (1, 1, 2)]
    assert ids[0] == ids[1] != ids[2]


def test_discovery_needs_no_token() -> None:
    desk = Desk(["success"])
    sent = {"host": "127.0.0.1:8080"}
    asked = Request("GET", "/.well-known/databricks-config", (), sent)
    found = decoded(desk.workspace.handle(asked))
    assert found["oidc_endpoint"] == "http://127.0.0.1:8080/oidc"


def test_the_id_of_a_name_that_nobody_has_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        Desk(["success"]).workspace.pipeline_id("nobody")


def test_without_a_log_of_ones_own_advice_goes_to_standard_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    workspace = Workspace(clock=lambda: START)
    workspace.handle(Request("GET", "/api/2.0/clusters/list", (), BEARER))
    assert 'Route("GET", "/api/2.0/clusters/list", handler)' in capsys.readouterr().err


def test_an_empty_body_starts_a_plain_update() -> None:
    desk = Desk(["success"])
    assert desk.send("POST", desk.path("success", "/updates")).status == 200
    assert desk.state("success") == "CREATED"
