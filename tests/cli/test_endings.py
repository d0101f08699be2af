"""Runs that follow an update, as processes; all at once, because they mostly wait."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from dlt_action.core.model import PipelineId, UpdateId
from dlt_action.core.owed import Owed, read
from dlt_action.edge.recorder import EVENTS
from dlt_action.publishing import FILES
from tests.cli.program import CANARY, Ended, Shop, environment, shop, start
from tests.edge.authority import Authority
from tests.oracles.runner import Step, environment_file

POLL = "--poll-interval=1s"
PLAYS: Mapping[str, tuple[str, ...]] = {
    "success": (POLL, "--report-dir=out/report", "--full-refresh"),
    "code-error": (POLL, "--report-dir=report"),
    "retry-succeeds": (POLL, "--restart-grace=5s"),
    "canceled": (POLL, "--restart-grace=1s"),
    "hostile": (POLL, "--log-level=debug", "--report-dir=report"),
    "late-end": (POLL, "--validate-only"),
    "slow-resources": (POLL, "--timeout=2s"),
    "continuous": (POLL, "--wait-for=running", "--settle-time=1s"),
    "unknown-state": (POLL, "--log-level=quiet"),
}


@dataclass(frozen=True, slots=True)
class Play:
    ended: Ended
    shop: Shop


@pytest.fixture(scope="module")
def plays(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Play]]:
    with ExitStack() as stack:
        running = {}
        for name, flags in PLAYS.items():
            served = stack.enter_context(shop())
            folder = tmp_path_factory.mktemp(name)
            environ = environment(folder)
            if name == "hostile":
                environ["RUNNER_DEBUG"] = "1"
            program = start(folder, *served.flags(name), *flags, environ=environ)
            running[name] = (program, served)
        yield {name: Play(one.end(), served) for name, (one, served) in running.items()}


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("success", (0, "succeeded", "true")),
        ("code-error", (1, "failed", "false")),
        ("retry-succeeds", (0, "succeeded", "true")),
        ("canceled", (1, "canceled", "false")),
        ("hostile", (1, "failed", "false")),
        ("late-end", (0, "validated", "false")),
        ("slow-resources", (6, "timed-out", "false")),
        ("continuous", (0, "running", "true")),
        ("unknown-state", (0, "succeeded", "true")),
    ],
)
def test_exit_code_result_and_ok_are_the_three_that_belong_together(
    plays: Mapping[str, Play], name: str, verdict: tuple[int, str, str]
) -> None:
    assert plays[name].ended.verdict == verdict


@pytest.mark.parametrize("name", PLAYS)
def test_one_run_is_one_start(plays: Mapping[str, Play], name: str) -> None:
    assert plays[name].shop.starts == 1


@pytest.mark.parametrize("name", PLAYS)
def test_only_a_run_that_ran_out_of_time_stops_its_update(
    plays: Mapping[str, Play], name: str
) -> None:
    assert plays[name].shop.stops == (name == "slow-resources")


@pytest.mark.parametrize("name", PLAYS)
def test_standard_error_is_left_alone(plays: Mapping[str, Play], name: str) -> None:
    assert plays[name].ended.err == b""


@pytest.mark.parametrize("name", PLAYS)
def test_the_runner_finds_the_commands_that_were_meant_and_no_others(
    plays: Mapping[str, Play], name: str
) -> None:
    ended = plays[name].ended
    names = [command.name for command in ended.commands]
    assert set(names) <= {"add-mask", "error", "warning", "notice", "group", "endgroup"}
    assert names.count("group") == names.count("endgroup")
    annotated = [command for command in ended.commands if command.name == "error"]
    assert bool(annotated) == (ended.code != 0)
    # Every mask is a form of the token, and they come before anything else.
    masks = names.count("add-mask")
    assert names[:masks] == ["add-mask"] * masks
    assert ended.log.splitlines()[masks - 1].startswith("::add-mask::")
    assert len(Step(ended.raw).masks) == masks
    assert CANARY in Step(ended.raw).masks


@pytest.mark.parametrize("name", PLAYS)
def test_the_token_is_in_nothing_that_is_left_behind(
    plays: Mapping[str, Play], name: str
) -> None:
    assert CANARY not in plays[name].ended.everything


@pytest.mark.parametrize("name", PLAYS)
def test_outputs_hold_the_ids_of_the_run(plays: Mapping[str, Play], name: str) -> None:
    ended, served = plays[name].ended, plays[name].shop
    assert ended.outputs["pipeline-id"] == served.workspace.pipeline_id(name)
    assert ended.outputs["attribution"] == "confirmed"
    newest = json.loads(ended.outputs["attempts"])[-1]
    assert newest["update_id"] == ended.outputs["update-id"]
    assert ended.outputs["update-url"].endswith(ended.outputs["update-id"])


def test_a_kill_leaves_the_id_and_no_verdict(plays: Mapping[str, Play]) -> None:
    ended = plays["success"].ended
    raw = (ended.folder / "output").read_bytes()
    first, second, third = re.split(rb"(?m)^(?=result<<)", raw)[1:]
    assert environment_file(first)["result"] == "unfinished"
    assert environment_file(second)["result"] == "unfinished"
    assert environment_file(second)["ok"] == "false"
    assert environment_file(second)["update-id"] == ended.outputs["update-id"]
    assert environment_file(third)["result"] == "succeeded"


def test_a_full_refresh_is_said_in_capitals_first(plays: Mapping[str, Play]) -> None:
    lines = plays["success"].ended.log.splitlines()
    first = next(line for line in lines if not line.startswith("::add-mask::"))
    assert "FULL REFRESH" in first


def test_a_full_refresh_is_asked_for(plays: Mapping[str, Play]) -> None:
    posts = [
        request.body
        for request in plays["success"].shop.workspace.requests
        if request.method == "POST"
    ]
    assert posts == [b'{"full_refresh": true}']


def test_reports_lie_where_the_output_says(plays: Mapping[str, Play]) -> None:
    ended = plays["success"].ended
    assert ended.outputs["report-dir"] == "out/report"
    folder = ended.folder / "checkout" / ended.outputs["report-dir"]
    assert {path.name for path in folder.iterdir()} == {*FILES, EVENTS}
    assert (folder / "summary.md").read_text().strip() == ended.summary.strip()


def test_a_failure_shows_its_cause_everywhere(plays: Mapping[str, Play]) -> None:
    ended = plays["code-error"].ended
    cause = "NameError: name 'vaild_id' is not defined"
    assert cause in ended.log.splitlines()[-2]
    assert cause in ended.outputs["error"]
    assert any(cause in command.data for command in ended.commands)
    assert "NameError" in ended.summary


def test_a_retry_chain_lists_every_attempt(plays: Mapping[str, Play]) -> None:
    attempts = json.loads(plays["retry-succeeds"].ended.outputs["attempts"])
    assert len(attempts) > 1
    assert len({attempt["update_id"] for attempt in attempts}) == len(attempts)
    assert [attempt["state"] for attempt in attempts][-1] == "COMPLETED"


def test_a_timeout_says_which_clock_and_what_became_of_the_update(
    plays: Mapping[str, Play],
) -> None:
    reason = plays["slow-resources"].ended.outputs["reason"]
    assert "timeout" in reason
    assert "was stopped and is CANCELED" in reason


def test_a_dry_run_is_no_ground_to_deploy_on(plays: Mapping[str, Play]) -> None:
    ended = plays["late-end"].ended
    assert ended.outputs["ok"] == "false"
    assert "Nothing was refreshed" in ended.outputs["reason"]


def test_quiet_tells_nothing_of_a_state_that_nobody_knows(
    plays: Mapping[str, Play],
) -> None:
    assert "REBALANCING" not in plays["unknown-state"].ended.log


def test_hostile_texts_forge_no_output(plays: Mapping[str, Play]) -> None:
    ended = plays["hostile"].ended
    assert set(ended.outputs) == set(plays["success"].ended.outputs)
    # Only checked ids and words of our own: what a post step will act on.
    assert read(ended.state) == Owed(
        stop=False,
        pipeline_id=PipelineId(ended.outputs["pipeline-id"]),
        update_id=UpdateId(ended.outputs["update-id"]),
    )
    assert set(ended.state) == {"debts", *Owed(stop=False).written()}
    assert ended.state["debts"] == "1"


def test_an_https_workspace_with_an_authority_of_its_own_is_reached(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("https")
    authority = Authority(folder)
    cert, key = authority.issue()
    environ = environment(folder)
    (folder / "checkout" / "ca.pem").write_text(authority.pem)
    with shop(cert=cert, key=key) as served:
        host = served.server.url.removeprefix("https://")
        common = (*served.flags("success"), f"--allow-host={host}", "--wait=false")
        by_path = start(folder, *common, "--ca-bundle=ca.pem", environ=environ).end()
        assert by_path.verdict == (0, "started", "false")
        served.workspace.world.populate(["success"], ())  # idle again
        environ["INPUT_CA-BUNDLE"] = authority.pem
        as_text = start(folder, *common, environ=environ).end()
        assert as_text.verdict == (0, "started", "false")
        assert served.starts == 2
