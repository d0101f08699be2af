"""The API in a process that has better things to do, beside a served stand-in."""

from __future__ import annotations

import logging
import pickle
import signal
import threading
import warnings
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import dlt_action
from dlt_action import (
    Misconfigured,
    Result,
    UpdateNotSuccessful,
    UpdateResult,
    run_update,
)
from tests.cli.program import CANARY, Shop, shop, until

# Left as soon as they are started: what comes of them is not what a test is about.
LEFT: Mapping[str, Any] = {"wait": False}


@pytest.fixture(scope="module")
def served() -> Iterator[Shop]:
    with shop() as opened:
        yield opened


def around(served: Shop, **more: str) -> dict[str, str]:
    return {"DATABRICKS_HOST": served.server.url, "DATABRICKS_TOKEN": CANARY, **more}


def ran(served: Shop, scenario: str, **inputs: Any) -> UpdateResult:  # noqa: ANN401 - wrong ones as well
    """Run a scenario, without the pauses of real life."""
    chosen: dict[str, Any] = {
        "pipeline_id": served.workspace.pipeline_id(scenario),
        "environ": around(served),
        "log": lambda _: None,
        **inputs,
    }
    return run_update(**chosen)


@dataclass(frozen=True)
class Told:
    """A run, and the lines of its log."""

    result: UpdateResult
    lines: list[str]


@pytest.fixture(scope="module")
def told(served: Shop, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Told]:
    """Runs to the end, side by side."""
    root = tmp_path_factory.mktemp("root")
    scenarios = ("success", "code-error", "retry-fails", "schema-change", "hostile")

    def play(scenario: str) -> Told:
        lines: list[str] = []
        result = ran(
            served,
            scenario,
            token=CANARY,
            environ={"DATABRICKS_HOST": served.server.url},
            quality_gate=["all failed <= 99%"],
            poll_interval=timedelta(seconds=1),
            restart_grace="1s",
            report_dir=f"{scenario}/reports",
            root=root,
            log=lines.append,
        )
        folder = root / f"{scenario}/reports"
        assert {one.name for one in folder.iterdir()} >= {"result.json", "junit.xml"}
        files = [one.read_text() for one in folder.iterdir()]
        assert CANARY not in "\n".join([*lines, *files, repr(result)])
        return Told(result, lines)

    with ThreadPoolExecutor(len(scenarios)) as pool:
        return dict(zip(scenarios, pool.map(play, scenarios), strict=True))


def test_a_success_is_a_result_with_all_outputs(
    served: Shop, told: Mapping[str, Told]
) -> None:
    result = told["success"].result
    assert (result.result, result.ok, result.exit_code) == (Result.SUCCEEDED, True, 0)
    assert result.outputs["ok"] == "true"
    assert result.error is None
    assert result.state == "COMPLETED"
    assert result.update_id is not None
    assert result.update_url is not None
    assert result.update_url.endswith(result.update_id)
    assert result.pipeline_id == served.workspace.pipeline_id("success")
    assert result.pipeline_name == "success"
    assert result.attribution == "confirmed"
    assert [one["update_id"] for one in result.attempts] == [result.update_id]
    assert result.gate_result == "passed"
    assert {row["broken"] for row in result.gate} == {False}
    assert {"passed", "failed"} <= result.expectations[0].keys()
    assert result.rows_written is not None
    assert result.duration_seconds is not None
    assert result.report_dir == "success/reports"
    result.raise_for_result()


def test_a_failure_is_a_result_until_somebody_wants_it_to_raise(
    told: Mapping[str, Told],
) -> None:
    result = told["retry-fails"].result
    assert (result.result, result.ok, result.exit_code) == (Result.FAILED, False, 1)
    assert len(result.attempts) == 3
    assert result.error is not None
    with pytest.raises(UpdateNotSuccessful) as raised:
        result.raise_for_result()
    assert raised.value.result == result
    assert result.reason in str(raised.value)
    assert result.error in str(raised.value)


def test_wrong_inputs_raise_with_all_that_is_wrong_and_start_nothing(
    served: Shop,
) -> None:
    before = len(served.workspace.requests)
    with pytest.raises(Misconfigured) as raised:
        ran(served, "success", timeout=60, pipeline=1, wait_for="rest", parameters=1.0)
    told = [problem.name for problem in raised.value.problems]
    assert sorted(told) == ["parameters", "pipeline", "timeout", "wait-for"]
    assert len(served.workspace.requests) == before


def test_several_pipelines_are_one_result_with_a_row_for_each(served: Shop) -> None:
    names = ["late-end", "service-upgrade"]
    result = ran(served, "success", pipeline_id=None, pipeline_name=names, **LEFT)
    assert result.exit_code == 0
    assert sorted(row["pipeline_name"] for row in result.results) == names
    assert {row["result"] for row in result.results} == {Result.STARTED}


def test_a_job_run_that_starts_the_update_is_named(served: Shop) -> None:
    result = ran(served, "metrics", trigger="submit-run", **LEFT)
    assert result.exit_code == 0
    assert result.job_run_id is not None


def test_an_ending_before_the_start_is_a_result_too(served: Shop) -> None:
    result = ran(served, "success", pipeline_id=None, pipeline_name="nobody's")
    assert (result.result, result.exit_code) == (Result.MISCONFIGURED, 2)
    assert result.update_id is None
    assert result.rows_written is None
    assert result.attempts == ()


