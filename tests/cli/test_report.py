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
    assert words.startswith(f"{told}: ")
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
    assert said(path)[1].startswith("validated: ")


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
        "The event log was larger than what is kept: its end is missing.",
        "Left out of the event log: 1 part that cannot be read.",
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
    code, words = said(path, "--report-dir", path)
    assert code == 74
    assert "error: The reports cannot be written" in words


def test_secrets_around_are_hidden(
    tmp_path: Path, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABRICKS_TOKEN", "dapi-0123456789abcdef")
    events = update("u-1", "FAILED")
    events[-1] |= {"level": "ERROR", "message": "no: dapi-0123456789abcdef"}
    path = saved(tmp_path / "e", *events)
    assert said(path)[0] == 1
    written = "".join((tmp_path / name).read_text() for name in FILES)
    assert "dapi" not in written
    assert "no: ***" in written
