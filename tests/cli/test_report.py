"""`dlt-action report`: the same verdict again, without a workspace."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dlt_action.cli import main
from dlt_action.core.model import Json, JsonObject
from dlt_action.core.recording import note
from dlt_action.errors import OutputsUnwritable
from dlt_action.publishing import FILES

Said = Callable[..., tuple[int, str]]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Said:
    """The exit code and the words of the command, in this process."""
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)

    def run(*argv: object) -> tuple[int, str]:
        code = main(["report", *map(str, argv)])
        return code, capsys.readouterr().out

    return run


def event(
    update: str, second: int, kind: str, details: JsonObject, **more: Json
) -> JsonObject:
    return {
        "id": f"{update}/{second}",
        "timestamp": f"2026-09-01T12:00:{second:02}.000Z",
        "event_type": kind,
        "level": "INFO",
        "message": kind,
        "origin": {
            "update_id": update,
            "pipeline_id": "p-1",
            "pipeline_name": "orders",
        },
        "details": {kind: details},
        **more,
    }


def update(
    name: str, state: str, second: int = 0, cause: str = "API_CALL", **more: Json
) -> list[JsonObject]:
    """The events of an update that ends in *state*."""
    return [
        event(name, second, "create_update", {"cause": cause, **more}),
        event(name, second + 1, "update_progress", {"state": "RUNNING"}),
        event(name, second + 5, "update_progress", {"state": state}),
    ]


def saved(path: Path, *events: JsonObject) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in events))
    return path


def result(folder: Path) -> dict[str, Any]:
    document = json.loads((folder / "result.json").read_text())
    found: dict[str, Any] = document["outcomes"][0]
    return found


@pytest.mark.parametrize(
    ("state", "code", "told"),
    [
        ("COMPLETED", 0, "succeeded"),
        ("FAILED", 1, "failed"),
        ("CANCELED", 1, "canceled"),
        ("RUNNING", 1, "unfinished"),
        ("DREAMING", 1, "unfinished"),
    ],
)
def test_the_exit_code_is_of_the_state_that_the_log_shows(
    tmp_path: Path, said: Said, state: str, code: int, told: str
) -> None:
    path = saved(tmp_path / "events.ndjson", *update("u-1", state))
    found, words = said(path)
    assert found == code
    assert f"\n{told}: " in words
    assert {each.name for each in tmp_path.iterdir()} == {"events.ndjson", *FILES}
    assert result(tmp_path)["result"] == told


def test_the_order_of_the_lines_does_not_matter_and_each_counts_once(
    tmp_path: Path, said: Said
) -> None:
    events = update("u-1", "COMPLETED")
    path = saved(tmp_path / "e", *reversed(events), *events)
    assert said(path)[0] == 0
    assert result(tmp_path)["events_read"] == 3
    assert result(tmp_path)["seconds"] == 5.0


def test_a_dry_run_is_told_as_one(tmp_path: Path, said: Said) -> None:
    path = saved(tmp_path / "e", *update("u-1", "COMPLETED", validate_only=True))
    assert "\nvalidated: " in said(path)[1]


def test_of_several_updates_the_last_counts_or_the_one_that_is_named(
    tmp_path: Path, said: Said
) -> None:
    path = saved(
        tmp_path / "e", *update("u-2", "COMPLETED", 20), *update("u-1", "FAILED")
    )
    assert said(path)[0] == 0
    assert result(tmp_path)["attempts"][0]["update_id"] == "u-2"
    assert said(path, "--update-id", "u-1")[0] == 1
    code, words = said(path, "--update-id=u-3")
    assert code == 2
    assert "There is u-1, u-2." in words


def test_restarts_by_the_platform_are_told_together(tmp_path: Path, said: Said) -> None:
    path = saved(
        tmp_path / "e",
        *update("u-0", "COMPLETED", 0),
        *update("u-1", "FAILED", 10),
        *update("u-2", "COMPLETED", 20, cause="RETRY_ON_FAILURE"),
    )
    code, words = said(path)
    assert code == 0
    assert "completed after 2 attempts" in words
    assert [one["update_id"] for one in result(tmp_path)["attempts"]] == ["u-1", "u-2"]


def test_pages_of_the_events_api_do_as_well(tmp_path: Path, said: Said) -> None:
    first, second, third = update("u-1", "COMPLETED")
    one, two = tmp_path / "1.json", tmp_path / "2.json"
    one.write_text(json.dumps({"events": [third, second]}, indent=2))
    two.write_text(json.dumps([first]))
    assert said(one, two, "--report-dir", tmp_path / "deep/out")[0] == 0
    assert result(tmp_path / "deep/out")["events_read"] == 3


def test_what_cannot_be_read_is_left_out_and_told(tmp_path: Path, said: Said) -> None:
    path = saved(tmp_path / "e", *update("u-1", "COMPLETED"))
    with path.open("a") as file:
        file.write(note("full") + '\n\n{"half": "a li')
    assert said(path)[0] == 0
    assert result(tmp_path)["warnings"] == [
        "By its own word, the event log holds only a part of what happened.",
        "Left out of the event log: 1 part that cannot be read.",
        "The event log is not whole: the numbers in it are not available.",
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not JSON",
        b"[1, 2]",
        b'"text"',
        b"{}",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"id": ' + b"[" * 900 + b"]" * 900 + b"}",
        b'{"events": {}}',
    ],
)
def test_a_bad_file_is_exit_code_2(tmp_path: Path, said: Said, content: bytes) -> None:
    path = tmp_path / "bad"
    path.write_bytes(content)
    code, words = said(path)
    assert code == 2
    assert words.startswith("error: events: ")
    assert [each.name for each in tmp_path.iterdir()] == ["bad"]


@pytest.mark.parametrize("argv", [[], ["--what"], ["no/such/file"], ["."]])
def test_wrong_arguments_are_exit_code_2(said: Said, argv: list[str]) -> None:
    assert said(*argv)[0] == 2


def test_reports_that_cannot_be_written_are_exit_code_74(
    tmp_path: Path, said: Said
) -> None:
    path = saved(tmp_path / "e", *update("u-1", "COMPLETED"))
    code, words = said(path, "--report-dir", path / "below")
    assert code == 74
    assert "error: The reports cannot be written" in words


def test_a_report_dir_that_is_a_file_is_refused(tmp_path: Path, said: Said) -> None:
    path = saved(tmp_path / "e", *update("u-1", "COMPLETED"))
    code, words = said(path, "--report-dir", path)
    assert code == 2
    assert "report-dir: " in words


def test_the_reports_of_a_run_stay_as_they_are(tmp_path: Path, said: Said) -> None:
    path = saved(tmp_path / "e", *update("u-1", "COMPLETED"))
    of_a_run = '{"outcomes": [{"attribution": "confirmed"}]}'
    (tmp_path / "result.json").write_text(of_a_run)
    code, words = said(path, "--report-dir=")
    assert code == 0
    assert f"reports: {tmp_path / 'again'}" in words
    assert (tmp_path / "result.json").read_text() == of_a_run
    assert (tmp_path / "again" / "result.json").exists()


def test_no_link_in_the_folder_of_a_run_leads_its_new_reports_out(
    tmp_path: Path, said: Said
) -> None:
    inside, outside = tmp_path / "reports", tmp_path / "outside"
    for folder in (inside, outside):
        folder.mkdir()
    path = saved(inside / "e", *update("u-1", "COMPLETED"))
    (inside / "result.json").write_text('{"outcomes": [{"attribution": "attached"}]}')
    (inside / "again").symlink_to(outside)
    code, words = said(path, "--report-dir=")
    assert code == OutputsUnwritable.exit_code
    assert "again leads out of the workspace" in words
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("text", ["", "[1]", '{"outcomes": 5}', "[" * 100_000])
def test_what_is_no_report_of_a_run_is_written_anew(
    tmp_path: Path, said: Said, text: str
) -> None:
    path = saved(tmp_path / "e", *update("u-1", "COMPLETED"))
    (tmp_path / "result.json").write_text(text)
    assert said(path)[0] == 0
    assert result(tmp_path)["result"] == "succeeded"


@pytest.mark.parametrize("secret", ["dapi-0123456789abcdef", "dapi~01234*56789"])
def test_secrets_around_are_hidden(
    tmp_path: Path, said: Said, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    monkeypatch.setenv("DATABRICKS_TOKEN", secret)
    events = update("u-1", "FAILED")
    events[-1] |= {"level": "ERROR", "message": f"no: {secret}"}
    path = saved(tmp_path / "e", *events)
    assert said(path)[0] == 1
    written = "".join((tmp_path / name).read_text() for name in FILES)
    assert "dapi" not in written
    assert "no: ***" in written


ORDERS = "/Workspace/Users/x/.bundle/shop/dev/files/src/orders.py"
HOST = "https://dbc-a1b2345c-d6e7.cloud.databricks.com"


def flow(update: str, second: int, status: str, **more: Json) -> JsonObject:
    progress: JsonObject = {
        "status": status,
        "metrics": {"num_output_rows": 100},
        "data_quality": {
            "dropped_records": 0,
            "expectations": [
                {
                    "name": "valid id",
                    "dataset": "orders",
                    "passed_records": 99,
                    "failed_records": 1,
                }
            ],
        },
    }
    found = event(update, second, "flow_progress", progress, **more)
    return found | {"origin": {"update_id": update, "flow_name": "m.s.orders"}}


def judged(update_id: str = "u-1") -> list[JsonObject]:
    """The events of an update that completed, with numbers to judge."""
    first, *rest = update(update_id, "COMPLETED")
    return [first, flow(update_id, 3, "COMPLETED"), *rest]


def broken(update_id: str = "u-1") -> list[JsonObject]:
    """The events of an update that failed in a file of the repository."""
    place: JsonObject = {"path": ORDERS, "line_number": 2}
    failed = event(update_id, 3, "flow_progress", {"status": "FAILED"}, level="ERROR")
    failed["origin"] = {
        "update_id": update_id,
        "flow_name": "orders",
        "source_code_location": place,
    }
    failed["error"] = {"exceptions": [{"message": "boom", "class_name": "E"}]}
    first, *rest = update(update_id, "FAILED")
    return [first, failed, *rest]


def test_rules_that_are_given_anew_judge_the_log(tmp_path: Path, said: Said) -> None:
    path = saved(tmp_path / "e", *judged())
    code, words = said(path, "--quality-gate", "all failed <= 1%\norders rows >= 1")
    assert (code, result(tmp_path)["gate_result"]) == (0, "passed")
    assert "quality gate: passed" in words
    code, words = said(path, "--quality-gate=all failed == 0")
    found = result(tmp_path)
    assert (code, found["result"], found["gate_result"]) == (5, "gate-failed", "failed")
    assert "BROKEN m.s.orders:valid id: " in words
    assert "the rule of the quality gate broke" in words
    junit = (tmp_path / "junit.xml").read_text()
    assert "all failed == 0" in junit
    for name in ("summary.md", "comment.md"):
        assert "❌" in (tmp_path / name).read_text()


def test_rules_may_be_given_in_pieces_and_in_files_of_the_checkout(
    tmp_path: Path, said: Said
) -> None:
    path = saved(tmp_path / "e", *judged())
    (tmp_path / "gate.txt").write_text("# ours\norders dropped == 0\n")
    argv = [
        *("--quality-gate", "all failed <= 1%", "--quality-gate", "file:gate.txt"),
        *("--quality-gate", " ", "--quality-gate", "warn orders rows >= 1000"),
    ]
    code, _ = said(path, *argv, "--checkout", tmp_path)
    rows = result(tmp_path)["gate"]
    assert (code, result(tmp_path)["gate_result"]) == (0, "warned")
    assert {row["rule"] for row in rows} == {
        "all failed <= 1%",
        "orders dropped == 0",
        "warn orders rows >= 1000",
    }


def test_a_log_holds_no_update_to_compare_with(tmp_path: Path, said: Said) -> None:
    path = saved(tmp_path / "e", *judged("u-0"), *judged())
    code, words = said(path, "--quality-gate", "orders rows >= 80% of last")
    (row,) = result(tmp_path)["gate"]
    assert (code, row["verdict"]) == (0, "no baseline")
    assert row["reason"] == "the last good update is in another log"
    assert "warning: Quality gate: 1 rule had nothing to compare with" in words


@pytest.mark.parametrize("state", ["FAILED", "RUNNING"])
def test_only_an_update_that_completed_is_judged(
    tmp_path: Path, said: Said, state: str
) -> None:
    path = saved(tmp_path / "e", *update("u-1", state))
    code, _ = said(path, "--quality-gate", "all rows >= 1")
    assert (code, result(tmp_path)["gate_result"]) == (1, "not-judged")
    assert "Quality gate: not judged" in (tmp_path / "summary.md").read_text()


@pytest.mark.parametrize(
    ("rest", "why"),
    [
        (note("full"), "holds only a part"),
        ('{"half": "a li', "1 part that cannot be read"),
    ],
)
def test_no_number_of_a_log_that_is_not_whole_is_judged(
    tmp_path: Path, said: Said, rest: str, why: str
) -> None:
    path = saved(tmp_path / "e", *judged())
    with path.open("a") as file:
        file.write(rest)
    code, words = said(path, "--quality-gate", "orders rows >= 1")
    (row,) = result(tmp_path)["gate"]
    assert (code, row["verdict"]) == (5, "not available")
    assert why in words
    assert "warning: The event log is not whole: the numbers in it are not" in words
    found = result(tmp_path)
    assert not found["log_complete"]
    assert (found["rows_written"], found["expectations"]) == (None, [])


def test_a_log_that_begins_in_the_middle_is_not_whole(
    tmp_path: Path, said: Said
) -> None:
    path = saved(tmp_path / "e", *judged()[1:])
    code, words = said(path, "--quality-gate", "orders rows >= 1")
    assert (code, result(tmp_path)["gate_result"]) == (5, "failed")
    assert "does not go back to the beginning" in words


@pytest.mark.parametrize("present", [(0,), (0, 2), (2, 1, 0)])
def test_pages_that_name_another_one_are_never_taken_for_whole(
    tmp_path: Path, said: Said, present: tuple[int, ...]
) -> None:
    first, number, *rest = judged()
    pages: list[JsonObject] = [
        {"events": [first, *rest], "next_page_token": "a"},
        {"events": [number], "next_page_token": "b", "prev_page_token": "c"},
        {"events": [event("u-1", 9, "planning", {})], "prev_page_token": "d"},
    ]
    paths = [tmp_path / f"{number}.json" for number in present]
    for path, index in zip(paths, present, strict=True):
        path.write_text(json.dumps(pages[index], indent=1))
    code, words = said(*paths, "--quality-gate", "orders rows >= 1")
    assert code == 5
    assert "whether all of them are there cannot be known" in words
    assert result(tmp_path)["rows_written"] is None


def test_an_update_is_whole_if_it_is_the_others_that_came_in_several_pages(
    tmp_path: Path, said: Said
) -> None:
    some: JsonObject = {"events": [*judged("u-0")], "next_page_token": "more"}
    path = saved(tmp_path / "e", some, {"events": [*judged()]})
    rules = ("--quality-gate", "orders rows >= 1")
    assert said(path, *rules, "--update-id=u-1")[0] == 0
    assert said(path, *rules, "--update-id=u-0")[0] == 5


def test_events_that_name_no_update_are_of_the_only_one_there_is(
    tmp_path: Path, said: Said
) -> None:
    first, number, *rest = judged()
    number["origin"] = {"flow_name": "m.s.orders"}
    before = event("", 0, "flow_progress", {}, timestamp="2026-08-31T12:00:00Z")
    path = saved(tmp_path / "e", before, first, number, *rest)
    assert said(path, "--quality-gate", "orders rows == 100")[0] == 0
    assert result(tmp_path)["events_read"] == 4
    assert result(tmp_path)["warnings"] == []


def test_events_that_name_none_of_several_updates_are_told_and_nothing_is_judged(
    tmp_path: Path, said: Said
) -> None:
    homeless = flow("", 30, "COMPLETED")
    other = event("", 31, "user_action", {})
    path = saved(
        tmp_path / "e", *judged("u-0"), *update("u-1", "COMPLETED", 20), homeless, other
    )
    code, words = said(path, "--quality-gate", "all rows >= 1")
    assert code == 5
    assert "Left out of the event log: 1 event that no update is named in." in words


@pytest.mark.parametrize("beside", [None, 7, "text"])
def test_what_is_no_event_in_a_page_is_told(
    tmp_path: Path, said: Said, beside: Json
) -> None:
    path = saved(tmp_path / "e", {"events": [*judged(), beside]})
    assert said(path, "--quality-gate", "all rows >= 1")[0] == 5
    assert "1 part that cannot be read" in result(tmp_path)["warnings"][0]


@pytest.mark.parametrize(
    ("first", "code"), [("", 0), (" \r", 0), ("null", 5), ('"half": 1}', 5), ("[]", 5)]
)
def test_a_first_line_that_is_no_event_does_not_hide_the_rest(
    tmp_path: Path, said: Said, first: str, code: int
) -> None:
    path = saved(tmp_path / "e", *judged())
    path.write_text(f"{first}\n{path.read_text()}")
    assert said(path, "--quality-gate", "orders rows >= 1")[0] == code
    assert result(tmp_path)["events_read"] == 4


def test_places_are_looked_for_in_the_checkout(
    tmp_path: Path, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "repository"
    (root / "src").mkdir(parents=True)
    (root / "src/orders.py").write_text("import dlt\nx = 1\n")
    path = saved(tmp_path / "e", *broken())
    assert said(path)[0] == 1
    assert "at src/orders.py:2" not in (tmp_path / "summary.md").read_text()
    code, words = said(path, "--checkout", root)
    assert code == 1
    assert "(at src/orders.py:2)" in words
    (problem,) = result(tmp_path)["problems"]
    assert problem["source"] == {"path": "src/orders.py", "line": 2}
    monkeypatch.chdir(root)  # the current folder is the checkout, unless told
    assert "(at src/orders.py:2)" in said(path)[1]


@pytest.mark.parametrize(
    ("given", "query"), [(HOST, ""), (f" {HOST}/?o=123 ", "?w=123")]
)
def test_a_host_makes_links_and_asks_nobody(
    tmp_path: Path, said: Said, given: str, query: str
) -> None:
    path = saved(tmp_path / "e", *update("u-1", "COMPLETED"))
    page = f"{HOST}/pipelines/p-1/updates/u-1{query}"
    code, words = said(path, "--host", given)
    assert code == 0
    assert words.endswith(f"\n{page}\n")
    for name in ("summary.md", "comment.md"):
        assert f"]({page})" in (tmp_path / name).read_text()
    assert result(tmp_path)["pipeline_url"] == f"{HOST}/pipelines/p-1{query}"
    said(path, "--host=")
    assert "https://" not in (tmp_path / "comment.md").read_text()


def test_an_id_that_is_none_makes_no_link(tmp_path: Path, said: Said) -> None:
    events = update("u)](https://x.example", "COMPLETED")
    path = saved(tmp_path / "e", *events)
    assert said(path, "--host", HOST)[1].count(HOST) == 0


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["--quality-gate", "all faild == 0"], "quality-gate: Line 1, column 5 of "),
        (["--quality-gate", "# none"], "quality-gate: Line 1, column 1: there is no"),
        (["--quality-gate", "file:../gate"], "quality-gate: The path leads out"),
        (["--quality-gate", "file:gone"], "quality-gate: The file with its rules"),
        (["--host", "example.com"], "host: It is not the address of a host"),
        (["--host", "http://x.cloud.databricks.com"], "host: Plain http"),
        (["--host", HOST, "--allow-host", "a b"], "allow-host: It must be a bare"),
        (["--checkout", "gone"], "checkout: gone is no folder. Give"),
        (["--update-id", "u-2"], "update-id: It is not in there."),
        (["--quality"], "arguments: unrecognized arguments"),
        (["--host"], "arguments: argument --host: expected one argument"),
    ],
)
def test_a_wrong_input_is_named(
    tmp_path: Path, said: Said, argv: list[str], told: str
) -> None:
    path = saved(tmp_path / "e", *update("u-1", "COMPLETED"))
    code, words = said(path, *argv)
    assert code == 2
    assert words.startswith(f"error: {told}")
    assert {each.name for each in tmp_path.iterdir()} == {"e"}


def test_the_latest_update_is_the_last(tmp_path: Path, said: Said) -> None:
    path = saved(
        tmp_path / "e", *update("u-2", "COMPLETED", 20), *update("u-1", "FAILED")
    )
    assert said(path, "--update-id", "latest")[0] == 0
