"""Endings before anything was started, as processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.program import CANARY, Ended, Shop, environment, shop, start
from tests.edge.authority import Authority
from tests.edge.wires import Wire, closed_port, keep_answering


@pytest.fixture(scope="module")
def served() -> Iterator[Shop]:
    with shop() as opened:
        yield opened


@pytest.fixture
def idle() -> Iterator[Shop]:
    """A workspace in which nothing may be started."""
    with shop() as opened:
        yield opened
        assert opened.starts == 0


def run(folder: Path, *flags: str, **variables: str) -> Ended:
    ended = start(folder, *flags, environ=environment(folder, **variables)).end()
    assert ended.err == b""
    assert CANARY not in ended.everything
    return ended


def test_every_problem_with_the_inputs_is_in_one_report(tmp_path: Path) -> None:
    ended = run(
        tmp_path,
        "--timeout=60",
        "--wait=maybe",
        INPUT_VALIDATE_ONYL="true",
        INPUT_HOST="https://evil.example",
    )
    assert ended.verdict == (2, "misconfigured", "false")
    problems = ("timeout", "wait", "validate-onyl", "host", "pipeline-id")
    for name in problems:
        assert f"{name}: " in ended.log
        assert name in ended.summary
    assert f"{len(problems)} problems" in ended.outputs["reason"]
    errors = [command for command in ended.commands if command.name == "error"]
    assert {error.properties["title"] for error in errors} >= {
        f"Input {name}" for name in problems
    }


def test_an_unknown_input_never_starts_a_real_run(tmp_path: Path, idle: Shop) -> None:
    ended = run(tmp_path, *idle.flags("success"), INPUT_VALIDATE_ONYL="true")
    assert ended.verdict == (2, "misconfigured", "false")
    assert "Did you mean `validate-only`?" in ended.log


def test_a_wrong_token_is_told_and_not_shown(tmp_path: Path, idle: Shop) -> None:
    wrong = CANARY.replace("canary", "wrong-canary")
    ended = run(tmp_path, *idle.flags("success"), INPUT_TOKEN=wrong)
    assert ended.verdict == (3, "unauthorized", "false")
    assert "HTTP 401" in ended.outputs["reason"]
    assert wrong not in ended.everything


def test_a_mistyped_id_is_told_to_look_like_a_missing_permission(
    tmp_path: Path, idle: Shop
) -> None:
    host, _ = idle.flags("success")
    stranger = "--pipeline-id=00000000-0000-4000-8000-000000000000"
    ended = run(tmp_path, host, stranger)
    assert ended.verdict == (3, "unauthorized", "false")
    assert "mistyped pipeline id looks just the same" in ended.log
    assert "does not have View permissions on pipeline" in ended.log


def test_an_active_update_of_somebody_else_is_a_conflict(
    tmp_path: Path, idle: Shop
) -> None:
    ended = run(tmp_path, *idle.flags("already-active"))
    assert ended.verdict == (7, "conflict", "false")
    assert "is active on this pipeline" in ended.outputs["reason"]
    assert ended.outputs["update-id"] == ""


def test_a_continuous_pipeline_is_refused_with_the_way_out(
    tmp_path: Path, idle: Shop
) -> None:
    ended = run(tmp_path, *idle.flags("continuous"))
    assert ended.verdict == (2, "misconfigured", "false")
    assert "wait-for: running" in ended.log


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no such pipeline", "No pipeline that this principal may view"),
        ("twins", "2 pipelines have the name"),
    ],
)
def test_a_name_that_is_not_exactly_one_pipelines_is_refused(
    tmp_path: Path, idle: Shop, name: str, said: str
) -> None:
    host, _ = idle.flags("success")
    ended = run(tmp_path, host, f"--pipeline-name={name}")
    assert ended.verdict == (2, "misconfigured", "false")
    assert said in ended.outputs["reason"]


def test_a_workspace_that_cannot_be_trusted_is_told_at_once(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with Wire(keep_answering, tls=authority.server()) as wire:
        ended = run(tmp_path, f"--host={wire.url}", "--pipeline-id=x")
        assert ended.verdict == (4, "unreachable", "false")
        assert "ca-bundle" in ended.log
        assert "unable to get local issuer certificate" in ended.log
        assert wire.requests == []


def test_the_timeout_holds_while_the_workspace_cannot_be_reached(
    tmp_path: Path,
) -> None:
    host = f"--host=http://127.0.0.1:{closed_port()}"
    flags = ("--pipeline-id=x", "--timeout=1s")
    ended = run(tmp_path, host, *flags, RUNNER_DEBUG="1")
    assert ended.verdict == (6, "timed-out", "false")
    assert "Nothing was started" in ended.outputs["reason"]
    assert "onnection refused" in ended.outputs["error"]
    assert "trying again for 30 s" not in ended.log
    assert ended.seconds < 20  # without it, it is looked for for 30 s


@pytest.mark.parametrize(
    ("bundle", "why"),
    [
        ("missing.pem", "It cannot be used: `missing.pem`: there is no such file."),
        (
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
            "It cannot be used: it holds no certificate",
        ),
    ],
)
def test_a_bundle_that_cannot_be_used_is_misconfigured(
    tmp_path: Path, bundle: str, why: str
) -> None:
    flags = ("--host=https://127.0.0.1:1", "--pipeline-id=x")
    ended = run(tmp_path, *flags, INPUT_CA_BUNDLE=bundle)
    assert ended.verdict == (2, "misconfigured", "false")
    assert f"ca-bundle: {why}" in ended.log


def test_without_waiting_it_is_started_and_left(tmp_path: Path, served: Shop) -> None:
    ended = run(tmp_path, *served.flags("slow-resources"), "--wait=false")
    assert ended.verdict == (0, "started", "false")
    assert ended.outputs["update-id"] in ended.outputs["reason"]
    assert served.sent("GET", f"/updates/{ended.outputs['update-id']}") == 0
    assert served.stops == 0


def test_a_token_that_ends_before_the_timeout_is_warned_about(
    tmp_path: Path, served: Shop
) -> None:
    # {"exp": 1}: a moment in 1970.
    jwt = "eyJhbGciOiJub25lIn0.eyJleHAiOjF9.c2lnbmF0dXJl"
    ended = run(tmp_path, *served.flags("success"), INPUT_TOKEN=jwt)
    assert "The token ends at 1970-01-01 00:00 UTC, before the timeout" in ended.log


def test_outside_of_a_ci_it_says_in_words_what_came_of_it(
    tmp_path: Path, served: Shop
) -> None:
    environ = {"DATABRICKS_TOKEN": CANARY, "PATH": "/usr/bin:/bin"}
    flags = (*served.flags("burst"), "--wait=false")
    ended = start(tmp_path, *flags, environ=environ).end()
    assert ended.code == 0
    assert '| result="started"' in ended.log.splitlines()
    assert ended.commands == []
    assert CANARY not in ended.log


@pytest.mark.parametrize("path", ["/dev/full", "/nowhere/output"])
def test_without_outputs_nothing_is_started(
    tmp_path: Path, idle: Shop, path: str
) -> None:
    environ = environment(tmp_path, GITHUB_OUTPUT=path)
    ended = start(tmp_path, *idle.flags("success"), environ=environ).end()
    assert ended.code == 74
    assert f"error: GITHUB_OUTPUT could not be written: {path}" in ended.log


def test_a_misconfigured_run_whose_outputs_cannot_be_written_says_both(
    tmp_path: Path,
) -> None:
    environ = environment(tmp_path, GITHUB_OUTPUT="/dev/full")
    ended = start(tmp_path, environ=environ).end()
    assert ended.code == 74
    assert "GITHUB_OUTPUT could not be written" in ended.log
    assert "pipeline-id: " in ended.log


def test_a_summary_that_cannot_be_written_is_a_warning(
    tmp_path: Path, served: Shop
) -> None:
    ended = run(tmp_path, *served.flags("already-active"), GITHUB_STEP_SUMMARY="/")
    assert ended.verdict == (7, "conflict", "false")
    assert "warning: no step summary" in ended.log


def test_a_report_dir_that_leads_out_is_a_warning(tmp_path: Path, served: Shop) -> None:
    environ = environment(tmp_path)
    (tmp_path / "checkout" / "out").symlink_to("/tmp")
    flags = (*served.flags("already-active"), "--report-dir=out")
    ended = start(tmp_path, *flags, environ=environ).end()
    assert ended.verdict == (7, "conflict", "false")
    assert "warning: report-dir: out leads out of the workspace" in ended.log
    assert not Path("/tmp/result.json").exists()
