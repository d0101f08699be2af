from __future__ import annotations

import pytest

from dlt_action.standin import Dropped, Fault
from tests.standin.desk import START, Desk


def faulty(*faults: Fault) -> Desk:
    desk = Desk(["success"])
    desk.workspace.faults.extend(faults)
    return desk


def test_a_fault_answers_instead_of_the_handler() -> None:
    desk = faulty(Fault(method="POST", path_pattern="/updates$", status=503))
    assert desk.send("POST", desk.path("success", "/updates"), {}).status == 503
    assert desk.pipeline("success")["latest_updates"] == []


def test_a_fault_may_come_after_the_effect() -> None:
    fault = Fault(method="POST", path_pattern="/updates$", after_effect=True, drop=True)
    desk = faulty(fault)
    with pytest.raises(Dropped):
        desk.send("POST", desk.path("success", "/updates"), {})
    assert desk.state("success") == "CREATED"


def test_a_fault_skips_some_requests_and_spoils_some() -> None:
    fault = Fault(
        method="GET",
        path_pattern="/pipelines/[^/]+$",
        skip=1,
        times=2,
        status=429,
        headers={"retry-after": "3"},
        body='{"error_code":"REQUEST_LIMIT_EXCEEDED"}',
    )
    desk = faulty(fault)
    answers = [desk.send("GET", desk.path("success")) for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 429, 429, 200]
    assert answers[1].headers["retry-after"] == "3"
    assert answers[1].body == b'{"error_code":"REQUEST_LIMIT_EXCEEDED"}'


def test_a_fault_touches_no_other_requests() -> None:
    desk = faulty(Fault(method="POST", path_pattern="/stop$", status=500))
    assert desk.send("GET", desk.path("success")).status == 200
    assert desk.send("POST", desk.path("success", "/updates"), {}).status == 200
    assert desk.send("POST", desk.path("success", "/stop")).status == 500


def test_an_outage_is_a_fault_with_a_window() -> None:
    outage = Fault(
        method="GET",
        path_pattern="",
        times=1_000,
        drop=True,
        from_second=60,
        until_second=660,
    )
    desk = faulty(outage)
    assert desk.pipeline("success")
    for second in (60, 300, 659):
        desk.now = START + second
        with pytest.raises(Dropped):
            desk.pipeline("success")
    desk.now = START + 660
    assert desk.pipeline("success")