def test_the_password_of_the_process_s_proxy_is_not_told(
    served: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whatever `environ` says, proxies are the process's: there is no other way in.
    monkeypatch.setenv("HTTPS_PROXY", "http://joe:proxy-password@proxy.example")
    lines: list[str] = []
    named = {"pipeline_name": "proxy-password", "pipeline_id": None}
    result = ran(served, "success", log=lines.append, **named)
    told = "\n".join((*lines, *result.outputs.values()))
    assert "***" in told
    assert "proxy-password" not in told


def test_errors_survive_the_way_to_another_process(served: Shop) -> None:
    with pytest.raises(Misconfigured) as wrong:
        run_update(environ={})
    assert pickle.loads(pickle.dumps(wrong.value)).problems == wrong.value.problems  # noqa: S301 - it is our own
    result = ran(served, "success", pipeline_id=None, pipeline_name="nobody's")
    failed = UpdateNotSuccessful(result)
    again = pickle.loads(pickle.dumps(failed))  # noqa: S301 - likewise
    assert (str(again), again.exit_code) == (str(failed), 2)
    assert again.result == result


def test_lines_go_to_who_asked_and_else_to_the_log_of_the_program(
    served: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    lines: list[str] = []
    with caplog.at_level(logging.INFO, "dlt_action"):
        ran(served, "success", log=lines.append, **LEFT)
        assert not caplog.records
        ran(served, "success", log=None, **LEFT)
    logged = [record.getMessage() for record in caplog.records]
    assert logged[0] == lines[0]
    assert logged[0].startswith("dlt-action ")
    assert "" not in logged
    assert {record.name for record in caplog.records} == {"dlt_action"}


def test_a_warning_is_one_in_the_log_of_the_program(
    served: Shop, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    (tmp_path / "reports").touch()
    with caplog.at_level(logging.INFO, "dlt_action"):
        ran(served, "success", log=None, root=tmp_path, report_dir="reports", **LEFT)
    levels = {record.levelno for record in caplog.records}
    assert levels == {logging.INFO, logging.WARNING}


@pytest.mark.parametrize(
    ("scenario", "kind"),  # what is left may be active for a while: one for each
    [
        ("many-flows", RuntimeError),
        ("burst", SystemExit),
        ("thousand-flows", GeneratorExit),
    ],
)
def test_a_log_that_fails_changes_nothing_else(
    served: Shop, scenario: str, kind: type[BaseException]
) -> None:
    def full(_: str) -> None:
        raise kind("no more room")

    assert ran(served, scenario, log=full, **LEFT).exit_code == 0


def test_what_belongs_to_the_program_is_left_alone(
    served: Shop, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    files = {name: tmp_path / name for name in ("output", "summary", "state")}
    for file in files.values():
        file.touch()
    environ = around(
        served,
        GITHUB_ACTIONS="true",
        GITHUB_OUTPUT=str(files["output"]),
        GITHUB_STEP_SUMMARY=str(files["summary"]),
        GITHUB_STATE=str(files["state"]),
        INPUT_FILE="of the step that calls us",
    )
    handlers = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
    filters, disabled = list(warnings.filters), logging.root.manager.disable
    assert ran(served, "metrics-kept", environ=environ, **LEFT).exit_code == 0
    assert [file.read_text() for file in files.values()] == ["", "", ""]
    assert [
        signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)
    ] == handlers
    assert warnings.filters == filters
    assert logging.root.manager.disable == disabled
    assert capfd.readouterr() == ("", "")


def test_runs_side_by_side_do_not_know_of_each_other(
    told: Mapping[str, Told],
) -> None:
    for scenario, one in told.items():
        assert one.result.pipeline_name == scenario
        assert any(str(one.result.update_id) in line for line in one.lines)
        others = {other.result.update_id for other in told.values() if other is not one}
        assert not any(str(other) in line for other in others for line in one.lines)


def test_texts_of_others_are_plain_lines_wherever_they_get_to(
    told: Mapping[str, Told],
) -> None:
    hostile = told["hostile"]
    error = UpdateNotSuccessful(hostile.result)
    for text in [*hostile.lines, *hostile.result.outputs.values(), str(error)]:
        assert text.isprintable(), ascii(text)
        assert not text.startswith("::")


def senders() -> set[threading.Thread]:
    """The threads that could still send something."""
    return {
        one for one in threading.enumerate() if one.name in ("sender", "dlt-action")
    }


def test_no_thread_is_left_behind(served: Shop) -> None:
    before = senders()
    ran(served, "success", **LEFT)
    until(lambda: senders() <= before)


def test_a_flag_leaves_the_update_and_the_call_returns() -> None:
    cancel = threading.Event()

    def tell(line: str) -> None:
        if " started: " in line:
            cancel.set()

    with shop(stretch=0.05) as opened:
        chosen = {"cancel": cancel, "log": tell, "poll_interval": "1s"}
        result = ran(opened, "slow-resources", **chosen)
        assert opened.stops == 1
    assert (result.result, result.exit_code) == (Result.INTERRUPTED, 130)
    assert result.reason.startswith("The program that called it is leaving. Update ")
    assert result.state == "CANCELED"


def test_a_flag_that_is_set_before_starts_nothing(served: Shop) -> None:
    cancel, before = threading.Event(), served.starts
    cancel.set()
    result = ran(served, "success", cancel=cancel)
    assert result.result == Result.INTERRUPTED
    assert served.starts == before


def test_the_package_has_what_it_says_and_nothing_else() -> None:
    assert all(hasattr(dlt_action, name) for name in dlt_action.__all__)
    assert set(dlt_action.__all__) <= set(dir(dlt_action))
    with pytest.raises(AttributeError, match="run_updates"):
        dlt_action.run_updates  # noqa: B018 - there is none
